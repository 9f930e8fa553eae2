//! Which Services `seldon-scheduler` survive Seldon's operator. On a real API server, whose defaults
//! and refusals have their part in it.

use seldon_central_core::{
    object::Object,
    pattern,
    profile::ControlPlane,
    reason::alias::{Prediction, Wanted, predict},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{
    operator::{self, Decision},
    plan::Plan,
    tenant::{Ground, RUNTIME, SELDON_CONFIG, SERVICE},
};

/// What happens to the Service that the operator finds.
enum Fate {
    Survives,
    Replaced,
    /// The API server refuses what the operator writes, with these words.
    Refused(&'static str),
}

/// The override of `seldon-scheduler` in the tenant's runtime.
#[derive(Clone, Copy)]
enum Override {
    Absent,
    WithoutType,
    Type(&'static str),
}

use Fate::{Refused, Replaced, Survives};
use Override::{Absent, Type, WithoutType};

struct Case {
    name: &'static str,
    /// Puts the Service there.
    service: fn(&Ground<'_>),
    /// What the runtime says when the operator comes.
    over: Override,
    /// `serviceConfig.grpcServicePrefix`
    prefix: &'static str,
    fate: Fate,
}

const fn case(name: &'static str, service: fn(&Ground<'_>), over: Override, fate: Fate) -> Case {
    Case { name, service, over, prefix: "", fate }
}

#[rustfmt::skip]
static CASES: &[Case] = &[
    case("specification_alias_with_override", three_ports, WithoutType, Replaced),
    case("specification_alias_without_override", three_ports, Absent, Replaced),
    case("bare_alias", |g| put(g, &alias(g, |spec| { remove(spec, "ports"); remove(spec, "selector"); })), WithoutType, Replaced),
    case("mirrored_alias", |g| put(g, &alias(g, |_| ())), WithoutType, Survives),
    case("mirrored_alias_with_override_to_externalname", |g| put(g, &alias(g, |_| ())), Type("ExternalName"), Survives),
    case("mirrored_alias_with_override_to_clusterip", |g| put(g, &alias(g, |_| ())), Type("ClusterIP"), Replaced),
    case("mirrored_alias_with_override_to_loadbalancer", |g| put(g, &alias(g, |_| ())), Type("LoadBalancer"), Replaced),
    case("mirrored_alias_without_override", |g| put(g, &alias(g, |_| ())), Absent, Replaced),
    Case { name: "mirrored_alias_lacking_the_prefix", service: |g| put(g, &alias(g, |_| ())), over: WithoutType, prefix: "grpc-", fate: Replaced },
    Case { name: "mirrored_alias_with_the_prefix", service: |g| put(g, &alias(g, prefixed)), over: WithoutType, prefix: "grpc-", fate: Survives },
    case("mirrored_alias_without_selector", |g| put(g, &alias(g, |spec| remove(spec, "selector"))), WithoutType, Replaced),
    case("mirrored_alias_with_reversed_ports", |g| put(g, &alias(g, |spec| spec["ports"].as_array_mut().unwrap().reverse())), WithoutType, Replaced),
    case("mirrored_alias_with_one_more_port", |g| put(g, &alias(g, |spec| spec["ports"].as_array_mut().unwrap().push(port("", "extra", 9999)))), WithoutType, Survives),
    case("mirrored_alias_with_one_more_selector_key", |g| put(g, &alias(g, |spec| spec["selector"]["extra"] = json!("yes"))), WithoutType, Survives),
    case("own_noted_without_type_patched_to_alias", |g| { owned(g, WithoutType); patch_to_alias(g); }, WithoutType, Survives),
    case("own_noted_as_loadbalancer_patched_to_alias", |g| { owned(g, Type("LoadBalancer")); patch_to_alias(g); }, WithoutType, Replaced),
    case("own_noted_as_loadbalancer_patched_to_alias_with_override_to_loadbalancer", |g| { owned(g, Type("LoadBalancer")); patch_to_alias(g); }, Type("LoadBalancer"), Replaced),
    case("own_with_the_specification_applied_over_it", |g| { owned(g, WithoutType); three_ports(g); }, WithoutType, Replaced),
    case("own_untouched", |g| owned(g, WithoutType), WithoutType, Survives),
    case("headless_and_mirrored", |g| put(g, &headless(g, |_| ())), WithoutType, Survives),
    case("headless_and_mirrored_with_override_to_clusterip", |g| put(g, &headless(g, |_| ())), Type("ClusterIP"), Survives),
    case("headless_and_mirrored_with_override_to_loadbalancer", |g| put(g, &headless(g, |_| ())), Type("LoadBalancer"), Refused("may not be set to 'None' for LoadBalancer services")),
    // Without a selector the API server made it dual-stack, which with one it may not be on a
    // single-stack cluster.
    case("headless_without_selector", |g| put(g, &headless(g, |spec| remove(spec, "selector"))), WithoutType, Refused("cluster is not configured for dual-stack services")),
    case("clusterip_without_selector", |g| put(g, &cluster_ip(g, |spec| remove(spec, "selector"))), WithoutType, Replaced),
    case("none_with_override_to_externalname", |_| (), Type("ExternalName"), Refused("spec.externalName: Required value")),
];

pub(crate) fn add(plan: &mut Plan) {
    for case in CASES {
        plan.cluster(&format!("operator::{}", case.name), |server| {
            let ground = Ground::empty(server);
            prepare(&ground, case.prefix);
            (case.service)(&ground);
            meets_its_fate(&ground, case);
        });
    }
    plan.cluster("operator::emitted_alias_is_left_alone", |server| emitted(&Ground::empty(server), "", &[]));
    plan.cluster("operator::emitted_alias_with_prefix_is_left_alone", |server| {
        emitted(&Ground::empty(server), "grpc-", &["--grpc-service-prefix", "grpc-"]);
    });
    plan.cluster("operator::emitted_relay_service_is_left_alone", |server| {
        emitted(&Ground::empty(server), "", &["--wiring", "relay", "--relay-image", "registry.test/envoy:1"]);
    });
}

fn prepare(ground: &Ground<'_>, prefix: &str) {
    ground.namespace(&ground.control_plane);
    ground.namespace(&ground.tenant);
    let config = json!({"serviceConfig": {"grpcServicePrefix": prefix, "serviceType": "LoadBalancer"}});
    ground.api.create(&json!({
        "apiVersion": "mlops.seldon.io/v1alpha1",
        "kind": "SeldonConfig",
        "metadata": {"name": "default", "namespace": ground.control_plane},
        "spec": {"config": config},
    }));
}

fn meets_its_fate(ground: &Ground<'_>, case: &Case) {
    set_runtime(ground, case.over);
    let before = ground.api.find(SERVICE, &ground.tenant, pattern::SCHEDULER_SERVICE);
    if let Some(before) = &before {
        is_predicted(ground, before, &case.fate);
    }
    let decision = operator::reconcile(ground);
    let after = ground.api.find(SERVICE, &ground.tenant, pattern::SCHEDULER_SERVICE);
    match case.fate {
        Survives => {
            assert_eq!(decision.action, "NoChange", "{decision:?}");
            assert_eq!(after, before);
        }
        Refused(words) => {
            assert_eq!(decision.action, "Error", "{decision:?}");
            assert!(decision.error.contains(words), "{decision:?}");
            assert_eq!(after, before);
        }
        Replaced => {
            assert_eq!(decision.action, "Update", "{decision:?}");
            is_the_operators(&after.unwrap(), ground, case.over);
        }
    }
}

/// The plugin says of each Service what the operator then does, the notes of its own included.
fn is_predicted(ground: &Ground<'_>, service: &Value, fate: &Fate) {
    let object = |value: Value| Object::new(value).unwrap();
    let runtime = object(ground.api.get(RUNTIME, &ground.tenant, &format!("{}-runtime", ground.tenant)));
    let config = object(ground.api.get(SELDON_CONFIG, &ground.control_plane, "default"));
    let wanted = Wanted::by(&runtime, Some(&config), &ControlPlane::default());
    let prediction = predict(&object(service.clone()), &wanted);
    let as_expected = match fate {
        Survives => prediction == Prediction::Stable,
        // Whether the cluster is a dual-stack one is nothing that a Service tells.
        Replaced | Refused("cluster is not configured for dual-stack services") => {
            matches!(prediction, Prediction::Replaced(_))
        }
        Refused(_) => matches!(prediction, Prediction::FailsReconcile { .. }),
    };
    assert!(as_expected, "{prediction:?}\n{service:#}");
}

/// The marks that the operator's replacement leaves.
fn is_the_operators(service: &Value, ground: &Ground<'_>, over: Override) {
    let (metadata, spec) = (&service["metadata"], &service["spec"]);
    let wanted_type = match over {
        Absent => "LoadBalancer",
        WithoutType => "ClusterIP",
        Type(name) => name,
    };
    assert_eq!(spec["type"], wanted_type);
    assert_eq!(spec.get("externalName"), None);
    assert_eq!(metadata["labels"], json!({pattern::COMPONENT_LABEL: pattern::SCHEDULER_SERVICE}));
    assert!(metadata["annotations"][pattern::OPERATOR_LAST_APPLIED].is_string(), "{metadata:#}");
    assert_eq!(metadata["ownerReferences"][0]["name"], format!("{}-runtime", ground.tenant));
}

/// What the plugin emits, as a user's pipeline would apply it.
fn emitted(ground: &Ground<'_>, prefix: &str, arguments: &[&str]) {
    prepare(ground, prefix);
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out").display().to_string();
    ground.onboard(&[&["--emit", "kustomize", "--out", &out], arguments].concat()).succeeds();
    ground.server.kubectl().run(["apply", "--server-side", "--force-conflicts", "-k", &out]).succeeds();
    let service = || ground.api.get(SERVICE, &ground.tenant, pattern::SCHEDULER_SERVICE);
    let before = service();
    for _ in 0..2 {
        let Decision { action, patch, error, .. } = operator::reconcile(ground);
        assert_eq!((action.as_str(), patch.as_str(), error.as_str()), ("NoChange", "", ""));
    }
    assert_eq!(service(), before);
}

fn set_runtime(ground: &Ground<'_>, over: Override) {
    let overrides = match over {
        Absent => json!([]),
        WithoutType => json!([{"name": "seldon-scheduler", "replicas": 0}]),
        Type(name) => json!([{"name": "seldon-scheduler", "replicas": 0, "serviceType": name}]),
    };
    let name = format!("{}-runtime", ground.tenant);
    if ground.api.find(RUNTIME, &ground.tenant, &name).is_some() {
        ground.api.merge(RUNTIME, &ground.tenant, &name, &json!({"spec": {"overrides": overrides}}));
        return;
    }
    ground.api.create(&json!({
        "apiVersion": "mlops.seldon.io/v1alpha1",
        "kind": "SeldonRuntime",
        "metadata": {"name": name, "namespace": ground.tenant},
        "spec": {"seldonConfig": "default", "overrides": overrides},
    }));
    assert!(ground.api.find(SELDON_CONFIG, &ground.control_plane, "default").is_some());
}

/// A Service that the operator itself made, with its note of the type.
fn owned(ground: &Ground<'_>, over: Override) {
    set_runtime(ground, over);
    assert_eq!(operator::reconcile(ground).action, "Create");
}

fn patch_to_alias(ground: &Ground<'_>) {
    let patch = json!({"spec": {"type": "ExternalName", "externalName": host(ground)}}).to_string();
    let arguments = ["patch", "service", "seldon-scheduler", "--type=merge", "-n", &ground.tenant, "-p", &patch];
    ground.server.kubectl().run(arguments).succeeds();
    assert_eq!(ground.api.get(SERVICE, &ground.tenant, "seldon-scheduler")["spec"]["type"], "ExternalName");
}

/// The specification's Service, as `kubectl apply` puts it there.
fn three_ports(ground: &Ground<'_>) {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("service.yaml");
    let numbered = |name: &str, number: u16| json!({"name": name, "port": number, "targetPort": number});
    let service = service(
        ground,
        json!({
            "type": "ExternalName",
            "externalName": host(ground),
            "ports": [numbered("xds", 9002), numbered("scheduler", 9004), numbered("agent", 9005)],
        }),
    );
    std::fs::write(&file, service.to_string()).unwrap();
    ground.server.kubectl().run(["apply", "-f", &file.display().to_string()]).succeeds();
}

fn put(ground: &Ground<'_>, service: &Value) {
    ground.api.create(service);
}

fn host(ground: &Ground<'_>) -> String {
    format!("seldon-scheduler.{}.svc.cluster.local", ground.control_plane)
}

fn service(ground: &Ground<'_>, spec: Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "seldon-scheduler", "namespace": ground.tenant, "labels": {"team": "a"}},
        "spec": spec,
    })
}

fn port(prefix: &str, name: &str, number: u16) -> Value {
    json!({"name": format!("{prefix}{name}"), "port": number, "protocol": "TCP", "targetPort": name})
}

/// Ports and selector as the operator writes them, spelled out here so that the plugin's own list is
/// not its own witness.
fn mirrored(prefix: &str) -> Value {
    let ports = [
        ("xds", 9002),
        ("scheduler", 9004),
        ("scheduler-mtls", 9044),
        ("agent", 9005),
        ("agent-mtls", 9055),
        ("dataflow", 9008),
    ];
    json!({
        "selector": {"app.kubernetes.io/name": "seldon-scheduler"},
        "ports": ports.map(|(name, number)| port(prefix, name, number)),
    })
}

fn with(mut spec: Value, more: Value, edit: impl Fn(&mut Value)) -> Value {
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    edit(&mut spec);
    spec
}

fn alias(ground: &Ground<'_>, edit: impl Fn(&mut Value)) -> Value {
    service(ground, with(mirrored(""), json!({"type": "ExternalName", "externalName": host(ground)}), edit))
}

fn cluster_ip(ground: &Ground<'_>, edit: impl Fn(&mut Value)) -> Value {
    service(ground, with(mirrored(""), json!({"type": "ClusterIP"}), edit))
}

fn headless(ground: &Ground<'_>, edit: impl Fn(&mut Value)) -> Value {
    service(ground, with(mirrored(""), json!({"type": "ClusterIP", "clusterIP": "None"}), edit))
}

fn remove(spec: &mut Value, key: &str) {
    spec.as_object_mut().unwrap().remove(key).unwrap();
}

fn prefixed(spec: &mut Value) {
    spec["ports"] = mirrored("grpc-")["ports"].clone();
}
