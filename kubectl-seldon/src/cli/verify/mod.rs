//! `kubectl seldon verify`.

mod judge;
mod output;
mod source;

use clap::Args;

pub use self::{
    judge::{FailOn, JudgeArgs},
    output::{Output, OutputArgs},
    source::SourceArgs,
};

/// Judge manifests by the rules of the pattern.
///
/// Nothing is read but the files that are named; no connection is opened.
#[derive(Debug, Args)]
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
}
