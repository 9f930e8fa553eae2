//! New values in the style of what is around them.

use serde_json::Value;

use crate::yaml::node::Notation;

/// The habits of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Format {
    /// What ends a line.
    pub(super) newline: &'static str,
    /// By how many columns a mapping stands to the right of the key above it.
    pub(super) step: usize,
    /// By how many columns the dashes of a list stand to the right of the key above them.
    pub(super) dash: usize,
    /// What lines inside of brackets are indented by.
    pub(super) unit: String,
    /// Whether it is JSON.
    pub(super) is_json: bool,
    /// Whether a space follows colons and commas in brackets.
    pub(super) is_spaced: bool,
    /// Whether brackets are broken over lines, where nothing else says so.
    pub(super) is_broken: bool,
}

impl Default for Format {
    fn default() -> Self {
        Self::of("", false)
    }
}

impl Format {
    /// What a text tells without its nodes. Dashes stand below keys as kustomize writes them. Brackets
    /// behind a mark, `---`, are JSON only with its quotes.
    pub(super) fn of(text: &str, follows_mark: bool) -> Self {
        let may_be_json = !follows_mark || text.contains('"');
        let is_json = may_be_json && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        let indented = text.lines().find(|line| line.starts_with([' ', '\t']) && !line.trim().is_empty());
        let unit = indented.map(|line| line.len() - line.trim_start().len()).and_then(|length| indented?.get(..length));
        let is_broken = is_json && text.trim().contains('\n');
        Self {
            newline: "\n",
            step: 2,
            dash: 0,
            unit: unit.filter(|_| is_json).unwrap_or("  ").to_owned(),
            is_json,
            is_spaced: !is_json || is_broken || text.contains("\": "),
            is_broken,
        }
    }
}

/// How texts of several lines are written outside of brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// Behind `|`, where that is possible.
    Block,
    /// In quotes, on one line.
    Quoted,
}

/// Writes values.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) format: Format,
    pub(super) lines: Lines,
}

impl Writer {
    pub(super) const fn new(format: Format) -> Self {
        Self { format, lines: Lines::Block }
    }

    /// Whether a value is written over several lines by indentation.
    pub(super) fn is_block(value: &Value) -> bool {
        match value {
            Value::Array(items) => !items.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            _ => false,
        }
    }

