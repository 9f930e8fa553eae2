//! `kubectl seldon fix`.

mod emit;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use seldon_central_core::{
    name::{ClusterDomain, Namespace, ObjectName},
    profile::GrpcPrefix,
    rules::Rule,
    select::{NothingSelected, Selection, Selector},
};

pub use self::emit::{FixForm, LayArgs};
use crate::cli::{onboard::TransportArg, verify::SourceArgs};

/// Put right what verify finds, on a cluster or in files, after showing what would change.
///
/// Only what is safe is changed unless --unsafe is given, and only what the rules prove: each finding
/// is gone and no error or warning is new. What stays is said with the reason. Exit status 1 says that
/// an error stays. In files only the bytes of the values change, and what is built of them is judged
/// again before they are written.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct FixArgs {
    /// Namespaces of the cluster to put right, as tenants whatever they hold, and the control plane;
    /// --namespace counts as one, --all-namespaces means every one
    #[arg(value_name = "NAMESPACE")]
    pub namespaces: Vec<Namespace>,

    /// File or directory to put right in place of a cluster, or `-` for standard input, which is
    /// printed as it should be; repeatable. Namespaces then say which tenants in it
    #[arg(short = 'f', long = "file", value_name = "PATH", conflicts_with_all = [
        "force_live", "plan", "apply_plan", "undo",
    ])]
    pub files: Vec<PathBuf>,

    /// Fetch what kustomizations name on a network. Without this they are not built, and nothing in
    /// them is put right
    #[arg(long, requires = "files")]
    pub allow_remote_bases: bool,

    /// With --file: write nothing, and exit with 1 when something would change; for CI and pre-commit
    #[arg(long, requires = "files", conflicts_with_all = ["diff", "dry_run", "yes"])]
    pub check: bool,

    /// Profile with control plane and tenants, which are put right on the cluster
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,

    /// Namespace that is a tenant whatever it holds; repeatable
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

    /// Rules whose findings are put right instead of all: ids, names, or beginnings of ids such as
    /// SCS05; repeatable, or separated by commas
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub select: Vec<Selector>,

    /// Rules to leave out, named in the same way, even if they are selected
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub ignore: Vec<Selector>,

    /// How it is carried out.
    #[command(flatten)]
    pub apply: FixApplyArgs,

    /// What is laid over what is there instead.
    #[command(flatten)]
    pub lay: LayArgs,

    /// The words of the command line that say what is looked at and in which cluster, quoted for a shell.
    #[arg(skip)]
    pub again: Vec<String>,
}

/// How a plan is carried out.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[command(next_help_heading = "On the cluster")]
pub struct FixApplyArgs {
    /// Make changes too that roll or stop pods, change who can reach what, or take an object over
    #[arg(long = "unsafe")]
    pub unsafe_too: bool,

    /// Change nothing: `client` only reads, `server` lets the API server judge everything
    #[arg(long, value_enum, value_name = "WHERE", num_args = 0..=1, require_equals = true, default_missing_value = "client")]
    pub dry_run: Option<DryRun>,

    /// Show what would change as a diff, change nothing, and exit with 1 when something would
    #[arg(long, conflicts_with = "dry_run")]
    pub diff: bool,

    /// Do not ask
    #[arg(short = 'y', long)]
    pub yes: bool,

    /// Change objects that Argo CD, Flux or Helm own, although they will change them back
    #[arg(long)]
    pub force_live: bool,

    /// Go on although something that the rules need could not be read
    #[arg(long)]
    pub allow_incomplete: bool,

    /// Write the plan to a file instead of carrying it out; readable for you only
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "diff", "undo", "yes"])]
    pub plan: Option<PathBuf>,

    /// Carry out exactly what a file of --plan or --undo says, if none of its objects changed since
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "namespaces", "profile", "tenants", "select", "ignore", "unsafe_too", "plan",
        "control_plane_namespace", "seldon_config", "server_config", "cluster_domain", "grpc_service_prefix", "transport",
    ])]
    pub apply_plan: Option<PathBuf>,

    /// Write what takes everything back to a file before the first change, for --apply-plan; readable
    /// for you only, and without values of Secrets
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "diff"])]
    pub undo: Option<PathBuf>,
}

/// `--dry-run`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DryRun {
    /// By what was read.
    Client,
    /// Judged by the API server.
    Server,
}

impl FixApplyArgs {
    /// How a refusal begins: where nothing was to be written, that nothing was is no news.
    pub const fn refused(&self) -> &'static str {
        if self.dry_run.is_some() || self.diff { "this would be refused" } else { "nothing was written" }
    }
}

impl FixArgs {
    /// What is laid over.
    pub fn files_or_base(&self) -> Vec<PathBuf> {
        self.files.iter().chain(&self.lay.base).cloned().collect()
    }

    /// What is looked at, as `verify` takes it.
    pub fn source(&self) -> SourceArgs {
        SourceArgs {
            namespaces: self.namespaces.clone(),
            files: self.files.clone(),
            allow_remote_bases: self.allow_remote_bases,
            profile: self.profile.clone(),
            snapshot: None,
            tenants: self.tenants.clone(),
            control_plane_namespace: self.control_plane_namespace.clone(),
            seldon_config: self.seldon_config.clone(),
            server_config: self.server_config.clone(),
            cluster_domain: self.cluster_domain.clone(),
            grpc_service_prefix: self.grpc_service_prefix.clone(),
            transport: self.transport,
        }
    }

    /// The rules whose findings are put right.
    ///
    /// # Errors
    /// When none is left.
    pub fn rules(&self) -> Result<Vec<&'static Rule>, NothingSelected> {
        Selection { select: self.select.clone(), ignore: self.ignore.clone() }.rules()
    }
}

const EXAMPLES: &str = "\
Examples:
  # See what would change, then do it
  kubectl seldon fix financial-inference --diff
  kubectl seldon fix financial-inference

  # The rest too, and a way back
  kubectl seldon fix financial-inference --unsafe --undo undo.json
  kubectl seldon fix --apply-plan undo.json

  # Plan now, have it reviewed, carry out exactly that
  kubectl seldon fix -A --unsafe --plan plan.json
  kubectl seldon fix --apply-plan plan.json -y

  # Put a repository right; the second only asks whether it is
  kubectl seldon fix -f tenants
  kubectl seldon fix -f tenants --check

  # The same as a filter
  kubectl seldon fix -f - < tenant.yaml > fixed.yaml";
