//! What rules look at: the snapshot, the control plane, and which namespaces are tenants.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use super::{
    Report, Rule,
    belonging::{is_alias, is_of, is_relayed, looks_like_tenant, scheduler_is_off},
};
use crate::{
    finding::Outcome,
    flow::{self, TenantShape},
    name::Namespace,
    object::{Object, ObjectId},
    profile::ControlPlane,
    reason::{
        flows::Network,
        kafka::{self, Broker},
        operator::Operator,
        placement::Scheduler,
        runtime,
        shared::Shared,
        version::Versions,
    },
    resource::{
        self, DEPLOYMENT, NAMESPACE, NETWORK_POLICY, Resource, SELDON_CONFIG, SELDON_GROUP, SELDON_RUNTIME, SERVER,
        SERVICE,
    },
    snapshot::{Observed, Snapshot, Unknown},
    suppress::{Declared, Suppressions},
    text::nearest,
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
    doubtful: BTreeMap<String, Unknown>,
    /// The version whose fields manifests may use, where the input does not hold the CRD itself.
    pub seldon_version: SeldonVersion,
    applied: Option<Applied<'a>>,
    files: Option<&'a Snapshot>,
    network: OnceLock<Network<'a>>,
    operators: OnceLock<Vec<Operator<'a>>>,
    versions: OnceLock<Versions>,
    declared: Option<&'a Declared>,
    asked: Option<BTreeSet<String>>,
    suppressions: OnceLock<Suppressions>,
}

