//! The only door to the YAML crate.
//!
//! Reading follows kubectl (YAML 1.1 octals); writing quotes every string that kubectl would read
//! as something else, such as `yes`, `on` or `1_000`.

mod document;
mod place;
mod read;

use serde_json::Value;

pub use self::{
    document::{Document, documents},
    place::{Places, Position},
    read::{YamlError, read},
};

/// Writes a value as one YAML document, keys sorted, with a line feed at the end.
#[expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "JSON serialises, and a string has no I/O errors")]
pub fn write(value: &Value) -> String {
    // Folding would break long one-line strings such as base64 over lines nobody asked for.
    let options = serde_yaml::ser_options! { folded_wrap_chars: usize::MAX };
    let mut text = serde_yaml::to_string_with_options(value, options).unwrap();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
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
        let twice = read("a: 1\na: 2").unwrap_err();
        assert_eq!(twice.to_string(), "line 2, column 1: the key `a` is there twice");
    }
}
