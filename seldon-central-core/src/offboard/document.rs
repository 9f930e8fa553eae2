//! A plan as a document, for reviews and for other tools.

use serde_json::{Value, json};

use super::{Plan, STAGES, Step, finalizers};
use crate::text::fields;

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
    fields([
        ("apiVersion", Some(id.api_version.into())),
        ("kind", Some(id.kind.into())),
        ("namespace", id.namespace.map(Into::into)),
        ("name", Some(id.name.into())),
        ("uid", step.object.text("/metadata/uid").map(Into::into)),
        ("reason", Some(json!(step.reason))),
        ("finalizers", Some(finalizers(&step.object).into())),
        ("leaving", step.is_leaving().then(|| true.into())),
    ])
}
