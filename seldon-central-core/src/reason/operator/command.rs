//! How a container is started: its flags and its environment, as the kubelet and Go's `flag` read them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::snapshot::{Unknown, redact::REDACTED};

/// Longest value that is made of others, in bytes: values that name each other grow without bound.
const LONGEST: usize = 64 << 10;

/// A container's flags and variables.
#[derive(Debug, Clone)]
pub(super) struct Command<'a> {
    /// Namespace of its pod.
    pub(super) namespace: &'a str,
    words: Vec<&'a str>,
    env: BTreeMap<&'a str, Result<String, Unknown>>,
    /// Whether there are variables whose names are not known.
    has_more: bool,
}

impl<'a> Command<'a> {
    /// Reads a container of a pod in a namespace.
    pub(super) fn new(container: &'a Value, namespace: &'a str) -> Self {
        let lists = ["command", "args"].into_iter().filter_map(|field| container.get(field)?.as_array());
        let words = lists.flatten().filter_map(Value::as_str).collect();
        let has_more = container.pointer("/envFrom/0").is_some();
        let mut command = Self { namespace, words, env: BTreeMap::new(), has_more };
        for entry in container.get("env").and_then(Value::as_array).into_iter().flatten() {
            if let Some(name) = entry.get("name").and_then(Value::as_str) {
                // One may name those before it, and the last of a name counts.
                let value = command.value(name, entry);
                command.env.insert(name, value);
            }
        }
        command
    }

    /// A setting that is given by a flag. Where nothing says how the program is started, the image does,
    /// and is taken to pass the variable on.
    pub(super) fn setting(&self, flag: &str, is_switch: bool, variable: &str) -> Result<Option<String>, Unknown> {
        if self.words.is_empty() { self.variable(variable) } else { self.flag(flag, is_switch) }
    }

    /// The last value of a flag. A switch without a value is true.
    pub(super) fn flag(&self, name: &str, is_switch: bool) -> Result<Option<String>, Unknown> {
        let mut last = None;
        let mut words = self.words.iter().copied().peekable();
        while let Some(word) = words.next() {
            let bare = word.strip_prefix("--").or_else(|| word.strip_prefix('-'));
            let Some(rest) = bare.and_then(|bare| bare.strip_prefix(name)) else { continue };
            match rest.strip_prefix('=') {
                Some(value) => last = Some(value),
                None if !rest.is_empty() => {}
                None if is_switch => last = Some("true"),
                None => last = words.next().or(last),
            }
        }
        last.map(|value| self.expanded(value)).transpose()
    }

    /// The value of a variable; `None` when it is not set.
    pub(super) fn variable(&self, name: &str) -> Result<Option<String>, Unknown> {
        match self.env.get(name) {
            Some(value) => value.clone().map(Some),
            None if self.has_more => Err(unknown(name)),
            None => Ok(None),
        }
    }

    fn value(&self, name: &str, entry: &Value) -> Result<String, Unknown> {
        if entry.get("valueFrom").is_none() {
            return match entry.get("value").and_then(Value::as_str).unwrap_or_default() {
                REDACTED => Err(unknown(name)),
                value => self.expanded(value),
            };
        }
        match entry.pointer("/valueFrom/fieldRef/fieldPath").and_then(Value::as_str) {
            Some("metadata.namespace") => Ok(self.namespace.to_owned()),
            _ => Err(unknown(name)),
        }
    }

    /// A text with `$(NAME)` replaced by the variable of the name, where there is one, and `$$` by `$`.
    fn expanded(&self, text: &str) -> Result<String, Unknown> {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, from)) = rest.split_once('$') {
            expanded.push_str(before);
            let named = from.strip_prefix('(').and_then(|from| from.split_once(')'));
            rest = match (from.strip_prefix('$'), named) {
                (Some(after), _) => {
                    expanded.push('$');
                    after
                }
                (None, Some((name, after))) => {
                    match self.variable(name)? {
                        Some(value) => expanded.push_str(&value),
                        None => expanded.extend(["$(", name, ")"]),
                    }
                    after
                }
                (None, None) => {
                    expanded.push('$');
                    from
                }
            };
            if expanded.len() > LONGEST {
                return Err(Unknown::NotInInput { what: "what the operator's variables amount to".to_owned() });
            }
        }
        expanded.push_str(rest);
        Ok(expanded)
    }
}

fn unknown(variable: &str) -> Unknown {
    Unknown::NotInInput { what: format!("the value of the operator's variable {variable}") }
}
