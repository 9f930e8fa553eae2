//! What the user declares: a control plane and the tenants wired to it.
//!
//! Every field has a default, and the defaults are the specification's values. A profile is a YAML
//! file ([`Profile::from_yaml`]) or is built in code; [`resolve`] then fixes the names that depend
//! on what exists around it, and [`crate::desired::build`] turns a resolved tenant into objects.

mod label;
mod network;
mod read;
mod resolve;
mod server;
mod suppression;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
pub use self::read::json_schema;
pub use self::{
    label::{Capability, LabelError, LabelKey, LabelValue, Memory},
    network::{
        Cidr, CidrError, Destination, Dns, DnsPeer, KafkaDestination, NetworkPolicySettings, PolicyScope, PolicySet,
        PolicySource,
    },
    read::ProfileError,
    resolve::{
        KafkaSource, ResolveError, ResolvedKafka, ResolvedModel, ResolvedProfile, ResolvedServer, ResolvedTenant,
        Surroundings, resolve, resolve_chosen,
    },
    server::{ServerNameTemplate, StorageUri, StorageUriError, TemplateError, TenantModel, TenantServer},
    suppression::{Date, DateError, NoReason, ProfileSuppression, Reason},
};
use crate::{
    name::{ClusterDomain, Namespace, ObjectName},
    pattern::{self, Component},
};

/// A control plane and its tenants.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Profile {
    /// The namespace with the one scheduler, and what it is configured with.
    pub control_plane: ControlPlane,
    /// The application namespaces.
    pub tenants: Vec<Tenant>,
    /// Findings that `verify` does not count.
    pub suppressions: Vec<ProfileSuppression>,
}

/// The control plane, as far as tenants depend on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ControlPlane {
    /// Where the scheduler and the operator run.
    pub namespace: Namespace,
    /// The `SeldonConfig` that every tenant's runtime names.
    pub seldon_config: ObjectName,
    /// The `ServerConfig` that a tenant's Server names unless it says otherwise.
    pub server_config: ObjectName,
    /// The DNS domain of the cluster.
    pub cluster_domain: ClusterDomain,
    /// `serviceConfig.grpcServicePrefix` of the `SeldonConfig`. The operator prefixes the names of
    /// the scheduler's ports with it and so must the alias.
    pub grpc_service_prefix: GrpcPrefix,
    /// Whether the control plane speaks TLS.
    pub transport: Transport,
}

impl Default for ControlPlane {
    fn default() -> Self {
        Self {
            namespace: valid(Namespace::new(pattern::CONTROL_PLANE_NAMESPACE)),
            seldon_config: valid(ObjectName::new(pattern::SELDON_CONFIG)),
            server_config: valid(ObjectName::new(pattern::SERVER_CONFIG)),
            cluster_domain: valid(ClusterDomain::new(pattern::CLUSTER_DOMAIN)),
            grpc_service_prefix: GrpcPrefix::default(),
            transport: Transport::default(),
        }
    }
}

impl ControlPlane {
    /// The DNS name of the central scheduler: `seldon-scheduler.seldon-system.svc.cluster.local`.
    pub fn scheduler_host(&self) -> String {
        format!("{}.{}.svc.{}", pattern::SCHEDULER_SERVICE, self.namespace, self.cluster_domain)
    }
}

/// Unwraps a name made from a constant of [`pattern`]; a test calls every caller.
#[expect(clippy::unwrap_used, reason = "only constants are passed in, and the tests below pass each of them")]
pub(crate) fn valid<T>(name: Result<T, crate::name::NameError>) -> T {
    name.unwrap()
}

/// How components talk to the scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Transport {
    /// Without TLS, as the setup chart's default `security.controlplane.protocol: PLAINTEXT` has it.
    #[default]
    Plaintext,
    /// With mutual TLS, `security.controlplane.protocol: SSL`.
    Tls,
}

/// `serviceConfig.grpcServicePrefix`: the beginning of a port name, such as `grpc-`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GrpcPrefix(String);

/// A prefix that no port name may begin with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "gRPC service prefix `{}` is not valid: port names are lower-case letters, digits and `-`, start with a letter or \
     digit, and only leave room for {max} bytes before `scheduler-mtls`; `grpc-` would be",
    .0.escape_debug(),
    max = GrpcPrefix::MAX
)]
pub struct GrpcPrefixError(String);

impl GrpcPrefix {
    /// A Service's port name has at most 63 bytes, and the longest suffix is `scheduler-mtls`.
    const MAX: usize = 63 - "scheduler-mtls".len();

    /// Checks and wraps a prefix; the empty one is the chart's default.
    ///
    /// # Errors
    /// [`GrpcPrefixError`] when no port name may begin so.
    pub fn new(prefix: impl Into<String>) -> Result<Self, GrpcPrefixError> {
        let prefix = prefix.into();
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if prefix.len() <= Self::MAX && prefix.chars().all(allowed) && !prefix.starts_with('-') {
            Ok(Self(prefix))
        } else {
            Err(GrpcPrefixError(prefix))
        }
    }

