//! Helm's Secrets, written as Helm writes them.

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value, json};

/// Compresses as Helm does.
pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// The Secret of a release with a content, which Helm encodes once and the API server again.
pub(crate) fn secret(namespace: &str, release: &str, revision: u64, status: &str, content: &[u8]) -> Value {
    let labels = json!({"owner": "helm", "name": release, "status": status, "version": revision.to_string()});
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {
            "name": format!("sh.helm.release.v1.{release}.v{revision}"), "namespace": namespace, "labels": labels,
        },
        "data": {"release": STANDARD.encode(STANDARD.encode(content))},
    })
}

/// What Helm has of a release of a chart: values, with a password among them, and what was made of them.
pub(crate) fn content(chart: &str, status: &str, values: &Value) -> Value {
    let mut config = values.clone();
    config["kafka"] = json!({"password": "hunter2"});
    json!({
        "name": "any", "version": 1, "namespace": "any", "manifest": "kind: Secret\nstringData: {a: hunter2}\n",
        "info": {"status": status, "description": "hunter2", "notes": "hunter2"},
        "chart": {"metadata": {"name": chart, "version": "2.10.2", "appVersion": "2.10.2"},
            "templates": [{"name": "templates/a.yaml", "data": "aHVudGVyMg=="}], "values": {"token": "hunter2"}},
        "config": config,
    })
}

/// The Secret from which a `Release` of a rule's example is what is kept.
pub(crate) fn secret_of(release: &Value) -> Value {
    let text = |pointer: &str| release.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let mut values = json!({});
    for (path, value) in release["spec"]["values"].as_object().unwrap_or(&Map::new()) {
        let mut at = &mut values;
        for field in path.split('.') {
            at = &mut at[field];
        }
        *at = value.clone();
    }
    let (status, revision) = (text("/spec/status"), release["spec"]["revision"].as_u64().unwrap());
    let content = content(text("/spec/chart"), status, &values).to_string();
    secret(text("/metadata/namespace"), text("/metadata/name"), revision, status, &gzip(content.as_bytes()))
}
