//! What rules look at: the snapshot, the control plane, and which namespaces are tenants.

use std::{collections::BTreeSet, sync::OnceLock};

use serde_json::Value;

use super::Report;
use crate::{
    flow::{self, TenantShape},
    name::Namespace,
    object::{Object, ObjectId},
    pattern::{self, Component},
    profile::ControlPlane,
    reason::{flows::Network, placement::Scheduler, runtime, shared::Shared},
    resource::{
        self, DEPLOYMENT, NAMESPACE, NETWORK_POLICY, Resource, SELDON_CONFIG, SELDON_GROUP, SELDON_RUNTIME, SERVER,
        SERVICE,
    },
    snapshot::{Observed, Snapshot, Unknown},
    suppress::Suppressions,
    version::SeldonVersion,
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
    /// The version whose fields manifests may use, where the input does not hold the CRD itself.
    pub seldon_version: SeldonVersion,
    network: OnceLock<Network<'a>>,
    suppressions: OnceLock<Suppressions>,
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
    /// The kinds by which tenants and their wiring are recognised.
    pub const READS: &'static [&'static Resource] =
        &[&NAMESPACE, &SELDON_RUNTIME, &SERVICE, &NETWORK_POLICY, &DEPLOYMENT];

    /// Looks at a snapshot. The named namespaces are tenants whatever they hold; any other is one
    /// when its runtime turns `seldon-scheduler` off, when it has an `ExternalName`
    /// `seldon-scheduler`, or when a policy of it names the control plane; unless that alias leads to
    /// another namespace that runs a scheduler.
    pub fn new(snapshot: &'a Snapshot, control_plane: &'a ControlPlane, named: &[Namespace]) -> Self {
        let named = named.iter().map(Namespace::as_str);
        let found = snapshot.namespaces().into_iter().filter(|namespace| {
            looks_like_tenant(snapshot, control_plane, namespace)
                && !is_tenant_of_another(snapshot, control_plane, namespace)
        });
        let namespaces: BTreeSet<&str> =
            named.chain(found).filter(|namespace| *namespace != control_plane.namespace.as_str()).collect();
        let tenants = namespaces
            .into_iter()
            .map(|namespace| TenantView { namespace: namespace.to_owned(), wiring: wiring(snapshot, namespace) })
            .collect();
        Self {
            snapshot,
            control_plane,
            tenants,
            seldon_version: SeldonVersion::default(),
            network: OnceLock::new(),
            suppressions: OnceLock::new(),
        }
    }

    /// The same world, with manifests for another version of Seldon than the newest.
    #[must_use]
    pub fn with_seldon_version(self, seldon_version: SeldonVersion) -> Self {
        Self { seldon_version, ..self }
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

    /// The namespaces that hold objects of Seldon's and are neither the control plane nor tenants:
    /// they follow another topology, such as a scheduler of their own, and are not judged.
    pub fn others(&self) -> BTreeSet<&'a str> {
        let kinds = resource::ALL.into_iter().filter(|kind| kind.group == SELDON_GROUP);
        let namespaces = kinds.flat_map(|kind| self.snapshot.known(kind)).filter_map(|seen| seen.object.namespace());
        namespaces.filter(|namespace| !self.scheduler_namespaces().contains(namespace)).collect()
    }

    /// What was observed in the namespaces that share the central scheduler.
    pub fn shared(&self) -> Shared<'_> {
        Shared::new(self.snapshot, self.scheduler_namespaces())
    }

    /// The central scheduler with every Server that registers with it.
    pub fn scheduler(&self) -> Scheduler<'_> {
        Scheduler::new(self.shared(), self.control_plane)
    }

    /// What says that findings do not count, read on first use.
    pub fn suppressions(&self) -> &Suppressions {
        self.suppressions.get_or_init(|| Suppressions::of(self.snapshot))
    }

    /// The policies of the namespaces that share the central scheduler, read on first use.
    pub(super) fn network(&self) -> &Network<'a> {
        self.network.get_or_init(|| Network::new(self.snapshot, self.scheduler_namespaces()))
    }

    /// The control plane's namespace, which is the operator's.
    pub(super) fn central(&self) -> &str {
        self.control_plane.namespace.as_str()
    }

    /// The tenants whose `seldon-scheduler` is the alias and not the operator's own Service. Where
    /// the Deployment of a relay may be and could not be looked for, the rule is unknown.
    pub(super) fn aliased(&self, report: &mut Report) -> Vec<&TenantView> {
        let mut aliased = Vec::new();
        for tenant in self.tenants.iter().filter(|tenant| tenant.wiring != Wiring::Relay) {
            let namespace = tenant.namespace.as_str();
            let has_alias = self.snapshot.known_in(&SERVICE, namespace).any(|service| is_alias(&service.object));
            match self.snapshot.closed(&DEPLOYMENT, namespace) {
                Err(reason) if reason.is_incomplete() && !has_alias => {
                    report.unknown(ObjectId::of(&NAMESPACE, None, namespace), reason);
                }
                Ok(()) | Err(_) => aliased.push(tenant),
            }
        }
        aliased
    }

    /// The known objects of a kind in a namespace. A read of them that was tried and failed makes
    /// the rule unknown there.
    pub(super) fn seen(&self, kind: &'static Resource, namespace: &str, report: &mut Report) -> Vec<&Observed> {
        self.snapshot.all_in(kind, namespace).unwrap_or_else(|reason| {
            if reason.is_incomplete() {
                report.unknown(ObjectId::of(&NAMESPACE, None, namespace), reason);
            }
            self.snapshot.known_in(kind, namespace).collect()
        })
    }

    /// The objects of a kind seen in the namespaces that share the central scheduler, with their
    /// namespaces.
    pub(super) fn on_scheduler(&self, kind: &'static Resource, report: &mut Report) -> Vec<(&str, &Observed)> {
        let mut seen = Vec::new();
        for namespace in self.scheduler_namespaces() {
            seen.extend(self.seen(kind, namespace, report).into_iter().map(|observed| (namespace, observed)));
        }
        seen
    }

    /// The `SeldonRuntimes` seen in the tenants.
    pub(super) fn tenant_runtimes(&self, report: &mut Report) -> Vec<&Observed> {
        self.tenants.iter().flat_map(|tenant| self.seen(&SELDON_RUNTIME, &tenant.namespace, report)).collect()
    }

    /// The `SeldonRuntimes` seen in the control plane and in the tenants.
    pub(super) fn runtimes(&self, report: &mut Report) -> Vec<&Observed> {
        let central = self.seen(&SELDON_RUNTIME, self.central(), report);
        central.into_iter().chain(self.tenant_runtimes(report)).collect()
    }

    /// The Servers seen in the tenants.
    pub(super) fn tenant_servers(&self, report: &mut Report) -> Vec<&Observed> {
        self.tenants.iter().flat_map(|tenant| self.seen(&SERVER, &tenant.namespace, report)).collect()
    }

    /// The Servers seen on the central scheduler.
    pub(super) fn servers(&self, report: &mut Report) -> Vec<&Observed> {
        let central = self.seen(&SERVER, self.central(), report);
        central.into_iter().chain(self.tenant_servers(report)).collect()
    }

    /// The control plane's `SeldonRuntime` that runs the scheduler, or proof that there is none.
    pub(super) fn central_scheduler(&self) -> Result<Option<&Observed>, Unknown> {
        let runs = |runtime: &&Observed| !scheduler_is_off(&runtime.object);
        match self.snapshot.known_in(&SELDON_RUNTIME, self.central()).find(runs) {
            Some(runtime) => Ok(Some(runtime)),
            None => self.snapshot.all_in(&SELDON_RUNTIME, self.central()).map(|_| None),
        }
    }

    /// The `SeldonConfig` that a runtime names, or proof that it is absent. Only the operator's
    /// namespace counts.
    pub(super) fn seldon_config(&self, runtime: &Object) -> Result<Option<&Observed>, Unknown> {
        match runtime.text("/spec/seldonConfig") {
            Some(name) => self.snapshot.get(&SELDON_CONFIG, self.central(), name),
            None => Ok(None),
        }
    }

    /// The same when it is known, and nothing said when it is not.
    pub(super) fn known_seldon_config(&self, runtime: &Object) -> Option<&Object> {
        self.seldon_config(runtime).ok().flatten().map(|observed| &observed.object)
    }

    /// The scheduler's ports that a tenant's components and, for it, the operator use.
    pub(super) fn scheduler_ports(&self, tenant: &TenantView, report: &mut Report) -> BTreeSet<u16> {
        let runtimes = self.seen(&SELDON_RUNTIME, &tenant.namespace, report);
        let running = runtimes.into_iter().flat_map(|runtime| runtime::running(&runtime.object)).collect();
        let shape = TenantShape { running, transport: self.control_plane.transport, wiring: tenant.wiring };
        flow::scheduler_ports(&shape)
    }
}

