//! One step as a patch of kustomize.

use std::collections::BTreeMap;

use json_patch::{AddOperation, PatchOperation, RemoveOperation, TestOperation, jsonptr::PointerBuf};
use serde_json::{Value, json};

use super::{super::FileTree, marked_by, place};
use crate::{
    fix::{Step, test},
    object::{Object, ObjectId},
    yaml,
};

/// The operations of a step, for a kustomization: its target says which object it is, and annotations
/// are always there while it builds.
pub(super) fn operations(step: &Step) -> Vec<PatchOperation> {
    let own = step.before.as_ref().map(Object::annotations).unwrap_or_default();
    step.operations().iter().flat_map(|operation| one_by_one(operation, &own)).collect()
}

/// Annotations are tested and changed one by one, since those of kustomize itself must stay.
fn one_by_one(operation: &PatchOperation, own: &BTreeMap<&str, &str>) -> Vec<PatchOperation> {
    if operation.path().as_str() != "/metadata/annotations" {
        return vec![operation.clone()];
    }
    let path = |key: &str| PointerBuf::from_tokens(["metadata", "annotations", key]);
    match operation {
        PatchOperation::Test(TestOperation { value: Value::Object(map), .. }) => {
            let test = |(key, value): (&String, &Value)| TestOperation { path: path(key), value: value.clone() };
            map.iter().map(test).map(PatchOperation::Test).collect()
        }
        PatchOperation::Add(AddOperation { value: Value::Object(map), .. }) => {
            let add = |(key, value): (&String, &Value)| AddOperation { path: path(key), value: value.clone() };
            map.iter().map(add).map(PatchOperation::Add).collect()
        }
        PatchOperation::Remove(_) => {
            own.keys().map(|key| PatchOperation::Remove(RemoveOperation { path: path(key) })).collect()
        }
        other => vec![other.clone()],
    }
}

/// Tests that an object that goes is still the one that was judged.
pub(super) fn recognised(step: &Step) -> Vec<PatchOperation> {
    let fields = step.before.as_ref().map(Object::to_value).unwrap_or_default();
    let fields = fields.as_object().into_iter().flatten();
    let own = ["apiVersion", "kind", "metadata", "status"];
    let contents = fields.filter(|(field, _)| !own.contains(&field.as_str()));
    contents.map(|(field, value)| test(&format!("/{}", escaped(field)), value.clone())).collect()
}

fn escaped(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// What makes kustomize drop an object, and fail when there is none.
pub(super) fn deletion(step: &Step) -> Value {
    let mut patch = identity(&step.object);
    if let Some(patch) = patch.as_object_mut() {
        patch.insert("$patch".to_owned(), json!("delete"));
    }
    patch
}

/// A merge patch that changes nothing.
pub(super) fn identity(object: &ObjectId) -> Value {
    let mut metadata = json!({"name": object.name});
    if let (Some(namespace), Some(metadata)) = (&object.namespace, metadata.as_object_mut()) {
        metadata.insert("namespace".to_owned(), json!(namespace));
    }
    json!({"apiVersion": object.api_version, "kind": object.kind, "metadata": metadata})
}

/// Adds the file with a step's operations, and gives the entry of the kustomization.
pub(super) fn put(tree: &mut FileTree, step: &Step, operations: &[PatchOperation]) -> Value {
    let path = place(&step.object, "patch-");
    tree.insert(path.clone(), format!("{}{}", marked_by([step]), yaml::write(&json!(operations))));
    json!({"path": path, "target": target(&step.object)})
}

/// A regular expression that matches a text and nothing else. A dash means nothing outside of brackets.
fn pattern(text: &str) -> String {
    regex::escape(text).replace("\\-", "-")
}

/// Which object a patch is for. Each field is a regular expression.
fn target(object: &ObjectId) -> Value {
    let (group, version) = object.api_version.rsplit_once('/').unwrap_or(("", &object.api_version));
    let fields = [
        ("group", group),
        ("version", version),
        ("kind", &object.kind),
        ("name", &object.name),
        ("namespace", object.namespace.as_deref().unwrap_or_default()),
    ];
    let given = fields.into_iter().filter(|(_, value)| !value.is_empty());
    Value::Object(given.map(|(field, value)| (field.to_owned(), json!(pattern(value)))).collect())
}
