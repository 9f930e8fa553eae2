//! What applying an object would change, and the one change that applying cannot make: taking the
//! Service `seldon-scheduler` back from the operator.

use json_patch::{Patch, PatchError, jsonptr::PointerBuf, patch};
use serde_json::{Value, json};

use crate::{
    object::Object,
    pattern,
    reason::ownership::{is_operator_made, runtime_reference},
    resource::SERVICE,
};

/// What applying one object does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It does not exist yet.
    Create,
    /// It exists and differs.
    Configure,
    /// It exists and would stay as it is.
    Unchanged,
    /// The operator made it, and it is replaced in one step.
    Adopt,
}

/// Compares a live object with what the API server says it would become.
pub fn change(live: Option<&Object>, result: &Object) -> Change {
    match live {
        None => Change::Create,
        Some(live) if comparable(live) == comparable(result) => Change::Unchanged,
        Some(_) => Change::Configure,
    }
}

/// An object without what the server keeps for itself: bookkeeping that says nothing about state.
pub fn comparable(object: &Object) -> Value {
    let mut value = object.to_value();
    if let Some(map) = value.as_object_mut() {
        map.remove("status");
    }
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"] {
            metadata.remove(field);
        }
    }
    value
}

/// Where a Secret holds values: in its data, and in annotations, because tools copy the data there,
/// `kubectl apply` into `kubectl.kubernetes.io/last-applied-configuration`.
const SECRET_PARTS: [&str; 3] = ["/data", "/stringData", "/metadata/annotations"];

/// An object as people compare it: [`comparable`], with the values and annotations of a Secret masked.
/// The mask of a value that differs from `other`'s says so without showing either.
pub fn presentable(object: &Object, other: Option<&Object>) -> Value {
    let mut value = comparable(object);
    for_each_part(object, &mut value, |part, map| {
        for (key, secret) in map.iter_mut() {
            let same = other.is_none_or(|other| value_in(other, part, key) == Some(secret));
            *secret = Value::String(if same { "***" } else { "*** (differs)" }.to_owned());
        }
    });
    value
}

/// An object without the values and annotations of a Secret that are not those of `wanted`: others put
/// them there.
pub fn without_foreign_values(object: &Object, wanted: &Object) -> Object {
    let mut value = object.to_value();
    for_each_part(object, &mut value, |part, map| {
        map.retain(|key, secret| value_in(wanted, part, key) == Some(secret));
    });
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut)
        && metadata.get("annotations").and_then(Value::as_object).is_some_and(serde_json::Map::is_empty)
    {
        metadata.remove("annotations");
    }
    Object::new(value).unwrap_or_else(|_| wanted.clone())
}

/// Visits the parts of a Secret that hold values; no other object has any.
fn for_each_part(object: &Object, value: &mut Value, mut visit: impl FnMut(&str, &mut serde_json::Map<String, Value>)) {
    if object.kind() != "Secret" {
        return;
    }
    for part in SECRET_PARTS {
        if let Some(map) = value.pointer_mut(part).and_then(Value::as_object_mut) {
            visit(part, map);
        }
    }
}

fn value_in<'a>(object: &'a Object, part: &str, key: &str) -> Option<&'a Value> {
    object.pointer(part)?.get(key)
}

/// Whether a live Service has to be adopted rather than applied to become this one: the operator
/// made it, and what is wanted is an alias or of another type. One of the type that a relay needs is
/// left to the operator.
pub fn needs_adoption(live: &Object, desired: &Object) -> bool {
    const TYPE: &str = "/spec/type";
    let wanted = desired.text(TYPE);
    let differs = wanted == Some("ExternalName") || wanted != live.text(TYPE);
    desired.is(&SERVICE) && live.is(&SERVICE) && is_operator_made(live) && differs
}