    /// The prefix as text, possibly empty.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for GrpcPrefix {
    type Error = GrpcPrefixError;
    fn try_from(value: String) -> Result<Self, GrpcPrefixError> {
        Self::new(value)
    }
}

impl From<GrpcPrefix> for String {
    fn from(prefix: GrpcPrefix) -> String {
        prefix.0
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for GrpcPrefix {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "GrpcPrefix".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "maxLength": Self::MAX, "pattern": "^([a-z0-9][-a-z0-9]*)?$" })
    }
}

/// One application namespace and what it shall hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tenant {
    /// The namespace. The only field without a default.
    pub namespace: Namespace,
    /// Labels for the namespace.
    #[serde(default)]
    pub labels: BTreeMap<LabelKey, LabelValue>,
    /// Annotations for the namespace.
    #[serde(default)]
    pub annotations: BTreeMap<LabelKey, String>,
    /// How the namespace reaches the central scheduler.
    #[serde(default)]
    pub wiring: Wiring,
    /// The relay, when `wiring` is `relay`.
    #[serde(default)]
    pub relay: Relay,
    /// The `SeldonRuntime`.
    #[serde(default)]
    pub runtime: Runtime,
    /// Who provides the Secret `seldon-rclone-gs-public`.
    #[serde(default)]
    pub rclone_secret: RcloneSecret,
    /// The Servers.
    #[serde(default = "default_servers")]
    pub servers: Vec<TenantServer>,
    /// The Models; none unless given.
    #[serde(default)]
    pub models: Vec<TenantModel>,
    /// The `NetworkPolicies`.
    #[serde(default)]
    pub network_policy: NetworkPolicySettings,
}

fn default_servers() -> Vec<TenantServer> {
    vec![TenantServer::default()]
}

impl Tenant {
    /// A tenant with the specification's defaults.
    pub fn new(namespace: Namespace) -> Self {
        Self {
            namespace,
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            wiring: Wiring::default(),
            relay: Relay::default(),
            runtime: Runtime::default(),
            rclone_secret: RcloneSecret::default(),
            servers: default_servers(),
            models: Vec::new(),
            network_policy: NetworkPolicySettings::default(),
        }
    }
}

/// How a tenant's `seldon-scheduler` leads to the central scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Wiring {
    /// A Service of type `ExternalName`, in the shape that the operator leaves alone.
    #[default]
    ExternalName,
    /// A TCP relay behind the operator's own Service, for clusters where the alias cannot be kept.
    Relay,
}

/// The relay Deployment of a tenant with [`Wiring::Relay`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Relay {
    /// An image with Envoy in it. By default the Envoy image that the cluster's `SeldonConfig`
    /// already uses, which only a cluster can tell.
    pub image: Option<String>,
    /// Pods of the relay.
    pub replicas: u16,
}

impl Default for Relay {
    fn default() -> Self {
        Self { image: None, replicas: 1 }
    }
}

/// The `SeldonRuntime` of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Runtime {
    /// Its name. By default the one the namespace already has, else `{namespace}-runtime`.
    pub name: Option<ObjectName>,
    /// Changes to the specification's table of components. The scheduler is not among the choices:
    /// it is off in a tenant, which is what makes it one.
    #[cfg_attr(feature = "schema", schemars(extend("propertyNames" = read::changeable())))]
    pub components: BTreeMap<Component, ComponentSettings>,
}

impl Runtime {
    /// Replicas of a component: as declared, else the specification's.
    pub fn replicas(&self, component: Component) -> u16 {
        self.settings(component).replicas.unwrap_or_else(|| component.tenant_replicas())
    }

    /// What is declared for a component.
    pub fn settings(&self, component: Component) -> ComponentSettings {
        self.components.get(&component).copied().unwrap_or_default()
    }
}

/// What a tenant may change about one component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ComponentSettings {
    /// Pods.
    pub replicas: Option<u16>,
    /// Type of the component's Service; only `seldon-envoy` has one in a tenant. `ClusterIP` unless
    /// set, which is what the specification's override without a type amounts to.
    pub service_type: Option<ServiceType>,
}

/// Type of the Service in front of Envoy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ServiceType {
    /// Reached from inside the cluster only.
    #[default]
    ClusterIP,
    /// A port on every node.
    NodePort,
    /// An address outside the cluster.
    LoadBalancer,
}

impl ServiceType {
    /// As `spec.type` spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClusterIP => "ClusterIP",
            Self::NodePort => "NodePort",
            Self::LoadBalancer => "LoadBalancer",
        }
    }
}

/// Who provides `seldon-rclone-gs-public`, without which a tenant's agents exit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum RcloneSecret {
    /// It is built with the tenant: anonymous access to Google Cloud Storage, no credentials.
    #[default]
    Build,
    /// Something else makes it, an `ExternalSecret` for example.
    External,
}
