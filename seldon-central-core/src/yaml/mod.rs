//! The only door to the YAML crate.
//!
//! Reading follows kubectl (YAML 1.1 octals); writing quotes every string that kubectl would read
//! as something else, such as `yes`, `on` or `1_000`.

mod document;
pub mod edit;
mod explain;
mod node;
mod place;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use serde_yaml::Budget;

pub(crate) use self::document::is_template;
pub use self::{
    document::{Document, documents},
    place::{Places, Position},
};

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

/// Writes a value as one YAML document, keys sorted, with a line feed at the end.
pub fn write(value: &Value) -> String {
    write_typed(value)
}

/// The same for a type of this crate that is nothing but lists, texts and numbers; its fields stay in
/// their order.
#[expect(clippy::unwrap_used, reason = "such values serialise, and a string has no I/O errors")]
pub(crate) fn write_typed(value: &impl Serialize) -> String {
    // Folding would break long one-line strings such as base64 over lines nobody asked for.
    let options = serde_yaml::ser_options! { folded_wrap_chars: usize::MAX };
    let mut text = serde_yaml::to_string_with_options(value, options).unwrap();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Reads one YAML document; an empty one is `null`.
///
/// # Errors
/// [`YamlError`] with the place.
pub fn read(text: &str) -> Result<Value, YamlError> {
    typed::<Option<Value>>(text).map(Option::unwrap_or_default).map_err(|error| explain::explain(&error))
}

/// Reads one YAML document of a type, and on failure names a key that the type does not have.
pub(crate) fn read_typed<T: DeserializeOwned>(text: &str) -> Result<T, (YamlError, Option<UnknownKey>)> {
    typed(text).map_err(|error| (explain::explain(&error), explain::unknown_key(&error)))
}

fn typed<T: DeserializeOwned>(text: &str) -> Result<T, serde_yaml::Error> {
    let options = serde_yaml::options! {
        with_snippet: false,
        legacy_octal_numbers: true,
        emit_comments: false,
        budget: Some(budget(text.len())),
    };
    serde_yaml::from_str_with_options(text, options)
}

/// Limits that no honest text of this length meets: a node takes at least a character, so only
/// aliases that multiply each other make more.
fn budget(length: usize) -> Budget {
    let mut budget = Budget::default();
    budget.max_nodes = MIN_NODES.saturating_add(length);
    budget.max_events = budget.max_nodes.saturating_mul(3);
    budget
}

/// A key that a type does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownKey {
    /// The key.
    pub(crate) key: String,
    /// The keys that the type has.
    pub(crate) known: Vec<&'static str>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn strings_that_kubectl_reads_as_something_else_are_quoted() {
        let tricky =
            json!(["yes", "on", "y", "NO", "1_000", "0755", "1e3", "null", "~", "0o17", "", " a", "a: b", "- a"]);
        let text = write(&tricky);
        for line in text.lines() {
            assert!(line.starts_with("- \"") || line.starts_with("- '"), "{line}");
        }
        assert_eq!(read(&text).unwrap(), tricky);
    }

    #[test]
    fn long_lines_stay_whole_and_texts_of_several_lines_become_blocks() {
        let text = write(&json!({"long": "word ".repeat(40) + "end", "lines": "a\nb\n"}));
        assert_eq!(text, format!("lines: |\n  a\n  b\nlong: {}end\n", "word ".repeat(40)));
    }

    #[test]
    fn numbers_are_read_as_kubectl_reads_them() {
        assert_eq!(read("[0755, 1.5, true]").unwrap(), json!([493, 1.5, true]));
        assert_eq!(read("").unwrap(), Value::Null);
    }

    #[test]
    fn an_error_names_its_place() {
        let error = read("a: 1\nb: [").unwrap_err();
        assert_eq!(error.line, 2, "{error}");
        assert!(
            read("a: 1\na: 2").unwrap_err().to_string().contains("given twice"),
            "{}",
            read("a: 1\na: 2").unwrap_err()
        );
    }
}
