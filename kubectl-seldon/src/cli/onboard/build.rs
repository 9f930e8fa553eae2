//! Flags of `onboard` that change what is built.

use clap::{Args, ValueEnum};
use seldon_central_core::{
    name::{ClusterDomain, Namespace, ObjectName},
    pattern::Component,
    profile::{
        Capability, Cidr, ControlPlane, GrpcPrefix, LabelValue, PolicyScope, PolicySet, Profile, ServerNameTemplate,
        ServiceType, Tenant, Transport, Wiring,
    },
};

use crate::{
    cli::values::{ComponentReplicas, KeyValue, ModelArg},
    error::CliError,
};

/// Heading of the flags that change what is built.
pub const BUILD_HEADING: &str = "What is built";

/// Flags that change what is built. Given with --file they change every tenant that is onboarded.
#[derive(Debug, Args)]
#[command(next_help_heading = BUILD_HEADING)]
pub struct BuildArgs {
    /// Namespace of the control plane [default: seldon-system]
    #[arg(long, value_name = "NAMESPACE")]
    pub control_plane_namespace: Option<Namespace>,
    /// SeldonConfig that the runtime names [default: default]
    #[arg(long, value_name = "NAME")]
    pub seldon_config: Option<ObjectName>,
    /// ServerConfig that the Server names [default: mlserver]
    #[arg(long, value_name = "NAME")]
    pub server_config: Option<ObjectName>,
    /// DNS domain of the cluster [default: cluster.local]
    #[arg(long, value_name = "DOMAIN")]
    pub cluster_domain: Option<ClusterDomain>,
    /// `serviceConfig.grpcServicePrefix` of the SeldonConfig [default: the cluster's, else none]
    #[arg(long, value_name = "PREFIX", value_parser = |text: &str| GrpcPrefix::new(text))]
    pub grpc_service_prefix: Option<GrpcPrefix>,
    /// How the control plane is spoken to [default: plaintext]
    #[arg(long, value_enum, value_name = "TRANSPORT")]
    pub transport: Option<TransportArg>,
    /// Name of the Server; `{namespace}` stands for the tenant's [default: mlserver, or
    /// {namespace}-mlserver for several tenants or when mlserver is taken]
    #[arg(long, value_name = "TEMPLATE")]
    pub server_name: Option<ServerNameTemplate>,
    /// What the Server's models may require, exactly [default: the ServerConfig's list and, unless it
    /// is `triton`, mlflow, torch, sklearn, numpy]
    #[arg(long, value_name = "LABEL,…", value_delimiter = ',')]
    pub capabilities: Vec<Capability>,
    /// Replicas of the Server [default: 1, or left to whoever scaled it]
    #[arg(long, value_name = "N")]
    pub replicas: Option<u16>,
    /// Add a model, pinned to the Server; repeatable
    #[arg(long = "model", value_name = "NAME=URI[,REQUIREMENT…]")]
    pub models: Vec<ModelArg>,
    /// Replicas of a component, such as seldon-modelgateway=0; repeatable
    #[arg(long = "component", value_name = "NAME=REPLICAS")]
    pub components: Vec<ComponentReplicas>,
    /// Type of the Service in front of Envoy [default: ClusterIP]
    #[arg(long, value_enum, value_name = "TYPE", ignore_case = true)]
    pub envoy_service_type: Option<ServiceTypeArg>,
    /// How the tenant reaches the scheduler [default: external-name]
    #[arg(long, value_enum, value_name = "WIRING")]
    pub wiring: Option<WiringArg>,
    /// Image with Envoy for --wiring relay [default: the one the cluster's SeldonConfig uses]
    #[arg(long, value_name = "IMAGE")]
    pub relay_image: Option<String>,
    /// Label for the namespace; repeatable
    #[arg(long = "label", value_name = "KEY=VALUE")]
    pub labels: Vec<KeyValue<LabelValue>>,
    /// Annotation for the namespace; repeatable
    #[arg(long = "annotation", value_name = "KEY=VALUE")]
    pub annotations: Vec<KeyValue<String>>,
    /// Which NetworkPolicies are built [default: full]
    #[arg(long, value_enum, value_name = "SET")]
    pub network_policy: Option<PolicySetArg>,
    /// Which pods the egress policy selects [default: seldon]
    #[arg(long, value_enum, value_name = "SCOPE")]
    pub network_policy_scope: Option<PolicyScopeArg>,
    /// Also build the ingress side in the control plane's namespace
    #[arg(long)]
    pub control_plane_ingress: bool,
    /// Address range of the API server [default: anywhere]; repeatable
    #[arg(long, value_name = "CIDR")]
    pub api_server_cidr: Vec<Cidr>,
    /// Address range of the object store [default: anywhere]; repeatable
    #[arg(long, value_name = "CIDR")]
    pub object_store_cidr: Vec<Cidr>,
    /// Namespace of Kafka, while a component needs it [default: where the cluster's kafkaConfig points, else
    /// seldon-mesh]
    #[arg(long, value_name = "NAMESPACE")]
    pub kafka_namespace: Option<Namespace>,
    /// Address range of a Kafka outside the cluster; repeatable
    #[arg(long, value_name = "CIDR")]
    pub kafka_cidr: Vec<Cidr>,
    /// Namespace that may send inference requests [default: anyone]; repeatable
    #[arg(long, value_name = "NAMESPACE")]
    pub clients_from: Vec<Namespace>,
    /// Namespace that may scrape metrics [default: anyone]; repeatable
    #[arg(long, value_name = "NAMESPACE")]
    pub metrics_from: Vec<Namespace>,
}

