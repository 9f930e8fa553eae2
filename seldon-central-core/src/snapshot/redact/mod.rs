//! What of an object may be shown, and what may leave the machine.

mod annotations;
mod credentials;
mod words;

use std::borrow::Cow;

use self::credentials::{is_credential, is_secret_name, without_credentials};
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
/// What stands in the place of a value.
pub(crate) const REDACTED: &str = "(redacted)";

/// An object as it may be shown: without what is known to be secret, and the credentials in its texts.
pub(super) fn shown(object: &Object) -> Value {
    let mut value = kept(object);
    walk(&mut value, &hide_secrets);
    value
}

/// An object as it may leave the machine: without all that no rule reads and that may be secret.
pub(super) fn saved(object: &Object) -> Value {
    let mut value = kept(object);
    walk(&mut value, &hide_unread);
    value
}

/// Whether something of an object was hidden when it was saved.
pub(super) fn is_redacted(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.values().any(is_redacted),
        Value::Array(items) => items.iter().any(is_redacted),
        Value::String(text) => text.contains(REDACTED),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Hides the credentials in every text within a value.
pub(super) fn hide_credentials(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(hide_credentials),
        Value::Array(items) => items.iter_mut().for_each(hide_credentials),
        Value::String(text) => hide_in(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Hides the credentials in a text.
pub(crate) fn hide_in(text: &mut String) {
    if let Cow::Owned(hidden) = without_credentials(text) {
        *text = hidden;
    }
}

/// What is kept of an object of its kind.
fn kept(object: &Object) -> Value {
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
    value
}

/// Who wrote to an object tells who owns it; which fields, no rule asks.
fn name_alone(entry: &mut Value) {
    *entry = json!({"manager": entry.get("manager")});
}

/// Walks to every map, wherever a kind has its pod specs, and hides the credentials in all texts.
fn walk(value: &mut Value, hide: &impl Fn(&mut Map<String, Value>)) {
    fn maps(value: &mut Value, hide: &impl Fn(&mut Map<String, Value>)) {
        match value {
            Value::Object(fields) => {
                hide(fields);
                fields.values_mut().for_each(|value| maps(value, hide));
            }
            Value::Array(items) => items.iter_mut().for_each(|value| maps(value, hide)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    maps(value, hide);
    hide_credentials(value);
}

fn hide_secrets(fields: &mut Map<String, Value>) {
    hide_env(fields);
    hide_headers(fields);
    hide_named(fields);
    for field in ["args", "command"] {
        list(fields, field).for_each(hide_argument);
    }
    if let Some(annotations) = fields.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations::drop_copy(annotations);
    }
}

fn hide_unread(fields: &mut Map<String, Value>) {
    hide_env(fields);
    hide_headers(fields);
    hide_named(fields);
    for field in ["args", "command"] {
        if let Some(words) = fields.get_mut(field).and_then(Value::as_array_mut) {
            words::hide(words);
        }
    }
    if let Some(annotations) = fields.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations::hide(annotations);
    }
}

fn list<'v>(fields: &'v mut Map<String, Value>, field: &str) -> impl Iterator<Item = &'v mut Value> {
    fields.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten()
}

fn hide_env(container: &mut Map<String, Value>) {
    hide_values(list(container, "env"), |name| !KEPT_ENV.contains(&name));
}

/// Probes may say who they are.
fn hide_headers(probe: &mut Map<String, Value>) {
    hide_values(list(probe, "httpHeaders"), |_| true);
}

fn hide_values<'v>(entries: impl Iterator<Item = &'v mut Value>, is_hidden: impl Fn(&str) -> bool) {
    for entry in entries.filter_map(Value::as_object_mut) {
        let is_hidden = is_hidden(entry.get("name").and_then(Value::as_str).unwrap_or_default());
        if is_hidden && entry.contains_key("value") {
            entry.insert("value".to_owned(), json!(REDACTED));
        }
    }
}

/// A setting such as Kafka's `sasl.password`, and a parameter with such a name.
fn hide_named(fields: &mut Map<String, Value>) {
    for (name, value) in fields.iter_mut() {
        if value.as_str().is_some_and(|text| !text.is_empty()) && is_credential(name) {
            *value = json!(REDACTED);
        }
    }
    if fields.get("name").and_then(Value::as_str).is_some_and(is_credential)
        && fields.get("value").is_some_and(Value::is_string)
    {
        fields.insert("value".to_owned(), json!(REDACTED));
    }
}

/// An argument such as `--token=abc` keeps its name.
fn hide_argument(argument: &mut Value) {
    let Some((name, _)) = argument.as_str().and_then(|text| text.split_once('=')) else { return };
    if is_secret_name(name) {
        *argument = json!(format!("{name}={REDACTED}"));
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
                "annotations": {
                    "kubectl.kubernetes.io/last-applied-configuration": "{\"hidden\": 1}", "note": "hidden",
                    "seldon.io/last-applied": "{\"metadata\": \"hidden\", \"spec\": {\"type\": \"ClusterIP\"}}",
                    "kubectl-seldon/ignore": "SCS0205 -- planned", "meta.helm.sh/release-name": "seldon",
                },
            },
            "spec": {"template": {"spec": {"containers": [{
                "name": "manager",
                "args": ["--token=hidden", "--clusterwide=true", "--hub", "hidden"],
                "readinessProbe": {"httpGet": {"httpHeaders": [{"name": "Authorization", "value": "hidden"}]}},
                "env": [{"name": "AWS_SECRET_ACCESS_KEY", "value": "hidden"}, {"name": "CLUSTERWIDE", "value": "true"}],
            }]}}},
        }))
        .unwrap();
        assert_eq!(
            saved(&object),
            json!({
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {
                    "name": "a", "namespace": "fin", "managedFields": [{"manager": "x"}],
                    "annotations": {
                        "note": "(redacted)", "seldon.io/last-applied": "{\"spec\":{\"type\":\"ClusterIP\"}}",
                        "kubectl-seldon/ignore": "SCS0205 -- planned", "meta.helm.sh/release-name": "seldon",
                    },
                },
                "spec": {"template": {"spec": {"containers": [{
                    "name": "manager",
                    "args": ["--token=(redacted)", "--clusterwide=true", "--hub", "(redacted)"],
                    "readinessProbe": {"httpGet": {"httpHeaders": [{"name": "Authorization", "value": "(redacted)"}]}},
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
            saved(&Object::new(value).unwrap())
        };
        let saved = release(json!({"controller.clusterwide": true, "kafka.password": "hidden"}));
        assert!(!saved.to_string().contains("hidden"), "{saved}");
        assert_eq!(saved["spec"]["values"], json!({"controller.clusterwide": true}));
        assert!(!release(json!("hidden")).to_string().contains("hidden"));
    }

    #[test]
    fn credentials_in_any_text_of_an_object_are_not_kept() {
        let object = Object::new(json!({
            "apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Model", "metadata": {"name": "m", "namespace": "fin"},
            "spec": {"storageUri": "s3://AKIA:hidden@minio:9000/b?X-Amz-Signature=hidden", "secretName": "kept",
                "parameters": [{"name": "api_key", "value": "hidden"}, {"name": "threshold", "value": "0.5"}]},
            "status": {"conditions": [{"message": "rclone: http://a:hidden@minio:9000 refused"}]},
        }))
        .unwrap();
        let saved = saved(&object);
        assert!(!saved.to_string().contains("hidden"), "{saved}");
        assert_eq!(saved["spec"]["storageUri"], "s3://(redacted)@minio:9000/b?X-Amz-Signature=(redacted)");
        assert_eq!(
            (&saved["spec"]["secretName"], &saved["spec"]["parameters"][1]["value"]),
            (&json!("kept"), &json!("0.5"))
        );
        let config = json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "SeldonConfig", "metadata": {"name": "c"},
            "spec": {"config": {"kafkaConfig": {"consumer": {"sasl.password": "hidden", "group.id": "kept"}}}}});
        let saved = super::saved(&Object::new(config).unwrap());
        assert_eq!(
            saved["spec"]["config"]["kafkaConfig"]["consumer"],
            json!({"sasl.password": "(redacted)", "group.id": "kept"})
        );
    }
}
