//! `kubectl seldon explain`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use seldon_central_core::{
    name::{ClusterDomain, Namespace},
    profile::{ControlPlane, GrpcPrefix},
};

use super::onboard::TransportArg;

const EXAMPLES: &str = "\
Examples:
  # What a rule is about, by id or name; the rules of a family
  kubectl seldon explain SCS0504
  kubectl seldon explain alias-not-operator-stable
  kubectl seldon explain SCS05

  # What may be behind a message, and behind those in a log
  kubectl seldon explain \"no matching servers are available\"
  kubectl logs mlserver-0 -c agent -n financial-inference | kubectl seldon explain -

  # What becomes of an object and why, in files or on the cluster
  kubectl seldon explain model/income -f tenant.yaml
  kubectl seldon explain model/income -n financial-inference

  # The topology: how it works, what it costs, and what is supported instead
  kubectl seldon explain pattern

  # A picture of a tenant and its flows
  kubectl seldon explain --graph financial-inference -o svg > tenant.svg";

/// Explain a rule, a message, an object or the pattern.
///
/// Without a word, the rules are listed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// Id or name of a rule, the beginning of ids, a message, `-` for a log on standard input, or
    /// `model/NAME`, `server/NAME`, `runtime/NAME`, `pipeline/NAME`, `experiment/NAME`,
    /// or `pattern` for the topology itself
    #[arg(value_name = "WHAT")]
    pub what: Vec<String>,

    /// Every rule in full
    #[arg(long, conflicts_with = "what")]
    pub all: bool,

    /// File or directory with the object and what is around it; repeatable. Without, the cluster is
    /// asked
    #[arg(short = 'f', long = "file", value_name = "PATH")]
    pub files: Vec<PathBuf>,

    /// Read no logs. Without this, of a Model, a Server or a runtime on a cluster, those of its namespace's
    /// agents, of the central scheduler and of the operator are read as `verify` does
    #[arg(long)]
    pub no_logs: bool,

    /// What is known of the control plane.
    #[command(flatten)]
    pub control_plane: ControlPlaneArgs,

    /// Draw tenants with their flows, coloured by what policies say; the word is a namespace
    /// [default: --namespace, else the context's; with files every tenant]
    #[arg(long, conflicts_with = "all")]
    pub graph: bool,

    /// How to print the explanation [default: text; for --graph mermaid]
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT")]
    pub output: Option<Output>,
}

/// What is known of the control plane, for objects.
#[derive(Debug, Args)]
pub struct ControlPlaneArgs {
    /// Namespace of the control plane
    #[arg(long, value_name = "NAMESPACE", default_value = "seldon-system")]
    pub control_plane_namespace: Namespace,

    /// DNS domain of the cluster
    #[arg(long, value_name = "DOMAIN", default_value = "cluster.local")]
    pub cluster_domain: ClusterDomain,

    /// `serviceConfig.grpcServicePrefix` of the SeldonConfig [default: the cluster's]
    #[arg(long, value_name = "PREFIX", value_parser = |text: &str| GrpcPrefix::new(text))]
    pub grpc_service_prefix: Option<GrpcPrefix>,

    /// How the control plane is spoken to
    #[arg(long, value_enum, value_name = "TRANSPORT", default_value = "plaintext")]
    pub transport: TransportArg,
}

impl ControlPlaneArgs {
    /// The control plane as the flags describe it.
    pub fn control_plane(&self) -> ControlPlane {
        ControlPlane {
            namespace: self.control_plane_namespace.clone(),
            cluster_domain: self.cluster_domain.clone(),
            transport: self.transport.into(),
            grpc_service_prefix: self.grpc_service_prefix.clone().unwrap_or_default(),
            ..ControlPlane::default()
        }
    }
}

/// `-o`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Text,
    /// Markdown.
    Markdown,
    /// One JSON document.
    Json,
    /// A flow chart for Mermaid; only with --graph.
    Mermaid,
    /// A graph for Graphviz; only with --graph.
    Dot,
    /// A picture; only with --graph.
    Svg,
}
