//! `kubectl seldon completion`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  # Complete `kubectl seldon …` wherever kubectl's own completion is set up
  kubectl seldon completion install

  # Complete `kubectl-seldon …`, started without kubectl, in this shell
  source <(kubectl-seldon completion bash)
  kubectl-seldon completion fish | source";

/// Complete words for a shell.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What to do about completion.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Make the program that kubectl asks, beside the plugin
    Install {
        /// Directory on the PATH to make it in [default: where the plugin was found]
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Print the script for bash
    Bash,
    /// Print the script for zsh
    Zsh,
    /// Print the script for fish
    Fish,
    /// Print the script for Powershell
    Powershell,
}
