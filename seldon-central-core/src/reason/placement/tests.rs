use serde_json::{Value, json};

use super::*;
use crate::{
    manifest,
    object::Object,
    resource::MODEL,
    snapshot::{Read, Scope, Snapshot},
};

const CONFIG: &str = "
apiVersion: mlops.seldon.io/v1alpha1
kind: ServerConfig
metadata: {name: mlserver, namespace: seldon-system}
spec:
  podSpec:
    containers:
    - name: agent
      env:
      - {name: SELDON_SERVER_CAPABILITIES, value: 'mlserver, sklearn,xgboost'}
      - {name: SELDON_OVERCOMMIT_PERCENTAGE, value: '10'}
      - name: MEMORY_REQUEST
        valueFrom: {resourceFieldRef: {containerName: mlserver, resource: requests.memory}}
    - name: mlserver
      resources: {requests: {memory: 1Gi}}
";

fn server(namespace: &str, name: &str, spec: &Value) -> String {
    crate::yaml::write(&json!({
        "apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Server",
        "metadata": {"name": name, "namespace": namespace}, "spec": spec,
    }))
}

fn model(spec: &Value) -> Object {
    Object::new(json!({
        "apiVersion": MODEL.api_version(), "kind": MODEL.kind, "metadata": {"name": "m", "namespace": "fin"},
        "spec": spec,
    }))
    .unwrap()
}

fn manifests(documents: &[&str]) -> Snapshot {
    let text = documents.join("\n---\n");
    Snapshot::from_manifests(manifest::read("-", &text).unwrap().objects, &ControlPlane::default().namespace)
}

fn cluster(documents: &[&str]) -> Snapshot {
    let objects: Vec<Object> = manifests(documents).objects().iter().map(|o| o.object.clone()).collect();
    let mut snapshot = Snapshot::live();
    for kind in crate::resource::ALL {
        let of_kind = objects.iter().filter(|object| object.is(kind)).cloned().collect();
        snapshot.add_read(kind, Scope::Cluster, Read::Complete, of_kind);
    }
    snapshot
}

fn place(snapshot: &Snapshot, spec: &Value) -> Outcome {
    let control_plane = ControlPlane::default();
    let shared = Shared::new(snapshot, ["fin", "risk", "seldon-system"].into());
    Scheduler::new(shared, &control_plane).place(&ModelNeeds::of(&model(spec)))
}

fn admission(snapshot: &Snapshot, spec: &Value) -> Admission {
    let control_plane = ControlPlane::default();
    let scheduler = Scheduler::new(Shared::new(snapshot, ["fin"].into()), &control_plane);
    scheduler.candidates(&ModelNeeds::of(&model(spec))).first().unwrap().admission.clone()
}

fn fit_of(snapshot: &Snapshot, spec: &Value) -> Fit {
    let control_plane = ControlPlane::default();
    let scheduler = Scheduler::new(Shared::new(snapshot, ["fin"].into()), &control_plane);
    fit(&ModelNeeds::of(&model(spec)), scheduler.servers().first().unwrap())
}

fn why(documents: &[&str], spec: &Value) -> Explanation {
    let (snapshot, control_plane, model) = (cluster(documents), ControlPlane::default(), model(spec));
    let scheduler = Scheduler::new(Shared::new(&snapshot, ["fin"].into()), &control_plane);
    scheduler.why_no_server(&ModelNeeds::of(&model), "fin")
}

#[test]
fn the_first_filter_that_rejects_is_named() {
    for (server_spec, needs, rejection) in [
        (json!({"replicas": 0, "capabilities": ["a"]}), json!({"requirements": ["b"]}), Some("has no replicas")),
        (json!({"capabilities": ["a"]}), json!({"requirements": ["b"]}), Some("does not declare `b`")),
        (json!({"capabilities": ["a"]}), json!({"requirements": ["A"]}), Some("does not declare `A` (nearest: `a`)")),
        (json!({"capabilities": ["a,b"]}), json!({"requirements": [" b "]}), None),
        (json!({"capabilities": ["a"]}), json!({}), None),
        (json!({"capabilities": ["a"]}), json!({"modelType": "b"}), Some("does not declare `b`")),
        (
            json!({"capabilities": ["mlflow", "sklearn"]}),
            json!({"requirements": ["mlflow", "scikit-learn"]}),
            Some("does not declare `scikit-learn` (nearest: `sklearn`)"),
        ),
    ] {
        let snapshot = manifests(&[&server("fin", "s", &server_spec)]);
        let found = match admission(&snapshot, &needs) {
            Admission::Rejected(rejection) => Some(rejection.to_string()),
            Admission::Accepted => None,
            Admission::Unknown(why) => panic!("{why}"),
        };
        assert_eq!(found.as_deref(), rejection, "{server_spec} {needs}");
    }
}

