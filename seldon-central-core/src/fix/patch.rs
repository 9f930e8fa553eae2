//! Edits of one object as a JSON Patch that fits nothing but what it was made for.
//!
//! Every replace and remove is preceded by a `test` of what is there, and whoever touches an entry of
//! a list tests the entry's name first, because a patch knows entries by their places alone.

use json_patch::{
    AddOperation, Patch, PatchOperation, RemoveOperation, ReplaceOperation, TestOperation, jsonptr::PointerBuf,
};
use serde_json::{Map, Value};

use super::{Action, Edit};
use crate::object::Object;

/// An edit that does not fit its object, such as one that removes what is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{object} has nothing at {path} that could be changed so")]
pub struct Misfit {
    /// The object, for people.
    pub object: String,
    /// JSON pointer to the place.
    pub path: String,
}

/// The patch that makes these edits of an object, in an order in which none moves what another
/// names, and the object that it gives. Edits that change nothing are left out.
///
/// # Errors
/// [`Misfit`] for an edit that does not fit. Edits of whole objects fit no patch.
pub fn patched(object: &Object, edits: &[&Edit]) -> Result<(Object, Patch), Misfit> {
    let misfit = |path: &str| Misfit { object: object.id().to_string(), path: path.to_owned() };
    let mut value = object.to_value();
    let mut all = Vec::new();
    for edit in in_order(edits) {
        let path = edit.action.path().unwrap_or_default();
        let operations = match &edit.action {
            Action::Set { value: wanted, .. } => set(&value, path, wanted),
            Action::Remove { .. } => remove(&value, path),
            Action::Put { .. } | Action::Delete => None,
        };
        let operations = operations.ok_or_else(|| misfit(path))?;
        json_patch::patch(&mut value, &operations).map_err(|_| misfit(path))?;
        all.extend(operations);
    }
    let object = Object::new(value).map_err(|_| misfit("/metadata"))?;
    Ok((object, Patch(all)))
}

/// What is set goes first, and what is removed goes from the end of lists to their beginning.
fn in_order<'e>(edits: &[&'e Edit]) -> Vec<&'e Edit> {
    let is_removal = |edit: &&&Edit| matches!(edit.action, Action::Remove { .. });
    let mut removals: Vec<&Edit> = edits.iter().filter(is_removal).copied().collect();
    removals.sort_by_key(|edit| std::cmp::Reverse(places(edit)));
    edits.iter().filter(|edit| !is_removal(edit)).copied().chain(removals).collect()
}

/// The tokens of a path, those that are numbers in the order of numbers.
fn places(edit: &Edit) -> Vec<(Option<usize>, String)> {
    let tokens = edit.action.path().unwrap_or_default().split('/').skip(1);
    tokens.map(|token| (token.parse().ok(), token.to_owned())).collect()
}

/// The operations that give a field a value; `None` when something else than a mapping or a list is
/// in the way.
fn set(json: &Value, path: &str, wanted: &Value) -> Option<Vec<PatchOperation>> {
    let (parent, last) = path.rsplit_once('/')?;
    if let Some(found) = json.pointer(path) {
        if found == wanted {
            return Some(Vec::new());
        }
        let mut operations = names_on_the_way(json, parent);
        operations.extend([test(path, found.clone()), replace(path, wanted.clone())]);
        return Some(operations);
    }
    match json.pointer(parent) {
        Some(Value::Object(_)) => {
            let mut operations = entry_around(json, parent);
            operations.push(add(path, wanted.clone()));
            Some(operations)
        }
        // What is appended twice is there twice, so the list has to be the one that was seen.
        Some(seen @ Value::Array(_)) if last == "-" => {
            let mut operations = names_on_the_way(json, parent);
            operations.extend([test(parent, seen.clone()), add(path, wanted.clone())]);
            Some(operations)
        }
        Some(Value::Null) | None if last == "-" => set(json, parent, &Value::Array(vec![wanted.clone()])),
        Some(Value::Null) | None => {
            set(json, parent, &Value::Object(Map::from_iter([(unescaped(last), wanted.clone())])))
        }
        Some(_) => None,
    }
}

