//! Flags of `onboard` for the cluster.

use clap::{Args, ValueEnum};

use crate::cli::kube::Duration;

/// Flags for the cluster.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[command(next_help_heading = "On the cluster")]
pub struct ApplyArgs {
    /// Change nothing: `client` opens no connection, `server` lets the API server judge everything
    #[arg(long, value_enum, value_name = "WHERE", num_args = 0..=1, require_equals = true, default_missing_value = "client")]
    pub dry_run: Option<DryRun>,
    /// Show what would change as a diff, change nothing, and exit with 1 when something would
    #[arg(long, conflicts_with_all = ["dry_run", "output"])]
    pub diff: bool,
    /// Print the resulting objects instead of a line each
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT", conflicts_with = "emit")]
    pub output: Option<Output>,
    /// Do not ask
    #[arg(short = 'y', long, conflicts_with = "emit")]
    pub yes: bool,
    /// Wait until the runtime, the Servers and the Models are ready
    #[arg(long, conflicts_with_all = ["dry_run", "diff", "emit"])]
    pub wait: bool,
    /// How long --wait waits; 0 waits for ever
    #[arg(long, value_name = "DURATION", default_value = "5m", requires = "wait", conflicts_with_all = ["dry_run", "diff", "emit"])]
    pub timeout: Duration,
    /// Take over fields that another manager owns
    #[arg(long, conflicts_with = "emit")]
    pub force_conflicts: bool,
    /// Change objects that Argo CD, Flux or Helm own, although they will change them back
    #[arg(long, conflicts_with = "emit")]
    pub force_live: bool,
    /// Go on although something needed for the preflight, or for --check-live, could not be read
    #[arg(long)]
    pub allow_incomplete: bool,
}

impl ApplyArgs {
    /// How a refusal begins: where nothing was to be written, that nothing was is no news.
    pub const fn refused(&self) -> &'static str {
        if self.dry_run.is_some() || self.diff { "this would be refused" } else { "nothing was written" }
    }

    /// A flag that means nothing without a cluster.
    pub const fn cluster_flag(&self) -> Option<&'static str> {
        if self.force_conflicts {
            Some("--force-conflicts")
        } else if self.force_live {
            Some("--force-live")
        } else if self.allow_incomplete {
            Some("--allow-incomplete")
        } else {
            None
        }
    }
}

/// `--dry-run`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DryRun {
    /// Without a connection.
    Client,
    /// Judged by the API server.
    Server,
}

/// `-o`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// YAML documents.
    Yaml,
    /// A JSON List.
    Json,
    /// `kind.group/name`.
    Name,
}
