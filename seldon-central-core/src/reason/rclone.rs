//! What Seldon's agents take from a Secret of rclone settings.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::{object::Object, yaml};

/// Whether every value of a Secret is shaped like an rclone remote as agents read it: a mapping in JSON or
/// YAML with a `name` and a `type`. Only the answer is kept of the values.
///
/// Source: `scheduler/pkg/agent/rclone/rclone_config.go:105-135`.
pub fn holds_remote(secret: &Object) -> bool {
    let values = secret.pointer("/data").and_then(Value::as_object);
    values.is_some_and(|values| !values.is_empty() && values.values().all(is_remote))
}

fn is_remote(packed: &Value) -> bool {
    let remote = || {
        let bytes = STANDARD.decode(packed.as_str()?).ok()?;
        yaml::read(std::str::from_utf8(&bytes).ok()?).ok()
    };
    let has = |remote: &Value, key| remote.get(key).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    remote().is_some_and(|remote| has(&remote, "name") && has(&remote, "type"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(values: &[&[u8]]) -> bool {
        let data: serde_json::Map<_, _> =
            values.iter().enumerate().map(|(key, value)| (key.to_string(), json!(STANDARD.encode(value)))).collect();
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": data});
        holds_remote(&Object::new(secret).unwrap())
    }

    #[test]
    fn a_remote_has_a_name_and_a_type_in_json_or_yaml() {
        assert!(holds(&[b"name: s3\ntype: s3\nparameters: {provider: minio}\n"]));
        assert!(holds(&[br#"{"name": "gs", "type": "google cloud storage", "parameters": {"anonymous": true}}"#]));
        for other in
            [&b""[..], b"[s3]\ntype = s3", b"name: s3", b"name: s3\ntype: ''", b"- name: a\n  type: b", b"\xff", b"{"]
        {
            assert!(!holds(&[other]), "{}", String::from_utf8_lossy(other));
        }
        assert!(!holds(&[]));
        let secret =
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "no base64"}});
        assert!(!holds_remote(&Object::new(secret).unwrap()));
    }

    #[test]
    fn what_is_built_is_a_remote() {
        let profile = crate::profile::Profile::from_yaml("tenants: [{namespace: fin}]").unwrap();
        let resolved = crate::profile::resolve(&profile, &crate::profile::Surroundings::default()).unwrap();
        let desired = crate::desired::build(&resolved);
        assert!(desired.objects().filter(|object| object.is(&crate::resource::SECRET)).all(holds_remote));
    }
}
