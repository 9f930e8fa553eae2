//! A step of a plan, held against the object as it is now.

use json_patch::{Patch, PatchOperation};
use seldon_central_core::{
    change::comparable,
    fix::{Bound, BoundWrite},
    object::Object,
    text::printable,
};
use serde_json::Value;

use crate::{
    cluster::{Cluster, Need, WriteError},
    sink::files::shown,
};

/// One step on its way.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) bound: Bound,
    /// The object as it is; `None` when it does not exist.
    pub(super) live: Option<Object>,
    pub(super) state: State,
}

/// How far a step is.
#[derive(Debug, PartialEq)]
pub(super) enum State {
    /// The API server has not judged it yet.
    Pending,
    /// There is nothing to do any more.
    Same,
    /// The object would become this; `None` when it would be gone.
    Judged(Option<Object>),
    /// It is done, and the object became this.
    Written(Option<Object>),
}

impl Step {
    /// Holds a step against the object.
    ///
    /// # Errors
    /// What is another than when the plan was made, for people.
    pub(super) fn new(bound: Bound, live: Option<Object>) -> Result<Self, String> {
        let name = printable(&bound.object.to_string()).into_owned();
        let state = match (&bound.write, &live) {
            (BoundWrite::Create { .. }, None) => State::Pending,
            (BoundWrite::Create { manifest }, Some(live)) if holds(&comparable(live), &comparable(manifest)) => {
                State::Same
            }
            (BoundWrite::Create { .. }, Some(_)) => return Err(format!("{name} exists already")),
            (BoundWrite::Patch { .. }, None) => return Err(format!("{name} does not exist any more")),
            (BoundWrite::Patch { patch }, Some(live)) => match patched(live, patch) {
                Some(_) => State::Pending,
                None if is_done(live, patch) => State::Same,
                None => return Err(format!("{name} was changed")),
            },
            (BoundWrite::Delete { .. }, None) => State::Same,
            (BoundWrite::Delete { manifest }, Some(live)) if is_still(live, manifest) => State::Pending,
            (BoundWrite::Delete { .. }, Some(_)) => return Err(format!("{name} was changed")),
        };
        Ok(Self { bound, live, state })
    }

    /// The rights that it takes.
    pub(super) fn needs(&self) -> Option<Need> {
        let resource = self.bound.resource().filter(|_| self.state == State::Pending)?;
        let (verb, name) = match self.bound.write {
            BoundWrite::Create { .. } => ("create", None),
            BoundWrite::Patch { .. } => ("patch", Some(self.bound.object.name.clone())),
            BoundWrite::Delete { .. } => ("delete", Some(self.bound.object.name.clone())),
        };
        Some(Need { verb, resource, namespace: self.bound.object.namespace.clone(), name })
    }

    /// Takes the step, or asks what would come of it.
    pub(super) async fn write(&self, cluster: &Cluster, dry_run: bool) -> Result<Option<Object>, WriteError> {
        match (&self.bound.write, &self.live) {
            (BoundWrite::Create { manifest }, _) => cluster.create(manifest, dry_run).await.map(Some),
            (BoundWrite::Patch { patch }, Some(live)) => cluster.patch(live, patch, dry_run).await.map(Some),
            (BoundWrite::Delete { .. }, Some(live)) => cluster.delete(live, dry_run).await.map(|()| None),
            (BoundWrite::Patch { .. } | BoundWrite::Delete { .. }, None) => {
                Err(WriteError::Gone { object: shown(std::path::Path::new(&self.bound.object.to_string())) })
            }
        }
    }

    /// The same step for the object as it has become, as long as what the step changes is as it was.
    pub(super) fn rebound(&self, now: Object) -> Option<Self> {
        let BoundWrite::Patch { patch } = &self.bound.write else { return None };
        let is_version = |operation: &&PatchOperation| matches!(operation, PatchOperation::Test(test) if test.path.as_str() == "/metadata/resourceVersion");
        let patch = Patch(patch.iter().filter(|operation| !is_version(operation)).cloned().collect());
        patched(&now, &patch)?;
        let bound = Bound { write: BoundWrite::Patch { patch }, ..self.bound.clone() };
        Some(Self { bound, live: Some(now), state: State::Pending })
    }
}

fn patched(live: &Object, patch: &Patch) -> Option<Value> {
    let mut value = live.to_value();
    json_patch::patch(&mut value, patch).ok()?;
    Some(value)
}

