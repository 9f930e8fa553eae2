//! The way back: the steps that take changes back, as long as nobody else changed the same.

use std::collections::BTreeSet;

use json_patch::{Patch, PatchOperation};
use serde_json::Value;

use super::{
    file::{Bound, BoundWrite},
    patch::{add, identity, remove_known, replace, test},
};
use crate::{object::Object, resource::SECRET};

/// What takes one step back.
///
/// `live` is the object as it was read, and `result` what the API server says it becomes. `None` for a
/// step that changes nothing.
pub fn undo(step: &Bound, live: Option<&Object>, result: Option<&Object>) -> Option<Bound> {
    let write = match (&step.write, live, result) {
        (BoundWrite::Create { .. }, _, Some(made)) => BoundWrite::Delete { manifest: recognisable(made) },
        (BoundWrite::Delete { .. }, Some(live), _) => BoundWrite::Create { manifest: anew(live) },
        (BoundWrite::Patch { patch }, Some(live), Some(result)) => {
            let operations = inverse(live, result, patch);
            if operations.is_empty() {
                return None;
            }
            BoundWrite::Patch { patch: Patch([identity(&without_version(live)), operations].concat()) }
        }
        _ => return None,
    };
    Some(Bound { write, ..step.clone() })
}

/// The operations that give the touched fields back what they had. Lists are given back as a whole,
/// because places in them may have moved.
fn inverse(live: &Object, result: &Object, patch: &Patch) -> Vec<PatchOperation> {
    let (old, new) = (live.to_value(), result.to_value());
    let touched = patch.iter().filter(|operation| !matches!(operation, PatchOperation::Test(_)));
    let fields: BTreeSet<String> = touched.map(|operation| field(&old, &new, operation.path().as_str())).collect();
    let is_within = |path: &String| fields.iter().any(|other| path.starts_with(&format!("{other}/")));
    let mut operations = Vec::new();
    for path in fields.iter().filter(|path| !is_within(path)) {
        match (old.pointer(path), new.pointer(path)) {
            (Some(old), Some(new)) if old == new => {}
            (Some(old), Some(new)) => operations.extend([test(path, new.clone()), replace(path, old.clone())]),
            (None, Some(new)) => operations.extend([test(path, new.clone()), remove_known(path)]),
            (Some(old), None) => operations.push(add(path, old.clone())),
            (None, None) => {}
        }
    }
    operations
}

/// The field that a path is in: up to the first list on the way, or to what the result lacks.
fn field(old: &Value, new: &Value, path: &str) -> String {
    let mut taken = String::new();
    for token in path.split('/').skip(1) {
        let here = |json: &Value| json.pointer(&taken).is_some_and(Value::is_array);
        if here(old) || here(new) {
            break;
        }
        taken = format!("{taken}/{token}");
        if new.pointer(&taken).is_none() {
            break;
        }
    }
    taken
}

