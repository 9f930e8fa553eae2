//! Drawn trees, written in drawn styles, with drawn changes.

use json_patch::Patch;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::yaml::{self, Position, edit};

const START: Position = Position { line: 1, column: 1 };

fn key() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-e]", 1 => Just("a/b".to_owned()), 1 => Just("on".to_owned()), 1 => Just("x: y".to_owned())]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => "[a-z]{1,4}".prop_map(Value::from),
        2 => (-5_i64..200).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(json!(1.5)),
        1 => prop::sample::select(vec!["yes", "1_000", "", " a", "a: b", "a #b", "- a", "a,b", "[", "it's", "\"q\"", "é", "a\tb"])
            .prop_map(Value::from),
        1 => prop::sample::select(vec!["a\nb\n", "a\nb", "a\n\nb\n\n", " a\nb", "a \nb\n", "\n"]).prop_map(Value::from),
    ]
}

fn tree() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key(), inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn mapping() -> impl Strategy<Value = Value> {
    prop::collection::btree_map(key(), tree(), 1..4).prop_map(|fields| Value::Object(fields.into_iter().collect()))
}

/// Writes a tree; every choice of style is the next of the drawn ones.
struct Scribe<'c> {
    choices: std::iter::Cycle<std::slice::Iter<'c, u8>>,
    step: usize,
    dash: usize,
    comments: bool,
}

impl Scribe<'_> {
    fn choose(&mut self, of: u8) -> u8 {
        self.choices.next().copied().unwrap_or(0) % of
    }

    fn comment(&mut self) -> &'static str {
        if self.comments && self.choose(3) == 0 { " # said" } else { "" }
    }

    /// Lines between others.
    fn between(&mut self, lines: &mut Vec<String>, indent: usize) {
        match if self.comments { self.choose(6) } else { 0 } {
            1 => lines.push(String::new()),
            2 => lines.push(format!("{}# above", " ".repeat(indent))),
            3 => lines.push("# at the left".to_owned()),
            _ => {}
        }
    }

    fn scalar(&mut self, value: &Value, in_flow: bool) -> String {
        let Value::String(text) = value else {
            return match (value, self.choose(3)) {
                (Value::Null, 1) => "~".to_owned(),
                (value, _) => value.to_string(),
            };
        };
        match self.choose(4) {
            0 => value.to_string(),
            1 if !text.contains(['\n', '\t']) => format!("'{}'", text.replace('\'', "''")),
            _ if text.chars().all(|c| c.is_ascii_lowercase()) && !text.is_empty() && !in_flow => {
                yaml::write(value).trim_end().to_owned()
            }
            _ => value.to_string(),
        }
    }

    fn key(&mut self, key: &str) -> String {
        if self.choose(3) == 0 {
            Value::from(key).to_string()
        } else {
            yaml::write(&Value::from(key)).trim_end().to_owned()
        }
    }

    fn flow(&mut self, value: &Value) -> String {
        match value {
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.flow(item)).collect();
                let trailing = if !items.is_empty() && self.choose(5) == 0 { "," } else { "" };
                format!("[{}{trailing}]", items.join(", "))
            }
            Value::Object(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(key, value)| format!("{}: {}", self.key(key), self.flow(value))).collect();
                let (open, close) = if self.choose(3) == 0 { ("{ ", " }") } else { ("{", "}") };
                if fields.is_empty() { "{}".to_owned() } else { format!("{open}{}{close}", fields.join(", ")) }
            }
            scalar => self.scalar(scalar, true),
        }
    }

    /// Lines of a collection that is not empty, the first without its indentation.
    fn block(&mut self, value: &Value, indent: usize) -> Vec<String> {
        let mut lines = Vec::new();
        let margin = " ".repeat(indent);
        let entries: Vec<(Option<String>, &Value)> = match value {
            Value::Array(items) => items.iter().map(|item| (None, item)).collect(),
            Value::Object(fields) => fields.iter().map(|(key, value)| (Some(self.key(key)), value)).collect(),
            _ => Vec::new(),
        };
        for (index, (key, value)) in entries.into_iter().enumerate() {
            if index > 0 {
                self.between(&mut lines, indent);
            }
            let start = if index == 0 { "" } else { &margin };
            let head = key.as_ref().map_or_else(|| "-".to_owned(), |key| format!("{key}:"));
            let is_full = value.as_array().is_some_and(|items| !items.is_empty())
                || value.as_object().is_some_and(|fields| !fields.is_empty());
            let text =
                value.as_str().filter(|text| text.ends_with("b\n") && !text.starts_with(' ') && !text.contains(" \n"));
            if is_full && self.choose(3) > 0 {
                let inner = match (&key, value) {
                    (None, _) => indent + 2,
                    (Some(_), Value::Array(_)) => indent + self.dash,
                    (Some(_), _) => indent + self.step,
                };
                let mut head = format!("{start}{head} ");
                if key.is_some() {
                    lines.push(format!("{}{}", head.trim_end(), self.comment()));
                    self.between(&mut lines, inner);
                    head = " ".repeat(inner);
                }
                let below = self.block(value, inner);
                lines.extend(
                    below
                        .into_iter()
                        .enumerate()
                        .map(|(at, line)| if at == 0 { format!("{head}{line}") } else { line }),
                );
            } else if let Some(text) = text {
                lines.push(format!("{start}{head} |"));
                let body = text.trim_end_matches('\n').split('\n');
                let line = |line: &str| if line.is_empty() { String::new() } else { format!("{margin}    {line}") };
                lines.extend(body.map(line));
            } else if value.is_null() && self.choose(2) == 0 {
                lines.push(format!("{start}{head}{}", self.comment()));
            } else {
                let value = self.flow(value);
                lines.push(format!("{start}{head} {value}{}", self.comment()));
            }
        }
        lines
    }
}

