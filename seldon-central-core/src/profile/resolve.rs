//! From what is declared to what is built: fixes the names and lists that depend on what exists
//! around the tenants, and refuses names that another tenant of the scheduler already uses.

use std::collections::{BTreeMap, BTreeSet};

use super::{ControlPlane, Profile, ServerNameTemplate, Tenant, TenantModel, TenantServer, Wiring, valid};
use crate::{
    name::{ModelName, NameError, Namespace, ObjectName, ServerName},
    pattern::{self, Component},
};

/// What exists around the tenants of a profile. Empty when no cluster was asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// Server names on the scheduler, and the namespaces that use each.
    pub servers: BTreeMap<String, BTreeSet<String>>,
    /// Whether there may be more Servers on the scheduler than `servers` tells of. A default name is
    /// then one that no other tenant would choose.
    pub servers_unseen: bool,
    /// Model names on the scheduler, and the namespaces that use each.
    pub models: BTreeMap<String, BTreeSet<String>>,
    /// Servers that this tool built, by namespace.
    pub own_servers: BTreeMap<String, Vec<ServerName>>,
    /// `SeldonRuntimes`, by namespace.
    pub runtimes: BTreeMap<String, Vec<ObjectName>>,
    /// The capabilities that each `ServerConfig` declares, by its name.
    pub server_configs: BTreeMap<String, Vec<String>>,
    /// The Envoy image of the control plane's `SeldonConfig`.
    pub envoy_image: Option<String>,
}

/// A profile whose names are all fixed.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedProfile {
    /// The control plane.
    pub control_plane: ControlPlane,
    /// The tenants, in the order they were declared.
    pub tenants: Vec<ResolvedTenant>,
}

/// A tenant whose names are all fixed.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedTenant {
    /// The tenant as declared.
    pub tenant: Tenant,
    /// Name of its `SeldonRuntime`.
    pub runtime_name: ObjectName,
    /// Its Servers.
    pub servers: Vec<ResolvedServer>,
    /// Its Models.
    pub models: Vec<ResolvedModel>,
    /// The relay's image; `Some` exactly when the wiring is a relay.
    pub relay_image: Option<String>,
}

/// A Server with its name and capabilities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedServer {
    /// Its name.
    pub name: ServerName,
    /// Its `ServerConfig`.
    pub server_config: ObjectName,
    /// Pods.
    pub replicas: u16,
    /// What its Models may require.
    pub capabilities: Vec<String>,
}

/// A Model with its Server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedModel {
    /// The Model as declared.
    pub model: TenantModel,
    /// Its Server.
    pub server: ServerName,
}

