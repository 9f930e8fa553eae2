//! Pairs of texts, before and after, as they stand in `cases/*.yaml`.
//!
//! ```text
//! ### what is shown
//! #### replace /spec/replicas 3
//! the text before
//! #### becomes
//! the text after
//! ```
//!
//! `#### refused PLACE: REASON` stands in place of a text after. Each pair is tried with line feeds,
//! with those of Windows, behind a byte order mark, and without the last line feed.

use std::fmt::Write;

use json_patch::Patch;
use serde_json::{Value, json};

use crate::yaml::{Places, edit};

const BLOCK: &str = include_str!("cases/block.yaml");
const COMMENTS: &str = include_str!("cases/comments.yaml");
const FLOW: &str = include_str!("cases/flow.yaml");
const JSON: &str = include_str!("cases/json.yaml");
const LISTS: &str = include_str!("cases/lists.yaml");
const REFUSED: &str = include_str!("cases/refused.yaml");
const SCALARS: &str = include_str!("cases/scalars.yaml");
const STREAMS: &str = include_str!("cases/streams.yaml");

/// Another way to write the same text.
type Form = fn(&str) -> String;

struct Case<'a> {
    name: &'a str,
    patch: Patch,
    before: &'a str,
    after: Result<&'a str, &'a str>,
}

fn cases(text: &str) -> impl Iterator<Item = Case<'_>> {
    format!("\n{text}").leak().split("\n### ").skip(1).map(|case| {
        let (name, rest) = case.split_once('\n').unwrap();
        let mut operations = Vec::new();
        let mut rest = rest;
        while let Some((line, more)) = rest.strip_prefix("#### ").and_then(|rest| rest.split_once('\n')) {
            operations.push(operation(line));
            rest = more;
        }
        let patch = serde_json::from_value(Value::Array(operations)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (before, after) = match rest.split_once("#### becomes\n") {
            Some((before, after)) => (before, Ok(after)),
            None => rest.split_once("#### refused ").map(|(before, why)| (before, Err(why))).expect(name),
        };
        Case { name, patch, before, after }
    })
}

/// `replace /a 1` and the like.
fn operation(line: &str) -> Value {
    let (op, rest) = line.split_once(' ').unwrap();
    match rest.split_once(' ').filter(|_| op != "remove") {
        Some((path, value)) => {
            let value: Value = serde_json::from_str(value).unwrap_or_else(|error| panic!("{line}: {error}"));
            json!({"op": op, "path": path, "value": value})
        }
        None => json!({"op": op, "path": rest}),
    }
}

fn tried(before: &str, patch: &Patch) -> Result<String, String> {
    // The last object is the one that is meant.
    let at = Places::of(before).objects().last().copied().unwrap_or(crate::yaml::Position { line: 1, column: 1 });
    edit::apply(before, at, patch).map_err(|refusal| refusal.to_string())
}

#[test]
fn what_is_edited_becomes_what_is_shown() {
    let mut wrong = String::new();
    let mut count = 0;
    for case in [BLOCK, COMMENTS, FLOW, JSON, LISTS, REFUSED, SCALARS, STREAMS].iter().flat_map(|text| cases(text)) {
        count += 1;
        let forms: [(&str, Form); 4] = [
            ("as it is", str::to_owned),
            ("with carriage returns", |text| text.replace('\n', "\r\n")),
            ("behind a byte order mark", |text| format!("\u{feff}{text}")),
            ("without the last line feed", |text| text.strip_suffix('\n').unwrap_or(text).to_owned()),
        ];
        for (form, change) in forms {
            let got = tried(&change(case.before), &case.patch);
            let wanted = case.after.map(change).map_err(|why| why.trim_end().to_owned());
            if got != wanted {
                let shown = |result: &Result<String, String>| match result {
                    Ok(text) => format!("{text:?}"),
                    Err(why) => format!("refused {why}"),
                };
                let _ = write!(wrong, "{}, {form}\n  {}\n  {}\n", case.name, shown(&wanted), shown(&got));
            }
        }
    }
    assert!(wrong.is_empty(), "wanted and got:\n{wrong}");
    assert!(count > 80, "{count} cases only");
}