#[test]
fn a_server_on_its_way_out_is_rejected_for_that_before_its_labels() {
    let leaving = |replicas: u64| {
        crate::yaml::write(&json!({
            "apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Server",
            "metadata": {"name": "s", "namespace": "fin", "deletionTimestamp": "2026-03-01T10:00:00Z"},
            "spec": {"replicas": replicas, "capabilities": ["a"]},
        }))
    };
    for (replicas, label, expected) in
        [(1, "a", "is being deleted"), (1, "b", "is being deleted"), (0, "b", "has no replicas")]
    {
        let found = admission(&cluster(&[&leaving(replicas)]), &json!({"requirements": [label]}));
        let Admission::Rejected(rejection) = found else { panic!("{found:?}") };
        assert_eq!(rejection.to_string(), expected, "{replicas} {label}");
    }
}

#[test]
fn a_server_without_replicas_is_no_way_out_where_it_lacks_what_is_required() {
    let off = server("fin", "a", &json!({"replicas": 0, "capabilities": ["cpu"]}));
    let on = server("fin", "b", &json!({"capabilities": ["cpu"]}));
    let nearest = why(&[&off, &on], &json!({"requirements": ["torch"]}));
    assert_eq!(nearest.message, "none of 2 Servers takes it; the nearest, Server fin/b, does not declare `torch`");
    let alone = why(&[&off], &json!({"requirements": ["torch"]}));
    assert_eq!(
        alone.remedy,
        "give Server fin/a at least one replica, and add `torch` to `spec.capabilities` of Server fin/a, which rolls its \
         pods, or name a Server that declares it"
    );
    assert!(alone.evidence.iter().any(|evidence| evidence.value == "`torch`; Server fin/a declares `cpu`"));
    let enough = why(&[&off, &on], &json!({"requirements": ["cpu"], "server": "a"}));
    assert_eq!(enough.remedy, "give Server fin/a at least one replica");
}

#[test]
fn a_label_that_no_server_can_declare_is_never_proposed_to_one() {
    let server = server("fin", "a", &json!({"capabilities": ["cpu"]}));
    let remedy = |labels: &[&str]| why(&[&server], &json!({"requirements": labels})).remedy;
    assert_eq!(remedy(&["cpu,torch"]), "require `cpu`, `torch` instead of `cpu,torch`, as entries of their own");
    assert_eq!(remedy(&[" "]), "take `` out of the requirements");
    assert_eq!(
        remedy(&["", "torch"]),
        "take `` out of the requirements and add `torch` to `spec.capabilities` of Server fin/a, which rolls its pods, or \
         name a Server that declares it"
    );
}

#[test]
fn capabilities_come_from_the_server_then_from_its_server_config() {
    let needs = json!({"requirements": ["sklearn", "gpu"]});
    let with = |spec: Value| manifests(&[CONFIG, &server("fin", "s", &spec)]);
    let own = json!({"serverConfig": "mlserver", "capabilities": ["sklearn", "gpu"]});
    assert_eq!(admission(&with(own), &needs), Admission::Accepted);
    let extra = json!({"serverConfig": "mlserver", "extraCapabilities": ["gpu"]});
    assert_eq!(admission(&with(extra), &needs), Admission::Accepted);
    let none = with(json!({"serverConfig": "mlserver"}));
    assert!(
        matches!(admission(&none, &needs), Admission::Rejected(Rejection::Requirements(missing)) if missing.len() == 1)
    );
    let env = json!({"name": "SELDON_SERVER_CAPABILITIES", "value": "gpu,sklearn"});
    let overridden = json!({"serverConfig": "mlserver", "podSpec": {"containers": [{"name": "agent", "env": [env]}]}});
    assert_eq!(admission(&with(overridden), &needs), Admission::Accepted);
}