/// A text and what it reads as.
fn text() -> impl Strategy<Value = (String, Value)> {
    let styles = (prop::collection::vec(any::<u8>(), 1..40), 1..5_usize, 0..3_usize, any::<bool>(), 0..6_u8);
    (mapping(), styles).prop_map(|(tree, (choices, step, dash, comments, form))| {
        let mut scribe = Scribe { choices: choices.iter().cycle(), step, dash, comments };
        let text = match form {
            0 => scribe.flow(&tree) + "\n",
            1 => serde_json::to_string_pretty(&tree).unwrap() + "\n",
            _ => scribe.block(&tree, 0).join("\n") + "\n",
        };
        let text = match form {
            3 => text.replace('\n', "\r\n"),
            4 => text.trim_end().to_owned(),
            5 => format!("\u{feff}{text}"),
            _ => text,
        };
        (text, tree)
    })
}

/// Every pointer into a tree.
fn pointers(tree: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match tree {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| pointers(item, &format!("{at}/{index}"), found));
        }
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            pointers(value, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
        }),
        _ => {}
    }
}

/// A change that fits a tree.
fn operation(tree: &Value, choice: usize, kind: u8, key: &str, value: &Value) -> Value {
    let mut all = Vec::new();
    pointers(tree, "", &mut all);
    let pointer = all.get(choice % all.len()).cloned().unwrap_or_default();
    let key = key.replace('/', "~1");
    match (tree.pointer(&pointer), kind % 3) {
        (Some(Value::Object(_)), 0) => json!({"op": "add", "path": format!("{pointer}/{key}"), "value": value}),
        (Some(Value::Array(items)), 0) => {
            let index = choice % (items.len() + 1);
            json!({"op": "add", "path": format!("{pointer}/{index}"), "value": value})
        }
        (_, 1) if !pointer.is_empty() => json!({"op": "remove", "path": pointer}),
        _ if pointer.is_empty() => json!({"op": "add", "path": format!("/{key}"), "value": value}),
        _ => json!({"op": "replace", "path": pointer, "value": value}),
    }
}

