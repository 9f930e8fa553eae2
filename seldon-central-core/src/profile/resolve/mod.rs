//! From what is declared to what is built: fixes the names and lists that depend on what exists
//! around the tenants, and refuses names that another tenant of the scheduler already uses.

mod error;
mod names;

use std::collections::{BTreeMap, BTreeSet};

pub use self::error::ResolveError;
use self::names::Names;
use super::{
    ControlPlane, KafkaDestination, Profile, ServerNameTemplate, Tenant, TenantModel, TenantServer, Wiring, valid,
};
use crate::{
    name::{Namespace, ObjectName, ServerName},
    pattern::{self, Component},
    reason::kafka,
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
    /// Servers, by namespace and name, whose `replicas` another manager than this tool owns: somebody
    /// or something scales them.
    pub scaled: BTreeSet<(String, String)>,
    /// `SeldonRuntimes`, by namespace.
    pub runtimes: BTreeMap<String, Vec<ObjectName>>,
    /// The capabilities that each `ServerConfig` declares, by its name.
    pub server_configs: BTreeMap<String, Vec<String>>,
    /// The Envoy image of the control plane's `SeldonConfig`.
    pub envoy_image: Option<String>,
    /// `bootstrap.servers` of the control plane's `SeldonConfig`.
    pub kafka: Option<String>,
    /// `bootstrap.servers` of runtimes that have their own, by namespace.
    pub own_kafka: BTreeMap<String, String>,
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
    /// Its Kafka.
    pub kafka: ResolvedKafka,
}

/// Where a tenant's Kafka is, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedKafka {
    /// What is admitted.
    pub destination: KafkaDestination,
    /// Who said so.
    pub source: KafkaSource,
}

/// Who says where a tenant's Kafka is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KafkaSource {
    /// The profile.
    Profile,
    /// The cluster, by these `bootstrap.servers`.
    Cluster(String),
    /// Nobody: it is where the setup chart's default points.
    Assumed,
}

/// A Server with its name and capabilities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedServer {
    /// Its name.
    pub name: ServerName,
    /// Its `ServerConfig`.
    pub server_config: ObjectName,
    /// Pods; `None` leaves them to whoever scaled the Server.
    pub replicas: Option<u16>,
    /// The fewest that autoscaling leaves.
    pub min_replicas: Option<u16>,
    /// The most that autoscaling makes.
    pub max_replicas: Option<u16>,
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

/// Fixes every name of a profile.
///
/// # Errors
/// [`ResolveError`] for the first tenant that cannot be built.
pub fn resolve(profile: &Profile, around: &Surroundings) -> Result<ResolvedProfile, ResolveError> {
    let all: Vec<_> = profile.tenants.iter().map(|tenant| tenant.namespace.clone()).collect();
    resolve_chosen(profile, around, &all)
}

/// Some tenants of a profile, under the names that they have when all are resolved together. Choosing
/// them one by one so gives the same as choosing all.
///
/// # Errors
/// [`ResolveError`] for the first chosen tenant that cannot be built. The faults of the others are theirs.
pub fn resolve_chosen(
    profile: &Profile,
    around: &Surroundings,
    chosen: &[Namespace],
) -> Result<ResolvedProfile, ResolveError> {
    let mut names = Names::new(around, profile);
    let mut tenants = Vec::with_capacity(chosen.len());
    for tenant in &profile.tenants {
        let resolved = resolve_tenant(profile, tenant, around, &mut names);
        if chosen.contains(&tenant.namespace) {
            tenants.push(resolved?);
        }
    }
    if tenants.is_empty() {
        return Err(ResolveError::NoTenants);
    }
    Ok(ResolvedProfile { control_plane: profile.control_plane.clone(), tenants })
}

fn resolve_tenant(
    profile: &Profile,
    tenant: &Tenant,
    around: &Surroundings,
    names: &mut Names,
) -> Result<ResolvedTenant, ResolveError> {
    check(profile, tenant)?;
    let servers = resolve_servers(profile, tenant, around, names)?;
    let models = resolve_models(tenant, &servers, names)?;
    Ok(ResolvedTenant {
        runtime_name: runtime_name(tenant, around),
        relay_image: relay_image(tenant, around)?,
        kafka: kafka(profile, tenant, around),
        tenant: tenant.clone(),
        servers,
        models,
    })
}

