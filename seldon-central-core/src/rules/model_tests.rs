//! What the rules about Models and manifests say, beyond their fixtures.

use super::*;
use crate::{
    desired, manifest,
    object::Object,
    profile::{ControlPlane, Profile, Surroundings, resolve},
    resource,
    snapshot::{Observed, Origin, Read, Scope, Snapshot},
};

const TENANT: &str = "
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: fin-runtime, namespace: fin}
spec: {seldonConfig: default, overrides: [{name: seldon-scheduler, replicas: 0}]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: fin}
spec: {serverConfig: mlserver, capabilities: [mlflow, sklearn]}
---
";

fn objects(text: &str) -> Vec<Observed> {
    manifest::read("-", text).unwrap().objects
}

fn manifests(text: &str) -> Snapshot {
    Snapshot::from_manifests(objects(text), &ControlPlane::default().namespace)
}

fn cluster(text: &str) -> Snapshot {
    let objects: Vec<Object> = objects(text).into_iter().map(|observed| observed.object).collect();
    let mut snapshot = Snapshot::live();
    for kind in resource::ALL {
        let of_kind = objects.iter().filter(|object| object.is(kind)).cloned().collect();
        snapshot.add_read(kind, Scope::Cluster, Read::Complete, of_kind);
    }
    snapshot
}

/// The verdicts of one rule, one line each.
fn verdicts(id: &str, snapshot: &Snapshot) -> String {
    let control_plane = ControlPlane::default();
    let world = World::new(snapshot, &control_plane, &[]);
    let rule = find(id).unwrap();
    let outcomes = run(RULES.iter().filter(|other| other.id == rule.id), &world);
    outcomes.iter().map(line).collect()
}

fn line(outcome: &Outcome) -> String {
    let mut lines = vec![match &outcome.verdict {
        Verdict::Pass => format!("{}: pass", outcome.object),
        Verdict::Unknown { reason } => format!("{}: unknown, {reason}", outcome.object),
        Verdict::Fail(finding) | Verdict::Suppressed { finding, .. } => {
            format!("{}: {} {}", outcome.object, finding.level.letter(), finding.message)
        }
    }];
    if let Some(finding) = outcome.finding() {
        lines.extend(finding.evidence.iter().map(|evidence| format!("  {}: {}", evidence.path, evidence.value)));
        lines.push(format!("  > {}", finding.remedy));
    }
    lines.join("\n") + "\n"
}

fn model(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: mlops.seldon.io/v1alpha1\nkind: Model\nmetadata: {{name: {name}, namespace: fin}}\nspec: {spec}\n---\n"
    )
}

fn failed_model(reason: &str, message: &str, requirement: &str) -> String {
    format!(
        "apiVersion: mlops.seldon.io/v1alpha1\nkind: Model\nmetadata: {{name: m, namespace: fin}}\n\
         spec: {{server: mlserver, requirements: [{requirement}], storageUri: 's3://b/p'}}\n\
         status: {{conditions: [{{type: ModelReady, status: 'False', reason: '{reason}', message: {message}}}]}}\n---\n"
    )
}

#[test]
fn what_this_tool_builds_itself_has_nothing_wrong_with_it() {
    let profile = "
tenants:
- namespace: financial-inference
  models:
  - name: baseline-predictor
    requirements: [mlflow, torch, sklearn, numpy]
    storageUri: s3://mlflow-artifacts/path/to/model
- namespace: risk
  models:
  - {name: risk-predictor, requirements: [mlflow], storageUri: 's3://mlflow-artifacts/path/to/model', replicas: 1}
";
    let desired = desired::build(&resolve(&Profile::from_yaml(profile).unwrap(), &Surroundings::default()).unwrap());
    let observed: Vec<Observed> =
        desired.objects().map(|object| Observed { object: object.clone(), origin: Origin::Desired }).collect();
    let snapshot = Snapshot::from_manifests(observed, &ControlPlane::default().namespace);
    let control_plane = ControlPlane::default();
    let world = World::new(&snapshot, &control_plane, &[]);
    assert_eq!(world.tenants.len(), 2);
    let outcomes = run(RULES, &world);
    let bad: Vec<String> = outcomes
        .iter()
        .filter(|outcome| outcome.finding().is_some_and(|finding| finding.level > Level::Info))
        .map(|outcome| format!("{} {}", outcome.rule, line(outcome)))
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
    for rule in ["SCS0401", "SCS0402", "SCS0403", "SCS0404", "SCS0410", "SCS0411", "SCS0802", "SCS0803"] {
        assert!(outcomes.iter().any(|o| o.rule == rule && o.verdict == Verdict::Pass), "{rule} passed nothing");
    }
}