/// How many lines at the beginning and at the end of a text are kept in another.
fn kept(old: &str, new: &str) -> usize {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let prefix = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let rest = old.iter().skip(prefix).rev().zip(new.iter().skip(prefix).rev());
    prefix + rest.take_while(|(old, new)| old == new).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 1500 } else { 20_000 }))]

    #[test]
    fn an_edited_text_reads_as_the_patched_tree(
        (text, tree) in text(),
        changes in prop::collection::vec((any::<usize>(), any::<u8>(), key(), tree()), 1..4),
    ) {
        prop_assert_eq!(yaml::read::<>(text.trim_start_matches('\u{feff}')).ok(), Some(tree.clone()), "{}", text);
        let mut wanted = tree.clone();
        let mut operations = Vec::new();
        for (choice, kind, key, value) in &changes {
            let operation = operation(&wanted, *choice, *kind, key, value);
            let patch: Patch = serde_json::from_value(json!([operation])).unwrap();
            json_patch::patch(&mut wanted, &patch).unwrap();
            operations.push(operation);
        }
        let patch: Patch = serde_json::from_value(Value::Array(operations)).unwrap();
        let edited = edit::apply(&text, START, &patch).map_err(|refusal| TestCaseError::fail(format!("{refusal}\n{text}\n{patch}")))?;
        let read = yaml::read(edited.trim_start_matches('\u{feff}'));
        prop_assert_eq!(read.as_ref(), Ok(&wanted), "{}\n{}", text, edited);
        let start = yaml::Places::of(&edited).objects().first().copied().unwrap_or(START);
        let again = edit::rewrite(&edited, start, &wanted);
        prop_assert_eq!(again.as_ref(), Ok(&edited), "what is as wanted stays");
        prop_assert_eq!(edited.starts_with('\u{feff}'), text.starts_with('\u{feff}'));
        let has_bare = |text: &str| text.replace("\r\n", "").contains(['\n', '\r']);
        prop_assert!(!text.contains('\r') || !has_bare(&edited), "mixed line ends: {:?}", edited);
        let is_json = |text: &str| serde_json::from_str::<Value>(text).is_ok();
        prop_assert!(!is_json(&text) || is_json(&edited), "no JSON any more: {edited}");
    }

    #[test]
    fn a_scalar_that_changes_changes_its_line_only((text, tree) in text(), choice in any::<usize>(), value in "[b-w]{1,5}") {
        let mut all = Vec::new();
        pointers(&tree, "", &mut all);
        let is_line = |value: &Value| match value {
            Value::String(text) => !text.contains('\n'),
            value => !value.is_array() && !value.is_object(),
        };
        all.retain(|pointer| tree.pointer(pointer).is_some_and(is_line));
        let Some(pointer) = all.get(choice % all.len().max(1)) else { return Ok(()) };
        let patch: Patch =
            serde_json::from_value(json!([{"op": "replace", "path": pointer, "value": value}])).unwrap();
        let edited = edit::apply(&text, START, &patch).map_err(|refusal| TestCaseError::fail(format!("{refusal}\n{text}")))?;
        let lines = text.lines().count();
        prop_assert_eq!(edited.lines().count(), lines, "{}\n{}", text, edited);
        prop_assert!(kept(&text, &edited) + 1 >= lines, "{}\n{}", text, edited);
        let comments = |text: &str| text.matches('#').count();
        prop_assert_eq!(comments(&edited), comments(&text) - tree.pointer(pointer).map_or(0, |old| comments(&old.to_string())));
    }

    #[test]
    fn what_is_added_and_removed_again_leaves_nothing((text, tree) in text(), choice in any::<usize>(), value in tree()) {
        let mut all = Vec::new();
        pointers(&tree, "", &mut all);
        // What was empty is filled by indentation, and emptied as it began.
        let is_full = |value: &Value| match value {
            Value::Array(items) => !items.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            _ => false,
        };
        all.retain(|pointer| tree.pointer(pointer).is_some_and(is_full));
        let pointer = &all[choice % all.len()];
        let token = match tree.pointer(pointer) {
            Some(Value::Array(items)) => items.len().to_string(),
            _ => "new".to_owned(),
        };
        let path = format!("{pointer}/{token}");
        let patch = |operation: Value| serde_json::from_value::<Patch>(json!([operation])).unwrap();
        let added = edit::apply(&text, START, &patch(json!({"op": "add", "path": path, "value": value})));
        let added = added.map_err(|refusal| TestCaseError::fail(format!("{refusal}\n{text}")))?;
        let removed = edit::apply(&added, START, &patch(json!({"op": "remove", "path": path})));
        prop_assert_eq!(removed.as_ref(), Ok(&text), "{}", added);
    }

    #[test]
    fn any_text_is_edited_as_wanted_or_refused(text in "[a-c:\\-{}\\[\\],'\"|>#&*!~ \n]{0,40}", value in tree()) {
        let old = yaml::read(&text);
        let patch: Patch = serde_json::from_value(json!([{"op": "add", "path": "/a", "value": value}])).unwrap();
        if let (Ok(mut old), Ok(edited)) = (old, edit::apply(&text, START, &patch)) {
            json_patch::patch(&mut old, &patch).unwrap();
            prop_assert_eq!(yaml::read(&edited), Ok(old));
        }
    }
}
