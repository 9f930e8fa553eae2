//! What `verify` judges.

use std::path::PathBuf;

use clap::Args;
use seldon_central_core::{
    name::{ClusterDomain, Namespace},
    profile::{ControlPlane, GrpcPrefix},
};

use crate::cli::onboard::TransportArg;

/// What is judged, and what is known of the control plane.
#[derive(Debug, Args)]
pub struct SourceArgs {
    /// Namespaces to judge as tenants, whatever they hold. Others are tenants when their manifests
    /// say so: the scheduler is off, there is an alias, or a policy names the control plane.
    #[arg(value_name = "NAMESPACE")]
    pub namespaces: Vec<Namespace>,

    /// File, directory or `-` for standard input; repeatable
    #[arg(short = 'f', long = "file", value_name = "PATH", required = true)]
    pub files: Vec<PathBuf>,

    /// Namespace of the control plane
    #[arg(long, value_name = "NAMESPACE", default_value = "seldon-system")]
    pub control_plane_namespace: Namespace,

    /// DNS domain of the cluster
    #[arg(long, value_name = "DOMAIN", default_value = "cluster.local")]
    pub cluster_domain: ClusterDomain,

    /// `serviceConfig.grpcServicePrefix` of the SeldonConfig, where that is not among the manifests
    #[arg(long, value_name = "PREFIX", default_value = "", value_parser = |text: &str| GrpcPrefix::new(text))]
    pub grpc_service_prefix: GrpcPrefix,

    /// How the control plane is spoken to
    #[arg(long, value_enum, value_name = "TRANSPORT", default_value = "plaintext")]
    pub transport: TransportArg,
}

impl SourceArgs {
    /// The control plane as the flags describe it.
    pub fn control_plane(&self) -> ControlPlane {
        ControlPlane {
            namespace: self.control_plane_namespace.clone(),
            cluster_domain: self.cluster_domain.clone(),
            transport: self.transport.into(),
            grpc_service_prefix: self.grpc_service_prefix.clone(),
            ..ControlPlane::default()
        }
    }
}
