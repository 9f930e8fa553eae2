//! An alias that stands proves nothing before the operator has been there.

use serde_json::{Value, json};

use super::*;
use crate::{
    name::Namespace,
    object::Object,
    profile::ControlPlane,
    resource::{SELDON_RUNTIME, SERVICE},
    snapshot::{Read, Scope, Snapshot},
};

const BEFORE: &str = "2026-01-01T09:00:00Z";
const ALIAS: &str = "2026-01-01T10:00:00Z";
const AFTER: &str = "2026-01-01T11:00:00Z";

fn runtime(finalizers: &Value, transition: Option<&str>) -> Value {
    let conditions: Vec<Value> =
        transition.iter().map(|time| json!({"type": "Ready", "status": "True", "lastTransitionTime": time})).collect();
    json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "SeldonRuntime",
        "metadata": {"name": "fin-runtime", "namespace": "fin", "finalizers": finalizers},
        "spec": {"seldonConfig": "default", "overrides": [{"name": "seldon-scheduler", "replicas": 0}]},
        "status": {"conditions": conditions}})
}

fn doubts(runtime: Value, kind: &str, rules: &[&'static Rule]) -> Vec<Doubt> {
    let service = json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "seldon-scheduler", "namespace": "fin", "creationTimestamp": ALIAS},
        "spec": {"type": kind, "externalName": "seldon-scheduler.seldon-system.svc.cluster.local"}});
    let mut snapshot = Snapshot::live();
    for (kind, object) in [(&SERVICE, service), (&SELDON_RUNTIME, runtime)] {
        snapshot.add_read(kind, Scope::Cluster, Read::Complete, vec![Object::new(object).unwrap()]);
    }
    let control_plane = ControlPlane::default();
    let world = World::new(&snapshot, &control_plane, &[Namespace::new("fin").unwrap()]);
    let doubts = alias_doubts(&world, rules);
    assert!(doubts.iter().all(|doubt| doubt.runtime.to_string() == "SeldonRuntime fin/fin-runtime"));
    doubts.into_iter().map(|doubt| doubt.why).collect()
}

#[test]
fn an_alias_is_doubted_until_the_operator_has_been_there() {
    let seen = json!([crate::pattern::RUNTIME_FINALIZER]);
    let of = |runtime| doubts(runtime, "ExternalName", RULES);
    assert_eq!(of(runtime(&json!([]), None)), [Doubt::NotSeen]);
    assert_eq!(of(runtime(&seen, None)), [Doubt::NotReconciled]);
    assert_eq!(of(runtime(&seen, Some(BEFORE))), [Doubt::NotMarked]);
    assert_eq!(of(runtime(&seen, Some(AFTER))), []);
    assert!(Doubt::NotSeen.can_be_awaited() && !Doubt::NotMarked.can_be_awaited());
}

#[test]
fn nothing_is_doubted_where_no_alias_stands_or_nobody_asks_about_it() {
    assert_eq!(doubts(runtime(&json!([]), None), "ClusterIP", RULES), []);
    assert_eq!(doubts(runtime(&json!([]), None), "ExternalName", &with_prefix("SCS06")), []);
    assert_eq!(doubts(runtime(&json!([]), None), "ExternalName", &with_prefix("SCS0505")), [Doubt::NotSeen]);
    let mut leaving = runtime(&json!([]), None);
    leaving["metadata"]["deletionTimestamp"] = AFTER.into();
    assert_eq!(doubts(leaving, "ExternalName", RULES), []);
}
