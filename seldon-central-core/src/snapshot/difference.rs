//! What applying manifests changes in an object, field by field.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::redact;
use crate::object::Object;

/// A field that is not the same before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// What it is before; `None` where it is not there.
    pub before: Option<Field>,
    /// The same after.
    pub after: Option<Field>,
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// JSON pointer to it.
    pub path: String,
    /// What it holds, without what may be secret.
    pub value: Value,
}

impl Difference {
    /// JSON pointer to the field, in the object after wherever it is there.
    pub fn path(&self) -> &str {
        self.after.as_ref().or(self.before.as_ref()).map_or("", |field| &field.path)
    }
}

/// The fields of an object that are not the same in another version of it, but for its status. An
/// entry of a list is known again by its name, whatever its place; one without a name is the same only
/// as a whole. What a Secret holds is no difference.
pub fn differences(before: &Object, after: &Object) -> Vec<Difference> {
    let sides = Sides { before: redact::shown(before), after: redact::shown(after) };
    let (mut one, mut other) = (before.to_value(), after.to_value());
    if redact::is_redacted(&one) {
        // It was saved: what was hidden then is no difference now.
        (one, other) = (redact::saved(before), redact::saved(after));
    }
    for side in [&mut one, &mut other] {
        side.as_object_mut().map(|fields| fields.remove("status"));
    }
    if before.is(&crate::resource::SECRET) {
        (one, other) = (sides.before.clone(), sides.after.clone());
    }
    let mut found = Vec::new();
    sides.compare(Some((String::new(), &one)), Some((String::new(), &other)), &mut found);
    found
}

type Place<'v> = (String, &'v Value);

/// Both versions as they may be shown.
struct Sides {
    before: Value,
    after: Value,
}

impl Sides {
    fn compare(&self, before: Option<Place<'_>>, after: Option<Place<'_>>, found: &mut Vec<Difference>) {
        match (&before, &after) {
            (Some((_, one)), Some((_, other))) if one == other => {}
            (Some((at, Value::Object(one))), Some((to, Value::Object(other)))) => {
                self.compare_fields((at, one), (to, other), found);
            }
            (Some((at, Value::Array(one))), Some((to, Value::Array(other)))) => {
                self.compare_entries((at, one), (to, other), found);
            }
            _ => found.push(Difference {
                before: before.map(|(path, _)| field(&self.before, path)),
                after: after.map(|(path, _)| field(&self.after, path)),
            }),
        }
    }

    fn compare_fields(
        &self,
        (at, one): (&str, &Map<String, Value>),
        (to, other): (&str, &Map<String, Value>),
        found: &mut Vec<Difference>,
    ) {
        for key in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
            let below = |path: &str| format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
            self.compare(
                one.get(key).map(|value| (below(at), value)),
                other.get(key).map(|value| (below(to), value)),
                found,
            );
        }
    }

    fn compare_entries(&self, (at, one): (&str, &[Value]), (to, other): (&str, &[Value]), found: &mut Vec<Difference>) {
        let known = found.len();
        let mut left: Vec<(usize, &Value)> = other.iter().enumerate().collect();
        for (place, entry) in one.iter().enumerate() {
            let again =
                left.iter().position(|(_, candidate)| is_again(entry, candidate)).map(|index| left.remove(index));
            let again = again.map(|(place, entry)| (format!("{to}/{place}"), entry));
            self.compare(Some((format!("{at}/{place}"), entry)), again, found);
        }
        for (place, entry) in left {
            self.compare(None, Some((format!("{to}/{place}"), entry)), found);
        }
        if found.len() == known {
            // The same entries in another order, which to some lists means something.
            let before = Some(field(&self.before, at.to_owned()));
            found.push(Difference { before, after: Some(field(&self.after, to.to_owned())) });
        }
    }
}

fn is_again(entry: &Value, candidate: &Value) -> bool {
    match entry.get("name") {
        Some(name) => candidate.get("name") == Some(name),
        None => entry == candidate,
    }
}

fn field(shown: &Value, path: String) -> Field {
    let value = shown.pointer(&path).cloned().unwrap_or_default();
    Field { path, value }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(before: Value, after: Value) -> Vec<String> {
        let object = |spec: Value| {
            Object::new(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": spec,
                "status": {"a": spec}}))
            .unwrap()
        };
        let side = |field: &Option<Field>| match field {
            Some(Field { path, value }) => format!("{path} {value}"),
            None => "-".to_owned(),
        };
        let all = differences(&object(before), &object(after));
        all.iter().map(|one| format!("{} | {}", side(&one.before), side(&one.after))).collect()
    }

    #[test]
    fn a_field_is_named_as_deep_as_it_differs() {
        assert_eq!(
            found(json!({"a": {"b": 1, "c": 2}}), json!({"a": {"b": 1, "c": 3}})),
            ["/spec/a/c 2 | /spec/a/c 3"]
        );
        assert_eq!(found(json!({"a/b": 1}), json!({"c": {"d": 1}})), ["/spec/a~1b 1 | -", "- | /spec/c {\"d\":1}"]);
        assert_eq!(found(json!({"a": 1}), json!({"a": 1})), [""; 0]);
    }

    #[test]
    fn entries_are_known_again_by_their_names() {
        let before = json!({"l": [{"name": "a", "v": 1}, {"name": "b", "v": 1}]});
        let after = json!({"l": [{"name": "b", "v": 2}, {"name": "a", "v": 1}, {"name": "c"}]});
        assert_eq!(found(before, after), ["/spec/l/1/v 1 | /spec/l/0/v 2", "- | /spec/l/2 {\"name\":\"c\"}"]);
        assert_eq!(
            found(json!({"l": ["x", "y"]}), json!({"l": ["z", "y"]})),
            ["/spec/l/0 \"x\" | -", "- | /spec/l/0 \"z\""]
        );
        let order = found(json!({"l": ["x", "y"]}), json!({"l": ["y", "x"]}));
        assert_eq!(order, ["/spec/l [\"x\",\"y\"] | /spec/l [\"y\",\"x\"]"]);
    }

    #[test]
    fn what_may_be_secret_differs_and_is_not_shown() {
        let env = |value: &str| json!({"containers": [{"name": "a", "env": [{"name": "TOKEN", "value": value}]}]});
        let said = found(env("old"), env("new"));
        let at = "/spec/containers/0/env/0/value \"(redacted)\"";
        assert_eq!(said, [format!("{at} | {at}")]);
        let secret = |value: &str| {
            Object::new(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"k": value}}))
                .unwrap()
        };
        assert_eq!(differences(&secret("eA=="), &secret("eQ==")), []);
    }
}