    /// A value in brackets. With a margin, which is that of the line it begins in, each entry has a
    /// line of its own.
    pub(super) fn flow(&self, value: &Value, like: Option<Notation>, margin: Option<&str>) -> String {
        let inner = margin.map(|margin| format!("{margin}{}", self.format.unit));
        let inner = inner.as_deref();
        match value {
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.flow(item, None, inner)).collect();
                self.bracketed("[]", &items, margin, inner)
            }
            Value::Object(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(key, value)| self.flow_entry(key, value, inner)).collect();
                self.bracketed("{}", &fields, margin, inner)
            }
            scalar => self.scalar(scalar, like, true),
        }
    }

    /// A key and its value in `{…}`.
    pub(super) fn flow_entry(&self, key: &str, value: &Value, margin: Option<&str>) -> String {
        let colon = if self.format.is_spaced { ": " } else { ":" };
        format!("{}{colon}{}", self.key(key, true), self.flow(value, None, margin))
    }

    fn bracketed(&self, brackets: &str, entries: &[String], margin: Option<&str>, inner: Option<&str>) -> String {
        let (open, close) = brackets.split_at(1);
        match (margin, inner) {
            _ if entries.is_empty() => brackets.to_owned(),
            (Some(margin), Some(inner)) => {
                let newline = self.format.newline;
                let entries = entries.join(&format!(",{newline}{inner}"));
                format!("{open}{newline}{inner}{entries}{newline}{margin}{close}")
            }
            _ => format!("{open}{}{close}", entries.join(if self.format.is_spaced { ", " } else { "," })),
        }
    }

    /// A value that is not empty, by indentation. The first line is without it.
    pub(super) fn block(&self, value: &Value, indent: usize) -> String {
        let lines: Vec<String> = match value {
            Value::Array(items) => items.iter().map(|item| self.item(item, indent, 1)).collect(),
            Value::Object(fields) => fields.iter().map(|(key, value)| self.entry(key, value, indent)).collect(),
            scalar => vec![self.scalar(scalar, None, false)],
        };
        lines.join(&self.line(indent))
    }

    /// A key and its value, by indentation.
    pub(super) fn entry(&self, key: &str, value: &Value, indent: usize) -> String {
        let key = self.key(key, false);
        match value {
            value if Self::is_block(value) => {
                let inner = indent + if value.is_array() { self.format.dash } else { self.format.step };
                format!("{key}:{}{}", self.line(inner), self.block(value, inner))
            }
            value => format!("{key}: {}", self.leaf(value, None, indent + self.format.step)),
        }
    }

    /// A dash and, after so many spaces, what follows it.
    pub(super) fn item(&self, value: &Value, indent: usize, gap: usize) -> String {
        let inner = indent + 1 + gap;
        let dash = format!("-{}", " ".repeat(gap));
        dash + &if Self::is_block(value) { self.block(value, inner) } else { self.leaf(value, None, inner) }
    }

    /// A value in one line, or a text of several as a block with its lines indented so far.
    fn leaf(&self, value: &Value, like: Option<Notation>, indent: usize) -> String {
        match self.literal(value, like) {
            Some((header, lines)) => format!("{header}{}", self.indented(&lines, indent)),
            None => self.inline(value, like),
        }
    }

    /// A value in one line, outside of brackets.
    pub(super) fn inline(&self, value: &Value, like: Option<Notation>) -> String {
        match value {
            Value::Array(_) | Value::Object(_) => self.flow(value, None, None),
            scalar => self.scalar(scalar, like, false),
        }
    }

    /// Lines, each of them on a new one; blank ones stay empty.
    pub(super) fn indented(&self, lines: &[&str], indent: usize) -> String {
        let line =
            |line: &&str| if line.is_empty() { self.format.newline.to_owned() } else { self.line(indent) + line };
        lines.iter().map(line).collect()
    }

    /// A line feed and an indentation.
    pub(super) fn line(&self, indent: usize) -> String {
        format!("{}{}", self.format.newline, " ".repeat(indent))
    }

    /// How a text of several lines is written as a block: its indicator and its lines. `None` when it
    /// is to be quoted.
    pub(super) fn literal<'v>(&self, value: &'v Value, like: Option<Notation>) -> Option<(String, Vec<&'v str>)> {
        let text = value.as_str().filter(|text| text.contains('\n'))?;
        // More line feeds at the end would run into blank lines that follow.
        let body = text.strip_suffix('\n').unwrap_or(text);
        let is_plain = |line: &str| !line.ends_with([' ', '\t']) && !line.chars().any(is_special);
        let fits = !body.is_empty()
            && !body.starts_with([' ', '\n'])
            && (like == Some(Notation::Literal) || !body.starts_with('#'))
            && !body.ends_with('\n')
            && body.split('\n').all(is_plain);
        if !fits || self.format.is_json || self.lines == Lines::Quoted || like == Some(Notation::Double) {
            return None;
        }
        let lines: Vec<&str> = body.split('\n').collect();
        let mark = if like == Some(Notation::Folded) && lines.len() == 1 { ">" } else { "|" };
        let chomp = if text.ends_with('\n') { "" } else { "-" };
        Some((format!("{mark}{chomp}"), lines))
    }

    pub(super) fn key(&self, key: &str, in_flow: bool) -> String {
        self.text(key, None, in_flow)
    }

    fn scalar(&self, value: &Value, like: Option<Notation>, in_flow: bool) -> String {
        match value {
            Value::String(text) => self.text(text, like, in_flow),
            other => other.to_string(),
        }
    }

    /// A text with the quotes of what it replaces, or with those it needs.
    fn text(&self, text: &str, like: Option<Notation>, in_flow: bool) -> String {
        let is_special = text.chars().any(is_special) || text.contains('\n');
        if self.format.is_json || is_special || like == Some(Notation::Double) {
            return double(text);
        }
        if like == Some(Notation::Single) {
            return single(text);
        }
        let written = crate::yaml::write(&Value::String(text.to_owned()));
        let written = written.trim_end_matches('\n');
        if written != text {
            return if written.contains('\n') || written.starts_with(['|', '>']) {
                double(text)
            } else {
                written.to_owned()
            };
        }
        // Inside of brackets more has a meaning.
        if in_flow && text.contains([',', '[', ']', '{', '}', ':', '#', '?']) { double(text) } else { text.to_owned() }
    }
}

fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// JSON's quotes are YAML's, but for characters that YAML does not take as they are.
fn double(text: &str) -> String {
    let quoted = Value::String(text.to_owned()).to_string();
    let escaped = |c: char| if is_special(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    quoted.chars().map(escaped).collect()
}

/// Characters that mean a line break, or nothing that one sees, to some reader.
fn is_special(c: char) -> bool {
    (c.is_control() && c != '\n')
        || ('\u{2028}'..='\u{2029}').contains(&c)
        || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}
