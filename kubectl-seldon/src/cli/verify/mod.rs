//! `kubectl seldon verify`.

mod judge;
mod live;
mod output;
mod source;

use clap::Args;

pub(crate) use self::live::LOG_REQUESTS;
pub use self::{
    judge::{JudgeArgs, LevelArg},
    live::LiveArgs,
    output::{Output, OutputArg, OutputArgs},
    source::SourceArgs,
};

/// Judge namespaces of a cluster, or manifests, by the rules of the pattern.
///
/// Nothing is ever written to a cluster. With --file and no namespace nothing is read but the files
/// that are named; no connection is opened.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct VerifyArgs {
    /// What is judged.
    #[command(flatten)]
    pub source: SourceArgs,

    /// How it is judged.
    #[command(flatten)]
    pub judge: JudgeArgs,

    /// How the findings are printed.
    #[command(flatten)]
    pub output: OutputArgs,

    /// How a cluster is looked at.
    #[command(flatten)]
    pub live: LiveArgs,
}

const EXAMPLES: &str = "\
Examples:
  # A tenant on the cluster, all of them, or those of a profile
  kubectl seldon verify financial-inference
  kubectl seldon verify -A
  kubectl seldon verify --profile profile.yaml

  # On several clusters, as a checklist for a change ticket
  kubectl seldon verify financial-inference --contexts prod,staging -o checklist

  # A repository, without a cluster
  kubectl seldon verify -f overlays/financial-inference

  # The same in CI: text for the log, SARIF and JUnit as files
  kubectl seldon verify -f overlays -o text -o sarif=verify.sarif -o junit=verify.xml";