/// Why a profile cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// The profile names no tenant.
    #[error("the profile names no tenant; add one under `tenants:` or give a namespace")]
    NoTenants,
    /// A namespace is declared twice.
    #[error("tenant `{0}` is declared twice; merge the two entries")]
    DuplicateTenant(Namespace),
    /// The control plane's namespace is declared as a tenant.
    #[error(
        "`{0}` is the control plane's namespace and cannot be a tenant: its own SeldonRuntime runs the scheduler; \
         choose another namespace, or name the right control plane with --control-plane-namespace"
    )]
    TenantIsControlPlane(Namespace),
    /// The scheduler is among the components a tenant changes.
    #[error(
        "tenant `{0}` changes `seldon-scheduler`; in a tenant it is always off (`replicas: 0` without a service type), \
         remove it from `runtime.components`"
    )]
    SchedulerChanged(Namespace),
    /// A component without a Service of its own is given a type of Service.
    #[error("tenant `{tenant}` sets `serviceType` on `{component}`, which has no Service; only `seldon-envoy` has one")]
    ServiceTypeWithoutService {
        /// The tenant.
        tenant: Namespace,
        /// The component's name.
        component: &'static str,
    },
    /// A template gives no valid name for a tenant.
    #[error("tenant `{tenant}`: {error}; give another with --server-name or `servers[].name`")]
    ServerName {
        /// The tenant.
        tenant: Namespace,
        /// What is wrong.
        error: NameError,
    },
    /// Another namespace of the scheduler uses the name.
    #[error(
        "{kind} name `{name}` for tenant `{tenant}` is already used by `{used_by}` on the same scheduler, where {kind} \
         names are global; `{proposal}` is free"
    )]
    NameTaken {
        /// `Server` or `Model`.
        kind: &'static str,
        /// The name.
        name: String,
        /// The tenant that asks for it.
        tenant: Namespace,
        /// The namespace that has it.
        used_by: String,
        /// A name that no namespace uses.
        proposal: String,
    },
    /// A tenant declares a name twice.
    #[error("tenant `{tenant}` declares {kind} `{name}` twice; rename or remove one")]
    DuplicateName {
        /// The tenant.
        tenant: Namespace,
        /// `Server` or `Model`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// A Model names a Server that its tenant does not declare.
    #[error(
        "Model `{model}` of tenant `{tenant}` names Server `{server}`, which the tenant does not declare ({declared})"
    )]
    UnknownServer {
        /// The tenant.
        tenant: Namespace,
        /// The Model.
        model: ModelName,
        /// The Server it names.
        server: ServerName,
        /// The Servers the tenant declares, for people.
        declared: String,
    },
    /// A relay is wanted and nobody told its image.
    #[error(
        "tenant `{0}` is wired by a relay, and no image for it is known; give one with --relay-image or `relay.image`, \
         or let a cluster tell the one its SeldonConfig uses for Envoy"
    )]
    RelayImageUnknown(Namespace),
    /// A relay without pods is wanted.
    #[error(
        "tenant `{0}` is wired by a relay with `replicas: 0`, which would leave nothing between it and the scheduler; \
         give `relay.replicas` at least 1"
    )]
    RelayWithoutPods(Namespace),
    /// The tenant's Server and one of another namespace have the same name already.
    #[error(
        "`{tenant}` and `{used_by}` both have a Server `{name}` on the same scheduler, which cannot tell them apart; give \
         `{tenant}` another, for example with --server-name {proposal} (it is free), then move its Models there and \
         delete its Server `{name}`"
    )]
    ServerShared {
        /// The tenant.
        tenant: Namespace,
        /// The namespace that has one too.
        used_by: String,
        /// The name.
        name: String,
        /// A name that no namespace uses.
        proposal: String,
    },
}

/// Fixes every name of a profile.
///
/// # Errors
/// [`ResolveError`] for the first tenant that cannot be built.
pub fn resolve(profile: &Profile, around: &Surroundings) -> Result<ResolvedProfile, ResolveError> {
    if profile.tenants.is_empty() {
        return Err(ResolveError::NoTenants);
    }
    let mut names = Names::new(around, profile);
    let mut tenants = Vec::with_capacity(profile.tenants.len());
    for tenant in &profile.tenants {
        check(profile, tenant)?;
        let servers = resolve_servers(profile, tenant, around, &mut names)?;
        let models = resolve_models(tenant, &servers, &mut names)?;
        tenants.push(ResolvedTenant {
            runtime_name: runtime_name(tenant, around),
            relay_image: relay_image(tenant, around)?,
            tenant: tenant.clone(),
            servers,
            models,
        });
    }
    Ok(ResolvedProfile { control_plane: profile.control_plane.clone(), tenants })
}

fn check(profile: &Profile, tenant: &Tenant) -> Result<(), ResolveError> {
    let namespace = || tenant.namespace.clone();
    if tenant.namespace == profile.control_plane.namespace {
        return Err(ResolveError::TenantIsControlPlane(namespace()));
    }
    if profile.tenants.iter().filter(|other| other.namespace == tenant.namespace).count() > 1 {
        return Err(ResolveError::DuplicateTenant(namespace()));
    }
    if tenant.runtime.components.contains_key(&Component::Scheduler) {
        return Err(ResolveError::SchedulerChanged(namespace()));
    }
    let misplaced = tenant
        .runtime
        .components
        .iter()
        .find(|(component, settings)| **component != Component::Envoy && settings.service_type.is_some());
    match misplaced {
        Some((component, _)) => {
            Err(ResolveError::ServiceTypeWithoutService { tenant: namespace(), component: component.name() })
        }
        None => Ok(()),
    }
}

fn runtime_name(tenant: &Tenant, around: &Surroundings) -> ObjectName {
    if let Some(name) = &tenant.runtime.name {
        return name.clone();
    }
    match around.runtimes.get(tenant.namespace.as_str()).map(Vec::as_slice) {
        Some([only]) => only.clone(),
        _ => valid(ObjectName::new(format!("{}-runtime", tenant.namespace))),
    }
}

