//! Small helpers for text that people read.

use std::{borrow::Cow, fmt::Write};

use serde_json::Value;

/// The candidate spelled most like `word`, if any is close enough to have been meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_few(word, candidates).into_iter().next()
}

/// The few candidates spelled most like `word`, the most alike first; of those as much alike, the one
/// that begins more like it.
pub fn nearest_few<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    const FEW: usize = 3;
    let mut alike: Vec<(f64, &str)> = alike(word, candidates).collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| common_start(word, b.1).cmp(&common_start(word, a.1))));
    alike.into_iter().take(FEW).map(|(_, candidate)| candidate).collect()
}

/// What to ask when candidates are spelled like an unknown word; nothing when there are none.
pub fn did_you_mean(nearest: &[&str]) -> Option<String> {
    let quoted: Vec<String> = nearest.iter().map(|word| format!("`{word}`")).collect();
    (!quoted.is_empty()).then(|| format!("did you mean {}?", quoted.join(" or ")))
}

/// How many characters two words have in common before they differ, whatever their case.
fn common_start(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count()
}

/// The candidates close enough to have been meant, each with how close it is.
fn alike<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = (f64, &'a str)> {
    let folded = word.to_lowercase();
    candidates
        .into_iter()
        .map(move |candidate| (strsim::normalized_damerau_levenshtein(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= 0.6)
}

/// A list for people, which names the first few and counts the rest: `a, b, c and 4 more`.
pub fn enumerate<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    const NAMED: usize = 3;
    let mut words = words.into_iter();
    let named: Vec<&str> = words.by_ref().take(NAMED).collect();
    match words.count() {
        0 => named.join(", "),
        rest => format!("{} and {rest} more", named.join(", ")),
    }
}

/// Text that comes from a file or a cluster, made safe to print: control characters, and the
/// Unicode ones that reorder a line, are escaped.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let escaped = text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if is_unsafe(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
        out
    });
    Cow::Owned(escaped)
}

/// A JSON object of the fields that have a value.
pub fn fields<'a>(fields: impl IntoIterator<Item = (&'a str, Option<Value>)>) -> Value {
    fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

/// A value as JSON over several lines, with a line feed at the end. What is not safe to print is
/// escaped, which JSON itself wants only of some: its readers see the same text.
pub fn json(value: &Value) -> String {
    escaped(&format!("{value:#}\n"))
}

/// The same on one line.
pub fn json_line(value: &Value) -> String {
    escaped(&format!("{value}\n"))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) && c != '\n' {
            let _ = write!(escaped, "\\u{:04x}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_when_one_is_near() {
        assert_eq!(nearest("lables", ["labels", "tables-x"]), Some("labels"));
        assert_eq!(nearest("quux", ["labels", "namespace"]), None);
        assert_eq!(nearest("SCS0599", ["SCS0109", "SCS0509", "SCS0199"]), Some("SCS0509"));
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(enumerate([]), "");
        assert_eq!(enumerate(["a", "b", "c"]), "a, b, c");
        assert_eq!(enumerate(["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
    }

    #[test]
    fn json_is_safe_to_print_and_says_the_same() {
        let value = serde_json::json!({"a": "\u{1b}[2J\u{9b}2J\u{7f}\u{202e}\n\"ü"});
        let text = json(&value);
        assert_eq!(text, "{\n  \"a\": \"\\u001b[2J\\u009b2J\\u007f\\u202e\\n\\\"ü\"\n}\n");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        let line = json_line(&value);
        assert_eq!(line, "{\"a\":\"\\u001b[2J\\u009b2J\\u007f\\u202e\\n\\\"ü\"}\n");
    }

    #[test]
    fn control_and_reordering_characters_are_escaped() {
        assert_eq!(printable("plain ü"), "plain ü");
        assert_eq!(printable("a\u{1b}[31m\u{202e}b"), "a\\u{1b}[31m\\u{202e}b");
    }
}
