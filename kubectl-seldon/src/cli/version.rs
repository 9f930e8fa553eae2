//! `kubectl seldon version`.

use clap::{Args, ValueEnum};

/// Print the version.
#[derive(Debug, Args)]
pub struct VersionArgs {
    /// How to print it
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub output: Output,
}

/// `-o`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// One line.
    Text,
    /// One JSON document.
    Json,
    /// The JSON document as YAML.
    Yaml,
}
