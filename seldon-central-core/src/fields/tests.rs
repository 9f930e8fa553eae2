//! What the trees say of objects. Whether they are those of Seldon's CRDs is compared end to end,
//! where there are CRDs to compare with.

use serde_json::json;

use super::*;
use crate::{
    resource::{MODEL, SELDON_GROUP, SELDON_RUNTIME, SERVER},
    version::SeldonVersion::{V2_6, V2_7, V2_8, V2_9, V2_10},
};

fn unknown(kind: &Resource, version: SeldonVersion, spec: &Value) -> Vec<String> {
    let object = json!({
        "apiVersion": kind.api_version(), "kind": kind.kind, "metadata": {"name": "a", "labels": {"b": "c"}}, "spec": spec,
    });
    let found = Tree::of_kind(kind, version).unwrap().unknown(&Object::new(object).unwrap());
    found.into_iter().map(|field| format!("{} {}", field.path, field.meant.unwrap_or_default())).collect()
}

#[test]
fn every_kind_of_seldons_has_fields_and_no_other_kind_has() {
    for kind in crate::resource::ALL {
        assert_eq!(Tree::of_kind(kind, V2_10).is_some(), kind.group == SELDON_GROUP, "{kind}");
    }
}

#[test]
fn unknown_fields_are_found_at_any_depth_whatever_the_types_of_the_values() {
    let spec = json!({
        "serverConfig": 1, "capabilities": "no list", "podSpec": {
            "containers": [{"name": "a", "resources": {"requests": {"cpu": 1, "any/thing": "1"}}, "imagge": ""}],
            "tolerations": [{"a/b~c": 1}],
        },
        "podspec": null,
    });
    assert_eq!(
        unknown(&SERVER, V2_10, &spec),
        ["/spec/podSpec/containers/0/imagge image", "/spec/podSpec/tolerations/0/a~1b~0c ", "/spec/podspec podSpec"]
    );
}

#[test]
fn metadata_is_that_of_any_object() {
    let object = Object::new(json!({
        "apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Model",
        "metadata": {"name": "a", "anotations": {}, "ownerReferences": [{"kind": "x"}], "creationTimestamp": null},
        "status": {"anything": 1}, "specs": {},
    }));
    let found = Tree::of_kind(&MODEL, V2_10).unwrap().unknown(&object.unwrap());
    let paths: Vec<&str> = found.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["/metadata/anotations", "/specs"]);
}

#[test]
fn fields_come_with_their_version() {
    for (kind, pointer, wanted) in [
        (&MODEL, "/spec/storageUri", Some(V2_6)),
        (&MODEL, "/spec/llm/modelRef", Some(V2_9)),
        (&SELDON_RUNTIME, "/spec/overrides/0/podSpec", Some(V2_8)),
        (&SELDON_RUNTIME, "/spec/config/kafkaConfig/topics", Some(V2_10)),
        (&SERVER, "/spec/podSpec/containers/2/resizePolicy", Some(V2_7)),
        (&SERVER, "/spec/podSpec/ephemeralContainers", None),
        (&SERVER, "/spec/nothing", None),
    ] {
        assert_eq!(since(kind, pointer), wanted, "{pointer}");
    }
    assert_eq!(unknown(&MODEL, V2_8, &json!({"llm": {}})), ["/spec/llm "]);
    assert_eq!(unknown(&MODEL, V2_9, &json!({"llm": {}})), [""; 0]);
}

#[test]
fn a_crd_says_which_fields_are_open() {
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "models.mlops.seldon.io"},
        "spec": {"versions": [{"storage": false}, {"storage": true, "schema": {"openAPIV3Schema": {"type": "object", "properties": {
            "spec": {"type": "object", "properties": {
                "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                "map": {"type": "object", "additionalProperties": {"type": "string"}},
                "closed": {"type": "object"},
                "list": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "integer"}}}},
            }},
        }}}}]},
    });
    let tree = Tree::of_crd(&Object::new(definition).unwrap()).unwrap();
    let object = Object::new(json!({
        "apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Model", "metadata": {"name": "a"},
        "spec": {"open": {"x": 1}, "map": {"x": 1}, "closed": {"x": 1}, "list": [{"a": 1}, {"b": 1}]},
    }));
    let found = tree.unknown(&object.unwrap());
    let paths: Vec<&str> = found.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["/spec/closed/x", "/spec/list/1/b"]);
}
