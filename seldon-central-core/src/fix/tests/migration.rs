//! Tenants that were made after the specification, or before it, on their way to what works: `docs/migrate.md`.

use serde_json::{Value, json};

use super::*;
use crate::{
    name::Namespace,
    resource::{MODEL, NETWORK_POLICY, SELDON_RUNTIME, SERVER, SERVICE},
};

const FIN: &str = "financial-inference";

const RUNTIME: &str = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: centralized
  overrides:
  - {name: hodometer, replicas: 1}
  - {name: seldon-envoy, replicas: 1}
  - {name: seldon-dataflow-engine, replicas: 0}
  - {name: seldon-modelgateway, replicas: 1}
  - {name: seldon-pipelinegateway, replicas: 0}
  - {name: seldon-scheduler, replicas: 0}
  - {name: mlserver, replicas: 3}
";
const OWN_CONFIG: &str = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: {name: centralized, namespace: seldon-system}
spec: {}
";
const SERVING: &str = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: centralized-scheduler-config, capabilities: [mlflow, torch, scikit-learn, numpy], replicas: 1}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: ServerConfig
metadata: {name: centralized-scheduler-config, namespace: financial-inference}
spec: {podSpec: {containers: [{name: mlserver}]}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec:
  server: mlserver
  requirements: [mlflow, torch, scikit-learn, numpy]
  storageUri: s3://mlflow-artifacts/path/to/model
";
const ALIAS: &str = "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec:
  type: ExternalName
  externalName: seldon-scheduler.seldon-system.svc.cluster.local
  ports:
  - {name: xds, port: 9002, targetPort: 9002}
  - {name: scheduler, port: 9004, targetPort: 9004}
  - {name: agent, port: 9005, targetPort: 9005}
";
const POLICY: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: financial-inference-app-policy, namespace: financial-inference}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to: [{namespaceSelector: {matchLabels: {name: seldon-system}}}]
    ports: [{protocol: TCP, port: 9002}, {protocol: TCP, port: 9004}, {protocol: TCP, port: 9005}]
";
const OTHER_SERVER: &str = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: seldon-system}
spec: {serverConfig: mlserver}
";

/// A control plane, and the tenant's objects.
fn before(texts: &[&str]) -> Snapshot {
    let own = texts.iter().flat_map(|text| manifest::read("tenant.yaml", text).unwrap().objects);
    let central = control_plane_objects(&ControlPlane::default(), "ClusterIP");
    cluster(&central.into_iter().chain(own.map(|seen| seen.object)).collect::<Vec<_>>())
}

/// What these rules make of it: the plan, and the world after it, in which they find nothing.
fn migrated(texts: &[&str], rules: &[&str]) -> (Plan, Snapshot) {
    let snapshot = before(texts);
    let (control_plane, fin) = (ControlPlane::default(), [Namespace::new(FIN).unwrap()]);
    let world = World::new(&snapshot, &control_plane, &fin);
    for rule in rules {
        assert!(!found(&world, rule).is_empty(), "{rule} finds nothing before");
    }
    let plan = of(&world, FixSafety::Unsafe, &|outcome| rules.contains(&outcome.rule));
    let after = after(&snapshot, &plan);
    let world = world.over(&after);
    for rule in rules {
        assert_eq!(found(&world, rule), [], "{rule}: {:#?}", plan.left);
    }
    (plan, after)
}

fn object(snapshot: &Snapshot, kind: &'static crate::resource::Resource, name: &str) -> Value {
    snapshot.known_in(kind, FIN).find(|seen| seen.object.name() == name).unwrap().object.to_value()
}

fn ids(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| step.object.to_string()).collect()
}

#[test]
fn a_seldonconfig_of_ones_own_gives_way_to_the_charts() {
    let (_, after) = migrated(&[RUNTIME, OWN_CONFIG, ALIAS], &["SCS0203"]);
    assert_eq!(object(&after, &SELDON_RUNTIME, "financial-inference-runtime")["spec"]["seldonConfig"], "default");
}

