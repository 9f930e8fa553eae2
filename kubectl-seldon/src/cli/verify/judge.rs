//! How `verify` judges.

use clap::{Args, ValueEnum};
use seldon_central_core::{finding::Level, version::SeldonVersion};

/// Which rules count, and for what.
#[derive(Debug, Args)]
pub struct JudgeArgs {
    /// Level from which findings make the exit status 1
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "error")]
    pub fail_on: FailOn,

    /// Version of Seldon Core 2 the manifests are for, 2.6 to 2.10, with or without a patch number,
    /// which is not looked at; decides which fields are known
    #[arg(long, value_name = "VERSION", default_value_t)]
    pub seldon_version: SeldonVersion,
}

/// `--fail-on`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors.
    Error,
    /// Errors and warnings.
    Warning,
    /// Everything.
    Info,
}

impl From<FailOn> for Level {
    fn from(level: FailOn) -> Self {
        match level {
            FailOn::Error => Self::Error,
            FailOn::Warning => Self::Warning,
            FailOn::Info => Self::Info,
        }
    }
}