fn relay_image(tenant: &Tenant, around: &Surroundings) -> Result<Option<String>, ResolveError> {
    match tenant.wiring {
        Wiring::ExternalName => Ok(None),
        Wiring::Relay if tenant.relay.replicas == 0 => Err(ResolveError::RelayWithoutPods(tenant.namespace.clone())),
        Wiring::Relay => tenant
            .relay
            .image
            .clone()
            .or_else(|| around.envoy_image.clone())
            .filter(|image| !image.is_empty() && !image.contains(|c: char| c.is_whitespace() || c.is_control()))
            .map(Some)
            .ok_or_else(|| ResolveError::RelayImageUnknown(tenant.namespace.clone())),
    }
}

fn resolve_servers(
    profile: &Profile,
    tenant: &Tenant,
    around: &Surroundings,
    names: &mut Names,
) -> Result<Vec<ResolvedServer>, ResolveError> {
    let mut servers = Vec::with_capacity(tenant.servers.len());
    for server in &tenant.servers {
        let name = match &server.name {
            Some(template) => {
                let name = fill(template, tenant)?;
                names.claim("Server", name.as_str(), tenant)?;
                name
            }
            None => default_server_name(profile, tenant, around, names)?,
        };
        let server_config = server.server_config.clone().unwrap_or_else(|| profile.control_plane.server_config.clone());
        let capabilities = capabilities(server, server_config.as_str(), around);
        servers.push(ResolvedServer { name, server_config, replicas: server.replicas, capabilities });
    }
    Ok(servers)
}

fn fill(template: &ServerNameTemplate, tenant: &Tenant) -> Result<ServerName, ResolveError> {
    template
        .fill(&tenant.namespace)
        .map_err(|error| ResolveError::ServerName { tenant: tenant.namespace.clone(), error })
}

/// The specification's `mlserver` where it is free and there is one tenant, else a name of the
/// tenant's own; a Server that an earlier run built keeps its name.
fn default_server_name(
    profile: &Profile,
    tenant: &Tenant,
    around: &Surroundings,
    names: &mut Names,
) -> Result<ServerName, ResolveError> {
    if let Some([only]) = around.own_servers.get(tenant.namespace.as_str()).map(Vec::as_slice) {
        return match names.claim("Server", only.as_str(), tenant) {
            Ok(()) => Ok(only.clone()),
            Err(ResolveError::NameTaken { name, tenant, used_by, proposal, .. }) => {
                Err(ResolveError::ServerShared { tenant, used_by, name, proposal })
            }
            Err(error) => Err(error),
        };
    }
    let plain = profile.control_plane.server_config.as_str();
    if profile.tenants.len() == 1
        && !around.servers_unseen
        && let Ok(name) = ServerName::new(plain)
        && names.claim("Server", plain, tenant).is_ok()
    {
        return Ok(name);
    }
    let name = ServerName::new(format!("{}-{plain}", tenant.namespace))
        .map_err(|error| ResolveError::ServerName { tenant: tenant.namespace.clone(), error })?;
    names.claim("Server", name.as_str(), tenant)?;
    Ok(name)
}

fn capabilities(server: &TenantServer, server_config: &str, around: &Surroundings) -> Vec<String> {
    if let Some(exact) = &server.capabilities {
        return exact.iter().cloned().map(String::from).collect();
    }
    let stock: &[&str] = match server_config {
        "triton" => &pattern::TRITON_CAPABILITIES,
        _ => &pattern::MLSERVER_CAPABILITIES,
    };
    let mut list = around
        .server_configs
        .get(server_config)
        .cloned()
        .unwrap_or_else(|| stock.iter().map(ToString::to_string).collect());
    if server_config != "triton" {
        for capability in pattern::SPECIFICATION_CAPABILITIES {
            if !list.iter().any(|known| known == capability) {
                list.push(capability.to_owned());
            }
        }
    }
    list
}

fn resolve_models(
    tenant: &Tenant,
    servers: &[ResolvedServer],
    names: &mut Names,
) -> Result<Vec<ResolvedModel>, ResolveError> {
    let mut models = Vec::with_capacity(tenant.models.len());
    for model in &tenant.models {
        names.claim("Model", model.name.as_str(), tenant)?;
        models.push(ResolvedModel { server: model_server(tenant, model, servers)?, model: model.clone() });
    }
    Ok(models)
}

