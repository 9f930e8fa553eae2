//! What `verify` does about a cluster.

use clap::Args;

/// How a cluster is looked at.
#[derive(Debug, Args)]
#[command(next_help_heading = "On the cluster")]
pub struct LiveArgs {
    /// Judge what could be read, although something could not: that no longer makes the exit status 3
    #[arg(long)]
    pub allow_incomplete: bool,
}