fn looks_like_tenant(snapshot: &Snapshot, control_plane: &ControlPlane, namespace: &str) -> bool {
    snapshot.known_in(&SELDON_RUNTIME, namespace).any(|runtime| scheduler_is_off(&runtime.object))
        || snapshot.known_in(&SERVICE, namespace).any(|service| is_alias(&service.object))
        || snapshot.known_in(&NETWORK_POLICY, namespace).any(|policy| names(policy, control_plane))
        || is_relayed(snapshot, namespace)
}

/// Whether the alias of a namespace leads to another control plane that is known to be one. An alias
/// that leads nowhere is no sign: a misspelled one is what the rules are to find.
fn is_tenant_of_another(snapshot: &Snapshot, control_plane: &ControlPlane, namespace: &str) -> bool {
    let aliases = snapshot.known_in(&SERVICE, namespace).filter(|service| is_alias(&service.object));
    aliases.filter_map(|service| target_namespace(&service.object)).any(|target| {
        target != control_plane.namespace.as_str()
            && target != namespace
            && snapshot.known_in(&SELDON_RUNTIME, target).any(|runtime| !scheduler_is_off(&runtime.object))
    })
}

/// The namespace of the scheduler that an alias leads to.
fn target_namespace(alias: &Object) -> Option<&str> {
    let rest = alias.text("/spec/externalName")?.strip_prefix(pattern::SCHEDULER_SERVICE)?.strip_prefix('.')?;
    rest.split('.').next()
}

/// The Service decides: behind an alias, a relay is one that was left over.
fn wiring(snapshot: &Snapshot, namespace: &str) -> Wiring {
    let is_aliased = snapshot.known_in(&SERVICE, namespace).any(|service| is_alias(&service.object));
    if is_relayed(snapshot, namespace) && !is_aliased { Wiring::Relay } else { Wiring::ExternalName }
}

fn is_relayed(snapshot: &Snapshot, namespace: &str) -> bool {
    snapshot
        .known_in(&DEPLOYMENT, namespace)
        .any(|deployment| deployment.object.label(pattern::WIRING_LABEL) == Some(pattern::WIRING_RELAY))
}

/// Whether a runtime's overrides turn its own scheduler off.
pub(super) fn scheduler_is_off(runtime: &Object) -> bool {
    runtime::replicas(runtime, Component::Scheduler) == 0
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
