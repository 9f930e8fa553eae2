//! The annotation by which an object says what is not to be held against it.
//!
//! ```yaml
//! metadata:
//!   annotations:
//!     kubectl-seldon/ignore: SCS0205 -- goes with the next release
//! ```
//!
//! A line names rules, separated by commas, and after ` -- ` the reason, which may be left out:
//! whoever may write an object may decide about it. Rules with another reason stand in a line of
//! their own.

use std::borrow::Cow;

use crate::select::{Selector, SelectorError};

/// Between the rules and the reason.
const BEFORE_REASON: &str = "--";

/// One rule, or family of rules, of an annotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// The rules.
    pub rules: Result<Selector, SelectorError>,
    /// Why.
    pub reason: Option<String>,
}

/// Reads the value of an annotation. Lines without a word say nothing.
pub fn read(value: &str) -> Vec<Ignored> {
    value.lines().flat_map(line).collect()
}

/// The value of an annotation without a word that names rules; a line that names no others goes with
/// its reason. `None` when no line is left.
pub fn without(value: &str, word: &str) -> Option<String> {
    let lines = value.split_inclusive('\n').filter_map(|line| line_without(line, word));
    Some(lines.collect::<String>()).filter(|left| !read(left).is_empty())
}

fn line_without<'v>(line: &'v str, word: &str) -> Option<Cow<'v, str>> {
    let words = line.split_once(BEFORE_REASON).map_or(line, |(words, _)| words);
    let named = || words.split(',').map(str::trim).filter(|named| !named.is_empty());
    let is_word = |named: &str| named.eq_ignore_ascii_case(word.trim());
    if !named().any(is_word) {
        return Some(line.into());
    }
    let left: Vec<&str> = named().filter(|named| !is_word(named)).collect();
    let end = line.get(words.trim_end().len()..).unwrap_or_default();
    (!left.is_empty()).then(|| format!("{}{end}", left.join(", ")).into())
}

fn line(line: &str) -> impl Iterator<Item = Ignored> {
    let (words, reason) = line.split_once(BEFORE_REASON).unwrap_or((line, ""));
    let reason = Some(reason.trim()).filter(|reason| !reason.is_empty()).map(str::to_owned);
    let words = words.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(move |word| Ignored { rules: word.parse(), reason: reason.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `rules: reason` of everything that an annotation says.
    fn said(value: &str) -> Vec<String> {
        let shown = |ignored: Ignored| {
            let rules = ignored.rules.map_or_else(|error| error.to_string(), |rules| rules.to_string());
            format!("{rules}: {}", ignored.reason.as_deref().unwrap_or("-"))
        };
        read(value).into_iter().map(shown).collect()
    }

    #[test]
    fn a_word_is_taken_out_and_its_line_when_it_was_the_only_one() {
        for (value, word, left) in [
            ("SCS0205 -- planned", "SCS0205", None),
            ("SCS0205, SCS0301 -- a, b", "scs0301", Some("SCS0205 -- a, b")),
            ("SCS0205,SCS0301", "SCS0205", Some("SCS0301")),
            ("SCS0205 -- one\nSCS0301 -- two\n", "SCS0205", Some("SCS0301 -- two\n")),
            ("SCS0205 -- one\n\n", "SCS0205", None),
            ("SCS0205 -- SCS0301", "SCS0301", Some("SCS0205 -- SCS0301")),
        ] {
            assert_eq!(without(value, word).as_deref(), left, "{value:?}");
        }
    }

    #[test]
    fn a_line_is_rules_and_a_reason() {
        for (value, expected) in [
            ("SCS0205", vec!["SCS0205: -"]),
            ("SCS0205 -- planned", vec!["SCS0205: planned"]),
            ("SCS0205--planned", vec!["SCS0205: planned"]),
            ("SCS0205 --", vec!["SCS0205: -"]),
            (
                " SCS0205 , SCS03,alias-missing -- a, b -- c ",
                vec!["SCS0205: a, b -- c", "SCS03: a, b -- c", "alias-missing: a, b -- c"],
            ),
            ("SCS0205 -- one\n\nSCS0206 -- other\n", vec!["SCS0205: one", "SCS0206: other"]),
            ("SCS02O5 -- x", vec!["there is no rule `SCS02O5`; did you mean `SCS0205` or `SCS0201` or `SCS0202`?: x"]),
            ("", vec![]),
            (" -- only a reason", vec![]),
            (",\n,", vec![]),
        ] {
            assert_eq!(said(value), expected, "{value:?}");
        }
    }
}
