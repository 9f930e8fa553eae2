//! The Service `seldon-scheduler` of a tenant.

use serde_json::Value;

use super::{
    super::{Edit, find},
    Remedy, Wanted, built, scaled, without_service_type,
};
use crate::{
    change,
    finding::Outcome,
    object::Object,
    pattern::{self, Component},
    reason::runtime,
    resource::{SELDON_RUNTIME, SERVICE},
    rules::World,
};

/// Fields that say which Service it is; the rest of a spec is its shape.
const TARGET: [&str; 2] = ["type", "externalName"];

/// What the API server fills in for a Service of any type.
const DEFAULTED: &str = "sessionAffinity";

/// Makes the Service the alias. One that the operator made is taken from it in one write, after the
/// runtime has stopped asking for it.
pub(crate) fn alias(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let Some((service, wanted)) = both(world, outcome) else { return Vec::new() };
    if change::needs_adoption(service, &wanted) {
        let runtime = runtimes_at_rest(world, service.namespace().unwrap_or_default());
        return Remedy::rough(runtime.into_iter().chain(change::adoption_edits(service, &wanted)));
    }
    let mut edits = differences(service, &wanted, |_| true);
    let own = service.pointer("/spec").and_then(Value::as_object).into_iter().flatten().map(|(field, _)| field);
    let is_foreign = |field: &&String| *field != DEFAULTED && wanted.pointer(&format!("/spec/{field}")).is_none();
    edits.extend(own.filter(is_foreign).map(|field| Edit::remove(service, format!("/spec/{field}"))));
    edits.extend(operators_note(service));
    Remedy::rough(edits)
}

/// Gives an alias the shape that the operator leaves alone. What is no alias has to become one.
pub(crate) fn shape(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let Some((service, wanted)) = both(world, outcome) else { return Vec::new() };
    if service.text("/spec/type") != wanted.text("/spec/type") {
        return alias(world, outcome);
    }
    let edits = differences(service, &wanted, |field| !TARGET.contains(&field));
    Remedy::safe(edits.into_iter().chain(operators_note(service)))
}

fn both<'a>(world: &'a World<'_>, outcome: &Outcome) -> Option<(&'a Object, Object)> {
    let service = &find(world.snapshot, &outcome.object)?.object;
    let wanted = built(world, service.namespace()?, Wanted::Kind(&SERVICE))?;
    Some((service, wanted))
}

fn differences(service: &Object, wanted: &Object, counts: impl Fn(&str) -> bool) -> Vec<Edit> {
    let spec = wanted.pointer("/spec").and_then(Value::as_object).into_iter().flatten();
    let differs =
        spec.filter(|(field, value)| counts(field) && service.pointer(&format!("/spec/{field}")) != Some(*value));
    differs.map(|(field, value)| Edit::set(service, format!("/spec/{field}"), value.clone())).collect()
}

/// What the operator last applied, which it compares with.
fn operators_note(service: &Object) -> Option<Edit> {
    service.annotation(pattern::OPERATOR_LAST_APPLIED)?;
    let key = pattern::OPERATOR_LAST_APPLIED.replace('/', "~1");
    Some(Edit::remove(service, format!("/metadata/annotations/{key}")))
}

/// The runtimes of a namespace with the scheduler off and no wish for its Service.
fn runtimes_at_rest(world: &World<'_>, namespace: &str) -> Vec<Edit> {
    let runtimes = world.snapshot.known_in(&SELDON_RUNTIME, namespace).map(|observed| &observed.object);
    let edits = runtimes.flat_map(|runtime| {
        let own = runtime::override_of(runtime, Component::Scheduler).map(|(_, entry)| entry);
        let is_off = own.is_some_and(|entry| !runtime::is_disabled(entry))
            && runtime::replicas(runtime, Component::Scheduler) == 0;
        let off = if is_off { Vec::new() } else { scaled(runtime, Component::Scheduler, 0) };
        off.into_iter().chain(without_service_type(runtime, Component::Scheduler))
    });
    edits.collect()
}
