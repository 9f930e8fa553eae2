//! What rules look at: the snapshot, the control plane, and which namespaces are tenants.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    name::Namespace,
    object::Object,
    pattern::{self, Component},
    profile::ControlPlane,
    reason::{placement::Scheduler, shared::Shared},
    resource::{DEPLOYMENT, NETWORK_POLICY, SELDON_RUNTIME, SERVICE},
    snapshot::{Observed, Snapshot},
};

pub use crate::profile::Wiring;

/// Everything a rule may look at.
#[derive(Debug)]
pub struct World<'a> {
    /// What was observed.
    pub snapshot: &'a Snapshot,
    /// The control plane that tenants are held against.
    pub control_plane: &'a ControlPlane,
    /// The tenants, sorted by namespace.
    pub tenants: Vec<TenantView>,
}

/// One tenant, as observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantView {
    /// Its namespace.
    pub namespace: String,
    /// How it reaches the scheduler.
    pub wiring: Wiring,
}

impl<'a> World<'a> {
    /// Looks at a snapshot. The named namespaces are tenants whatever they hold; any other is one
    /// when its runtime turns `seldon-scheduler` off, when it has an `ExternalName`
    /// `seldon-scheduler`, or when a policy of it names the control plane.
    pub fn new(snapshot: &'a Snapshot, control_plane: &'a ControlPlane, named: &[Namespace]) -> Self {
        let named = named.iter().map(Namespace::as_str);
        let found =
            snapshot.namespaces().into_iter().filter(|namespace| looks_like_tenant(snapshot, control_plane, namespace));
        let namespaces: BTreeSet<&str> =
            named.chain(found).filter(|namespace| *namespace != control_plane.namespace.as_str()).collect();
        let tenants = namespaces
            .into_iter()
            .map(|namespace| TenantView { namespace: namespace.to_owned(), wiring: wiring(snapshot, namespace) })
            .collect();
        Self { snapshot, control_plane, tenants }
    }

    /// The tenant of this namespace.
    pub fn tenant(&self, namespace: &str) -> Option<&TenantView> {
        self.tenants.iter().find(|tenant| tenant.namespace == namespace)
    }

    /// The namespaces that share the central scheduler: the control plane's and the tenants'.
    pub fn scheduler_namespaces(&self) -> BTreeSet<&str> {
        let tenants = self.tenants.iter().map(|tenant| tenant.namespace.as_str());
        tenants.chain([self.control_plane.namespace.as_str()]).collect()
    }

    /// What was observed in the namespaces that share the central scheduler.
    pub fn shared(&self) -> Shared<'_> {
        Shared::new(self.snapshot, self.scheduler_namespaces())
    }

    /// The central scheduler with every Server that registers with it.
    pub fn scheduler(&self) -> Scheduler<'_> {
        Scheduler::new(self.shared(), self.control_plane)
    }
}

fn looks_like_tenant(snapshot: &Snapshot, control_plane: &ControlPlane, namespace: &str) -> bool {
    snapshot.known_in(&SELDON_RUNTIME, namespace).any(|runtime| scheduler_is_off(&runtime.object))
        || snapshot.known_in(&SERVICE, namespace).any(|service| is_alias(&service.object))
        || snapshot.known_in(&NETWORK_POLICY, namespace).any(|policy| names(policy, control_plane))
        || is_relayed(snapshot, namespace)
}

fn wiring(snapshot: &Snapshot, namespace: &str) -> Wiring {
    if is_relayed(snapshot, namespace) { Wiring::Relay } else { Wiring::ExternalName }
}

fn is_relayed(snapshot: &Snapshot, namespace: &str) -> bool {
    snapshot
        .known_in(&DEPLOYMENT, namespace)
        .any(|deployment| deployment.object.label(pattern::WIRING_LABEL) == Some(pattern::WIRING_RELAY))
}

/// Whether a runtime's overrides turn its own scheduler off.
pub(super) fn scheduler_is_off(runtime: &Object) -> bool {
    scheduler_override(runtime).is_some_and(|(_, entry)| {
        entry.get("replicas").and_then(Value::as_u64) == Some(0) || entry.get("disable") == Some(&Value::Bool(true))
    })
}

/// The override of `seldon-scheduler` and its index; the last one of the name, as the operator's
/// map has it.
pub(super) fn scheduler_override(runtime: &Object) -> Option<(usize, &Value)> {
    let overrides = runtime.pointer("/spec/overrides")?.as_array()?;
    overrides
        .iter()
        .enumerate()
        .rfind(|(_, entry)| entry.get("name").and_then(Value::as_str) == Some(Component::Scheduler.name()))
}

fn is_alias(service: &Object) -> bool {
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
