//! `kubectl seldon doctor`.

use clap::{Args, ValueEnum};
use seldon_central_core::name::Namespace;

const EXAMPLES: &str = "\
Examples:
  # Everything about the plugin, kubectl and the cluster of the current context
  kubectl seldon doctor

  # What a namespace's user may do there
  kubectl seldon doctor -n financial-inference --as jane";

/// Look at how the plugin is installed, at kubectl and at the way to the cluster.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DoctorArgs {
    /// Namespace of the control plane
    #[arg(long, value_name = "NAMESPACE", default_value = "seldon-system")]
    pub control_plane_namespace: Namespace,

    /// How to print it
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub output: Output,
}

/// `-o`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Text,
    /// One JSON document.
    Json,
}
