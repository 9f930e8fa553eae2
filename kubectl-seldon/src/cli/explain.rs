//! `kubectl seldon explain`.

use clap::{Args, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  # What a rule is about, by id or name; the rules of a family
  kubectl seldon explain SCS0504
  kubectl seldon explain alias-not-operator-stable
  kubectl seldon explain SCS05

  # What may be behind a message, and behind those in a log
  kubectl seldon explain \"no matching servers are available\"
  kubectl logs mlserver-0 -c agent -n financial-inference | kubectl seldon explain -";

/// Explain a rule or a message.
///
/// Without a word, the rules are listed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// Id or name of a rule, the beginning of ids, a message, or `-` for a log on standard input
    #[arg(value_name = "WHAT")]
    pub what: Vec<String>,

    /// Every rule in full
    #[arg(long, conflicts_with = "what")]
    pub all: bool,

    /// How to print the explanation
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub output: Output,
}

/// `-o`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Text,
    /// Markdown.
    Markdown,
    /// One JSON document.
    Json,
}
