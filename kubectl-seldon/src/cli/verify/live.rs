//! What `verify` does about a cluster.

use std::path::PathBuf;

use clap::Args;

/// How a cluster is looked at.
#[derive(Debug, Args)]
#[command(next_help_heading = "On the cluster")]
pub struct LiveArgs {
    /// Judge what could be read, although something could not: that no longer makes the exit status 3
    #[arg(long)]
    pub allow_incomplete: bool,

    /// Write what was read to a file as well, for --snapshot; without secrets and readable for you only
    #[arg(long, value_name = "FILE")]
    pub save_snapshot: Option<PathBuf>,

    /// Print the roles that judging takes, as YAML, and exit; of the whole cluster, or of the
    /// namespaces that are named. Nothing is read
    #[arg(long)]
    pub print_rbac: bool,
}