/// The patch that turns an operator-made Service into the wanted one: guarded by its resource
/// version, it drops the operator's annotation and owner reference and replaces the whole spec
/// (`operator/controllers/reconcilers/seldon/service_reconciler.go:203-247`).
///
/// Deleting and creating would not do: the operator watches its Services and makes a new one at
/// once.
pub fn adoption(live: &Object, desired: &Object) -> Patch {
    let mut operations = Vec::new();
    if let Some(version) = live.resource_version() {
        operations.push(test(&["metadata", "resourceVersion"], json!(version)));
    }
    if live.annotation(pattern::OPERATOR_LAST_APPLIED).is_some() {
        operations.push(remove(&["metadata", "annotations", pattern::OPERATOR_LAST_APPLIED]));
    }
    if let Some(index) = runtime_reference(live) {
        let index = index.to_string();
        operations.push(test(&["metadata", "ownerReferences", &index, "kind"], json!("SeldonRuntime")));
        operations.push(remove(&["metadata", "ownerReferences", &index]));
    }
    let labels: serde_json::Map<String, Value> =
        desired.labels().into_iter().chain(live.labels()).map(|(key, value)| (key.to_owned(), json!(value))).collect();
    operations.push(add(&["metadata", "labels"], Value::Object(labels)));
    // The rest of the operator's spec has no place in an alias, nor have its node ports in a relay's
    // Service; the API server itself keeps the cluster IP of one that needs it.
    operations.push(add(&["spec"], desired.pointer("/spec").cloned().unwrap_or_default()));
    Patch(operations)
}

/// The Service to replace an operator-made one with. It keeps the resource version, so that a change
/// in between is refused.
///
/// # Errors
/// [`PatchError`] when the live object does not fit the patch, which [`adoption`] makes from it.
pub fn adopted(live: &Object, desired: &Object) -> Result<Object, PatchError> {
    let mut value = live.to_value();
    patch(&mut value, &adoption(live, desired))?;
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        if metadata.get("ownerReferences").and_then(Value::as_array).is_some_and(Vec::is_empty) {
            metadata.remove("ownerReferences");
        }
    }
    if let Some(map) = value.as_object_mut() {
        map.remove("status");
    }
    Ok(Object::new(value).unwrap_or_else(|_| desired.clone()))
}

fn path(parts: &[&str]) -> PointerBuf {
    PointerBuf::from_tokens(parts.iter().copied())
}

fn test(parts: &[&str], value: Value) -> json_patch::PatchOperation {
    json_patch::PatchOperation::Test(json_patch::TestOperation { path: path(parts), value })
}

fn add(parts: &[&str], value: Value) -> json_patch::PatchOperation {
    json_patch::PatchOperation::Add(json_patch::AddOperation { path: path(parts), value })
}

