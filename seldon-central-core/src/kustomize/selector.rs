//! Which objects the target of a patch selects.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;

use crate::object::Object;

/// The target of a patch. Every field that is given has to match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Target {
    fields: BTreeMap<&'static str, String>,
}

/// An object as targets see it: each of its names is the one it has, or one that it had.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Selectable {
    /// API group; empty for the core group.
    pub(super) group: String,
    /// Version.
    pub(super) version: String,
    /// Kind.
    pub(super) kind: String,
    /// Names.
    pub(super) names: BTreeSet<String>,
    /// Namespaces; an object without one counts as one of `default`.
    pub(super) namespaces: BTreeSet<String>,
    /// Labels, with every value that each may have.
    pub(super) labels: BTreeMap<String, BTreeSet<String>>,
    /// Annotations, the same way.
    pub(super) annotations: BTreeMap<String, BTreeSet<String>>,
}

/// Whether an object is selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Selects {
    /// It is not.
    No,
    /// The target is written in a way that is not understood here.
    Perhaps,
    /// It is.
    Yes,
}

impl Selectable {
    /// An object as it is.
    pub(super) fn of(object: &Object) -> Self {
        let (group, version) = object.api_version().split_once('/').unwrap_or(("", object.api_version()));
        let set = |value: &str| BTreeSet::from([value.to_owned()]);
        let sets = |pairs: BTreeMap<&str, &str>| {
            pairs.into_iter().map(|(key, value)| (key.to_owned(), set(value))).collect::<BTreeMap<_, _>>()
        };
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: object.kind().to_owned(),
            names: set(object.name()),
            namespaces: set(object.namespace().unwrap_or(NO_NAMESPACE)),
            labels: sets(object.labels()),
            annotations: sets(object.annotations()),
        }
    }
}

/// What a selector takes an object without a namespace for.
const NO_NAMESPACE: &str = "default";
const FIELDS: [&str; 7] = ["group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"];

impl Target {
    /// Reads a target.
    pub(super) fn of(value: &Value) -> Self {
        let given = FIELDS.into_iter().filter_map(|field| Some((field, value.get(field)?.as_str()?.to_owned())));
        Self { fields: given.filter(|(_, value)| !value.is_empty()).collect() }
    }

    /// Whether it selects an object.
    pub(super) fn selects(&self, object: &Selectable) -> Selects {
        let fields = self.fields.iter().map(|(field, wanted)| match *field {
            "group" => one_of(wanted, [object.group.as_str()]),
            "version" => one_of(wanted, [object.version.as_str()]),
            "kind" => one_of(wanted, [object.kind.as_str()]),
            "name" => one_of(wanted, object.names.iter().map(String::as_str)),
            "namespace" => one_of(wanted, object.namespaces.iter().map(String::as_str)),
            "labelSelector" => labelled(wanted, &object.labels),
            _ => labelled(wanted, &object.annotations),
        });
        fields.min().unwrap_or(Selects::Yes)
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields: Vec<String> =
            FIELDS.iter().filter_map(|field| Some(format!("{field} {}", self.fields.get(field)?))).collect();
        f.write_str(&fields.join(", "))
    }
}

/// Whether a regular expression matches one of these as a whole.
fn one_of<'a>(pattern: &str, values: impl IntoIterator<Item = &'a str>) -> Selects {
    match Regex::new(&format!("^(?:{pattern})$")) {
        Ok(regex) if values.into_iter().any(|value| regex.is_match(value)) => Selects::Yes,
        Ok(_) => Selects::No,
        Err(_) => Selects::Perhaps,
    }
}

/// Whether labels meet the `key=value` of a selector. Its other forms are not evaluated.
fn labelled(selector: &str, labels: &BTreeMap<String, BTreeSet<String>>) -> Selects {
    let requirements = selector.split(',').map(|requirement| {
        let Some((key, value)) = requirement.split_once('=') else { return Selects::Perhaps };
        if key.ends_with('!') || selector.contains('(') {
            return Selects::Perhaps;
        }
        let value = value.trim_start_matches('=').trim();
        let has = labels.get(key.trim()).is_some_and(|values| values.contains(value));
        if has { Selects::Yes } else { Selects::No }
    });
    requirements.min().unwrap_or(Selects::Yes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object() -> Selectable {
        let set = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<BTreeSet<_>>();
        Selectable {
            group: "mlops.seldon.io".into(),
            version: "v1alpha1".into(),
            kind: "Server".into(),
            names: set(&["mlserver", "p-mlserver"]),
            namespaces: set(&["fin"]),
            labels: BTreeMap::from([("team".to_owned(), set(&["a"]))]),
            annotations: BTreeMap::new(),
        }
    }

    #[test]
    fn a_target_selects_as_kustomize_does() {
        for (target, expected) in [
            (json!({}), Selects::Yes),
            (json!({"kind": "Server"}), Selects::Yes),
            (json!({"kind": "Serv"}), Selects::No),
            (json!({"kind": "Serv.*"}), Selects::Yes),
            (json!({"kind": "Model|Server"}), Selects::Yes),
            (json!({"name": "mlserver"}), Selects::Yes),
            (json!({"name": "p-mlserver", "namespace": "fin", "group": "mlops.seldon.io"}), Selects::Yes),
            (json!({"name": "other"}), Selects::No),
            (json!({"namespace": "other"}), Selects::No),
            (json!({"version": "v1"}), Selects::No),
            (json!({"name": "ml(server"}), Selects::Perhaps),
            (json!({"name": "ml(server", "kind": "Model"}), Selects::No),
            (json!({"labelSelector": "team=a"}), Selects::Yes),
            (json!({"labelSelector": "team==b"}), Selects::No),
            (json!({"labelSelector": "team in (a, b)"}), Selects::Perhaps),
            (json!({"labelSelector": "team!=b"}), Selects::Perhaps),
            (json!({"annotationSelector": "x=y"}), Selects::No),
        ] {
            assert_eq!(Target::of(&target).selects(&object()), expected, "{target}");
        }
    }
}