fn remove(json: &Value, path: &str) -> Option<Vec<PatchOperation>> {
    let found = json.pointer(path)?;
    let (parent, _) = path.rsplit_once('/')?;
    let mut operations = names_on_the_way(json, parent);
    operations.extend([test(path, found.clone()), remove_known(path)]);
    Some(operations)
}

/// Tests of the names of the entries of lists that a path leads through.
fn names_on_the_way(json: &Value, path: &str) -> Vec<PatchOperation> {
    let named = entries(json, path).filter_map(|(path, entry)| {
        let path = format!("{path}/name");
        entry.get("name").filter(|name| name.is_string()).map(|name| test(&path, name.clone()))
    });
    named.collect()
}

/// The same where nothing that is there is tested otherwise: an entry without a name is tested as a
/// whole.
fn entry_around(json: &Value, path: &str) -> Vec<PatchOperation> {
    let mut operations = names_on_the_way(json, path);
    if let Some((path, entry)) = entries(json, path).last().filter(|(_, entry)| entry.get("name").is_none()) {
        operations.push(test(&path, entry.clone()));
    }
    operations
}

/// The entries of lists that a path leads through, each with its own path.
fn entries<'v>(json: &'v Value, path: &str) -> impl Iterator<Item = (String, &'v Value)> {
    let mut ends: Vec<usize> = path.match_indices('/').map(|(at, _)| at).skip(1).chain([path.len()]).collect();
    ends.retain(|end| *end > 0);
    let paths: Vec<String> = ends.into_iter().filter_map(|end| path.get(..end)).map(str::to_owned).collect();
    paths.into_iter().filter_map(|path| {
        let (parent, _) = path.rsplit_once('/')?;
        json.pointer(parent)?.as_array()?;
        let entry = json.pointer(&path)?;
        Some((path, entry))
    })
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// A path that was used as a JSON pointer already.
fn pointer(path: &str) -> PointerBuf {
    PointerBuf::from_tokens(path.split('/').skip(1).map(unescaped))
}

/// A `test` that a field has this value.
pub fn test(path: &str, value: Value) -> PatchOperation {
    PatchOperation::Test(TestOperation { path: pointer(path), value })
}

pub(super) fn add(path: &str, value: Value) -> PatchOperation {
    PatchOperation::Add(AddOperation { path: pointer(path), value })
}

pub(super) fn replace(path: &str, value: Value) -> PatchOperation {
    PatchOperation::Replace(ReplaceOperation { path: pointer(path), value })
}

/// Removes what was tested already.
pub(super) fn remove_known(path: &str) -> PatchOperation {
    PatchOperation::Remove(RemoveOperation { path: pointer(path) })
}

/// What tells an object from others.
const IDENTITY: [&str; 5] =
    ["/kind", "/metadata/namespace", "/metadata/name", "/metadata/uid", "/metadata/resourceVersion"];

/// Whether an operation is one of [`identity`].
pub(super) fn is_identity(operation: &PatchOperation) -> bool {
    matches!(operation, PatchOperation::Test(test) if IDENTITY.contains(&test.path.as_str()))
}

/// The tests that bind a patch to one object: kind, namespace and name, and what the API server knows
/// it by.
pub fn identity(object: &Object) -> Vec<PatchOperation> {
    IDENTITY.into_iter().filter_map(|path| Some(test(path, object.pointer(path)?.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn runtime(overrides: &Value) -> Object {
        Object::new(json!({
            "apiVersion": "v1", "kind": "SeldonRuntime", "metadata": {"name": "r", "namespace": "fin", "uid": "u"},
            "spec": {"overrides": overrides, "none": null},
        }))
        .unwrap()
    }

    fn lines(object: &Object, edits: &[Edit]) -> (Value, Vec<String>) {
        let (after, patch) = patched(object, &edits.iter().collect::<Vec<_>>()).unwrap();
        let mut again = object.to_value();
        json_patch::patch(&mut again, &patch).unwrap();
        assert_eq!(again, after.to_value(), "the patch gives the object");
        let line = |operation: &PatchOperation| serde_json::to_string(operation).unwrap();
        (after.pointer("/spec").cloned().unwrap(), patch.iter().map(line).collect())
    }

    #[test]
    fn what_is_there_is_tested_before_it_is_changed_and_entries_by_their_names() {
        let object = runtime(&json!([{"name": "a", "replicas": 1}, {"name": "b", "disable": true}]));
        let edits = [
            Edit::remove(&object, "/spec/overrides/1/disable"),
            Edit::set(&object, "/spec/overrides/1/replicas", 0),
            Edit::set(&object, "/spec/overrides/0/replicas", 2),
            Edit::set(&object, "/spec/overrides/0/replicas", 2),
        ];
        let (spec, operations) = lines(&object, &edits);
        assert_eq!(spec["overrides"], json!([{"name": "a", "replicas": 2}, {"name": "b", "replicas": 0}]));
        assert_eq!(
            operations,
            [
                r#"{"op":"test","path":"/spec/overrides/1/name","value":"b"}"#,
                r#"{"op":"add","path":"/spec/overrides/1/replicas","value":0}"#,
                r#"{"op":"test","path":"/spec/overrides/0/name","value":"a"}"#,
                r#"{"op":"test","path":"/spec/overrides/0/replicas","value":1}"#,
                r#"{"op":"replace","path":"/spec/overrides/0/replicas","value":2}"#,
                r#"{"op":"test","path":"/spec/overrides/1/name","value":"b"}"#,
                r#"{"op":"test","path":"/spec/overrides/1/disable","value":true}"#,
                r#"{"op":"remove","path":"/spec/overrides/1/disable"}"#,
            ]
        );
    }

    #[test]
    fn entries_are_removed_from_the_end_and_appended_to_the_list_that_was_seen() {
        let names: Vec<Value> = (0..12).map(|n| json!({"name": n.to_string()})).collect();
        let object = runtime(&json!(names));
        let gone = ["/spec/overrides/2", "/spec/overrides/10", "/spec/overrides/9"];
        let edits: Vec<Edit> = gone.into_iter().map(|path| Edit::remove(&object, path)).collect();
        let (spec, _) = lines(&object, &edits);
        let left: Vec<&str> =
            spec["overrides"].as_array().unwrap().iter().map(|e| e["name"].as_str().unwrap()).collect();
        assert_eq!(left, ["0", "1", "3", "4", "5", "6", "7", "8", "11"]);

        let object = runtime(&json!([]));
        let (spec, operations) = lines(&object, &[Edit::set(&object, "/spec/overrides/-", json!({"name": "x"}))]);
        assert_eq!(spec["overrides"], json!([{"name": "x"}]));
        assert_eq!(operations[0], r#"{"op":"test","path":"/spec/overrides","value":[]}"#);
    }

    #[test]
    fn what_is_missing_on_the_way_is_made_and_a_null_is_replaced() {
        let object = runtime(&json!([]));
        let edits = [Edit::set(&object, "/spec/config/list/-", 1), Edit::set(&object, "/spec/none/a~1b", 2)];
        let (spec, operations) = lines(&object, &edits);
        assert_eq!(spec["config"], json!({"list": [1]}));
        assert_eq!(spec["none"], json!({"a/b": 2}));
        assert!(operations.contains(&r#"{"op":"test","path":"/spec/none","value":null}"#.to_owned()), "{operations:?}");
    }

    #[test]
    fn an_entry_without_a_name_is_tested_as_a_whole() {
        let object = runtime(&json!([{"port": 1}]));
        let (_, operations) = lines(&object, &[Edit::set(&object, "/spec/overrides/0/protocol", "TCP")]);
        assert_eq!(operations[0], r#"{"op":"test","path":"/spec/overrides/0","value":{"port":1}}"#);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let object = runtime(&json!([]));
        for edit in [
            Edit::remove(&object, "/spec/nope"),
            Edit::set(&object, "/kind/nope", 1),
            Edit::set(&object, "/spec/overrides/3", 1),
            Edit::remove(&object, "/metadata/name"),
            Edit::delete(&object),
        ] {
            assert!(patched(&object, &[&edit]).is_err(), "{edit:?}");
        }
    }

    #[test]
    fn a_patch_is_bound_to_its_object() {
        let paths: Vec<String> = identity(&runtime(&json!([]))).iter().map(|test| test.path().to_string()).collect();
        assert_eq!(paths, ["/kind", "/metadata/namespace", "/metadata/name", "/metadata/uid"]);
    }
}
