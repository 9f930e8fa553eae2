//! What the operator's next reconcile does to an existing Service `seldon-scheduler`.
//!
//! The operator compares the Service with the one it would write and leaves it alone when nothing
//! it asks for differs; otherwise it replaces the whole object (facts 3.1 to 3.3). The comparison is
//! a three-way one: what the operator does not set may be there, unless the annotation
//! `seldon.io/last-applied` notes that it was the operator who set it. All metadata is ignored.

use serde_json::{Map, Value, json};

use super::runtime;
use crate::{
    object::Object,
    pattern::{self, Component},
    profile::ControlPlane,
};

/// The Service the operator would write, as far as it can vary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// `spec.type`; empty when the operator leaves it out, `None` when it cannot be told.
    pub service_type: Option<String>,
    /// What the names of the ports begin with.
    pub prefix: Prefix,
}

/// What the names of the scheduler's ports begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prefix {
    /// The runtime, its `SeldonConfig` or the user says so.
    Known(String),
    /// Nobody says, so that it may be the chart's default, which is none, or whatever the Service has.
    Unsaid,
}

impl Prefix {
    fn declared(control_plane: &ControlPlane) -> Self {
        match control_plane.grpc_service_prefix.as_str() {
            "" => Self::Unsaid,
            prefix => Self::Known(prefix.to_owned()),
        }
    }
}

impl Wanted {
    /// What a runtime asks for. Without its `SeldonConfig` the prefix is the control plane's.
    pub fn by(runtime: &Object, config: Option<&Object>, control_plane: &ControlPlane) -> Self {
        let service_type = runtime::service_type(runtime, config, Component::Scheduler);
        let prefix = match (runtime::service_setting(runtime, config, "grpcServicePrefix"), config) {
            (Some(prefix), _) => Prefix::Known(prefix.to_owned()),
            (None, Some(_)) => Prefix::Known(String::new()),
            (None, None) => Prefix::declared(control_plane),
        };
        Self { service_type: service_type.map(str::to_owned), prefix }
    }

    /// What the runtime that the pattern asks for would make of it.
    pub fn by_pattern(control_plane: &ControlPlane) -> Self {
        Self { service_type: Some(String::new()), prefix: Prefix::declared(control_plane) }
    }

    /// What a runtime that nobody has seen may ask for.
    pub fn by_unseen(control_plane: &ControlPlane) -> Self {
        Self { service_type: None, ..Self::by_pattern(control_plane) }
    }
}

/// A field in which a Service differs from the one the operator would write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// JSON pointer into the Service.
    pub field: String,
    /// What is there, for people.
    pub found: String,
    /// What the operator would write, for people.
    pub wanted: String,
}

/// What the operator's next reconcile does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prediction {
    /// It leaves the Service alone.
    Stable,
    /// It replaces the Service by its own.
    Replaced(Vec<Difference>),
    /// It tries to, the API server refuses, and the reconcile of the whole runtime stops there.
    FailsReconcile {
        /// Why it tries.
        differences: Vec<Difference>,
        /// Why the API server refuses.
        refusal: &'static str,
    },
    /// Nothing is known to differ, and something that matters is not known.
    CannotTell(&'static str),
}

/// Predicts the operator's next reconcile of a Service.
pub fn predict(found: &Object, wanted: &Wanted) -> Prediction {
    match &wanted.prefix {
        Prefix::Known(prefix) => predict_with(found, wanted, prefix),
        Prefix::Unsaid => match (predict_with(found, wanted, ""), own_prefix(found)) {
            (Prediction::Replaced(_) | Prediction::FailsReconcile { .. }, Some(own))
                if !matches!(
                    predict_with(found, wanted, own),
                    Prediction::Replaced(_) | Prediction::FailsReconcile { .. }
                ) =>
            {
                Prediction::CannotTell("the SeldonConfig, which decides what the names of the ports begin with")
            }
            (prediction, _) => prediction,
        },
    }
}

/// What the first port of a Service has before its own name.
fn own_prefix(service: &Object) -> Option<&str> {
    let first = pattern::SCHEDULER_PORTS.first()?;
    service.text("/spec/ports/0/name")?.strip_suffix(first.name)
}

