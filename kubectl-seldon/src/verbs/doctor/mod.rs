//! `kubectl seldon doctor`: how the plugin is installed, which kubectl starts it, and whether the cluster lets it work.

mod cluster;
mod installed;
mod kubectl;

use serde::Serialize;
use serde_json::json;

use super::block_on;
use crate::{
    cli::{
        doctor::{DoctorArgs, Output},
        kube::KubeFlags,
    },
    error::CliError,
    exit::Exit,
    ui::{CYAN, GREEN, RED, Ui, YELLOW},
};

/// Version of the JSON document; it grows when a field changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    Warning,
    Error,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    state: State,
    /// What it is about, in a word.
    about: &'static str,
    /// What was found.
    message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Finding {
    fn ok(about: &'static str, message: impl Into<String>) -> Self {
        Self { state: State::Ok, about, message: message.into(), hint: None }
    }

    fn warning(about: &'static str, message: impl Into<String>) -> Self {
        Self { state: State::Warning, ..Self::ok(about, message) }
    }

    fn error(about: &'static str, message: impl Into<String>) -> Self {
        Self { state: State::Error, ..Self::ok(about, message) }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// Runs the verb.
///
/// # Errors
/// When standard output cannot be written. What is wrong is a finding and no error.
pub fn run(args: &DoctorArgs, kube: &KubeFlags, ui: &Ui) -> Result<Exit, CliError> {
    let mut found = installed::look();
    let kubectl = kubectl::look();
    found.extend(kubectl.findings);
    found.extend(block_on(cluster::look(args, kube, kubectl.minor))?);
    let text = match args.output {
        Output::Json => format!("{:#}\n", json!({"schemaVersion": SCHEMA_VERSION, "findings": found})),
        Output::Text => found.iter().map(line).collect(),
    };
    ui.data(&text)?;
    let is_wrong = found.iter().any(|finding| finding.state == State::Error);
    Ok(if is_wrong { Exit::Findings } else { Exit::Done })
}

fn line(finding: &Finding) -> String {
    let (style, word) = match finding.state {
        State::Ok => (GREEN, "ok"),
        State::Warning => (YELLOW, "warning"),
        State::Error => (RED, "error"),
    };
    let hint = finding.hint.as_ref().map(|hint| format!("{:9}{CYAN}hint:{CYAN:#} {hint}\n", "")).unwrap_or_default();
    format!("{style}{word:<9}{style:#}{}: {}\n{hint}", finding.about, finding.message)
}