#[test]
fn an_unseen_server_config_makes_capabilities_unknown_and_not_absent() {
    let snapshot =
        manifests(&[&server("fin", "s", &json!({"serverConfig": "mlserver", "extraCapabilities": ["gpu"]}))]);
    assert_eq!(admission(&snapshot, &json!({"requirements": ["gpu"]})), Admission::Accepted);
    let unknown = admission(&snapshot, &json!({"requirements": ["sklearn"]}));
    assert!(matches!(unknown, Admission::Unknown(Unknown::NotInInput { .. })), "{unknown:?}");
}

#[test]
fn a_failed_read_of_the_server_configs_is_passed_on() {
    let servers = manifests(&[&server("fin", "s", &json!({"serverConfig": "mlserver"}))]);
    let mut snapshot = Snapshot::live();
    let objects = servers.objects().iter().map(|o| o.object.clone()).collect();
    snapshot.add_read(&SERVER, Scope::Cluster, Read::Complete, objects);
    snapshot.add_read(&crate::resource::SERVER_CONFIG, Scope::Cluster, Read::Failed("forbidden".into()), vec![]);
    assert!(matches!(place(&snapshot, &json!({"requirements": ["a"]})), Outcome::Unknown(why) if why.is_incomplete()));
}

#[test]
fn every_namespace_of_the_scheduler_counts() {
    let far = server("risk", "far", &json!({"capabilities": ["gpu"]}));
    let near = server("fin", "near", &json!({"capabilities": ["cpu"]}));
    let snapshot = cluster(&[&near, &far]);
    assert_eq!(place(&snapshot, &json!({"requirements": ["gpu"]})), Outcome::Placed);
    assert_eq!(place(&snapshot, &json!({"requirements": ["gpu"], "server": "far"})), Outcome::Placed);
    assert_eq!(place(&snapshot, &json!({"requirements": ["gpu"], "server": "near"})), Outcome::NoServer);
    assert_eq!(place(&snapshot, &json!({"requirements": ["gpu"], "server": "risk/far"})), Outcome::NoServer);
    let elsewhere = cluster(&[&near, &server("alone", "far", &json!({"capabilities": ["gpu"]}))]);
    assert_eq!(place(&elsewhere, &json!({"requirements": ["gpu"]})), Outcome::NoServer);
}

#[test]
fn in_an_open_world_an_unseen_server_might_take_the_model() {
    let snapshot = manifests(&[&server("fin", "near", &json!({"capabilities": ["cpu"]}))]);
    assert!(matches!(place(&snapshot, &json!({"requirements": ["gpu"]})), Outcome::Unknown(_)));
    assert!(matches!(place(&snapshot, &json!({"server": "far"})), Outcome::Unknown(_)));
    assert_eq!(place(&snapshot, &json!({"requirements": ["gpu"], "server": "near"})), Outcome::NoServer);
}

#[test]
fn replicas_and_memory_are_the_replica_filters() {
    let snapshot = |spec: Value| manifests(&[CONFIG, &server("fin", "s", &spec)]);
    let two = snapshot(json!({"serverConfig": "mlserver", "replicas": 2}));
    assert_eq!(fit_of(&two, &json!({"replicas": 2})), Fit::Fits);
    assert_eq!(fit_of(&two, &json!({"replicas": 3})), Fit::Short(Shortage::Replicas { needed: 3, has: 2 }));
    assert_eq!(fit_of(&two, &json!({"replicas": 3, "minReplicas": 1})), Fit::Fits);
    let grows = snapshot(json!({"serverConfig": "mlserver", "replicas": 1, "maxReplicas": 3}));
    assert_eq!(fit_of(&grows, &json!({"replicas": 3})), Fit::Short(Shortage::Replicas { needed: 3, has: 1 }));

    assert_eq!(fit_of(&two, &json!({"memory": "1100Mi"})), Fit::Fits);
    let Fit::Short(short) = fit_of(&two, &json!({"memory": "1.5Gi"})) else { panic!() };
    assert_eq!(short.to_string(), "has 1.1Gi of the 1.5Gi it needs on a replica");
    assert_eq!(fit_of(&two, &json!({"memory": "1181116006"})), Fit::Fits);
    let Fit::Short(short) = fit_of(&two, &json!({"memory": "1181116007"})) else { panic!() };
    assert_eq!(short.to_string(), "has 1181116006 of the 1181116007 it needs on a replica");
    assert_eq!(fit_of(&two, &json!({"explainer": {"type": "anchor"}})), Fit::Short(Shortage::NoExplainers));
}