fn predict_with(found: &Object, wanted: &Wanted, prefix: &str) -> Prediction {
    let note = Note::on(found);
    let spec = found.pointer("/spec").and_then(Value::as_object).cloned().unwrap_or_default();
    let ports = ports(&spec);
    let mut differences = Vec::new();
    compare_type(&spec, wanted, &note, &mut differences);
    compare_selector(&spec, &mut differences);
    compare_ports(&ports, prefix, &mut differences);
    compare_with_note(&spec, &ports, &note, &mut differences);
    if differences.is_empty() {
        return doubt(wanted, &note, &ports).map_or(Prediction::Stable, Prediction::CannotTell);
    }
    match refusal(&spec, wanted) {
        Some(refusal) => Prediction::FailsReconcile { differences, refusal },
        None => Prediction::Replaced(differences),
    }
}

/// What the operator noted when it last wrote the Service.
enum Note {
    /// There is none.
    None,
    /// The spec it wrote.
    Spec(Map<String, Value>),
    /// It is packed; the operator writes a zip archive in base64.
    Packed,
}

impl Note {
    fn on(service: &Object) -> Self {
        match service.annotation(pattern::OPERATOR_LAST_APPLIED) {
            None | Some("") => Self::None,
            Some(text) => match serde_json::from_str::<Value>(text) {
                Ok(noted) => Self::Spec(noted.get("spec").and_then(Value::as_object).cloned().unwrap_or_default()),
                Err(_) => Self::Packed,
            },
        }
    }
}

/// A port as the API server returns it, defaults filled in.
struct Port<'a> {
    index: usize,
    number: u64,
    name: &'a str,
    protocol: &'a str,
    target: Value,
}

fn ports(spec: &Map<String, Value>) -> Vec<Port<'_>> {
    let ports = spec.get("ports").and_then(Value::as_array).into_iter().flatten().enumerate();
    ports
        .filter_map(|(index, port)| {
            let number = port.get("port")?.as_u64()?;
            let text = |field| port.get(field).and_then(Value::as_str);
            Some(Port {
                index,
                number,
                name: text("name").unwrap_or_default(),
                protocol: text("protocol").unwrap_or("TCP"),
                target: port.get("targetPort").cloned().unwrap_or_else(|| json!(number)),
            })
        })
        .collect()
}

fn found_type(spec: &Map<String, Value>) -> &str {
    spec.get("type").and_then(Value::as_str).unwrap_or("ClusterIP")
}

fn compare_type(spec: &Map<String, Value>, wanted: &Wanted, note: &Note, differences: &mut Vec<Difference>) {
    let found = found_type(spec);
    let wanted = match wanted.service_type.as_deref() {
        None => return,
        Some("") => match note {
            Note::Spec(noted) if noted.contains_key("type") => {
                "none, and by its note it was the operator who set one".to_owned()
            }
            Note::None | Note::Spec(_) | Note::Packed => return,
        },
        Some(wanted) if wanted == found => return,
        Some(wanted) => wanted.to_owned(),
    };
    differences.push(Difference { field: "/spec/type".to_owned(), found: found.to_owned(), wanted });
}

fn compare_selector(spec: &Map<String, Value>, differences: &mut Vec<Difference>) {
    let wanted = Component::Scheduler.name();
    let found =
        spec.get("selector").and_then(|selector| selector.get(pattern::COMPONENT_LABEL)).and_then(Value::as_str);
    if found != Some(wanted) {
        differences.push(Difference {
            field: "/spec/selector".to_owned(),
            found: found.map_or_else(
                || format!("no key {}", pattern::COMPONENT_LABEL),
                |found| format!("{}: {found}", pattern::COMPONENT_LABEL),
            ),
            wanted: format!("{}: {wanted}", pattern::COMPONENT_LABEL),
        });
    }
}

