//! `kubectl seldon offboard`.

use clap::Args;
use seldon_central_core::{
    name::{ClusterDomain, Namespace},
    offboard::Named,
};

use crate::cli::{fix::DryRun, kube::Duration, onboard::Output};

/// Take a namespace off the central scheduler: the reverse of onboard, in the order that finalizers need.
///
/// Deleted is what onboard made, by its label, and what is named, and nothing else. Each kind is gone
/// before the next is deleted. What a GitOps controller or Helm owns is for its owner to delete,
/// unless --force-live is given.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct OffboardArgs {
    /// The tenant's namespace
    #[arg(value_name = "NAMESPACE")]
    pub tenant: Namespace,

    /// Object of the namespace that goes too, though onboard did not make it; repeatable
    #[arg(long, value_name = "KIND/NAME")]
    pub also: Vec<Named>,

    /// Delete the namespace as well, at last, with everything in it
    #[arg(long)]
    pub delete_namespace: bool,

    /// Namespace of the control plane [default: seldon-system]
    #[arg(long, value_name = "NAMESPACE")]
    pub control_plane_namespace: Option<Namespace>,

    /// DNS domain of the cluster [default: cluster.local]
    #[arg(long, value_name = "DOMAIN")]
    pub cluster_domain: Option<ClusterDomain>,

    /// Delete nothing: `client` only reads, `server` lets the API server judge every deletion
    #[arg(long, value_enum, value_name = "WHERE", num_args = 0..=1, require_equals = true, default_missing_value = "client")]
    pub dry_run: Option<DryRun>,

    /// Print the plan in stages and delete nothing
    #[arg(long, conflicts_with_all = ["dry_run", "yes"])]
    pub emit: bool,

    /// How to print the plan: as a document, or as a name a line for kubectl
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT", default_value = "yaml", requires = "emit")]
    pub output: Output,

    /// Do not ask
    #[arg(short = 'y', long)]
    pub yes: bool,

    /// How long all of it may take; 0 is for ever
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    pub timeout: Duration,

    /// Delete objects that Argo CD, Flux or Helm own, although they will make them again
    #[arg(long)]
    pub force_live: bool,

    /// Go on although nobody can remove the finalizers; what then stays is said when the time is up
    #[arg(long)]
    pub force: bool,
}

const EXAMPLES: &str = "\
Examples:
  # See what would go, then let it go
  kubectl seldon offboard financial-inference --dry-run=server
  kubectl seldon offboard financial-inference

  # With a model that somebody else made, and the namespace
  kubectl seldon offboard financial-inference --also model/income --delete-namespace

  # The plan, to be reviewed
  kubectl seldon offboard financial-inference --emit";

impl OffboardArgs {
    /// How a refusal begins: where nothing was to be deleted, that nothing was is no news.
    pub const fn refused(&self) -> &'static str {
        if self.dry_run.is_some() || self.emit { "this would be refused" } else { "nothing was deleted" }
    }
}
