//! A plan as a document, for reviews and for other tools.

use serde_json::{Value, json};

use super::{Plan, STAGES, Step};

/// The plan in stages: everything in one is deleted, and gone, before the next begins.
pub fn document(plan: &Plan, namespace: &str) -> Value {
    let stages = STAGES.into_iter().filter_map(|kind| {
        let objects: Vec<Value> = plan.steps.iter().filter(|step| step.object.is(kind)).map(entry).collect();
        (!objects.is_empty()).then(|| json!({"kind": kind.kind, "delete": objects}))
    });
    json!({"tenant": namespace, "stages": stages.collect::<Vec<_>>()})
}

fn entry(step: &Step) -> Value {
    let id = step.object.id();
    let mut entry = json!({
        "apiVersion": id.api_version, "kind": id.kind, "name": id.name,
        "reason": step.reason, "finalizers": super::finalizers(&step.object),
    });
    if let Some(namespace) = id.namespace {
        entry["namespace"] = namespace.into();
    }
    if let Some(uid) = step.object.text("/metadata/uid") {
        entry["uid"] = uid.into();
    }
    if step.is_leaving() {
        entry["leaving"] = true.into();
    }
    entry
}
