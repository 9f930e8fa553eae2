//! What the API server asks for and no rule looks at, which fixtures and scenarios leave out.

use serde_json::{Value, json};

use super::tenant::{MODEL, SERVER};

/// Gives the containers of an object their images, and its owners their identities.
pub(crate) fn object(object: &mut Value) {
    for owner in object["metadata"]["ownerReferences"].as_array_mut().into_iter().flatten() {
        owner["uid"] = "00000000-0000-0000-0000-000000000000".into();
    }
    for spec in ["/spec", "/spec/template/spec"] {
        let containers = object.pointer_mut(spec).and_then(|spec| spec.get_mut("containers"));
        for container in containers.and_then(Value::as_array_mut).into_iter().flatten() {
            let image = json!(format!("registry.test/{}:1", container["name"].as_str().unwrap()));
            container.as_object_mut().unwrap().entry("image").or_insert(image);
        }
    }
}

/// Gives the conditions of a status their times.
pub(crate) fn conditions(status: &mut Value) {
    let conditions = status.get_mut("conditions").and_then(Value::as_array_mut);
    for condition in conditions.into_iter().flatten() {
        let fields = condition.as_object_mut().unwrap();
        fields.entry("lastTransitionTime").or_insert(json!("2025-06-01T12:00:00Z"));
    }
}

/// Gives the first status of Servers and Models what they must count.
pub(crate) fn counts(kind: &str, status: &mut Value) {
    if [SERVER, MODEL].contains(&kind) {
        let fields = status.as_object_mut().unwrap();
        for (field, value) in [("replicas", json!(1)), ("loadedModels", json!(0)), ("selector", json!(""))] {
            fields.entry(field).or_insert(value);
        }
    }
}