/// Whether an object is what a patch makes of it already, so that an end in the middle is finished by the
/// same plan.
fn is_done(live: &Object, patch: &Patch) -> bool {
    let value = live.to_value();
    let at = |path: &str| value.pointer(path);
    let is_tested = |path: &str, found: &Value| {
        patch.iter().any(|operation| {
            matches!(operation, PatchOperation::Test(test) if test.path.as_str() == path && test.value == *found)
        })
    };
    let is_own = ["/kind", "/metadata/name", "/metadata/namespace", "/metadata/uid"].into_iter().all(|path| {
        let wanted = patch.iter().find_map(|operation| match operation {
            PatchOperation::Test(test) if test.path.as_str() == path => Some(&test.value),
            _ => None,
        });
        wanted.is_none_or(|wanted| at(path) == Some(wanted))
    });
    is_own
        && patch.iter().all(|operation| match operation {
            PatchOperation::Add(add) => match add.path.as_str().strip_suffix("/-") {
                Some(list) => at(list).and_then(Value::as_array).is_some_and(|list| list.contains(&add.value)),
                None => at(add.path.as_str()).is_some_and(|found| holds(found, &add.value)),
            },
            PatchOperation::Replace(replace) => {
                at(replace.path.as_str()).is_some_and(|found| holds(found, &replace.value))
            }
            PatchOperation::Remove(remove) => {
                at(remove.path.as_str()).is_none_or(|found| !is_tested(remove.path.as_str(), found))
            }
            _ => true,
        })
}

/// Whether an object is the one that was read or, where no version is known, still holds as much.
fn is_still(live: &Object, read: &Object) -> bool {
    match read.resource_version() {
        Some(version) => {
            live.resource_version() == Some(version) && live.text("/metadata/uid") == read.text("/metadata/uid")
        }
        None => holds(&live.to_value(), &read.to_value()),
    }
}

/// Whether a value has everything that another has.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(field, value)| whole.get(field).is_some_and(|found| holds(found, value)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| holds(whole, part))
        }
        (whole, part) => whole == part,
    }
}

#[cfg(test)]
mod tests {
    use seldon_central_core::{
        fix::{Edit, identity, patched as patch_of},
        rules::FixSafety,
    };
    use serde_json::json;

    use super::*;

    fn runtime(version: &str, overrides: &Value) -> Object {
        Object::new(json!({
            "apiVersion": "mlops.seldon.io/v1alpha1", "kind": "SeldonRuntime",
            "metadata": {"name": "r", "namespace": "fin", "uid": "u", "resourceVersion": version},
            "spec": {"overrides": overrides},
        }))
        .unwrap()
    }

    fn step(object: &Object, edits: &[Edit]) -> Bound {
        let (_, patch) = patch_of(object, &edits.iter().collect::<Vec<_>>()).unwrap();
        let patch = Patch([identity(object), patch.0].concat());
        Bound { object: object.id(), write: BoundWrite::Patch { patch }, safety: FixSafety::Safe, answers: Vec::new() }
    }

    #[test]
    fn a_patch_is_pending_done_or_stale() {
        let before = runtime("1", &json!([{"name": "a", "disable": true}, {"name": "mlserver"}]));
        let edits = [
            Edit::set(&before, "/spec/overrides/0/replicas", 0),
            Edit::remove(&before, "/spec/overrides/0/disable"),
            Edit::remove(&before, "/spec/overrides/1"),
        ];
        let bound = step(&before, &edits);
        let state = |live: &Object| Step::new(bound.clone(), Some(live.clone())).map(|step| step.state);
        assert_eq!(state(&before), Ok(State::Pending));
        assert_eq!(state(&runtime("2", &json!([{"name": "a", "replicas": 0}]))), Ok(State::Same));
        let touched = runtime("2", &json!([{"name": "a", "disable": true}, {"name": "mlserver"}]));
        assert_eq!(state(&touched), Err("SeldonRuntime fin/r was changed".to_owned()));
        assert!(Step::new(bound, None).unwrap_err().ends_with("does not exist any more"));
    }

    #[test]
    fn a_step_is_bound_anew_only_where_nothing_it_changes_has_changed() {
        let before = runtime("1", &json!([{"name": "a", "replicas": 1}]));
        let bound = step(&before, &[Edit::set(&before, "/spec/overrides/0/replicas", 0)]);
        let step = Step::new(bound, Some(before)).unwrap();
        assert!(step.rebound(runtime("2", &json!([{"name": "a", "replicas": 1}]))).is_some());
        assert!(step.rebound(runtime("2", &json!([{"name": "a", "replicas": 5}]))).is_none());
    }
}