macro_rules! mirror {
    ($($(#[$doc:meta])* $arg:ident => $target:ident { $($variant:ident: $help:literal),+ })+) => {
        $($(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
        pub enum $arg {
            $(#[doc = $help] $variant,)+
        }

        impl From<$arg> for $target {
            fn from(arg: $arg) -> Self {
                match arg {
                    $($arg::$variant => Self::$variant,)+
                }
            }
        })+
    };
}

mirror! {
    /// `--transport`
    TransportArg => Transport { Plaintext: "Without TLS.", Tls: "With mutual TLS." }
    /// `--wiring`
    WiringArg => Wiring {
        ExternalName: "A Service of type ExternalName, in the shape that the operator leaves alone.",
        Relay: "A TCP relay behind the operator's own Service."
    }
    /// `--network-policy`
    PolicySetArg => PolicySet {
        None: "None.",
        Scheduler: "Only the flows to the scheduler and to DNS.",
        Full: "Every flow a tenant needs, and nothing else."
    }
    /// `--network-policy-scope`
    PolicyScopeArg => PolicyScope {
        Seldon: "Seldon's own pods.",
        Namespace: "Every pod of the namespace."
    }
}

/// `--envoy-service-type`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ServiceTypeArg {
    /// Inside the cluster only.
    #[value(name = "ClusterIP")]
    ClusterIp,
    /// A port on every node.
    #[value(name = "NodePort")]
    NodePort,
    /// An address outside.
    #[value(name = "LoadBalancer")]
    LoadBalancer,
}

impl From<ServiceTypeArg> for ServiceType {
    fn from(arg: ServiceTypeArg) -> Self {
        match arg {
            ServiceTypeArg::ClusterIp => Self::ClusterIP,
            ServiceTypeArg::NodePort => Self::NodePort,
            ServiceTypeArg::LoadBalancer => Self::LoadBalancer,
        }
    }
}

impl BuildArgs {
    /// Changes a profile as the flags say, and of its tenants the chosen ones.
    ///
    /// # Errors
    /// When models are given for more than one tenant: a model's name is global to a scheduler.
    pub fn apply_to(&self, profile: &mut Profile, chosen: &[Namespace]) -> Result<(), CliError> {
        self.apply_to_control_plane(&mut profile.control_plane);
        if !self.models.is_empty() && chosen.len() > 1 {
            return Err(CliError::new("--model is for one tenant, because a model's name is global to the scheduler")
                .hint("give each tenant its models in a profile, see --profile-schema"));
        }
        for tenant in profile.tenants.iter_mut().filter(|tenant| chosen.contains(&tenant.namespace)) {
            self.apply_to_tenant(tenant);
        }
        Ok(())
    }

    /// A flag that is given and would change nothing in the tenants, once all flags are applied to
    /// them, with what keeps it from it.
    pub fn idle_flag<'a>(&self, tenants: impl Iterator<Item = &'a Tenant>) -> Option<(&'static str, &'static str)> {
        let tenants: Vec<&Tenant> = tenants.collect();
        let relays = tenants.iter().any(|tenant| tenant.wiring == Wiring::Relay);
        let sets: Vec<PolicySet> = tenants.iter().map(|tenant| tenant.network_policy.set).collect();
        let any = sets.iter().any(|set| *set != PolicySet::None);
        let full = sets.contains(&PolicySet::Full);
        let kafka = tenants.iter().any(|tenant| {
            let needs = |one: &Component| one.needs_kafka() && tenant.runtime.replicas(*one) > 0;
            tenant.network_policy.set == PolicySet::Full && Component::ALL.iter().any(needs)
        });
        let without_kafka = "no tenant has a policy for a component that needs Kafka";
        let without_relay = "no tenant is wired by a relay";
        let without_full = "no tenant has the full set of policies";
        let flags = [
            ("--relay-image", relays, self.relay_image.is_some(), without_relay),
            ("--network-policy-scope", any, self.network_policy_scope.is_some(), "no tenant has policies"),
            ("--api-server-cidr", full, !self.api_server_cidr.is_empty(), without_full),
            ("--object-store-cidr", full, !self.object_store_cidr.is_empty(), without_full),
            ("--kafka-namespace", kafka, self.kafka_namespace.is_some(), without_kafka),
            ("--kafka-cidr", kafka, !self.kafka_cidr.is_empty(), without_kafka),
            ("--clients-from", full, !self.clients_from.is_empty(), without_full),
            ("--metrics-from", full, !self.metrics_from.is_empty(), without_full),
        ];
        flags.into_iter().find_map(|(flag, used, given, why)| (given && !used).then_some((flag, why)))
    }

    fn apply_to_control_plane(&self, control_plane: &mut ControlPlane) {
        set(&mut control_plane.namespace, self.control_plane_namespace.as_ref());
        set(&mut control_plane.seldon_config, self.seldon_config.as_ref());
        set(&mut control_plane.server_config, self.server_config.as_ref());
        set(&mut control_plane.cluster_domain, self.cluster_domain.as_ref());
        set(&mut control_plane.grpc_service_prefix, self.grpc_service_prefix.as_ref());
        set(&mut control_plane.transport, self.transport.map(Into::into).as_ref());
    }

    fn apply_to_tenant(&self, tenant: &mut Tenant) {
        set(&mut tenant.wiring, self.wiring.map(Into::into).as_ref());
        if self.relay_image.is_some() {
            tenant.relay.image.clone_from(&self.relay_image);
        }
        tenant.labels.extend(self.labels.iter().cloned().map(|label| (label.key, label.value)));
        tenant.annotations.extend(self.annotations.iter().cloned().map(|one| (one.key, one.value)));
        for server in &mut tenant.servers {
            if self.server_name.is_some() {
                server.name.clone_from(&self.server_name);
            }
            if self.server_config.is_some() {
                server.server_config.clone_from(&self.server_config);
            }
            if !self.capabilities.is_empty() {
                server.capabilities = Some(self.capabilities.clone());
            }
            server.replicas = self.replicas.or(server.replicas);
        }
        for ComponentReplicas { component, replicas } in &self.components {
            tenant.runtime.components.entry(*component).or_default().replicas = Some(*replicas);
        }
        if let Some(service_type) = self.envoy_service_type {
            let envoy = tenant.runtime.components.entry(Component::Envoy).or_default();
            envoy.service_type = Some(service_type.into());
        }
        tenant.models.extend(self.models.iter().map(|model| model.0.clone()));
        self.apply_to_policies(tenant);
    }

    fn apply_to_policies(&self, tenant: &mut Tenant) {
        let policies = &mut tenant.network_policy;
        set(&mut policies.set, self.network_policy.map(Into::into).as_ref());
        set(&mut policies.scope, self.network_policy_scope.map(Into::into).as_ref());
        policies.control_plane_ingress |= self.control_plane_ingress;
        replace(&mut policies.api_server.cidrs, &self.api_server_cidr);
        replace(&mut policies.object_store.cidrs, &self.object_store_cidr);
        if self.kafka_namespace.is_some() || !self.kafka_cidr.is_empty() {
            let kafka = policies.kafka.get_or_insert_default();
            kafka.namespace.clone_from(&self.kafka_namespace);
            kafka.cidrs.clone_from(&self.kafka_cidr);
        }
        replace(&mut policies.clients.namespaces, &self.clients_from);
        replace(&mut policies.metrics.namespaces, &self.metrics_from);
    }
}

fn set<T: Clone>(field: &mut T, given: Option<&T>) {
    if let Some(given) = given {
        field.clone_from(given);
    }
}

fn replace<T: Clone>(field: &mut Vec<T>, given: &[T]) {
    if !given.is_empty() {
        *field = given.to_vec();
    }
}