#[test]
fn the_servers_own_memory_request_goes_first() {
    let own = json!({"serverConfig": "mlserver", "podSpec": {"containers": [
        {"name": "mlserver", "resources": {"requests": {"memory": "4Gi"}}}]}});
    let snapshot = manifests(&[CONFIG, &server("fin", "s", &own)]);
    assert_eq!(fit_of(&snapshot, &json!({"memory": "4.4Gi"})), Fit::Fits);
    let unseen = manifests(&[&server("fin", "s", &own)]);
    assert!(matches!(fit_of(&unseen, &json!({"memory": "1Ki"})), Fit::Unknown(_)));
    assert_eq!(fit_of(&unseen, &json!({})), Fit::Fits);
}

#[test]
fn which_of_two_servers_of_one_name_registers_is_not_known() {
    let a = server("fin", "dup", &json!({"capabilities": ["a"]}));
    let b = server("risk", "dup", &json!({"capabilities": ["b"]}));
    let other = server("risk", "other", &json!({"capabilities": ["b"]}));
    let pinned = json!({"server": "dup", "requirements": ["b"]});
    let Outcome::Unknown(why) = place(&cluster(&[&a, &b]), &pinned) else { panic!() };
    assert_eq!(
        why.to_string(),
        "which of Server fin/dup, Server risk/dup registers with the scheduler is not in the input"
    );
    assert_eq!(place(&cluster(&[&a, &b]), &json!({"server": "dup", "requirements": ["c"]})), Outcome::NoServer);
    assert_eq!(place(&cluster(&[&a, &b, &other]), &json!({"requirements": ["b"]})), Outcome::Placed);
}

/// The crowds of Models with these amounts of memory and replicas on one Server.
fn crowds(replicas: u64, models: &[(&str, u64)]) -> Vec<bool> {
    let server = server("fin", "one", &json!({"serverConfig": "mlserver", "replicas": replicas}));
    let specs: Vec<Value> = models
        .iter()
        .map(|(memory, replicas)| json!({"server": "one", "memory": memory, "replicas": replicas}))
        .collect();
    let documents: Vec<String> = specs
        .iter()
        .enumerate()
        .map(|(index, spec)| {
            crate::yaml::write(&json!({
                "apiVersion": MODEL.api_version(), "kind": MODEL.kind,
                "metadata": {"name": format!("m{index}"), "namespace": "fin"}, "spec": spec,
            }))
        })
        .collect();
    let all: Vec<&str> = [CONFIG, &server].into_iter().chain(documents.iter().map(String::as_str)).collect();
    let snapshot = manifests(&all);
    let control_plane = ControlPlane::default();
    let scheduler = Scheduler::new(Shared::new(&snapshot, ["fin", "seldon-system"].into()), &control_plane);
    let crowd = |observed: &crate::snapshot::Observed| scheduler.crowd(&ModelNeeds::of(&observed.object)).is_some();
    snapshot.known(&MODEL).map(crowd).collect()
}

#[test]
fn models_share_the_memory_of_a_replica() {
    assert_eq!(crowds(1, &[("800Mi", 1), ("800Mi", 1), ("800Mi", 1)]), [true, true, true]);
    assert_eq!(crowds(3, &[("800Mi", 1), ("800Mi", 1), ("800Mi", 1)]), [false, false, false]);
    // No two of them share a replica, though the sum would fit.
    assert_eq!(crowds(2, &[("600Mi", 1), ("600Mi", 1), ("600Mi", 1)]), [true, true, true]);
    assert_eq!(crowds(1, &[("500Mi", 1), ("600Mi", 1)]), [false, false]);
    assert_eq!(crowds(2, &[("600Mi", 2), ("600Mi", 1)]), [true, true]);
    // Whichever of the big ones comes first leaves room for the small one.
    assert_eq!(crowds(1, &[("1000Mi", 1), ("1000Mi", 1), ("10Mi", 1)]), [true, true, false]);
    // On several replicas, too: the small one has its place whatever comes first.
    assert_eq!(crowds(2, &[("1000Mi", 2), ("1000Mi", 1), ("10Mi", 2)]), [true, true, false]);
    // One on both replicas and three on one each: two of those share one.
    assert_eq!(crowds(2, &[("500Mi", 2), ("500Mi", 1), ("500Mi", 1)]), [false, false, false]);
    // One that is too big by itself takes nothing from the others.
    assert_eq!(crowds(1, &[("5Gi", 1), ("1000Mi", 1)]), [false, false]);
}
