//! What the operator itself says of an object: its events, and the error at which its work last ended.

use std::collections::BTreeSet;

use super::{Causes, beside, event::events};
use crate::{finding::Evidence, object::Object, rules::World};

/// The latest event of each reason about an object, and the operator's last error on it.
pub(super) fn told(world: &World<'_>, object: &Object) -> Vec<Evidence> {
    let is_it = |kind: &str, name: &str| kind == object.kind() && name == object.name();
    let events = events(world.snapshot, object.namespace().unwrap_or_default(), is_it);
    let mut reasons = BTreeSet::new();
    let latest = events.into_iter().filter(|event| reasons.insert(event.reason())).map(super::event::Event::evidence);
    latest.chain(error(world, object)).collect()
}

/// The operator's last error on an object.
fn error(world: &World<'_>, object: &Object) -> Option<Evidence> {
    let (pod, error) = world.operator_error(object)?;
    Some(beside(format!("the operator's log, {}, of this object: {error}", pod.object.id())))
}

/// The error at which the operator's work on an object ends, where a symptom shows that it goes on.
pub(super) fn stopped(world: &World<'_>, object: &Object) -> Causes {
    match error(world, object) {
        Some(shown) => Causes::proof(
            "its reconcile stops at an error, which the operator's log tells",
            vec![shown],
            "do what the error in the evidence says",
        ),
        None => Causes::default(),
    }
}
