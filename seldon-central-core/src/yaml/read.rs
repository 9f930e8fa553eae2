//! From text to values.

use serde_json::Value;
use serde_yaml::{Budget, Error};

/// Nodes that any document may have, whatever its length.
const MIN_NODES: usize = 250_000;

/// A text that is no YAML, or no single document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {}", crate::text::printable(.message))]
pub struct YamlError {
    /// Line, from 1; 0 when the parser names no place.
    pub line: u64,
    /// Column, from 1; 0 when the parser names no place.
    pub column: u64,
    /// What is wrong.
    pub message: String,
}

/// Reads one YAML document; an empty one is `null`.
///
/// # Errors
/// [`YamlError`] with the place.
pub fn read(text: &str) -> Result<Value, YamlError> {
    let options = serde_yaml::options! {
        with_snippet: false,
        legacy_octal_numbers: true,
        emit_comments: false,
        budget: Some(budget(text.len())),
    };
    serde_yaml::from_str_with_options::<Option<Value>>(text, options).map(Option::unwrap_or_default).map_err(|error| {
        let error = error.without_snippet();
        let (line, column) = error.location().map_or((0, 0), |at| (at.line(), at.column()));
        YamlError { line, column, message: plain(error) }
    })
}

/// Limits that no honest text of this length meets: a node takes at least a character, so only
/// aliases that multiply each other make more.
fn budget(length: usize) -> Budget {
    let mut budget = Budget::default();
    budget.max_nodes = MIN_NODES.saturating_add(length);
    budget.max_events = budget.max_nodes.saturating_mul(3);
    budget
}

/// What is wrong, without the crate's own words.
fn plain(error: &Error) -> String {
    match error {
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("the key `{key}` is there twice"),
        Error::DuplicateMappingKey { key: None, .. } => "a key is there twice".to_owned(),
        Error::NullIntoString { .. } => "a key is empty".to_owned(),
        Error::NonFiniteFloat { .. } => "an infinite number, or one that is none, cannot be written as JSON".to_owned(),
        _ => {
            let rendered = error.to_string();
            let message = rendered.split(" at line ").next().unwrap_or(&rendered);
            match message {
                "expected string scalar" => "a key is a mapping or a list; a template looks like that, too".to_owned(),
                limit if limit.starts_with("budget breached") || limit.starts_with("alias replay") || limit.starts_with("alias expansion") => {
                    "its aliases stand for more than is plausible, or it is nested too deeply".to_owned()
                }
                "recursion limit exceeded" => "it is nested too deeply".to_owned(),
                other => other.to_owned(),
            }
        }
    }
}
