//! Completion of words, as kubectl asks for it: started as `kubectl_complete-seldon`, with the words after
//! `seldon`, the last of which is being typed.
//!
//! What is printed is one candidate a line, with a tab and a description where there is one, and at the end
//! a number that tells the shell what to do with them. Errors are silence: nobody reads them at a prompt.

mod candidates;
mod live;

use std::{
    ffi::{OsStr, OsString},
    io::Write as _,
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use clap::{Command, CommandFactory, FromArgMatches};
use clap_complete::{CompletionCandidate, engine};
use seldon_central_core::text::printable;

use crate::cli::{Cli, kube::KubeFlags};

/// The name of the program that kubectl asks.
pub const PROGRAM: &str = "kubectl_complete-seldon";

/// What a shell does with candidates, as the completion library of kubectl numbers it.
mod directive {
    /// No space after the candidate.
    pub(super) const NO_SPACE: u8 = 2;
    /// No files besides the candidates.
    pub(super) const NO_FILES: u8 = 4;
}

/// Whether the program was started under the name that kubectl asks.
pub fn is_asked(argv0: Option<&OsString>) -> bool {
    let stem = argv0.and_then(|name| Path::new(name).file_stem());
    stem.is_some_and(|stem| stem == PROGRAM)
}

/// Answers kubectl.
pub fn run(args: &[OsString]) -> ExitCode {
    let words = args.get(1..).unwrap_or_default();
    let answer = answer(words);
    // Nobody is left to be told when standard output is closed.
    let _ = std::io::stdout().write_all(answer.as_bytes());
    ExitCode::SUCCESS
}

/// The candidates for the last of the words, and what to do with them.
pub fn answer(words: &[OsString]) -> String {
    let empty = OsString::new();
    let typed = words.last().unwrap_or(&empty);
    let found = complete(words, typed);
    let is_unfinished = !found.is_empty() && found.iter().all(|one| is_directory(one.get_value()));
    let directive = directive::NO_FILES + if is_unfinished { directive::NO_SPACE } else { 0 };
    let lines: String = found.iter().filter_map(line).collect();
    format!("{lines}:{directive}\n")
}

fn complete(words: &[OsString], typed: &OsStr) -> Vec<CompletionCandidate> {
    let mut line = vec![OsString::from("kubectl-seldon")];
    line.extend_from_slice(words);
    if words.is_empty() {
        line.push(OsString::new());
    }
    let kube = Arc::new(flags(&line));
    let mut command = candidates::offer(Cli::command(), &kube);
    let last = line.len() - 1;
    let mut found =
        engine::complete(&mut command, line, last, std::env::current_dir().ok().as_deref()).unwrap_or_default();
    if typed.is_empty() {
        found.retain(|one| !one.get_value().to_string_lossy().starts_with('-'));
    }
    found
}

/// The flags among the words that choose a cluster, whatever else is wrong with the words.
fn flags(line: &[OsString]) -> KubeFlags {
    let command: Command = Cli::command().ignore_errors(true);
    let matches = command.try_get_matches_from(line);
    matches.ok().and_then(|matches| KubeFlags::from_arg_matches(&matches).ok()).unwrap_or_default()
}

fn is_directory(value: &OsStr) -> bool {
    value.to_string_lossy().ends_with(std::path::MAIN_SEPARATOR)
}

/// A candidate on a line of its own; none for one that would be several, or no text.
fn line(candidate: &CompletionCandidate) -> Option<String> {
    let value = candidate.get_value().to_str().filter(|value| printable(value) == *value)?;
    let help = candidate.get_help().map(ToString::to_string);
    let help = help.as_deref().map(|help| printable(first_clause(help)));
    Some(match help.filter(|help| !help.is_empty()) {
        Some(help) => format!("{value}\t{help}\n"),
        None => format!("{value}\n"),
    })
}

/// As much of a help text as there is room for beside a candidate.
fn first_clause(help: &str) -> &str {
    let ends = ["\n", ". ", "; ", ": ", " [", ", "].into_iter().filter_map(|end| help.find(end));
    help.get(..ends.min().unwrap_or(help.len())).unwrap_or(help)
}

#[cfg(test)]
mod tests;
