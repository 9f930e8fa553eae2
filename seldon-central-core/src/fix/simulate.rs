//! A snapshot as it would be after changes, with what the operator and Kubernetes make of them.
//!
//! Without that the rules would hold workloads and Services against a runtime that was just changed,
//! and call the repair a new finding.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Action, Edit, patch::patched};
use crate::{
    object::{Object, ObjectId},
    pattern::{self, Component},
    reason::runtime,
    resource::{DEPLOYMENT, POD, SELDON_CONFIG, SELDON_RUNTIME, SERVICE, STATEFUL_SET},
    snapshot::{Observed, Snapshot},
};

/// The snapshot as it would be with these objects made or changed, and those gone.
pub(super) fn changed(snapshot: &Snapshot, changed: &[Object], mut gone: BTreeSet<ObjectId>) -> Snapshot {
    let mut next = snapshot.with_edited(changed);
    if snapshot.is_live() {
        let consequences: Vec<Object> = changed.iter().flat_map(|object| consequences(&next, object)).collect();
        gone.extend(changed.iter().chain(&consequences).flat_map(|object| pods_gone(snapshot, object)));
        next = next.with_edited(&consequences);
    }
    if gone.is_empty() { next } else { next.without(&gone) }
}

/// The snapshot as it would be after these changes; `None` when one of them does not fit its object.
pub fn applied(snapshot: &Snapshot, edits: &[Edit]) -> Option<Snapshot> {
    let mut by_object: BTreeMap<&ObjectId, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        by_object.entry(&edit.object).or_default().push(edit);
    }
    let (mut objects, mut gone) = (Vec::new(), BTreeSet::new());
    for (id, edits) in by_object {
        if edits.iter().any(|edit| edit.action == Action::Delete) {
            find(snapshot, id)?;
            gone.insert(id.clone());
            continue;
        }
        let put = edits.iter().find_map(|edit| match &edit.action {
            Action::Put { manifest } => Some(manifest.clone()),
            _ => None,
        });
        let fields: Vec<&Edit> = edits.into_iter().filter(|edit| edit.action.path().is_some()).collect();
        let start = put.or_else(|| find(snapshot, id).map(|observed| observed.object.clone()))?;
        objects.push(patched(&start, &fields).ok()?.0);
    }
    Some(changed(snapshot, &objects, gone))
}

/// The object with this identity.
pub fn find<'a>(snapshot: &'a Snapshot, id: &ObjectId) -> Option<&'a Observed> {
    let found = |observed: &&Observed| observed.object.id() == *id;
    match crate::resource::Resource::find(&id.api_version, &id.kind) {
        Some(kind) => match &id.namespace {
            Some(namespace) => snapshot.known_in(kind, namespace).find(found),
            None => snapshot.known(kind).find(found),
        },
        None => snapshot.objects().iter().find(found),
    }
}

/// What the operator makes of a changed runtime: the workloads of its components, and the Service of
/// the scheduler where that is no alias.
fn consequences(snapshot: &Snapshot, changed: &Object) -> Vec<Object> {
    if !changed.is(&SELDON_RUNTIME) {
        return workload(changed).into_iter().collect();
    }
    let namespace = changed.namespace().unwrap_or_default();
    let mut made = Vec::new();
    for component in Component::ALL {
        let is_skipped = runtime::override_of(changed, component).is_some_and(|(_, entry)| runtime::is_disabled(entry));
        let found = [&STATEFUL_SET, &DEPLOYMENT]
            .into_iter()
            .flat_map(|kind| snapshot.known_in(kind, namespace))
            .filter(|observed| observed.object.name() == component.name() && !is_skipped);
        let replicas = runtime::replicas(changed, component);
        made.extend(found.filter_map(|observed| workload(&with(&observed.object, "/spec/replicas", replicas)?)));
    }
    let config = changed.text("/spec/seldonConfig").and_then(|name| {
        snapshot.known(&SELDON_CONFIG).map(|observed| &observed.object).find(|config| config.name() == name)
    });
    let service = snapshot.known_in(&SERVICE, namespace).map(|observed| &observed.object).find(|service| {
        service.name() == pattern::SCHEDULER_SERVICE && service.text("/spec/type") != Some("ExternalName")
    });
    if let (Some(kind), Some(service)) = (runtime::service_type(changed, config, Component::Scheduler), service) {
        let kind = if kind.is_empty() { "ClusterIP" } else { kind };
        made.extend(with(service, "/spec/type", kind));
    }
    made
}

/// A workload without a status that speaks of other replicas.
fn workload(object: &Object) -> Option<Object> {
    if !is_workload(object) || replicas(object) != Some(0) {
        return is_workload(object).then(|| object.clone());
    }
    let mut value = object.to_value();
    value.as_object_mut()?.remove("status");
    Object::new(value).ok()
}

fn is_workload(object: &Object) -> bool {
    object.is(&STATEFUL_SET) || object.is(&DEPLOYMENT)
}

fn replicas(object: &Object) -> Option<u64> {
    object.pointer("/spec/replicas").and_then(Value::as_u64)
}

fn with(object: &Object, path: &str, value: impl Into<Value>) -> Option<Object> {
    let edit = Edit::set(object, path, value);
    patched(object, &[&edit]).ok().map(|(object, _)| object)
}

/// The pods of a workload that is scaled to nothing.
fn pods_gone<'a>(snapshot: &'a Snapshot, object: &Object) -> impl Iterator<Item = ObjectId> + use<'a> {
    let namespace = object.namespace().unwrap_or_default().to_owned();
    let (kind, name) = (object.kind().to_owned(), object.name().to_owned());
    let is_empty = is_workload(object) && replicas(object) == Some(0);
    let owned = move |pod: &Object| {
        let owners = pod.pointer("/metadata/ownerReferences").and_then(Value::as_array);
        owners
            .into_iter()
            .flatten()
            .any(|owner| owner.get("kind") == Some(&json!(kind)) && owner.get("name") == Some(&json!(name)))
    };
    let pods = snapshot.known_in(&POD, &namespace).map(|observed| &observed.object);
    pods.filter(move |pod| is_empty && owned(pod)).map(Object::id)
}