#[test]
fn a_rejected_model_is_told_the_server_the_label_and_the_nearest_one() {
    let text = format!("{TENANT}{}", model("m", "{server: mlserver, requirements: [mlflow, scikit-learn]}"));
    insta::assert_snapshot!(verdicts("SCS0402", &manifests(&text)), @r#"
    Model fin/m: E Server fin/mlserver, which it names, does not declare `scikit-learn` (nearest: `sklearn`)
      /spec/requirements/1: `scikit-learn` (nearest: `sklearn`); Server fin/mlserver declares `mlflow`, `sklearn`
      > require `sklearn` instead of `scikit-learn`
    "#);
    insta::assert_snapshot!(verdicts("SCS0401", &manifests(&text)), @r#"
    Model fin/m: E `scikit-learn` is a misspelling of the capability `sklearn`
      /spec/requirements/1: scikit-learn
      > require `sklearn` instead of `scikit-learn`
    "#);
}

#[test]
fn a_misspelling_that_the_server_shares_works_and_is_a_warning() {
    let tenant = TENANT.replace("[mlflow, sklearn]", "[mlflow, scikit-learn]");
    let text = format!("{tenant}{}", model("m", "{server: mlserver, requirements: [scikit-learn]}"));
    insta::assert_snapshot!(verdicts("SCS0401", &manifests(&text)), @r#"
    Model fin/m: W `scikit-learn` is a misspelling of the capability `sklearn`; it matches only because a Server misspells it too
      /spec/requirements/0: scikit-learn
      > require `sklearn` instead of `scikit-learn`, once the Server declares that
    "#);
    assert_eq!(verdicts("SCS0402", &manifests(&text)), "Model fin/m: pass\n");
}

#[test]
fn without_its_server_config_a_server_is_unknown_and_not_unfit() {
    let tenant = TENANT.replace(", capabilities: [mlflow, sklearn]", "");
    let text = format!("{tenant}{}", model("m", "{server: mlserver, requirements: [gpu], memory: 1Gi}"));
    insta::assert_snapshot!(verdicts("SCS0402", &manifests(&text)), @"Model fin/m: unknown, serverconfigs.mlops.seldon.io of namespace seldon-system is not in the input");
    insta::assert_snapshot!(verdicts("SCS0410", &manifests(&text)), @"Model fin/m: unknown, serverconfigs.mlops.seldon.io of namespace seldon-system is not in the input");
}

#[test]
fn an_unpinned_model_is_offered_the_one_server_that_fits() {
    let other = "apiVersion: mlops.seldon.io/v1alpha1\nkind: Server\nmetadata: {name: triton, namespace: fin}\n\
                 spec: {serverConfig: triton, capabilities: [triton]}\n---\n";
    let text = format!("{TENANT}{other}{}", model("m", "{requirements: [sklearn]}"));
    insta::assert_snapshot!(verdicts("SCS0404", &manifests(&text)), @r#"
    Model fin/m: W any Server on the scheduler may get the Model, also one of another namespace
      /spec/server: absent
      > set `spec.server` to `mlserver`, the only Server of fin that fits
    "#);
    assert_eq!(verdicts("SCS0402", &manifests(&text)), "Model fin/m: pass\n");
    let none = format!("{TENANT}{}", model("m", "{requirements: [gpu]}"));
    insta::assert_snapshot!(verdicts("SCS0402", &cluster(&none)), @r#"
    Model fin/m: E Server fin/mlserver, the only one on the scheduler, does not declare `gpu`
      /spec/requirements/0: `gpu`; Server fin/mlserver declares `mlflow`, `sklearn`
      > add `gpu` to `spec.capabilities` of Server fin/mlserver, which rolls its pods, or name a Server that declares it
    "#);
}

#[test]
fn a_model_that_no_server_of_the_files_takes_is_told_so_when_they_hold_its_namespace() {
    let gpu = model("m", "{requirements: [gpu], replicas: 2}");
    insta::assert_snapshot!(verdicts("SCS0402", &manifests(&format!("{TENANT}{gpu}"))), @r#"
    Model fin/m: E Server fin/mlserver, the only one in these files, does not declare `gpu`
      /spec/requirements/0: `gpu`; Server fin/mlserver declares `mlflow`, `sklearn`
      > add `gpu` to `spec.capabilities` of Server fin/mlserver, which rolls its pods, or name a Server that declares it
    "#);
    let risk = TENANT.replace("fin", "risk").replace("mlserver,", "risk-mlserver,");
    insta::assert_snapshot!(verdicts("SCS0402", &manifests(&format!("{TENANT}{risk}{gpu}"))), @r#"
    Model fin/m: E none of 2 Servers in these files takes it; the nearest, Server fin/mlserver, does not declare `gpu`
      /spec/requirements/0: `gpu`; Server fin/mlserver declares `mlflow`, `sklearn`
      /spec/requirements/0: `gpu`; Server risk/risk-mlserver declares `mlflow`, `sklearn`
      > add `gpu` to `spec.capabilities` of Server fin/mlserver, which rolls its pods, or name a Server that declares it
    "#);
    let fits = risk.replace("sklearn]", "sklearn, gpu]");
    assert_eq!(verdicts("SCS0402", &manifests(&format!("{TENANT}{fits}{gpu}"))), "Model fin/m: pass\n");
    // A Server that may declare it is no Server that does not.
    let open = risk.replace(", capabilities: [mlflow, sklearn]", "");
    assert!(verdicts("SCS0402", &manifests(&format!("{TENANT}{open}{gpu}"))).contains("unknown"));
    // Without a Server of its own the Model is meant for one that is not shown.
    let (alone, _) = TENANT.split_once("---").unwrap();
    assert!(verdicts("SCS0402", &manifests(&format!("{alone}---\n{risk}{gpu}"))).contains("unknown"));
    // A namespace of which there is no more than one kind may have more.
    let named = model("m", "{requirements: [gpu]}");
    assert_eq!(verdicts("SCS0402", &manifests(&named)), "", "no tenant");
}

#[test]
fn a_model_that_no_server_of_the_files_has_room_for_is_told_so_when_they_hold_its_namespace() {
    let many = model("m", "{requirements: [mlflow], replicas: 3}");
    insta::assert_snapshot!(verdicts("SCS0410", &manifests(&format!("{TENANT}{many}"))), @r#"
    Model fin/m: E Server fin/mlserver has 1 of the 3 replicas it needs
      /spec/replicas: Server fin/mlserver has 1 of the 3 replicas it needs
      > ask for at most 1 replicas, set `spec.minReplicas` to that, or give Server fin/mlserver 3 replicas
    "#);
    let risk = TENANT.replace("fin", "risk").replace("mlserver,", "risk-mlserver,");
    insta::assert_snapshot!(verdicts("SCS0410", &manifests(&format!("{TENANT}{risk}{many}"))), @r#"
    Model fin/m: E none of 2 suitable Servers in these files has room; Server fin/mlserver has 1 of the 3 replicas it needs
      /spec/replicas: Server fin/mlserver has 1 of the 3 replicas it needs
      /spec/replicas: Server risk/risk-mlserver has 1 of the 3 replicas it needs
      > ask for at most 1 replicas, set `spec.minReplicas` to that, or give Server fin/mlserver 3 replicas
    "#);
    let room = risk.replace("capabilities:", "replicas: 3, capabilities:");
    assert_eq!(verdicts("SCS0410", &manifests(&format!("{TENANT}{room}{many}"))), "Model fin/m: pass\n");
    let nowhere = model("m", "{server: nope, requirements: [mlflow]}");
    insta::assert_snapshot!(verdicts("SCS0402", &manifests(&format!("{TENANT}{nowhere}"))), @r#"
    Model fin/m: E no Server in these files is called `nope`
      /spec/server: nope
      /spec/server: not the one it names: Server fin/mlserver
      > name a Server of the namespace
    "#);
}

#[test]
fn a_server_of_another_namespace_is_not_the_one_that_is_named() {
    let risk = TENANT.replace("fin", "risk").replace("mlserver,", "risk-mlserver,");
    let text = format!("{TENANT}{risk}{}", model("m", "{server: risk-mlserver}"));
    insta::assert_snapshot!(verdicts("SCS0403", &manifests(&text)), @r#"
    Model fin/m: E `risk-mlserver` is a Server of risk and not of fin
      /spec/server: risk-mlserver
      : Servers of fin: mlserver
      : Server risk/risk-mlserver has the name
      > set `spec.server` to `mlserver`
    "#);
    let text = format!("{TENANT}{}", model("m", "{server: fin/mlserver}"));
    insta::assert_snapshot!(verdicts("SCS0403", &manifests(&text)), @r#"
    Model fin/m: E fin has no Server `fin/mlserver`
      /spec/server: fin/mlserver
      : Servers of fin: mlserver
      > set `spec.server` to `mlserver`
    "#);
    let open = model("m", "{server: mlserver}")
        + "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: other}\nspec: {}";
    assert_eq!(verdicts("SCS0403", &manifests(&open)), "", "a namespace without the pattern is no tenant");
}

#[test]
fn names_in_namespaces_that_were_not_seen_are_unknown() {
    let text = format!("{TENANT}{}", model("m", "{server: mlserver}"));
    assert!(verdicts("SCS0405", &manifests(&text)).contains("unknown"));
    assert_eq!(verdicts("SCS0405", &cluster(&text)), "Model fin/m: pass\n");
}

#[test]
fn a_namespace_with_its_own_scheduler_is_another_topology() {
    let own = "apiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonRuntime\n\
               metadata: {name: r, namespace: alone}\nspec: {seldonConfig: default}\n---\n\
               apiVersion: mlops.seldon.io/v1alpha1\nkind: Model\nmetadata: {name: m, namespace: alone}\n\
               spec: {storageUri: 'models:/m/1', requirements: [scikit-learn]}\n---\n";
    let snapshot = cluster(&format!("{TENANT}{own}{}", model("m", "{server: mlserver, storageUri: 's3://b/p'}")));
    for rule in ["SCS0401", "SCS0402", "SCS0404", "SCS0405", "SCS0411"] {
        assert_eq!(verdicts(rule, &snapshot), "Model fin/m: pass\n", "{rule}");
    }
}

#[test]
fn a_model_that_is_too_big_is_told_by_how_much() {
    let config = "
apiVersion: mlops.seldon.io/v1alpha1
kind: ServerConfig
metadata: {name: mlserver, namespace: seldon-system}
spec:
  podSpec:
    containers:
    - name: agent
      env:
      - {name: SELDON_OVERCOMMIT_PERCENTAGE, value: '10'}
      - {name: MEMORY_REQUEST, valueFrom: {resourceFieldRef: {containerName: mlserver, resource: requests.memory}}}
    - {name: mlserver, resources: {requests: {memory: 1G}}}
---
";
    let text = format!("{TENANT}{config}{}", model("m", "{server: mlserver, requirements: [mlflow], memory: 2Gi}"));
    insta::assert_snapshot!(verdicts("SCS0410", &manifests(&text)), @r#"
    Model fin/m: E Server fin/mlserver has 1Gi of the 2Gi it needs on a replica
      /spec/memory: Server fin/mlserver has 1Gi of the 2Gi it needs on a replica
      > ask for less than 2Gi, or raise the memory request of the model server's container of Server fin/mlserver
    "#);
    let text = format!("{TENANT}{}", model("m", "{server: mlserver, requirements: [mlflow], memory: 100m}"));
    insta::assert_snapshot!(verdicts("SCS0410", &manifests(&text)), @r#"
    Model fin/m: E the operator cannot pass on `spec.memory`: it is no whole number of bytes
      /spec/memory: "100m"
      > write it as a whole number of bytes, with a unit such as `Mi`
    "#);
}

#[test]
fn the_cause_of_an_unscheduled_model_is_computed() {
    let sentence = "Failed to schedule model as no matching servers are available";
    let lacking = format!("{TENANT}{}", failed_model(sentence, "ScheduleFailed", "gpu"));
    insta::assert_snapshot!(verdicts("SCS0409", &cluster(&lacking)), @r#"
    Model fin/m: E Server fin/mlserver, which it names, does not declare `gpu`
      /status/conditions/0: status False: ScheduleFailed, Failed to schedule model as no matching servers are available
      /spec/requirements/0: `gpu`; Server fin/mlserver declares `mlflow`, `sklearn`
      > add `gpu` to `spec.capabilities` of Server fin/mlserver, which rolls its pods, or name a Server that declares it
    "#);
    let pods = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: mlserver, namespace: fin}\n\
                status: {replicas: 1, readyReplicas: 0}\n---\n";
    let fitting = failed_model(sentence, "ScheduleFailed", "mlflow");
    insta::assert_snapshot!(verdicts("SCS0409", &cluster(&format!("{TENANT}{pods}{fitting}"))), @r#"
    Model fin/m: E Server fin/mlserver would take it, but none of its pods is ready; possibly a quota that demands limits of its pods; or a ServiceAccount that they lack
      /status/conditions/0: status False: ScheduleFailed, Failed to schedule model as no matching servers are available
      /spec/server: Server fin/mlserver has 0 ready pods
      > `kubectl describe statefulset,deployment mlserver -n fin` shows its events
    "#);
    insta::assert_snapshot!(verdicts("SCS0409", &cluster(&format!("{TENANT}{fitting}"))), @r#"
    Model fin/m: E Server fin/mlserver would take it, but none of its pods is ready: the operator has made no workload `mlserver`
      /status/conditions/0: status False: ScheduleFailed, Failed to schedule model as no matching servers are available
      : fin has neither a StatefulSet nor a Deployment `mlserver`
      > read the operator's log for `mlserver`
    "#);
    let risk = TENANT.replace("fin", "risk");
    insta::assert_snapshot!(verdicts("SCS0409", &cluster(&format!("{TENANT}{risk}{fitting}"))), @r#"
    Model fin/m: E Server fin/mlserver would take it, but risk has the same name, and only one of the two registers
      /status/conditions/0: status False: ScheduleFailed, Failed to schedule model as no matching servers are available
      /spec/server: Server risk/mlserver has the same name as Server fin/mlserver
      > rename one of the two Servers, this one to `fin-mlserver` for example
    "#);
}

#[test]
fn a_grpc_error_in_a_models_status_is_classified() {
    let error = "rpc error: code = Unavailable desc = dial tcp 10.43.0.9:9004: i/o timeout";
    let text = format!("{TENANT}{}", failed_model(error, "ModelProgressing", "mlflow"));
    insta::assert_snapshot!(verdicts("SCS0409", &cluster(&text)), @r#"
    Model fin/m: E the operator's packets to the scheduler are dropped: there is no Service fin/seldon-scheduler, so the name leads elsewhere, as with a search domain that answers for everything
      /status/conditions/0: status False: ModelProgressing, rpc error: code = Unavailable desc = dial tcp 10.43.0.9:9004: i/o timeout
      > create the alias: `kubectl seldon onboard fin`
    "#);
    let loading = format!("{TENANT}{}", failed_model("", "ModelProgressing", "mlflow"));
    insta::assert_snapshot!(verdicts("SCS0409", &cluster(&loading)), @r#"
    Model fin/m: W it is still being loaded
      /status/conditions/0: status False: ModelProgressing
      > wait, and if it stays look at the log of the Server's agent
    "#);
    let silent = format!("{TENANT}{}", model("m", "{server: mlserver}"));
    insta::assert_snapshot!(verdicts("SCS0409", &cluster(&silent)), @r#"
    Model fin/m: E the operator has not said anything about it; possibly an operator that is not installed in seldon-system, which has no Deployment seldon-system/seldon-v2-controller-manager; or one of another name that fails on it
      /status/conditions: neither ModelReady nor Ready
      > look for it in seldon-system; then read the operator's log for fin
    "#);
}

#[test]
fn a_secret_that_may_not_be_read_is_unknown() {
    let text = format!("{TENANT}{}", model("m", "{server: mlserver, secretName: minio}"));
    let mut snapshot = cluster(&text);
    insta::assert_snapshot!(verdicts("SCS0408", &snapshot), @r#"
    Model fin/m: E fin has no Secret `minio`
      /spec/secretName: minio
      > create Secret `minio` in fin with one key, the settings of an rclone remote
    "#);
    snapshot.add_read(&resource::SECRET, Scope::Cluster, Read::Failed("forbidden".to_owned()), vec![]);
    insta::assert_snapshot!(verdicts("SCS0408", &snapshot), @"Model fin/m: unknown, secrets of namespace fin could not be read: forbidden");
}

#[test]
fn references_are_looked_for_in_the_namespace_and_named_where_they_are() {
    let pipeline = "apiVersion: mlops.seldon.io/v1alpha1\nkind: Pipeline\nmetadata: {name: p, namespace: fin}\n\
                    spec: {steps: [{name: m}, {name: incom}, {name: far}]}\n---\n";
    let risk = TENANT.replace("fin", "risk");
    let far = model("far", "{}").replace("fin", "risk");
    let text = format!("{TENANT}{risk}{far}{pipeline}{}{}", model("m", "{}"), model("income", "{}"));
    insta::assert_snapshot!(verdicts("SCS0412", &manifests(&text)), @r#"
    Pipeline fin/p: E fin has no Model `far`, `incom`
      /spec/steps/1/name: incom
      /spec/steps/2/name: far, which is in risk
      > create Model `far` in fin, or name another; name `income` instead of `incom`, or create Model `incom` in fin
    "#);
    let experiment = "apiVersion: mlops.seldon.io/v1alpha1\nkind: Experiment\nmetadata: {name: e, namespace: fin}\n\
                      spec: {resourceType: pipeline, candidates: [{name: p, weight: 1}], mirror: {name: q, percent: 1}}\n---\n";
    let text = format!("{TENANT}{pipeline}{experiment}");
    insta::assert_snapshot!(verdicts("SCS0412", &manifests(&text)), @r#"
    Experiment fin/e: E fin has no Pipeline `q`
      /spec/mirror/name: q
      > create Pipeline `q` in fin, or name another
    Pipeline fin/p: E fin has no Model `far`, `incom`, `m`
      /spec/steps/0/name: m
      /spec/steps/1/name: incom
      /spec/steps/2/name: far
      > create Model `far` in fin, or name another; create Model `incom` in fin, or name another; create Model `m` in fin, or name another
    "#);
}
