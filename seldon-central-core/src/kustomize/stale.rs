//! Patches whose `test` does not hold, whether they have done their work, and additions that are not needed any
//! more.

use std::{borrow::Cow, fmt};

use json_patch::{AddOperation, PatchOperation};
use serde_json::Value;

use crate::object::ObjectId;

/// A `test` of a patch that does not hold, so that the build stops.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stale {
    pub(super) dir: String,
    /// JSON pointer to the patch in the kustomization.
    pub pointer: String,
    /// The patch, for people: its file, or nothing when it is in the kustomization.
    pub file: Option<String>,
    /// The object that it is for.
    pub object: ObjectId,
    /// JSON pointer into the object.
    pub path: String,
    /// What the patch expects there, as JSON.
    pub expected: String,
    /// What is there, as JSON; `None` when nothing is.
    pub found: Option<String>,
    /// Whether the object already is as the patch would make it.
    pub is_done: bool,
    /// The rules that the patch is for, where it is one of this tool's.
    pub rules: Option<Vec<String>>,
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, object, expected, .. } = self;
        let file = self.file.as_deref().unwrap_or("a patch in it");
        let found = self.found.as_deref().map_or_else(|| "not there".into(), brief);
        write!(f, "{file} expects {path} of {object} to be {}, and it is {found}", brief(expected))
    }
}

/// A file that an overlay of this tool adds, all of whose objects are there without it, so that kustomize
/// refuses them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Redundant {
    pub(super) dir: String,
    /// JSON pointer to the entry in the kustomization.
    pub pointer: String,
    /// The file.
    pub file: String,
    /// The first object in it.
    pub object: ObjectId,
    /// The rules that it answers.
    pub rules: Vec<String>,
}

impl fmt::Display for Redundant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} adds {}, which is there without it by now", self.file, self.object)
    }
}

/// As much of a value as there is room for in a sentence.
fn brief(value: &str) -> Cow<'_, str> {
    const ROOM: usize = 60;
    match value.char_indices().nth(ROOM) {
        Some((end, _)) => format!("{} …", value.get(..end).unwrap_or_default()).into(),
        None => value.into(),
    }
}

/// Whether a value already is as operations would make it: of itself, their tests aside, or of what
/// their tests expect.
pub(super) fn is_done(value: &Value, operations: &[PatchOperation]) -> bool {
    let is_test = |one: &&PatchOperation| matches!(one, PatchOperation::Test(_));
    let changes: Vec<PatchOperation> = operations.iter().filter(|one| !is_test(one)).cloned().collect();
    let mut after = value.clone();
    let is_same = |after: &mut Value, changes| json_patch::patch(after, &json_patch::Patch(changes)).is_ok();
    !changes.is_empty()
        && ((is_same(&mut after, changes) && after == *value)
            || after_expected(value, operations).as_ref() == Some(value))
}

/// What operations would make of a value that had all that their tests expect.
fn after_expected(value: &Value, operations: &[PatchOperation]) -> Option<Value> {
    let mut after = value.clone();
    for operation in operations {
        let step = match operation {
            PatchOperation::Test(test) if test.value.is_null() => continue,
            PatchOperation::Test(test) => {
                if let Some(slot) = after.pointer_mut(&test.path.to_string()) {
                    slot.clone_from(&test.value);
                    continue;
                }
                PatchOperation::Add(AddOperation { path: test.path.clone(), value: test.value.clone() })
            }
            change => change.clone(),
        };
        json_patch::patch(&mut after, &json_patch::Patch(vec![step])).ok()?;
    }
    Some(after)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn done(value: &Value, operations: Value) -> bool {
        let operations: Vec<PatchOperation> = serde_json::from_value(operations).unwrap();
        is_done(value, &operations)
    }

    #[test]
    fn a_patch_is_done_when_the_object_is_what_it_makes_of_what_it_expects() {
        let added =
            json!([{"op": "test", "path": "/list", "value": [1]}, {"op": "add", "path": "/list/-", "value": 2}]);
        assert!(done(&json!({"list": [1, 2]}), added.clone()));
        assert!(!done(&json!({"list": [1, 3]}), added.clone()));
        assert!(!done(&json!({"list": [1, 2, 2]}), added));
        let removed = json!([{"op": "test", "path": "/a", "value": 1}, {"op": "remove", "path": "/a"}]);
        assert!(done(&json!({"b": 1}), removed.clone()));
        assert!(!done(&json!({"a": 2}), removed));
        let replaced = json!([{"op": "test", "path": "/a", "value": 1}, {"op": "replace", "path": "/a", "value": 0}]);
        assert!(done(&json!({"a": 0}), replaced.clone()));
        assert!(!done(&json!({"a": 2}), replaced));
        let beside = json!([{"op": "test", "path": "/a", "value": 1}, {"op": "replace", "path": "/b", "value": 0}]);
        assert!(done(&json!({"a": 5, "b": 0}), beside));
        assert!(!done(&json!({"a": 1}), json!([{"op": "test", "path": "/a", "value": 2}])), "it changes nothing");
    }

    #[test]
    fn a_long_value_is_cut_in_a_sentence() {
        assert_eq!(brief("[1]"), "[1]");
        let cut = brief(&"é".repeat(61)).into_owned();
        assert_eq!(cut, format!("{} …", "é".repeat(60)));
    }
}
