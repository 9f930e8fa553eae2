//! `kubectl seldon policy`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use seldon_central_core::{
    guard::Action,
    name::{ClusterDomain, Namespace, ObjectName},
    profile::{ControlPlane, GrpcPrefix},
    rules::Rule,
    select::{NothingSelected, Selection, Selector},
};

/// Emit what the API server itself can check of the rules, as admission policies.
///
/// No cluster is asked. Refused is what is created wrong, or was right and would be made wrong. A rule
/// that needs to see more than one object stays with verify; a policy that sees less than its rule says
/// so in a comment.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct PolicyArgs {
    /// Tenants in which the policies hold, or of --file those in which they do [default: the namespaces
    /// that have the label of onboard, now and later]
    #[arg(value_name = "NAMESPACE")]
    pub namespaces: Vec<Namespace>,

    /// Profile with control plane and tenants; `-` reads standard input
    #[arg(short = 'f', long = "file", value_name = "PROFILE")]
    pub file: Option<PathBuf>,

    /// What to emit
    #[arg(long, value_enum, value_name = "FORM", required = true)]
    pub emit: PolicyForm,

    /// What the API server does about a request that a policy does not hold for; repeatable, or separated by commas,
    /// but not deny together with warn
    #[arg(long, value_enum, value_name = "ACTION", value_delimiter = ',', default_value = "audit")]
    pub action: Vec<ActionArg>,

    /// Rules of which policies are made instead of all that can be: ids, names, or beginnings of ids such as SCS05;
    /// repeatable, or separated by commas
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub select: Vec<Selector>,

    /// Rules to leave out, named in the same way, even if they are selected
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub ignore: Vec<Selector>,

    /// Namespace of the control plane [default: the profile's, else seldon-system]
    #[arg(long, value_name = "NAMESPACE")]
    pub control_plane_namespace: Option<Namespace>,

    /// Namespace of the operator, whose service accounts are never refused anything [default: the control plane's]
    #[arg(long, value_name = "NAMESPACE")]
    pub operator_namespace: Option<Namespace>,

    /// SeldonConfig that runtimes name [default: the profile's, else default]
    #[arg(long, value_name = "NAME")]
    pub seldon_config: Option<ObjectName>,

    /// ServerConfig that Servers may name beside the stock ones [default: the profile's, else mlserver]
    #[arg(long, value_name = "NAME")]
    pub server_config: Option<ObjectName>,

    /// DNS domain of the cluster [default: the profile's, else cluster.local]
    #[arg(long, value_name = "DOMAIN")]
    pub cluster_domain: Option<ClusterDomain>,

    /// `serviceConfig.grpcServicePrefix` of the SeldonConfig [default: the profile's, else none]
    #[arg(long, value_name = "PREFIX", value_parser = |text: &str| GrpcPrefix::new(text))]
    pub grpc_service_prefix: Option<GrpcPrefix>,

    /// Directory for a file a rule and a kustomization; without it everything goes to standard output
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Replace files in --out that differ
    #[arg(long, requires = "out")]
    pub overwrite: bool,

    /// Show how the files in --out would change, write nothing, and exit with 1 when one would
    #[arg(long, requires = "out", conflicts_with = "overwrite")]
    pub diff: bool,
}

/// `--emit`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PolicyForm {
    /// Policies and bindings that the API server carries out itself, from Kubernetes 1.30 on.
    ValidatingAdmissionPolicy,
}

/// `--action`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ActionArg {
    /// Refuse it.
    Deny,
    /// Admit it and warn whoever sent it.
    Warn,
    /// Admit it and say so in the audit log.
    Audit,
}

impl From<ActionArg> for Action {
    fn from(action: ActionArg) -> Self {
        match action {
            ActionArg::Deny => Self::Deny,
            ActionArg::Warn => Self::Warn,
            ActionArg::Audit => Self::Audit,
        }
    }
}

impl PolicyArgs {
    /// The rules of which policies are made, as far as they can be.
    ///
    /// # Errors
    /// When none is left.
    pub fn rules(&self) -> Result<Vec<&'static Rule>, NothingSelected> {
        Selection { select: self.select.clone(), ignore: self.ignore.clone() }.rules()
    }

    /// A control plane, changed as the flags say.
    pub fn control_plane(&self, declared: ControlPlane) -> ControlPlane {
        ControlPlane {
            namespace: self.control_plane_namespace.clone().unwrap_or(declared.namespace),
            seldon_config: self.seldon_config.clone().unwrap_or(declared.seldon_config),
            server_config: self.server_config.clone().unwrap_or(declared.server_config),
            cluster_domain: self.cluster_domain.clone().unwrap_or(declared.cluster_domain),
            grpc_service_prefix: self.grpc_service_prefix.clone().unwrap_or(declared.grpc_service_prefix),
            transport: declared.transport,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  # Try them first: whoever makes a mistake is warned, and the audit log knows
  kubectl seldon policy --emit validating-admission-policy --action warn,audit | kubectl apply --server-side -f -

  # Refuse them, in the tenants of a profile, by files for a repository
  kubectl seldon policy -f profile.yaml --emit validating-admission-policy --action deny --out guardrails";
