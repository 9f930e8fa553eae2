//! What of an object may leave the machine.

use serde_json::{Map, Value, json};

use crate::{
    helm,
    needs::{event_kept, keys_only},
    object::Object,
    pattern::{
        CAPABILITIES_ENV, CLUSTERWIDE_ENV, MEMORY_ENV, OVERCOMMIT_ENV, POD_NAMESPACE_ENV, PROTOCOL_ENV, READINESS_ENV,
        WATCH_NAMESPACES_ENV,
    },
    resource::{EVENT, RELEASE, SECRET},
};

/// Environment variables whose values rules read.
const KEPT_ENV: [&str; 8] = [
    CAPABILITIES_ENV,
    MEMORY_ENV,
    OVERCOMMIT_ENV,
    CLUSTERWIDE_ENV,
    WATCH_NAMESPACES_ENV,
    POD_NAMESPACE_ENV,
    PROTOCOL_ENV,
    READINESS_ENV,
];
/// The copy of a manifest that `kubectl apply` leaves behind, with everything that was in it.
const KUBECTL_LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// What stands in the place of a value.
pub(crate) const REDACTED: &str = "(redacted)";

/// An object without what no rule needs and what may be secret.
pub(super) fn redacted(object: &Object) -> Value {
    if object.is(&SECRET) {
        return keys_only(object).into_value();
    }
    if object.is(&RELEASE) {
        return helm::normal(object);
    }
    if object.is(&EVENT)
        && let Some(kept) = event_kept(object)
    {
        return kept.into_value();
    }
    let mut value = object.to_value();
    if let Some(managers) = value.pointer_mut("/metadata/managedFields").and_then(Value::as_array_mut) {
        managers.iter_mut().for_each(name_alone);
    }
    if let Some(annotations) = value.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.remove(KUBECTL_LAST_APPLIED);
    }
    within(&mut value);
    value
}

/// Who wrote to an object tells who owns it; which fields, no rule asks.
fn name_alone(entry: &mut Value) {
    *entry = json!({"manager": entry.get("manager")});
}

/// Walks to every container, wherever a kind has its pod specs.
fn within(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            hide_env(fields);
            hide_arguments(fields);
            fields.values_mut().for_each(within);
        }
        Value::Array(items) => items.iter_mut().for_each(within),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn hide_env(container: &mut Map<String, Value>) {
    let entries = container.get_mut("env").and_then(Value::as_array_mut).into_iter().flatten();
    for entry in entries.filter_map(Value::as_object_mut) {
        let is_kept = entry.get("name").and_then(Value::as_str).is_some_and(|name| KEPT_ENV.contains(&name));
        if !is_kept && entry.contains_key("value") {
            entry.insert("value".to_owned(), json!(REDACTED));
        }
    }
}

/// An argument such as `--token=abc` keeps its name.
fn hide_arguments(container: &mut Map<String, Value>) {
    for field in ["args", "command"] {
        for argument in container.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten() {
            let Some((name, _)) = argument.as_str().and_then(|text| text.split_once('=')) else { continue };
            let lower = name.to_lowercase();
            if ["password", "passwd", "token", "secret", "credential", "key"].iter().any(|word| lower.contains(word)) {
                *argument = json!(format!("{name}={REDACTED}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_is_not_kept() {
        let object = Object::new(json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {
                "name": "a", "namespace": "fin", "managedFields": [{"manager": "x", "fieldsV1": {"f:data": {"f:hidden": {}}}}],
                "annotations": {KUBECTL_LAST_APPLIED: "{\"hidden\": 1}", "kept": "yes"},
            },
            "spec": {"template": {"spec": {"containers": [{
                "name": "manager",
                "args": ["--token=hidden", "--clusterwide=true"],
                "env": [{"name": "AWS_SECRET_ACCESS_KEY", "value": "hidden"}, {"name": "CLUSTERWIDE", "value": "true"}],
            }]}}},
        }))
        .unwrap();
        assert_eq!(
            redacted(&object),
            json!({
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {
                    "name": "a", "namespace": "fin", "annotations": {"kept": "yes"}, "managedFields": [{"manager": "x"}],
                },
                "spec": {"template": {"spec": {"containers": [{
                    "name": "manager",
                    "args": ["--token=(redacted)", "--clusterwide=true"],
                    "env": [
                        {"name": "AWS_SECRET_ACCESS_KEY", "value": "(redacted)"},
                        {"name": "CLUSTERWIDE", "value": "true"},
                    ],
                }]}}},
            })
        );
    }

    #[test]
    fn of_a_release_nothing_is_saved_that_is_not_kept_of_one() {
        let release = |values: Value| {
            let value = json!({
                "apiVersion": "helm.sh/v1", "kind": "Release",
                "metadata": {"name": "a", "namespace": "seldon-system", "annotations": {"x": "hidden"}},
                "spec": {"revision": 1, "chart": "seldon-core-v2-setup", "status": "deployed", "manifest": "hidden",
                    "values": values},
            });
            redacted(&Object::new(value).unwrap())
        };
        let saved = release(json!({"controller.clusterwide": true, "kafka.password": "hidden"}));
        assert!(!saved.to_string().contains("hidden"), "{saved}");
        assert_eq!(saved["spec"]["values"], json!({"controller.clusterwide": true}));
        assert!(!release(json!("hidden")).to_string().contains("hidden"));
    }
}