fn model_server(tenant: &Tenant, model: &TenantModel, servers: &[ResolvedServer]) -> Result<ServerName, ResolveError> {
    let wanted = match &model.server {
        Some(template) => fill(template, tenant)?,
        None => match servers.first() {
            Some(first) => return Ok(first.name.clone()),
            None => valid(ServerName::new(pattern::SERVER_CONFIG)),
        },
    };
    if servers.iter().any(|server| server.name == wanted) {
        return Ok(wanted);
    }
    let declared = match servers {
        [] => "it declares none".to_owned(),
        some => some.iter().map(|server| format!("`{}`", server.name)).collect::<Vec<_>>().join(", "),
    };
    Err(ResolveError::UnknownServer {
        tenant: tenant.namespace.clone(),
        model: model.name.clone(),
        server: wanted,
        declared,
    })
}

/// Who uses which name on the scheduler, in the cluster and earlier in the profile.
struct Names {
    used: BTreeMap<(&'static str, String), BTreeSet<String>>,
    /// The names that were given out already.
    claimed: BTreeSet<(&'static str, String)>,
}

impl Names {
    fn new(around: &Surroundings, profile: &Profile) -> Self {
        let mut used: BTreeMap<(&'static str, String), BTreeSet<String>> = BTreeMap::new();
        for (kind, names) in [("Server", &around.servers), ("Model", &around.models)] {
            for (name, namespaces) in names {
                used.entry((kind, name.clone())).or_default().extend(namespaces.iter().cloned());
            }
        }
        // Names that the profile spells out are taken before defaults are chosen.
        for tenant in &profile.tenants {
            for name in tenant.servers.iter().filter_map(|server| server.name.as_ref()?.fill(&tenant.namespace).ok()) {
                used.entry(("Server", name.to_string())).or_default().insert(tenant.namespace.to_string());
            }
        }
        Self { used, claimed: BTreeSet::new() }
    }

    fn claim(&mut self, kind: &'static str, name: &str, tenant: &Tenant) -> Result<(), ResolveError> {
        let users = self.used.entry((kind, name.to_owned())).or_default();
        let other = users.iter().find(|user| user.as_str() != tenant.namespace.as_str()).cloned();
        if let Some(used_by) = other {
            return Err(ResolveError::NameTaken {
                kind,
                name: name.to_owned(),
                tenant: tenant.namespace.clone(),
                used_by,
                proposal: self.free(kind, name, tenant),
            });
        }
        users.insert(tenant.namespace.to_string());
        if self.claimed.insert((kind, name.to_owned())) {
            return Ok(());
        }
        Err(ResolveError::DuplicateName { tenant: tenant.namespace.clone(), kind, name: name.to_owned() })
    }

    /// `{namespace}-{name}`, or the same with a number, short enough to be a name.
    fn free(&self, kind: &'static str, name: &str, tenant: &Tenant) -> String {
        let stems = [format!("{}-{name}", tenant.namespace), name.to_owned()];
        let numbered =
            stems.iter().flat_map(|stem| (1..1000).map(move |number| (stem, (number > 1).then_some(number))));
        numbered
            .filter_map(|(stem, number)| distinct(kind, stem, number))
            .find(|candidate| self.used.get(&(kind, candidate.clone())).is_none_or(BTreeSet::is_empty))
            .unwrap_or_else(|| format!("{}-x", name.chars().take(SHORT).collect::<String>()))
    }
}

/// Bytes of a name that leave room for a number or a letter after it.
const SHORT: usize = 40;

/// The stem with a number, cut before it where the whole is too long to be a name.
fn distinct(kind: &str, stem: &str, number: Option<u16>) -> Option<String> {
    let is_name = |candidate: &str| match kind {
        "Server" => ServerName::new(candidate).is_ok(),
        _ => ModelName::new(candidate).is_ok(),
    };
    let Some(number) = number else { return is_name(stem).then(|| stem.to_owned()) };
    let short: String = stem.chars().take(SHORT).collect();
    [stem, short.trim_end_matches('-')].into_iter().map(|stem| format!("{stem}-{number}")).find(|name| is_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(namespace: &str) -> Tenant {
        Tenant::new(Namespace::new(namespace).unwrap())
    }

    fn profile(tenants: Vec<Tenant>) -> Profile {
        Profile { tenants, ..Profile::default() }
    }

    fn server_names(profile: &Profile, around: &Surroundings) -> Vec<String> {
        let resolved = resolve(profile, around).unwrap();
        resolved.tenants.iter().flat_map(|t| &t.servers).map(|s| s.name.to_string()).collect()
    }

    fn taken(kind: &str, name: &str, namespace: &str) -> Surroundings {
        let used = BTreeMap::from([(name.to_owned(), BTreeSet::from([namespace.to_owned()]))]);
        match kind {
            "Server" => Surroundings { servers: used, ..Surroundings::default() },
            _ => Surroundings { models: used, ..Surroundings::default() },
        }
    }

    #[test]
    fn one_tenant_gets_the_name_of_the_specification_and_several_get_their_own() {
        let none = Surroundings::default();
        assert_eq!(server_names(&profile(vec![tenant("fin")]), &none), ["mlserver"]);
        assert_eq!(server_names(&profile(vec![tenant("a"), tenant("b")]), &none), ["a-mlserver", "b-mlserver"]);
    }

    #[test]
    fn a_taken_default_name_is_avoided_and_a_taken_given_name_is_refused() {
        let around = taken("Server", "mlserver", "seldon-system");
        assert_eq!(server_names(&profile(vec![tenant("fin")]), &around), ["fin-mlserver"]);

        let mut given = tenant("fin");
        given.servers[0].name = Some(ServerNameTemplate::new("mlserver").unwrap());
        assert_eq!(
            resolve(&profile(vec![given]), &around).unwrap_err().to_string(),
            "Server name `mlserver` for tenant `fin` is already used by `seldon-system` on the same scheduler, where \
             Server names are global; `fin-mlserver` is free"
        );
    }

    #[test]
    fn a_name_of_the_tenants_own_is_not_taken() {
        let around = taken("Server", "mlserver", "fin");
        assert_eq!(server_names(&profile(vec![tenant("fin")]), &around), ["mlserver"]);
    }

    #[test]
    fn a_server_of_an_earlier_run_keeps_its_name() {
        let around = Surroundings {
            own_servers: BTreeMap::from([("a".to_owned(), vec![ServerName::new("mlserver").unwrap()])]),
            ..taken("Server", "mlserver", "a")
        };
        assert_eq!(server_names(&profile(vec![tenant("a"), tenant("b")]), &around), ["mlserver", "b-mlserver"]);
    }

    #[test]
    fn a_server_that_two_namespaces_have_is_told_with_the_way_out() {
        let mut around = taken("Server", "mlserver", "fin");
        around.servers.entry("mlserver".to_owned()).or_default().insert("risk".to_owned());
        around.own_servers.insert("fin".to_owned(), vec![ServerName::new("mlserver").unwrap()]);
        assert_eq!(
            resolve(&profile(vec![tenant("fin")]), &around).unwrap_err().to_string(),
            "`fin` and `risk` both have a Server `mlserver` on the same scheduler, which cannot tell them apart; give \
             `fin` another, for example with --server-name fin-mlserver (it is free), then move its Models there and \
             delete its Server `mlserver`"
        );
    }

    #[test]
    fn a_proposed_name_is_valid_for_every_namespace_and_name() {
        for (kind, longest) in [("Server", 52), ("Model", 63)] {
            for (namespace, name) in [("n", 1), ("n", longest), (&*"n".repeat(63), 8), (&*"1".repeat(63), longest)] {
                let name = "m".repeat(name);
                let names = Names::new(&taken(kind, &name, "other"), &Profile::default());
                let proposal = names.free(kind, &name, &tenant(namespace));
                assert_ne!(proposal, name);
                let valid = match kind {
                    "Server" => ServerName::new(&proposal).is_ok(),
                    _ => ModelName::new(&proposal).is_ok(),
                };
                assert!(valid, "{proposal}");
            }
        }
    }

    #[test]
    fn the_same_given_name_in_two_tenants_is_refused() {
        let mut tenants = vec![tenant("a"), tenant("b")];
        for tenant in &mut tenants {
            tenant.servers[0].name = Some(ServerNameTemplate::new("shared").unwrap());
        }
        let error = resolve(&profile(tenants), &Surroundings::default()).unwrap_err();
        assert!(matches!(error, ResolveError::NameTaken { .. }), "{error}");
    }

    #[test]
    fn a_taken_model_name_is_refused_with_a_free_one() {
        let mut fin = tenant("fin");
        fin.models.push(TenantModel {
            name: ModelName::new("income").unwrap(),
            storage_uri: super::super::StorageUri::new("gs://b/m").unwrap(),
            requirements: vec![],
            server: None,
            secret_name: None,
            memory: None,
            replicas: None,
        });
        let mut around = taken("Model", "income", "other");
        around.models.insert("fin-income".to_owned(), BTreeSet::from(["third".to_owned()]));
        let error = resolve(&profile(vec![fin.clone()]), &around).unwrap_err().to_string();
        assert!(error.contains("already used by `other`"), "{error}");
        assert!(error.contains("`fin-income-2` is free"), "{error}");

        fin.models[0].server = Some(ServerNameTemplate::new("triton").unwrap());
        let error = resolve(&profile(vec![fin]), &Surroundings::default()).unwrap_err().to_string();
        assert!(error.contains("names Server `triton`, which the tenant does not declare (`mlserver`)"), "{error}");
    }

    #[test]
    fn capabilities_join_the_server_configs_and_the_specifications() {
        let list = |around: &Surroundings| {
            resolve(&profile(vec![tenant("fin")]), around).unwrap().tenants[0].servers[0].capabilities.clone()
        };
        let stock = list(&Surroundings::default());
        assert_eq!(stock.len(), 12);
        assert_eq!(stock[10..], ["torch", "numpy"]);
        let custom = Surroundings {
            server_configs: BTreeMap::from([("mlserver".to_owned(), vec!["sklearn".to_owned()])]),
            ..Surroundings::default()
        };
        assert_eq!(list(&custom), ["sklearn", "mlflow", "torch", "numpy"]);
    }

    #[test]
    fn a_name_twice_in_one_tenant_is_refused() {
        let mut fin = tenant("fin");
        fin.servers.push(fin.servers[0].clone());
        assert_eq!(server_names(&profile(vec![fin.clone()]), &Surroundings::default()), ["mlserver", "fin-mlserver"]);
        for server in &mut fin.servers {
            server.name = Some(ServerNameTemplate::new("same").unwrap());
        }
        assert_eq!(
            resolve(&profile(vec![fin]), &Surroundings::default()).unwrap_err().to_string(),
            "tenant `fin` declares Server `same` twice; rename or remove one"
        );
    }

    #[test]
    fn unseen_servers_make_the_default_name_the_tenants_own() {
        let around = Surroundings { servers_unseen: true, ..Surroundings::default() };
        assert_eq!(server_names(&profile(vec![tenant("fin")]), &around), ["fin-mlserver"]);
    }

    #[test]
    fn the_longest_namespace_has_a_runtime() {
        let mut longest = tenant(&"a".repeat(63));
        longest.servers[0].name = Some(ServerNameTemplate::new("short").unwrap());
        let resolved = resolve(&profile(vec![longest]), &Surroundings::default()).unwrap();
        assert_eq!(resolved.tenants[0].runtime_name.as_str().len(), 71);
    }

    #[test]
    fn what_makes_no_tenant_is_refused() {
        let none = Surroundings::default();
        assert_eq!(resolve(&Profile::default(), &none), Err(ResolveError::NoTenants));
        let error = |tenants| resolve(&profile(tenants), &none).unwrap_err();
        assert!(matches!(error(vec![tenant("seldon-system")]), ResolveError::TenantIsControlPlane(_)));
        assert!(matches!(error(vec![tenant("a"), tenant("a")]), ResolveError::DuplicateTenant(_)));
        let mut changed = tenant("a");
        changed.runtime.components.insert(Component::Scheduler, super::super::ComponentSettings::default());
        assert!(matches!(error(vec![changed]), ResolveError::SchedulerChanged(_)));
        let mut relay = tenant("a");
        relay.wiring = Wiring::Relay;
        assert!(matches!(error(vec![relay.clone()]), ResolveError::RelayImageUnknown(_)));
        relay.relay.image = Some("envoy".to_owned());
        relay.relay.replicas = 0;
        assert!(matches!(error(vec![relay]), ResolveError::RelayWithoutPods(_)));
    }

    #[test]
    fn an_existing_runtime_keeps_its_name_unless_there_are_two() {
        let around = |names: &[&str]| Surroundings {
            runtimes: BTreeMap::from([(
                "fin".to_owned(),
                names.iter().map(|n| ObjectName::new(*n).unwrap()).collect(),
            )]),
            ..Surroundings::default()
        };
        let name = |around: &Surroundings| {
            resolve(&profile(vec![tenant("fin")]), around).unwrap().tenants[0].runtime_name.to_string()
        };
        assert_eq!(name(&Surroundings::default()), "fin-runtime");
        assert_eq!(name(&around(&["seldon"])), "seldon");
        assert_eq!(name(&around(&["a", "b"])), "fin-runtime");
    }
}
