//! The one error of the plugin: what happened, how it ends the run, and what to do about it.

use std::{fmt, path::Path};

use seldon_central_core::{
    manifest::ManifestError,
    name::NameError,
    profile::{ProfileError, ResolveError},
    select::NothingSelected,
    text::printable,
};

use crate::exit::Exit;

/// An error with its exit status and hints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliError {
    /// How the run ends.
    pub exit: Exit,
    /// What happened, where and why, in one sentence.
    pub message: String,
    /// What to do next, one sentence each.
    pub hints: Vec<String>,
}

impl CliError {
    /// An error of usage, configuration or the tool: exit status 2.
    pub fn new(message: impl Into<String>) -> Self {
        Self { exit: Exit::Error, message: message.into(), hints: Vec::new() }
    }

    /// The run is incomplete: exit status 3.
    pub fn incomplete(message: impl Into<String>) -> Self {
        Self { exit: Exit::Incomplete, ..Self::new(message) }
    }

    /// Findings stand in the way: exit status 1.
    pub fn findings(message: impl Into<String>) -> Self {
        Self { exit: Exit::Findings, ..Self::new(message) }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// A file or directory that could not be read or written.
    pub fn file(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::new(format!("cannot {doing} {}: {}", shown(path), plain(error)))
    }
}

/// A path for people.
pub(crate) fn shown(path: &Path) -> String {
    printable(&path.display().to_string()).into_owned()
}

/// An I/O error without the number of the operating system.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CliError {}

macro_rules! usage_errors {
    ($($error:ty),+) => {
        $(impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                Self::new(error.to_string())
            }
        })+
    };
}

usage_errors!(ResolveError, ProfileError, NameError, ManifestError, NothingSelected);