/// Ports are matched by number, as the merge key of the list has it.
fn compare_ports(found: &[Port<'_>], prefix: &str, differences: &mut Vec<Difference>) {
    let mut order = Vec::new();
    for wanted in pattern::SCHEDULER_PORTS {
        let number = u64::from(wanted.port);
        let name = format!("{prefix}{}", wanted.name);
        let Some(port) = found.iter().find(|port| port.number == number) else {
            differences.push(Difference {
                field: "/spec/ports".to_owned(),
                found: format!("no port {number}"),
                wanted: format!("{name} {number}/TCP to {}", wanted.name),
            });
            continue;
        };
        order.push(port.index);
        let target = json!(wanted.name);
        let mut differ = |field: &str, found: String, wanted: String| {
            let field = format!("/spec/ports/{}/{field}", port.index);
            differences.push(Difference { field, found, wanted });
        };
        if port.name != name {
            differ("name", port.name.to_owned(), name);
        }
        if port.protocol != "TCP" {
            differ("protocol", port.protocol.to_owned(), "TCP".to_owned());
        }
        if port.target != target {
            differ("targetPort", port.target.to_string(), target.to_string());
        }
    }
    if !order.is_sorted() {
        let list = |ports: Vec<u64>| ports.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        differences.push(Difference {
            field: "/spec/ports".to_owned(),
            found: format!("in the order {}", list(found.iter().map(|port| port.number).collect())),
            wanted: format!(
                "in the order {}",
                list(pattern::SCHEDULER_PORTS.iter().map(|port| u64::from(port.port)).collect())
            ),
        });
    }
}

/// What the operator once wrote, would not write now, and is still there, it removes.
fn compare_with_note(spec: &Map<String, Value>, ports: &[Port<'_>], note: &Note, differences: &mut Vec<Difference>) {
    let Note::Spec(noted) = note else { return };
    let mut remove = |field: String, found: String| {
        let wanted = "nothing, and by its note it was the operator who set it".to_owned();
        differences.push(Difference { field, found, wanted });
    };
    let removed = noted.keys().filter(|key| !matches!(key.as_str(), "type" | "selector" | "ports"));
    for (key, value) in removed.filter_map(|key| Some((key, spec.get(key)?))) {
        remove(format!("/spec/{key}"), value.to_string());
    }
    let selector = noted.get("selector").and_then(Value::as_object).into_iter().flatten();
    for (key, _) in selector.filter(|(key, _)| *key != pattern::COMPONENT_LABEL) {
        if let Some(value) = spec.get("selector").and_then(|selector| selector.get(key)) {
            remove("/spec/selector".to_owned(), format!("{key}: {value}"));
        }
    }
    let ours = |number: u64| pattern::SCHEDULER_PORTS.iter().any(|port| u64::from(port.port) == number);
    let numbers = noted.get("ports").and_then(Value::as_array).into_iter().flatten();
    for number in numbers.filter_map(|port| port.get("port")?.as_u64()).filter(|number| !ours(*number)) {
        if let Some(port) = ports.iter().find(|port| port.number == number) {
            remove(format!("/spec/ports/{}", port.index), format!("port {number}"));
        }
    }
}

fn doubt(wanted: &Wanted, note: &Note, ports: &[Port<'_>]) -> Option<&'static str> {
    let twice = |port: &Port<'_>| ports.iter().any(|other| other.number == port.number && other.index != port.index);
    match (wanted.service_type.as_deref(), note) {
        (None, _) => Some("the type that the operator would give the alias"),
        (Some(""), Note::Packed) => Some("the type that the operator noted in its packed annotation"),
        _ if ports.iter().any(twice) => Some("what the operator makes of a port number that is listed twice"),
        _ => None,
    }
}

/// Why the API server would refuse what the operator writes.
fn refusal(spec: &Map<String, Value>, wanted: &Wanted) -> Option<&'static str> {
    let headless = spec.get("clusterIP").and_then(Value::as_str) == Some("None");
    match wanted.service_type.as_deref() {
        Some("ExternalName") => Some("the operator writes type ExternalName without the `externalName` it needs"),
        Some("LoadBalancer" | "NodePort") if headless => Some("a headless Service cannot get a type with an address"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
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

    /// The table of facts 3.3, each row once.
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
            (
                "operator's, noted LoadBalancer",
                annotated(&mirrored(), &noted("LoadBalancer")),
                Some(""),
                "",
                "replaced",
            ),
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
            (
                "headless without selector",
                service(&with(headless(), "selector", Value::Null)),
                Some(""),
                "",
                "replaced",
            ),
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
        let lines: Vec<String> =
            differences.iter().map(|d| format!("{}: {} -> {}", d.field, d.found, d.wanted)).collect();
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
}