fn remove(parts: &[&str]) -> json_patch::PatchOperation {
    json_patch::PatchOperation::Remove(json_patch::RemoveOperation { path: path(parts) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Profile, Surroundings, resolve};

    fn alias() -> Object {
        service("tenants: [{namespace: fin}]")
    }

    fn relay() -> Object {
        service("tenants: [{namespace: fin, wiring: relay, relay: {image: envoy}}]")
    }

    fn service(profile: &str) -> Object {
        let profile = Profile::from_yaml(profile).unwrap();
        let desired = crate::desired::build(&resolve(&profile, &Surroundings::default()).unwrap());
        desired.objects().find(|object| object.is(&SERVICE)).unwrap().clone()
    }

    fn operator_made() -> Object {
        Object::new(json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {
                "name": "seldon-scheduler", "namespace": "fin", "resourceVersion": "7", "uid": "u",
                "annotations": {"seldon.io/last-applied": "UEs=", "mine": "stays"},
                "labels": {"app.kubernetes.io/name": "seldon-scheduler"},
                "ownerReferences": [{"kind": "Other", "name": "o"}, {"kind": "SeldonRuntime", "name": "r"}],
                "managedFields": [{"manager": "manager"}],
            },
            "spec": {"type": "ClusterIP", "clusterIP": "10.0.0.1", "ports": []},
            "status": {"loadBalancer": {}},
        }))
        .unwrap()
    }

    #[test]
    fn an_operator_made_service_becomes_the_alias_and_keeps_what_is_not_the_operators() {
        let live = operator_made();
        assert!(needs_adoption(&live, &alias()));
        let adopted = adopted(&live, &alias()).unwrap();
        assert_eq!(adopted.pointer("/spec"), alias().pointer("/spec"));
        assert_eq!(adopted.resource_version(), Some("7"));
        assert_eq!(adopted.annotation(pattern::OPERATOR_LAST_APPLIED), None);
        assert_eq!(adopted.annotation("mine"), Some("stays"));
        assert_eq!(adopted.pointer("/metadata/ownerReferences"), Some(&json!([{"kind": "Other", "name": "o"}])));
        assert_eq!(adopted.label(pattern::TENANT_LABEL), Some("fin"));
        assert_eq!(adopted.pointer("/status"), None);
        assert!(!needs_adoption(&adopted, &alias()));
    }

    #[test]
    fn an_operator_made_service_becomes_the_relays_unless_it_has_its_type() {
        let mut live = operator_made().into_value();
        live["spec"] = json!({"type": "LoadBalancer", "clusterIP": "10.0.0.1", "ports": [{"nodePort": 30001}]});
        let live = Object::new(live).unwrap();
        assert!(needs_adoption(&live, &relay()));
        let adopted = adopted(&live, &relay()).unwrap();
        assert_eq!(adopted.pointer("/spec"), relay().pointer("/spec"));
        assert_eq!(adopted.resource_version(), Some("7"));
        assert_eq!(adopted.annotation(pattern::OPERATOR_LAST_APPLIED), None);
        assert_eq!(adopted.pointer("/metadata/ownerReferences"), Some(&json!([{"kind": "Other", "name": "o"}])));
        assert!(!needs_adoption(&operator_made(), &relay()), "it is a ClusterIP already");
    }

    #[test]
    fn a_service_that_nobody_else_made_is_applied() {
        assert!(!needs_adoption(&alias(), &alias()));
        let users = Object::new(json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "seldon-scheduler", "namespace": "fin"},
            "spec": {"type": "ClusterIP"},
        }));
        assert!(!needs_adoption(&users.unwrap(), &alias()));
    }

    #[test]
    fn bookkeeping_is_no_change() {
        let live = operator_made();
        let mut result = live.to_value();
        result["metadata"]["resourceVersion"] = json!("8");
        result["metadata"]["managedFields"] = json!([]);
        let same = Object::new(result.clone()).unwrap();
        assert_eq!(change(Some(&live), &same), Change::Unchanged);
        assert_eq!(change(None, &same), Change::Create);
        result["spec"]["type"] = json!("LoadBalancer");
        assert_eq!(change(Some(&live), &Object::new(result).unwrap()), Change::Configure);
    }

    #[test]
    fn values_of_secrets_are_masked_and_still_differ() {
        let secret = |value: &str| {
            Object::new(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"k": value}}))
                .unwrap()
        };
        let (old, new) = (secret("b2xk"), secret("bmV3"));
        assert_eq!(presentable(&old, Some(&old))["data"]["k"], "***");
        assert_eq!(presentable(&new, Some(&old))["data"]["k"], "*** (differs)");
        assert!(!presentable(&new, Some(&old)).to_string().contains("bmV3"));
    }

    #[test]
    fn annotations_of_secrets_are_masked_too() {
        let secret = |annotations: Value| {
            let metadata = json!({"name": "s", "labels": {"team": "risk"}, "annotations": annotations});
            Object::new(json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})).unwrap()
        };
        let copied = r#"{"stringData":{"token":"hunter2"}}"#;
        let applied = secret(json!({"kubectl.kubernetes.io/last-applied-configuration": copied}));
        let shown = presentable(&applied, None);
        assert!(!shown.to_string().contains("hunter2"), "{shown}");
        assert_eq!(shown["metadata"]["labels"]["team"], "risk");
        let changed = presentable(&secret(json!({"other.example.com/copy": "hunter2"})), Some(&applied));
        assert_eq!(changed["metadata"]["annotations"]["other.example.com/copy"], "*** (differs)");
        let printed = without_foreign_values(&applied, &secret(json!({"ours": "1"})));
        assert_eq!(printed.pointer("/metadata/annotations"), None);
        let ours = without_foreign_values(&secret(json!({"ours": "1", "theirs": "2"})), &secret(json!({"ours": "1"})));
        assert_eq!(ours.pointer("/metadata/annotations"), Some(&json!({"ours": "1"})));
    }

    #[test]
    fn annotations_of_other_objects_are_shown() {
        let object = operator_made();
        assert_eq!(presentable(&object, None)["metadata"]["annotations"]["mine"], "stays");
        assert_eq!(without_foreign_values(&object, &alias()), object);
    }

    #[test]
    fn values_that_others_put_into_a_secret_are_dropped() {
        let secret = |data: Value| {
            Object::new(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": data})).unwrap()
        };
        let ours = secret(json!({"gs": "a"}));
        let shown = without_foreign_values(&secret(json!({"gs": "a", "token": "b"})), &ours);
        assert_eq!(shown.pointer("/data"), Some(&json!({"gs": "a"})));
        let shown = without_foreign_values(&secret(json!({"gs": "theirs"})), &ours);
        assert_eq!(shown.pointer("/data"), Some(&json!({})));
    }
}
