//! How `verify` judges.

use clap::{Args, ValueEnum};
use seldon_central_core::{
    finding::Level,
    rules::Rule,
    select::{NothingSelected, Selection, Selector},
    version::SeldonVersion,
};

/// Which rules count, and for what.
#[derive(Debug, Args)]
pub struct JudgeArgs {
    /// Rules to judge by instead of all: ids, names, or beginnings of ids such as SCS05; repeatable, or
    /// separated by commas. Nothing is read that they do not need
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub select: Vec<Selector>,

    /// Rules to leave out, named in the same way, even if they are selected
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub ignore: Vec<Selector>,

    /// Level below which findings are not printed; they count for the exit status all the same
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "info")]
    pub level: LevelArg,

    /// Level from which findings make the exit status 1
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "error")]
    pub fail_on: LevelArg,

    /// Version of Seldon Core 2 the manifests are for, 2.6 to 2.10, with or without a patch number,
    /// which is not looked at; decides which fields are known. Those of 2.7 and 2.8 were not verified: a
    /// field that came between 2.6 and 2.9 counts as known
    #[arg(long, value_name = "VERSION", default_value_t)]
    pub seldon_version: SeldonVersion,
}

impl JudgeArgs {
    /// The rules to judge by.
    ///
    /// # Errors
    /// When none is left.
    pub fn rules(&self) -> Result<Vec<&'static Rule>, NothingSelected> {
        Selection { select: self.select.clone(), ignore: self.ignore.clone() }.rules()
    }
}

/// `--level` and `--fail-on`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LevelArg {
    /// Errors.
    Error,
    /// Errors and warnings.
    Warning,
    /// Everything.
    Info,
}

impl From<LevelArg> for Level {
    fn from(level: LevelArg) -> Self {
        match level {
            LevelArg::Error => Self::Error,
            LevelArg::Warning => Self::Warning,
            LevelArg::Info => Self::Info,
        }
    }
}