#[test]
fn a_serverconfig_of_ones_own_gives_way_to_the_charts() {
    let (plan, after) = migrated(&[RUNTIME, ALIAS, SERVING], &["SCS0302", "SCS0303"]);
    assert_eq!(object(&after, &SERVER, "mlserver")["spec"]["serverConfig"], "mlserver");
    // It goes once no Server names it.
    assert_eq!(
        ids(&plan),
        ["Server financial-inference/mlserver", "ServerConfig financial-inference/centralized-scheduler-config",]
    );
}

#[test]
fn a_misspelling_is_put_right_on_the_server_and_then_on_its_models() {
    let right = json!(["mlflow", "torch", "sklearn", "numpy"]);
    for rules in [&["SCS0305"][..], &["SCS0305", "SCS0401"]] {
        let (plan, after) = migrated(&[RUNTIME, ALIAS, SERVING], rules);
        assert_eq!(object(&after, &SERVER, "mlserver")["spec"]["capabilities"], right);
        assert_eq!(object(&after, &MODEL, "baseline-predictor")["spec"]["requirements"], right);
        // A Model that asks first asks for what no Server will offer, and is refused.
        assert_eq!(
            ids(&plan),
            ["Server financial-inference/mlserver", "Model financial-inference/baseline-predictor",]
        );
    }
}

#[test]
fn an_alias_of_three_numbered_ports_becomes_one_that_the_operator_lets_be() {
    let (_, after) = migrated(&[RUNTIME, ALIAS, SERVING], &["SCS0504"]);
    let alias = object(&after, &SERVICE, "seldon-scheduler");
    let ports: Vec<&Value> = alias["spec"]["ports"].as_array().unwrap().iter().map(|port| &port["name"]).collect();
    assert_eq!(ports, ["xds", "scheduler", "scheduler-mtls", "agent", "agent-mtls", "dataflow"]);
    assert_eq!(alias["spec"]["ports"][0]["targetPort"], "xds");
    assert_eq!(alias["spec"]["externalName"], "seldon-scheduler.seldon-system.svc.cluster.local");
}

#[test]
fn a_policy_for_egress_alone_lets_out_what_the_pattern_needs() {
    let (plan, after) = migrated(&[RUNTIME, ALIAS, SERVING, POLICY], &["SCS0602", "SCS0604", "SCS0605"]);
    assert_eq!(ids(&plan), ["NetworkPolicy financial-inference/financial-inference-app-policy"]);
    let policy = object(&after, &NETWORK_POLICY, "financial-inference-app-policy");
    let selector = &policy["spec"]["egress"][0]["to"][0]["namespaceSelector"]["matchLabels"];
    assert_eq!(*selector, json!({"kubernetes.io/metadata.name": "seldon-system"}));
    assert_eq!(policy["spec"]["policyTypes"], json!(["Egress"]), "nobody new is shut out");
}

#[test]
fn a_servers_name_that_is_taken_becomes_its_own_with_all_that_refer_to_it() {
    // A reference to what is not there is put right first; here it is.
    let serving = SERVING
        .replace("serverConfig: centralized-scheduler-config", "serverConfig: mlserver")
        .replace("scikit-learn", "sklearn");
    let (plan, after) = migrated(&[RUNTIME, ALIAS, &serving, OTHER_SERVER], &["SCS0304"]);
    assert_eq!(
        ids(&plan),
        [
            "Server financial-inference/financial-inference-mlserver",
            "Model financial-inference/baseline-predictor",
            "Server financial-inference/mlserver",
        ]
    );
    assert_eq!(object(&after, &MODEL, "baseline-predictor")["spec"]["server"], "financial-inference-mlserver");
    let (new, old) = (object(&after, &SERVER, "financial-inference-mlserver"), before(&[&serving]));
    assert_eq!(new["spec"], object(&old, &SERVER, "mlserver")["spec"]);
    let central = after.known_in(&SERVER, "seldon-system").map(|seen| seen.object.name());
    assert_eq!(central.collect::<Vec<_>>(), ["mlserver"]);
}

#[test]
fn the_whole_tenant_is_migrated_at_once() {
    let every =
        ["SCS0203", "SCS0302", "SCS0303", "SCS0304", "SCS0305", "SCS0401", "SCS0504", "SCS0602", "SCS0604", "SCS0605"];
    migrated(&[RUNTIME, OWN_CONFIG, ALIAS, SERVING, POLICY, OTHER_SERVER], &every);
}
