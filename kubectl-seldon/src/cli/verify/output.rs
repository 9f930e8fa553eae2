//! How `verify` prints.

use clap::{Args, ValueEnum};

/// How the findings are printed.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// How to print the findings
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