/// What tells an object that was made from one that others put in its place.
fn recognisable(made: &Object) -> Object {
    let mut value = made.to_value();
    for field in ["status", "data", "stringData"] {
        if field == "status" || made.is(&SECRET) {
            value.as_object_mut().map(|object| object.remove(field));
        }
    }
    strip(value, &["managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "annotations"], made)
}

/// An object that is gone, to be made again.
fn anew(live: &Object) -> Object {
    let mut value = live.to_value();
    value.as_object_mut().map(|object| object.remove("status"));
    let own = ["managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink"];
    strip(value, &own, live)
}

fn without_version(object: &Object) -> Object {
    strip(object.to_value(), &["resourceVersion"], object)
}

fn strip(mut value: Value, fields: &[&str], otherwise: &Object) -> Object {
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|field, _| !fields.contains(&field.as_str()));
    }
    Object::new(value).unwrap_or_else(|_| otherwise.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        fix::{Edit, patched},
        rules::FixSafety,
    };

    fn object(spec: &Value) -> Object {
        Object::new(json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "s", "namespace": "fin", "uid": "u", "resourceVersion": "7",
                "annotations": {"note": "x"}},
            "spec": spec, "status": {},
        }))
        .unwrap()
    }

    fn bound(write: BoundWrite, object: &Object) -> Bound {
        Bound { object: object.id(), write, safety: FixSafety::Safe, answers: Vec::new() }
    }

    fn there_and_back(before: &Object, edits: &[Edit], server: impl Fn(&mut Value)) -> (Value, Value) {
        let (after, patch) = patched(before, &edits.iter().collect::<Vec<_>>()).unwrap();
        let mut result = after.into_value();
        server(&mut result);
        let result = Object::new(result).unwrap();
        let back = undo(&bound(BoundWrite::Patch { patch }, before), Some(before), Some(&result)).unwrap();
        let BoundWrite::Patch { patch } = back.write else { panic!("no patch") };
        let mut undone = result.to_value();
        undone["metadata"]["resourceVersion"] = json!("8");
        json_patch::patch(&mut undone, &patch).unwrap();
        (undone, serde_json::to_value(patch).unwrap())
    }

    #[test]
    fn a_patch_is_taken_back_although_the_server_filled_in_fields() {
        let before = object(&json!({"type": "ClusterIP", "list": [{"name": "a"}, {"name": "b"}], "gone": {"a": 1}}));
        let edits = [
            Edit::set(&before, "/spec/type", "ExternalName"),
            Edit::set(&before, "/spec/new/deep", 1),
            Edit::remove(&before, "/spec/list/0"),
            Edit::remove(&before, "/spec/gone/a"),
            Edit::remove(&before, "/metadata/annotations/note"),
        ];
        let (undone, _) = there_and_back(&before, &edits, |result| {
            // The API server drops what is empty and fills in defaults.
            result["spec"]["list"][0]["protocol"] = json!("TCP");
            result["metadata"].as_object_mut().unwrap().remove("annotations");
        });
        assert_eq!(undone["spec"], before.to_value()["spec"]);
        assert_eq!(undone["metadata"]["annotations"], json!({"note": "x"}));
    }

    #[test]
    fn a_way_back_tests_what_it_takes_back_and_knows_no_version() {
        let before = object(&json!({"type": "ClusterIP"}));
        let (_, patch) = there_and_back(&before, &[Edit::set(&before, "/spec/type", "NodePort")], |_| {});
        let text = patch.to_string();
        assert!(text.contains(r#"{"op":"test","path":"/spec/type","value":"NodePort"}"#), "{text}");
        assert!(text.contains("/metadata/uid") && !text.contains("resourceVersion"), "{text}");
    }

    #[test]
    fn what_was_made_is_deleted_and_what_was_deleted_is_made() {
        let live = object(&json!({"type": "ClusterIP"}));
        let create = bound(BoundWrite::Create { manifest: live.clone() }, &live);
        let Some(Bound { write: BoundWrite::Delete { manifest }, .. }) = undo(&create, None, Some(&live)) else {
            panic!("it is not deleted");
        };
        assert_eq!((manifest.resource_version(), manifest.pointer("/status")), (None, None));
        let delete = bound(BoundWrite::Delete { manifest: live.clone() }, &live);
        let Some(Bound { write: BoundWrite::Create { manifest }, .. }) = undo(&delete, Some(&live), None) else {
            panic!("it is not made");
        };
        assert_eq!((manifest.resource_version(), manifest.annotation("note")), (None, Some("x")));
    }

    #[test]
    fn no_value_of_a_secret_is_kept() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "fin"},
            "data": {"k": "aHVudGVyMg=="}});
        let secret = Object::new(secret).unwrap();
        let create = bound(BoundWrite::Create { manifest: secret.clone() }, &secret);
        let back = undo(&create, None, Some(&secret)).unwrap();
        assert!(!serde_json::to_string(&back).unwrap().contains("aHVudGVyMg"), "{back:?}");
    }
}
