//! What `verify` judges.

use std::path::PathBuf;

use clap::Args;
use seldon_central_core::{
    name::{ClusterDomain, Namespace, ObjectName},
    profile::{ControlPlane, GrpcPrefix},
};

use crate::cli::onboard::TransportArg;

/// What is judged, and what is known of the control plane.
#[derive(Debug, Args)]
pub struct SourceArgs {
    /// Namespaces of the cluster to judge, as tenants whatever they hold; --namespace counts as one,
    /// --all-namespaces judges every one
    #[arg(value_name = "NAMESPACE")]
    pub namespaces: Vec<Namespace>,

    /// File, directory or `-` for standard input; repeatable. The kustomizations of a directory are
    /// built by `kubectl kustomize`. Without namespaces nothing but these
    /// is read. With them, what the cluster would be after these are applied is judged.
    #[arg(short = 'f', long = "file", value_name = "PATH")]
    pub files: Vec<PathBuf>,

    /// Fetch what kustomizations name on a network. Without this they are not built, and everything in
    /// them is unknown
    #[arg(long)]
    pub allow_remote_bases: bool,

    /// Profile with control plane and tenants; without --file its tenants are judged on the cluster
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,

    /// Judge what --save-snapshot saved, instead of a cluster; namespaces narrow it
    #[arg(long, value_name = "FILE")]
    pub snapshot: Option<PathBuf>,

    /// Namespace to judge as a tenant whatever it holds; repeatable. Others are tenants when their
    /// objects say so: the scheduler is off, there is an alias, or a policy names the control plane.
    #[arg(long = "tenant", value_name = "NAMESPACE")]
    pub tenants: Vec<Namespace>,

    /// Namespace of the control plane [default: the profile's, else seldon-system]
    #[arg(long, value_name = "NAMESPACE")]
    pub control_plane_namespace: Option<Namespace>,

    /// SeldonConfig that runtimes name, where the control plane's own runtime is not seen [default: the
    /// profile's, else default]
    #[arg(long, value_name = "NAME")]
    pub seldon_config: Option<ObjectName>,

    /// ServerConfig that Servers may name beside the stock ones [default: the profile's, else mlserver]
    #[arg(long, value_name = "NAME")]
    pub server_config: Option<ObjectName>,

    /// DNS domain of the cluster [default: the profile's, else cluster.local]
    #[arg(long, value_name = "DOMAIN")]
    pub cluster_domain: Option<ClusterDomain>,

    /// `serviceConfig.grpcServicePrefix` of the SeldonConfig [default: the profile's, else the cluster's]
    #[arg(long, value_name = "PREFIX", value_parser = |text: &str| GrpcPrefix::new(text))]
    pub grpc_service_prefix: Option<GrpcPrefix>,

    /// How the control plane is spoken to [default: the profile's, else plaintext]
    #[arg(long, value_enum, value_name = "TRANSPORT")]
    pub transport: Option<TransportArg>,
}

impl SourceArgs {
    /// A control plane, changed as the flags say.
    pub fn control_plane(&self, declared: ControlPlane) -> ControlPlane {
        ControlPlane {
            namespace: self.control_plane_namespace.clone().unwrap_or(declared.namespace),
            seldon_config: self.seldon_config.clone().unwrap_or(declared.seldon_config),
            server_config: self.server_config.clone().unwrap_or(declared.server_config),
            cluster_domain: self.cluster_domain.clone().unwrap_or(declared.cluster_domain),
            transport: self.transport.map_or(declared.transport, Into::into),
            grpc_service_prefix: self.grpc_service_prefix.clone().unwrap_or(declared.grpc_service_prefix),
        }
    }
}
