//! Any text as what a Secret of Helm's holds, as it is and packed as Helm does: nothing is kept of it but
//! what the allow-list names.

#![no_main]

use base64::{Engine, engine::general_purpose::STANDARD};
use libfuzzer_sys::fuzz_target;
use seldon_central_core::{helm, object::Object};
use serde_json::{Value, json};

/// Stands in every place of a release where a chart's user may have put a password.
const SECRET: &str = "do-not-keep-this";

fuzz_target!(|text: &str| {
    let _ = kept(text.to_owned());
    let _ = kept(packed(text));
    let mut config: Value = serde_json::from_str(text).unwrap_or_else(|_| json!({}));
    if let Value::Object(fields) = &mut config {
        fields.insert("password".to_owned(), SECRET.into());
        fields.insert("env".to_owned(), json!([{"name": "TOKEN", "value": SECRET}]));
    }
    for chart in ["setup", "runtime", "servers", "certs", "crds"] {
        let release = json!({
            "info": {"status": "deployed", "notes": SECRET},
            "chart": {"metadata": {"name": format!("seldon-core-v2-{chart}"), "version": "2.10.2"}, "values": config},
            "config": config,
            "manifest": SECRET,
        });
        let objects = kept(packed(&release.to_string()));
        assert_eq!(objects.len(), 1, "{chart} with {text:?}");
        let shown = objects[0].to_value().to_string();
        assert!(text.contains(SECRET) || !shown.contains(SECRET), "{chart} with {text:?} keeps {shown}");
    }
});

fn packed(text: &str) -> String {
    STANDARD.encode(STANDARD.encode(text))
}

fn kept(release: String) -> Vec<Object> {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {"name": helm::secret_name("a", 1), "namespace": "seldon-system"},
        "data": {"release": release},
    });
    helm::kept(&[Object::new(secret).unwrap()])
}
