//! `kubectl seldon verify`.

use std::path::PathBuf;

use super::onboard::TransportArg;
use clap::{Args, ValueEnum};
use seldon_central_core::{
    finding::Level,
    name::{ClusterDomain, Namespace},
    profile::GrpcPrefix,
};

/// Judge manifests by the rules of the pattern.
///
/// Nothing is read but the files that are named; no connection is opened.
#[derive(Debug, Args)]
pub struct VerifyArgs {
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

    /// Level from which findings make the exit status 1
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "error")]
    pub fail_on: FailOn,

    /// How to print the findings
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub output: Output,
}

/// `--fail-on`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors.
    Error,
    /// Errors and warnings.
    Warning,
    /// Everything.
    Info,
}

impl From<FailOn> for Level {
    fn from(level: FailOn) -> Self {
        match level {
            FailOn::Error => Self::Error,
            FailOn::Warning => Self::Warning,
            FailOn::Info => Self::Info,
        }
    }
}

/// `-o`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Text,
    /// One JSON document.
    Json,
}
