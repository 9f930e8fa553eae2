//! The format of scenarios.

use std::{fmt, fs, path::Path};

use seldon_central_core::{
    resource::{self, Resource},
    rules::{self, Rule},
};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

use super::{folder, place::Place};
use crate::harness::kubelet::Behaviour;

/// A file: one failure, or a part that several begin with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    /// What goes wrong, and the fact that this reproduces.
    pub(super) description: String,
    /// Files of `base/` to begin with, in this order.
    #[serde(default)]
    include: Vec<String>,
    /// Objects to create, or to merge into those that are there.
    #[serde(default)]
    pub(super) objects: Vec<Described>,
    /// Objects that are not there.
    #[serde(default)]
    pub(super) absent: Vec<Reference>,
    /// Objects that are being deleted, as long as their finalizers hold them.
    #[serde(default)]
    pub(super) deleting: Vec<Reference>,
    /// What containers log.
    #[serde(default)]
    pub(super) logs: Vec<Log>,
    /// More flags for `verify`.
    #[serde(default)]
    pub(super) arguments: Vec<String>,
    /// What `verify` says; a file of `base/` has none.
    #[serde(default)]
    pub(super) expect: Option<Expect>,
    /// The files of `include`, read.
    #[serde(skip)]
    pub(super) bases: Vec<Scenario>,
}

/// The log of a container.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Log {
    /// `NAMESPACE/POD`.
    pub(super) pod: PodName,
    pub(super) container: String,
    #[serde(default)]
    pub(super) text: Option<String>,
    /// Of the container that ran before.
    #[serde(default)]
    pub(super) previous: Option<String>,
    #[serde(default)]
    pub(super) behaviour: Option<Behaviour>,
}

/// What `verify` says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    /// The exit status.
    pub(super) exit: i32,
    /// Findings.
    #[serde(default)]
    pub(super) fire: Vec<Line>,
    /// Rules that find nothing.
    #[serde(default)]
    pub(super) silent: Vec<RuleId>,
    /// Rules that hold.
    #[serde(default)]
    pub(super) pass: Vec<Line>,
    /// Rules that cannot be judged, because a read failed.
    #[serde(default)]
    pub(super) unknown: Vec<Line>,
    /// The highest level of findings that are not listed.
    #[serde(default)]
    pub(super) others: Others,
}

/// A level: `none` is under all of them.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Others {
    None,
    Info,
    #[default]
    Warning,
}

impl Others {
    /// Whether a finding of this level need not be listed.
    pub(super) fn admits(self, level: &str) -> bool {
        match self {
            Self::None => false,
            Self::Info => level == "info",
            Self::Warning => level == "info" || level == "warning",
        }
    }
}

/// One line of a report.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    pub(super) rule: RuleId,
    /// Any object when it is left out.
    #[serde(default)]
    pub(super) object: Option<Reference>,
    /// Words in its message, evidence or remedy.
    #[serde(default)]
    pub(super) says: Vec<String>,
    /// Words that are in none of them.
    #[serde(default)]
    pub(super) without: Vec<String>,
}

/// The id of a rule of the catalogue.
#[derive(Debug, Clone, Copy)]
pub(super) struct RuleId(pub(super) &'static str);

impl<'de> Deserialize<'de> for RuleId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        let known: Option<&Rule> = rules::find(&id).filter(|rule| rule.id == id);
        known.map(|rule| Self(rule.id)).ok_or_else(|| D::Error::custom(format!("there is no rule `{id}`")))
    }
}

/// `KIND NAMESPACE/NAME`, or `KIND NAME` for what is in no namespace.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    pub(super) kind: &'static Resource,
    pub(super) namespace: String,
    pub(super) name: String,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.namespace.is_empty() { "" } else { "/" };
        write!(f, "{} {}{slash}{}", self.kind.kind, self.namespace, self.name)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let refuse = |reason: &str| D::Error::custom(format!("`{text}` is no KIND NAMESPACE/NAME: {reason}"));
        let (kind, rest) = text.split_once(' ').ok_or_else(|| refuse("no space"))?;
        let kind = resource::ALL.iter().find(|known| known.kind == kind).ok_or_else(|| refuse("no known kind"))?;
        let (namespace, name) = rest.split_once('/').unwrap_or(("", rest));
        if kind.namespaced == namespace.is_empty() {
            return Err(refuse("a namespace too few or too many"));
        }
        Ok(Self { kind, namespace: namespace.to_owned(), name: name.to_owned() })
    }
}

/// `NAMESPACE/POD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PodName {
    pub(super) namespace: String,
    pub(super) name: String,
}

impl<'de> Deserialize<'de> for PodName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (namespace, name) =
            text.split_once('/').ok_or_else(|| D::Error::custom(format!("`{text}` is no NAMESPACE/POD")))?;
        Ok(Self { namespace: namespace.to_owned(), name: name.to_owned() })
    }
}

/// An object, whole or in the parts that change.
#[derive(Debug)]
pub(super) struct Described(pub(super) Value);

impl<'de> Deserialize<'de> for Described {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let object = Value::deserialize(deserializer)?;
        for field in ["/apiVersion", "/kind", "/metadata/name"] {
            if !object.pointer(field).is_some_and(Value::is_string) {
                return Err(D::Error::custom(format!("an object without {}", &field[1..])));
            }
        }
        Ok(Self(object))
    }
}

impl<'de> Deserialize<'de> for Behaviour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no behaviour of the kubelet")))
    }
}

/// A file that cannot be read, and where.
#[derive(Debug)]
pub(super) struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads a scenario and what it includes.
pub(super) fn read(path: &Path, place: &Place) -> Result<Scenario, Wrong> {
    let text = fs::read_to_string(path).map_err(|error| Wrong(format!("{}: {error}", path.display())))?;
    let mut scenario = parse(&path.display().to_string(), &text, place)?;
    let wrong = |reason: &str| Wrong(format!("{}: {reason}", path.display()));
    for name in &scenario.include {
        let file = folder().join("base").join(format!("{name}.yaml"));
        let base = read_part(&file, place).map_err(|Wrong(reason)| wrong(&format!("include {name}: {reason}")))?;
        scenario.bases.push(base);
    }
    if scenario.expect.is_none() { Err(wrong("it expects nothing")) } else { Ok(scenario) }
}

fn read_part(path: &Path, place: &Place) -> Result<Scenario, Wrong> {
    let text = fs::read_to_string(path).map_err(|error| Wrong(format!("{}: {error}", path.display())))?;
    let part = parse(&path.display().to_string(), &text, place)?;
    let is_part = part.include.is_empty() && part.expect.is_none() && part.arguments.is_empty();
    if is_part { Ok(part) } else { Err(Wrong(format!("{}: a base includes and expects nothing", path.display()))) }
}

/// Reads the text of a file of this name, without what it includes.
pub(super) fn parse(name: &str, text: &str, place: &Place) -> Result<Scenario, Wrong> {
    let filled = place.fill(text).map_err(|(line, reason)| Wrong(format!("{name}:{line}: {reason}")))?;
    serde_yaml::from_str(&filled).map_err(|error| {
        let error = error.without_snippet();
        let line = error.location().map_or(0, |at| at.line());
        Wrong(format!("{name}:{line}: {error}"))
    })
}