/// What a cluster is before the manifests of a world are applied to it.
#[derive(Debug, Clone, Copy)]
pub struct Applied<'a> {
    /// What was observed there.
    pub live: &'a Snapshot,
    /// What the rules say of it.
    pub said: &'a [Outcome],
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
        let mut namespaces: BTreeSet<&str> = named.iter().map(Namespace::as_str).collect();
        let mut doubtful = BTreeMap::new();
        for namespace in snapshot.namespaces() {
            if namespaces.contains(namespace) || !looks_like_tenant(snapshot, control_plane, namespace) {
                continue;
            }
            match is_of(snapshot, control_plane, namespace) {
                Ok(true) => drop(namespaces.insert(namespace)),
                Ok(false) => {}
                Err(reason) => drop(doubtful.insert(namespace.to_owned(), reason)),
            }
        }
        namespaces.remove(control_plane.namespace.as_str());
        let tenants = namespaces
            .into_iter()
            .map(|namespace| TenantView { namespace: namespace.to_owned(), wiring: wiring(snapshot, namespace) })
            .collect();
        Self {
            snapshot,
            control_plane,
            tenants,
            doubtful,
            seldon_version: SeldonVersion::default(),
            applied: None,
            files: None,
            network: OnceLock::new(),
            operators: OnceLock::new(),
            versions: OnceLock::new(),
            declared: None,
            asked: None,
            suppressions: OnceLock::new(),
        }
    }

    /// The same world, with manifests for another version of Seldon than the newest.
    #[must_use]
    pub fn with_seldon_version(self, seldon_version: SeldonVersion) -> Self {
        Self { seldon_version, ..self }
    }

    /// The same world, told that it is what a cluster would be with manifests applied to it, and what
    /// the cluster is now.
    #[must_use]
    pub const fn with_applied_over(mut self, live: &'a Snapshot, said: &'a [Outcome]) -> Self {
        self.applied = Some(Applied { live, said });
        self
    }

    /// What the cluster is before manifests are applied to it, where this is what it would be then.
    pub const fn applied(&self) -> Option<Applied<'a>> {
        self.applied
    }

    /// The same world, told which manifests were laid over a cluster to give it.
    #[must_use]
    pub const fn with_files(mut self, files: &'a Snapshot) -> Self {
        self.files = Some(files);
        self
    }

    /// The manifests that were laid over the cluster, where there are any.
    pub const fn files(&self) -> Option<&'a Snapshot> {
        self.files
    }

    /// Whether a rule says something about a world like this.
    pub fn judges(&self, rule: &Rule) -> bool {
        rule.judged.applies(self.snapshot.is_live(), self.files.is_some())
    }

    /// The same world, of which some namespaces alone are asked about. The others are still looked at,
    /// because names are global to a scheduler, and nothing is found on their behalf.
    #[must_use]
    pub fn with_asked(self, namespaces: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { asked: Some(namespaces.into_iter().map(Into::into).collect()), ..self }
    }

    /// Whether a namespace is asked about.
    pub fn is_asked(&self, namespace: &str) -> bool {
        self.asked.as_ref().is_none_or(|asked| asked.contains(namespace))
    }

    /// The same world, with a profile's word on what does not count.
    #[must_use]
    pub fn with_declared(self, declared: &'a Declared) -> Self {
        Self { declared: Some(declared), ..self }
    }

    /// The same world over another snapshot; a change makes nobody less of a tenant.
    #[must_use]
    pub fn over<'s>(&'s self, snapshot: &'s Snapshot) -> World<'s> {
        let tenants = self.tenants.iter().filter_map(|tenant| Namespace::new(&*tenant.namespace).ok());
        let tenants: Vec<Namespace> = tenants.collect();
        let world = World::new(snapshot, self.control_plane, &tenants).with_seldon_version(self.seldon_version);
        World { declared: self.declared, asked: self.asked.clone(), ..world }
    }

    /// The tenant of this namespace.
    pub fn tenant(&self, namespace: &str) -> Option<&TenantView> {
        let place = self.tenants.binary_search_by(|tenant| tenant.namespace.as_str().cmp(namespace)).ok()?;
        self.tenants.get(place)
    }

    /// The namespaces that are tenants of this control plane or of another one, and what could not
    /// be read that would tell. They are not judged, and what depends on them is unknown.
    pub const fn doubtful(&self) -> &BTreeMap<String, Unknown> {
        &self.doubtful
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
        let own = self.scheduler_namespaces();
        let is_known = |namespace: &str| own.contains(namespace) || self.doubtful.contains_key(namespace);
        namespaces.filter(|namespace| !is_known(namespace)).collect()
    }

    /// What was observed in the namespaces that share the central scheduler.
    pub fn shared(&self) -> Shared<'_> {
        Shared::new(self.snapshot, self.scheduler_namespaces()).beside(&self.doubtful)
    }

    /// The manifests of the namespaces that share the central scheduler: all that was observed, or what
    /// was laid over a cluster.
    pub(super) fn manifests(&self) -> Shared<'_> {
        Shared::new(self.files.unwrap_or(self.snapshot), self.scheduler_namespaces())
    }

    /// The central scheduler with every Server that registers with it.
    pub fn scheduler(&self) -> Scheduler<'_> {
        Scheduler::new(self.shared(), self.control_plane)
    }

    /// What says that findings do not count, read on first use.
    pub fn suppressions(&self) -> &Suppressions {
        self.suppressions.get_or_init(|| Suppressions::of(self.snapshot, self.declared))
    }

    /// The policies of the namespaces that share the central scheduler, read on first use.
    pub(crate) fn network(&self) -> &Network<'a> {
        self.network.get_or_init(|| Network::new(self.snapshot, self.scheduler_namespaces()))
    }

    /// The operators that are known, read on first use.
    pub fn operators(&self) -> &[Operator<'a>] {
        self.operators.get_or_init(|| Operator::all(self.snapshot))
    }

    /// The versions of what runs, as far as they are known, read on first use.
    pub fn versions(&self) -> &Versions {
        self.versions.get_or_init(|| Versions::of(self.snapshot, self.control_plane, self.operators()))
    }

    /// The control plane's namespace.
    pub(super) fn central(&self) -> &str {
        self.control_plane.namespace.as_str()
    }

    /// The operator that looks after a namespace, the control plane's before any other; where none is
    /// known to, the control plane's.
    pub(crate) fn operator_of(&self, namespace: &str) -> Option<&Operator<'a>> {
        let is_central = |one: &&Operator<'_>| one.observed.object.namespace() == Some(self.central());
        let watches = |one: &&Operator<'_>| one.watches(namespace);
        let watching = self.operators().iter().filter(is_central).find(watches);
        watching.or_else(|| self.operators().iter().find(watches)).or_else(|| self.operators().iter().find(is_central))
    }

    /// The namespace in which the operator that looks after a namespace finds `SeldonConfigs` and
    /// `ServerConfigs`: its own, which is the control plane's unless something is known to the contrary.
    pub(crate) fn config_home(&self, namespace: &str) -> &str {
        let home = self.operator_of(namespace).and_then(|operator| operator.home.as_deref().ok());
        home.unwrap_or(self.central())
    }

    /// `bootstrap.servers` of a runtime and what they name, as far as its `SeldonConfig` is known.
    pub(crate) fn kafka<'w>(&'w self, runtime: &'w Object) -> Option<(&'w str, Vec<Broker>)> {
        let own = runtime.namespace().unwrap_or_default();
        let named = runtime.text("/spec/seldonConfig").unwrap_or_default();
        let config = self.snapshot.get(&SELDON_CONFIG, self.config_home(own), named).ok().flatten();
        let servers = kafka::bootstrap(Some(runtime), config.map(|config| &config.object))?;
        let brokers = kafka::brokers(servers, &Namespace::new(own).ok()?, &self.control_plane.cluster_domain);
        (!brokers.is_empty()).then_some((servers, brokers))
    }

    /// The name of something that was observed in a namespace and may be meant by one that is not there:
    /// the one spelled most like it, else the stock one, else any.
    pub(super) fn configured(&self, kind: &'static Resource, home: &str, missing: &str, stock: &str) -> Option<&str> {
        let names = || self.snapshot.known_in(kind, home).map(|seen| seen.object.name());
        nearest(missing, names()).or_else(|| names().find(|name| *name == stock)).or_else(|| names().min())
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

    /// The name of the `SeldonConfig` that the control plane's own runtime starts from; the profile's
    /// where that runtime is not known.
    pub(crate) fn central_seldon_config(&self) -> &str {
        let mut runtimes = self.snapshot.known_in(&SELDON_RUNTIME, self.central());
        let named =
            runtimes.find_map(|runtime| runtime.object.text("/spec/seldonConfig").filter(|name| !name.is_empty()));
        named.unwrap_or(self.control_plane.seldon_config.as_str())
    }

    /// The `SeldonConfig` that a runtime names, or proof that it is absent. Only the operator's
    /// namespace counts.
    pub(super) fn seldon_config(&self, runtime: &Object) -> Result<Option<&Observed>, Unknown> {
        let home = self.config_home(runtime.namespace().unwrap_or_default());
        match runtime.text("/spec/seldonConfig") {
            Some(name) => self.snapshot.get(&SELDON_CONFIG, home, name),
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
        let shape =
            TenantShape { running, transport: self.control_plane.transport, wiring: tenant.wiring, explainers: false };
        flow::scheduler_ports(&shape)
    }
}

/// The Service decides: behind an alias, a relay is one that was left over.
fn wiring(snapshot: &Snapshot, namespace: &str) -> Wiring {
    let is_aliased = snapshot.known_in(&SERVICE, namespace).any(|service| is_alias(&service.object));
    if is_relayed(snapshot, namespace) && !is_aliased { Wiring::Relay } else { Wiring::ExternalName }
}
