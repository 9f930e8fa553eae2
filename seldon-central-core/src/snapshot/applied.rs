//! A cluster as it would be after manifests are applied to it.
//!
//! Server-side apply without a server: maps are merged, a `null` takes a field away, lists are
//! replaced but for containers, variables and volumes, which have names. What an earlier version of
//! the manifests set and this one leaves out stays, because nobody here knows who set it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Index, Observed, Snapshot};
use crate::{object::Object, resource::Resource};

/// Lists whose entries are merged by `name`.
const NAMED_LISTS: [&str; 4] = ["containers", "env", "initContainers", "volumes"];

type Key = (Option<&'static Resource>, String, Option<String>, String);

fn key(object: &Object) -> Key {
    let kind = object.kind().to_owned();
    (object.resource(), kind, object.namespace().map(str::to_owned), object.name().to_owned())
}

impl Snapshot {
    /// The snapshot as it would be with these manifests applied. An object that they would not
    /// change stays the live one, whose status says something; one that they change has none.
    #[must_use]
    pub fn with_applied(&self, manifests: Vec<Observed>) -> Self {
        let mut next = self.clone();
        let mut places: BTreeMap<Key, usize> =
            next.objects.iter().enumerate().map(|(place, observed)| (key(&observed.object), place)).collect();
        for manifest in manifests {
            let id = key(&manifest.object);
            if let Some(live) = places.get(&id).and_then(|place| next.objects.get_mut(*place)) {
                if let Some(merged) = merged_object(&live.object, &manifest.object) {
                    *live = Observed { object: merged, origin: manifest.origin };
                }
            } else {
                places.insert(id, next.objects.len());
                next.objects.push(manifest);
            }
        }
        next.index = Index::of(&next.objects);
        next
    }
}

impl Snapshot {
    /// The objects that applying manifests changed, each as it was and as it is in this snapshot.
    pub fn changed_since<'a>(&'a self, before: &'a Self) -> Vec<(&'a Observed, &'a Observed)> {
        let known: BTreeMap<Key, &Observed> = before.objects.iter().map(|one| (key(&one.object), one)).collect();
        let changed = self.objects.iter().filter(|one| !one.is_live());
        changed.filter_map(|one| Some((*known.get(&key(&one.object))?, one))).collect()
    }
}

/// The object that applying gives; `None` when it would be the same.
fn merged_object(live: &Object, manifest: &Object) -> Option<Object> {
    let mut wanted = manifest.to_value();
    if let Some(fields) = wanted.as_object_mut() {
        // Any version shows the same object, and only its controller writes a status.
        fields.insert("apiVersion".to_owned(), live.api_version().into());
        fields.remove("status");
    }
    let before = live.to_value();
    let mut merged = before.clone();
    merge(&mut merged, &wanted);
    if merged == before {
        return None;
    }
    if let Some(fields) = merged.as_object_mut() {
        fields.remove("status");
    }
    Object::new(merged).ok()
}

fn merge(live: &mut Value, wanted: &Value) {
    match (live, wanted) {
        (Value::Object(live), Value::Object(wanted)) => merge_fields(live, wanted),
        (live, wanted) => *live = wanted.clone(),
    }
}

fn merge_fields(live: &mut Map<String, Value>, wanted: &Map<String, Value>) {
    for (field, value) in wanted {
        match (live.get_mut(field), value) {
            (_, Value::Null) => {
                live.remove(field);
            }
            (Some(Value::Array(live)), Value::Array(wanted)) if NAMED_LISTS.contains(&field.as_str()) => {
                merge_named(live, wanted);
            }
            (Some(live), value) => merge(live, value),
            (None, value) => {
                live.insert(field.clone(), value.clone());
            }
        }
    }
}

fn merge_named(live: &mut Vec<Value>, wanted: &[Value]) {
    for entry in wanted {
        match live.iter_mut().find(|other| other.get("name").is_some() && other.get("name") == entry.get("name")) {
            Some(other) => merge(other, entry),
            None => live.push(entry.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        resource::SERVER,
        snapshot::{Origin, Read, Scope},
    };

    fn server(more: &Value) -> Object {
        let mut value = json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Server",
            "metadata": {"name": "a", "namespace": "fin"}});
        merge(&mut value, more);
        Object::new(value).unwrap()
    }

    fn applied(live: &Value, manifest: &Value) -> Observed {
        let mut snapshot = Snapshot::live();
        snapshot.add_read(&SERVER, Scope::Cluster, Read::Complete, vec![server(live)]);
        let next = snapshot.with_applied(vec![Observed { object: server(manifest), origin: Origin::Desired }]);
        next.get(&SERVER, "fin", "a").unwrap().unwrap().clone()
    }

    #[test]
    fn maps_are_merged_and_lists_replaced() {
        let live = json!({"spec": {"replicas": 2, "capabilities": ["a", "b"], "gone": 1}, "status": {"replicas": 2}});
        let manifest = json!({"spec": {"capabilities": ["c"], "serverConfig": "mlserver"}});
        let after = applied(&live, &manifest);
        assert_eq!(
            after.object.pointer("/spec"),
            Some(&json!({"replicas": 2, "capabilities": ["c"], "gone": 1, "serverConfig": "mlserver"}))
        );
        assert_eq!((after.object.pointer("/status"), after.origin), (None, Origin::Desired));
        let null = json!({"spec": {"gone": Value::Null}});
        let mut spec = json!({"spec": {"gone": 1, "kept": 2}});
        merge(&mut spec, &null);
        assert_eq!(spec, json!({"spec": {"kept": 2}}));
    }

    #[test]
    fn containers_are_merged_by_name() {
        let spec = |containers: Value| json!({"spec": {"podSpec": {"containers": containers}}});
        let live = spec(json!([{"name": "agent", "image": "a:1"}, {"name": "injected"}]));
        let after = applied(&live, &spec(json!([{"name": "agent", "env": []}, {"name": "new"}])));
        assert_eq!(
            after.object.pointer("/spec/podSpec/containers"),
            Some(&json!([{"name": "agent", "image": "a:1", "env": []}, {"name": "injected"}, {"name": "new"}]))
        );
    }

    #[test]
    fn what_would_not_change_stays_live() {
        let live = json!({"spec": {"replicas": 2, "serverConfig": "mlserver"}, "status": {"replicas": 2}});
        let after = applied(&live, &json!({"spec": {"replicas": 2}}));
        assert!(after.is_live() && after.object.pointer("/status").is_some());
    }
}
