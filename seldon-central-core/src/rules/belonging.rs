//! By what a tenant is recognised, and whose it is.

use serde_json::Value;

use crate::{
    object::Object,
    pattern::{self, Component},
    profile::ControlPlane,
    reason::runtime,
    resource::{DEPLOYMENT, NETWORK_POLICY, SELDON_RUNTIME, SERVICE},
    snapshot::{Observed, Snapshot, Unknown},
};

pub(super) fn looks_like_tenant(snapshot: &Snapshot, control_plane: &ControlPlane, namespace: &str) -> bool {
    snapshot.known_in(&SELDON_RUNTIME, namespace).any(|runtime| scheduler_is_off(&runtime.object))
        || snapshot.known_in(&SERVICE, namespace).any(|service| is_alias(&service.object))
        || snapshot.known_in(&NETWORK_POLICY, namespace).any(|policy| names(policy, control_plane))
        || is_relayed(snapshot, namespace)
}

/// Whether a namespace that looks like a tenant is one of this control plane, and not of another that
/// its alias leads to and that is known to be one. An alias that leads nowhere is no sign: a
/// misspelled one is what the rules are to find.
///
/// # Errors
/// What of it could not be read.
pub(super) fn is_of(snapshot: &Snapshot, control_plane: &ControlPlane, namespace: &str) -> Result<bool, Unknown> {
    let Some(alias) = snapshot.known_in(&SERVICE, namespace).find(|service| is_alias(&service.object)) else {
        return unless_unread(snapshot.get(&SERVICE, namespace, pattern::SCHEDULER_SERVICE));
    };
    let own = control_plane.namespace.as_str();
    let elsewhere = target_namespace(&alias.object).filter(|target| *target != own && *target != namespace);
    let Some(target) = elsewhere else { return Ok(true) };
    if snapshot.known_in(&SELDON_RUNTIME, target).any(|runtime| !scheduler_is_off(&runtime.object)) {
        return Ok(false);
    }
    unless_unread(snapshot.closed(&SELDON_RUNTIME, target))
}

/// True, unless a read was tried and failed.
fn unless_unread<T>(read: Result<T, Unknown>) -> Result<bool, Unknown> {
    match read {
        Err(reason) if reason.is_incomplete() => Err(reason),
        Ok(_) | Err(_) => Ok(true),
    }
}

/// The namespace of the scheduler that an alias leads to.
fn target_namespace(alias: &Object) -> Option<&str> {
    let rest = alias.text("/spec/externalName")?.strip_prefix(pattern::SCHEDULER_SERVICE)?.strip_prefix('.')?;
    rest.split('.').next()
}

pub(super) fn is_relayed(snapshot: &Snapshot, namespace: &str) -> bool {
    snapshot
        .known_in(&DEPLOYMENT, namespace)
        .any(|deployment| deployment.object.label(pattern::WIRING_LABEL) == Some(pattern::WIRING_RELAY))
}

/// Whether a runtime's overrides turn its own scheduler off.
pub(super) fn scheduler_is_off(runtime: &Object) -> bool {
    runtime::replicas(runtime, Component::Scheduler) == 0
}

pub(super) fn is_alias(service: &Object) -> bool {
    service.name() == pattern::SCHEDULER_SERVICE && service.text("/spec/type") == Some("ExternalName")
}

fn names(policy: &Observed, control_plane: &ControlPlane) -> bool {
    fn selects(value: &Value, namespace: &str) -> bool {
        let labels = value.pointer("/namespaceSelector/matchLabels").and_then(Value::as_object);
        labels.into_iter().flatten().any(|(key, value)| {
            matches!(key.as_str(), "name" | pattern::NAMESPACE_NAME_LABEL) && value.as_str() == Some(namespace)
        })
    }
    let rules = |pointer: &str| policy.object.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    rules("/spec/egress")
        .filter_map(|rule| rule.get("to"))
        .chain(rules("/spec/ingress").filter_map(|rule| rule.get("from")))
        .filter_map(Value::as_array)
        .flatten()
        .any(|peer| selects(peer, control_plane.namespace.as_str()))
}
