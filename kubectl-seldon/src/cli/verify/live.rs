//! What `verify` does about a cluster.

use std::{collections::BTreeSet, path::PathBuf};

use clap::Args;
use seldon_central_core::{log::Process, needs, rules::Rule};

use crate::cli::kube::Duration;

/// Logs that are read at once. Each is a connection from the API server to a node, which the lists
/// before them were not.
pub(crate) const LOG_REQUESTS: u16 = 8;

/// How a cluster is looked at.
#[derive(Debug, Args)]
#[command(next_help_heading = "On the cluster")]
pub struct LiveArgs {
    /// Contexts of the kubeconfig, separated by commas, whose clusters are judged side by side, each as if
    /// it were alone, in one report; the exit status is the worst of them
    #[arg(long, value_name = "CONTEXTS", value_delimiter = ',')]
    pub contexts: Vec<String>,

    /// Judge what could be read, although something could not: that no longer makes the exit status 3
    #[arg(long)]
    pub allow_incomplete: bool,

    /// Look again until what can heal by itself has healed, such as a Server that is not ready yet, and
    /// the operator has reconciled each runtime whose alias is judged [default: 5m]; 0 waits for ever.
    /// Anything else that is wrong ends the waiting
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "5m")]
    pub wait: Option<Duration>,

    /// Read no logs. Without this the ends of those of agents, of the central scheduler and of the operator
    /// are read, a request for each pod, where the rules want them; with it what only they prove is unknown
    #[arg(long)]
    pub no_logs: bool,

    /// Logs to read at once, at most
    #[arg(long, value_name = "NUMBER", default_value_t = LOG_REQUESTS)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=64))]
    pub log_requests: u16,

    /// Write what was read to a file as well, for --snapshot; redacted, and readable for you only
    #[arg(long, value_name = "FILE")]
    pub save_snapshot: Option<PathBuf>,

    /// Print the roles that judging takes, as YAML, and exit; of the whole cluster, or of the
    /// namespaces that are named. Nothing is read
    #[arg(long)]
    pub print_rbac: bool,
}

impl LiveArgs {
    /// The processes whose logs are read for these rules.
    pub fn processes(&self, rules: &[&'static Rule]) -> BTreeSet<Process> {
        if self.no_logs { BTreeSet::new() } else { needs::processes(rules) }
    }
}
