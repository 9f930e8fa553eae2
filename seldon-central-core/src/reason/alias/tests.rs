use serde_json::json;

use super::*;

const CENTRAL: &str = "seldon-scheduler.seldon-system.svc.cluster.local";

/// An override of the scheduler with a type, possibly empty, or none at all.
fn runtime(service_type: Option<&str>) -> Object {
    let overrides: Vec<Value> = match service_type {
        None => vec![],
        Some("") => vec![json!({"name": "seldon-scheduler", "replicas": 0})],
        Some(kind) => vec![json!({"name": "seldon-scheduler", "replicas": 0, "serviceType": kind})],
    };
    object("SeldonRuntime", &json!({"seldonConfig": "default", "overrides": overrides}), &json!({}))
}

fn config(prefix: &str) -> Object {
    let service = json!({"serviceType": "LoadBalancer", "grpcServicePrefix": prefix});
    object("SeldonConfig", &json!({"config": {"serviceConfig": service}}), &json!({}))
}

fn object(kind: &str, spec: &Value, annotations: &Value) -> Object {
    let metadata = json!({"name": "seldon-scheduler", "annotations": annotations});
    Object::new(json!({"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec})).unwrap()
}

fn service(spec: &Value) -> Object {
    object("Service", spec, &json!({}))
}

fn annotated(spec: &Value, note: &str) -> Object {
    object("Service", spec, &json!({"seldon.io/last-applied": note}))
}

fn six_ports(prefix: &str) -> Vec<Value> {
    let port = |port: &pattern::SchedulerPort| json!({"name": format!("{prefix}{}", port.name), "port": port.port, "protocol": "TCP", "targetPort": port.name});
    pattern::SCHEDULER_PORTS.iter().map(port).collect()
}

fn selector() -> Value {
    json!({"app.kubernetes.io/name": "seldon-scheduler"})
}

fn mirrored() -> Value {
    json!({"type": "ExternalName", "externalName": CENTRAL, "selector": selector(), "ports": six_ports("")})
}

fn with(mut spec: Value, field: &str, value: Value) -> Value {
    if value.is_null() {
        spec.as_object_mut().unwrap().remove(field);
    } else {
        spec[field] = value;
    }
    spec
}

fn three_ports() -> Value {
    json!([
        {"name": "xds", "port": 9002, "targetPort": 9002},
        {"name": "scheduler", "port": 9004, "targetPort": 9004},
        {"name": "agent", "port": 9005, "targetPort": 9005},
    ])
}

fn specification() -> Value {
    json!({"type": "ExternalName", "externalName": CENTRAL, "ports": three_ports()})
}

fn headless() -> Value {
    json!({"type": "ClusterIP", "clusterIP": "None", "selector": selector(), "ports": six_ports("")})
}

fn noted(service_type: &str) -> String {
    let mut spec = json!({"selector": selector(), "ports": six_ports("")});
    if !service_type.is_empty() {
        spec["type"] = json!(service_type);
    }
    json!({"metadata": {"name": "seldon-scheduler"}, "spec": spec}).to_string()
}

fn outcome(service: &Object, service_type: Option<&str>, prefix: &str) -> (&'static str, Vec<String>) {
    let wanted = Wanted::by(&runtime(service_type), Some(&config(prefix)), &ControlPlane::default());
    let fields = |differences: Vec<Difference>| differences.into_iter().map(|d| d.field).collect();
    match predict(service, &wanted) {
        Prediction::Stable => ("stable", vec![]),
        Prediction::Replaced(differences) => ("replaced", fields(differences)),
        Prediction::FailsReconcile { differences, .. } => ("fails", fields(differences)),
        Prediction::CannotTell(_) => ("cannot tell", vec![]),
    }
}

/// What the operator makes of each shape of a Service, as run with its own comparison library.
#[test]
fn the_operator_leaves_alone_what_the_table_says() {
    let mut reversed = six_ports("");
    reversed.reverse();
    let mut extra = six_ports("");
    extra.insert(3, json!({"name": "extra", "port": 9999}));
    let two_keys = json!({"app.kubernetes.io/name": "seldon-scheduler", "extra": "yes"});
    let bare = json!({"type": "ExternalName", "externalName": CENTRAL});
    let no_selector = with(json!({"type": "ClusterIP", "ports": six_ports("")}), "clusterIP", json!("10.0.0.7"));
    for (row, service, service_type, prefix, expected) in [
        ("specification's, override", service(&specification()), Some(""), "", "replaced"),
        ("specification's, no override", service(&specification()), None, "", "replaced"),
        ("no ports, no selector", service(&bare), Some(""), "", "replaced"),
        ("mirrored, override without type", service(&mirrored()), Some(""), "", "stable"),
        ("mirrored, ExternalName", service(&mirrored()), Some("ExternalName"), "", "stable"),
        ("mirrored, ClusterIP", service(&mirrored()), Some("ClusterIP"), "", "replaced"),
        ("mirrored, LoadBalancer", service(&mirrored()), Some("LoadBalancer"), "", "replaced"),
        ("mirrored, no override", service(&mirrored()), None, "", "replaced"),
        ("mirrored, names without the prefix", service(&mirrored()), Some(""), "grpc-", "replaced"),
        (
            "mirrored with the prefix",
            service(&with(mirrored(), "ports", six_ports("grpc-").into())),
            Some(""),
            "grpc-",
            "stable",
        ),
        ("mirrored, no selector", service(&with(mirrored(), "selector", Value::Null)), Some(""), "", "replaced"),
        ("mirrored, reversed", service(&with(mirrored(), "ports", reversed.into())), Some(""), "", "replaced"),
        ("mirrored, extra port", service(&with(mirrored(), "ports", extra.into())), Some(""), "", "stable"),
        ("mirrored, extra selector key", service(&with(mirrored(), "selector", two_keys)), Some(""), "", "stable"),
        ("operator's, noted without type", annotated(&mirrored(), &noted("")), Some(""), "", "stable"),
        ("operator's, noted LoadBalancer", annotated(&mirrored(), &noted("LoadBalancer")), Some(""), "", "replaced"),
        (
            "the same, override LoadBalancer",
            annotated(&mirrored(), &noted("LoadBalancer")),
            Some("LoadBalancer"),
            "",
            "replaced",
        ),
        ("specification's over operator's", annotated(&specification(), &noted("")), Some(""), "", "replaced"),
        ("headless, no type", service(&headless()), Some(""), "", "stable"),
        ("headless, ClusterIP", service(&headless()), Some("ClusterIP"), "", "stable"),
        ("headless, LoadBalancer", service(&headless()), Some("LoadBalancer"), "", "fails"),
        ("ClusterIP without selector", service(&no_selector), Some(""), "", "replaced"),
        ("headless without selector", service(&with(headless(), "selector", Value::Null)), Some(""), "", "replaced"),
        ("no ports, ExternalName", service(&bare), Some("ExternalName"), "", "fails"),
    ] {
        let (outcome, fields) = outcome(&service, service_type, prefix);
        assert_eq!(outcome, expected, "{row}: {fields:?}");
    }
}

#[test]
fn every_difference_is_named_with_both_sides() {
    let Prediction::Replaced(differences) =
        predict(&service(&specification()), &Wanted::by_pattern(&ControlPlane::default()))
    else {
        panic!("not replaced");
    };
    let lines: Vec<String> = differences.iter().map(|d| format!("{}: {} -> {}", d.field, d.found, d.wanted)).collect();
    assert_eq!(
        lines,
        [
            "/spec/selector: no key app.kubernetes.io/name -> app.kubernetes.io/name: seldon-scheduler",
            "/spec/ports/0/targetPort: 9002 -> \"xds\"",
            "/spec/ports/1/targetPort: 9004 -> \"scheduler\"",
            "/spec/ports: no port 9044 -> scheduler-mtls 9044/TCP to scheduler-mtls",
            "/spec/ports/2/targetPort: 9005 -> \"agent\"",
            "/spec/ports: no port 9055 -> agent-mtls 9055/TCP to agent-mtls",
            "/spec/ports: no port 9008 -> dataflow 9008/TCP to dataflow",
        ]
    );
}

#[test]
fn what_is_not_known_is_said_unless_a_difference_is_certain() {
    let packed = annotated(&mirrored(), "UEsDBA==");
    assert_eq!(outcome(&packed, Some(""), "").0, "cannot tell");
    assert_eq!(outcome(&packed, Some("ExternalName"), "").0, "stable");
    assert_eq!(outcome(&annotated(&specification(), "UEsDBA=="), Some(""), "").0, "replaced");
    let control_plane = ControlPlane::default();
    let unseen = Wanted::by_unseen(&control_plane);
    assert!(matches!(predict(&service(&mirrored()), &unseen), Prediction::CannotTell(_)));
    assert!(matches!(predict(&service(&specification()), &unseen), Prediction::Replaced(_)));
    let without_config = Wanted::by(&runtime(None), None, &control_plane);
    assert_eq!(without_config.service_type, None);
}

#[test]
fn what_the_operator_once_set_it_takes_back() {
    let note = json!({"spec": {
        "selector": {"app.kubernetes.io/name": "seldon-scheduler", "old": "yes"},
        "ports": [{"port": 1234}],
        "sessionAffinity": "ClientIP",
    }})
    .to_string();
    let mut ports = six_ports("");
    ports.push(json!({"name": "old", "port": 1234}));
    let spec = with(mirrored(), "ports", ports.into());
    let spec = with(spec, "selector", json!({"app.kubernetes.io/name": "seldon-scheduler", "old": "yes"}));
    let spec = with(spec, "sessionAffinity", json!("ClientIP"));
    let (outcome, fields) = outcome(&annotated(&spec, &note), Some(""), "");
    assert_eq!(outcome, "replaced");
    assert_eq!(fields, ["/spec/sessionAffinity", "/spec/selector", "/spec/ports/6"]);
}