fn check(profile: &Profile, tenant: &Tenant) -> Result<(), ResolveError> {
    let namespace = || tenant.namespace.clone();
    if tenant.namespace.as_str().starts_with(pattern::SYSTEM_NAMESPACES) {
        return Err(ResolveError::SystemNamespace(namespace()));
    }
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

fn kafka(profile: &Profile, tenant: &Tenant, around: &Surroundings) -> ResolvedKafka {
    if let Some(destination) = tenant.network_policy.kafka.clone() {
        return ResolvedKafka { destination, source: KafkaSource::Profile };
    }
    let servers = around.own_kafka.get(tenant.namespace.as_str()).or(around.kafka.as_ref());
    let brokers = |servers| kafka::brokers(servers, &tenant.namespace, &profile.control_plane.cluster_domain);
    match servers.map(|servers| (servers, brokers(servers))) {
        Some((servers, brokers)) if !brokers.is_empty() => {
            ResolvedKafka { destination: kafka::destination(&brokers), source: KafkaSource::Cluster(servers.clone()) }
        }
        _ => ResolvedKafka { destination: KafkaDestination::default(), source: KafkaSource::Assumed },
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
        let is_scaled = || around.scaled.contains(&(tenant.namespace.to_string(), name.to_string()));
        let bounds = (server.min_replicas, server.max_replicas);
        agree("Server", name.as_str(), tenant, server.replicas, bounds)?;
        let fewest = pattern::SERVER_REPLICAS.max(server.min_replicas.unwrap_or_default());
        let replicas = server.replicas.or_else(|| (!is_scaled()).then_some(fewest));
        let (min_replicas, max_replicas) = bounds;
        servers.push(ResolvedServer { name, server_config, replicas, min_replicas, max_replicas, capabilities });
    }
    Ok(servers)
}

/// Refuses replicas that contradict their bounds, of which zero is none.
fn agree(
    kind: &'static str,
    name: &str,
    tenant: &Tenant,
    replicas: Option<u16>,
    (min, max): (Option<u16>, Option<u16>),
) -> Result<(), ResolveError> {
    let (min, max) = (min.unwrap_or_default(), max.filter(|max| *max > 0));
    let problem = match (replicas, max) {
        (_, Some(max)) if min > max => format!("at least {min} replicas and at most {max}"),
        (Some(replicas), _) if replicas < min => format!("{replicas} replicas and at least {min}"),
        (Some(replicas), Some(max)) if replicas > max => format!("{replicas} replicas and at most {max}"),
        _ => return Ok(()),
    };
    Err(ResolveError::ReplicasContradict { tenant: tenant.namespace.clone(), kind, name: name.to_owned(), problem })
}

fn fill(template: &ServerNameTemplate, tenant: &Tenant) -> Result<ServerName, ResolveError> {
    template
        .fill(&tenant.namespace)
        .map_err(|error| ResolveError::ServerName { tenant: tenant.namespace.clone(), error })
}

/// The specification's `mlserver` where it is free and there is one tenant, else a free name of the
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
    match names.claim("Server", name.as_str(), tenant) {
        // Nobody asked for this very name, so the next free one will do.
        Err(ResolveError::NameTaken { proposal, .. }) => {
            let name = ServerName::new(proposal)
                .map_err(|error| ResolveError::ServerName { tenant: tenant.namespace.clone(), error })?;
            names.claim("Server", name.as_str(), tenant)?;
            Ok(name)
        }
        claimed => claimed.map(|()| name),
    }
}

fn capabilities(server: &TenantServer, server_config: &str, around: &Surroundings) -> Vec<String> {
    if let Some(exact) = &server.capabilities {
        let mut seen = BTreeSet::new();
        return exact.iter().filter(|one| seen.insert(*one)).cloned().map(String::from).collect();
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
        agree("Model", model.name.as_str(), tenant, model.replicas, (model.min_replicas, model.max_replicas))?;
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

#[cfg(test)]
mod tests;
