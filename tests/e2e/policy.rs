//! Guardrails: policies that the API server itself carries out.

use std::{
    collections::BTreeMap,
    fs,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use seldon_central_core::{guard::guarded, pattern, rules::Rule};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{
    api::Api,
    control_plane::Server,
    failure,
    files::objects,
    go,
    kubectl::Kubectl,
    plan::Plan,
    tenant::{Ground, MODEL, SERVER, namespace, unique},
};

pub(crate) fn add(plan: &mut Plan) {
    plan.own_clusters("policy::each_is_refused_what_its_rule_finds_and_nothing_else", every_rule);
    plan.own_clusters_with_data("policy::expressions_have_types_and_name_fields_that_exist", typed);
    plan.own_cluster("policy::what_onboard_applies_is_admitted", onboarding);
    plan.own_cluster("policy::what_is_wrong_already_can_be_put_right_and_let_go", wrong_already);
    plan.any_cluster("policy::the_operator_is_never_refused", operator);
    plan.local("policy::files_build_and_are_not_overwritten", files);
}

const POLICY: [&str; 3] = ["policy", "--emit", "validating-admission-policy"];

/// How long it takes at most until a policy holds: the API server learns of it by a watch.
const PATIENCE: Duration = Duration::from_secs(60);

/// Installs policies; the server must take them without a warning.
fn install(server: &Server, arguments: &[&str]) {
    let emitted = Kubectl::new().seldon(POLICY.iter().chain(arguments)).succeeds();
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("policies.yaml");
    fs::write(&file, emitted.stdout).unwrap();
    let applied = server.kubectl().run(["apply", "--server-side", "-f", &file.display().to_string()]).succeeds();
    assert_eq!(applied.stderr, "", "the API server warns");
}

/// What a rule's policy says of an object; nothing is stored.
fn refused_by(api: &Api, rule: &Rule, object: &Value) -> Option<String> {
    let status = api.would_create(object).err()?;
    assert_eq!(status.code, 422, "{status:?}");
    assert!(status.message.contains(rule.id), "{rule:?} does not say so: {}", status.message);
    Some(status.message)
}

#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}: not after {PATIENCE:?}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// A rule's fixture in a namespace of its own, in which no other rule's policy holds.
fn staged(rule: &Rule, fixture: &str) -> Vec<Value> {
    let namespace = format!("fin-{}", rule.id.to_lowercase());
    let mut staged = objects(&fixture.replace("namespace: financial-inference", &format!("namespace: {namespace}")));
    // Seldon 2.9 asks for it, before any policy is asked.
    for config in staged.iter_mut().filter(|object| object["kind"] == "ServerConfig") {
        config["spec"].as_object_mut().unwrap().entry("volumeClaimTemplates").or_insert(json!([]));
    }
    staged
}

fn every_rule(server: &Server) {
    let api = server.api();
    for (rule, _) in guarded() {
        let tenant = format!("fin-{}", rule.id.to_lowercase());
        namespace(&api, &tenant);
        install(server, &[&tenant, "--action", "deny", "--select", rule.id]);
    }
    namespace(&api, pattern::CONTROL_PLANE_NAMESPACE);
    for (rule, guard) in guarded() {
        let refused = |fixture: &str| {
            let staged = staged(rule, fixture);
            staged.iter().filter_map(|object| refused_by(&api, rule, object)).collect::<Vec<_>>()
        };
        until(rule.id, || !refused(rule.bad).is_empty());
        assert_eq!(refused(rule.bad).len(), 1, "{rule:?}");
        assert_eq!(refused(rule.good), [""; 0], "{rule:?}");
        let kinds = || guard.kinds.iter().map(|kind| kind.kind);
        let judged = staged(rule, rule.good).iter().any(|object| kinds().any(|kind| object["kind"] == kind));
        assert!(judged, "{rule:?} has nothing to admit");
    }
}

/// What was found about one policy.
#[derive(Debug, Deserialize)]
struct Typed {
    policy: String,
    kinds: usize,
    warnings: Vec<String>,
}

/// Holds the policies against the schemas of a server, as kube-controller-manager would.
fn type_checked(server: &Server) -> BTreeMap<String, Typed> {
    if let Some(reason) = go::missing() {
        failure::ignore(reason);
    }
    let program = go::typecheck().unwrap();
    let output = Command::new(program).arg("--kubeconfig").arg(&server.kubeconfig).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let typed = lines.lines().map(|line| serde_json::from_str::<Typed>(line).unwrap());
    typed.map(|typed| (typed.policy.clone(), typed)).collect()
}

fn typed(server: &Server) {
    install(server, &["--action", "deny"]);
    let typed = type_checked(server);
    for (rule, guard) in guarded() {
        let name = format!("{}-{}.{}", rule.id.to_lowercase(), rule.name, pattern::CONTROL_PLANE_NAMESPACE);
        let Typed { kinds, warnings, .. } = &typed[&name];
        assert_eq!(*kinds, guard.kinds.len(), "{rule:?}: not all of its kinds have a schema");
        assert!(warnings.is_empty(), "{rule:?}: {warnings:#?}");
    }
    assert_eq!(typed.len(), guarded().count());
}

/// Installs all policies for labelled namespaces, and waits until they hold in a tenant.
fn guarded_server(server: &Server, control_plane: &str) {
    install(server, &["--action", "deny", "--control-plane-namespace", control_plane]);
    let api = server.api();
    let probe = unique("probe");
    api.create(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {
        "name": probe, "labels": {pattern::TENANT_LABEL: probe}}}));
    for (rule, _) in guarded() {
        let bad = rule.bad.replace("namespace: financial-inference", &format!("namespace: {probe}"));
        // Where several refuse, the server names one of them.
        let refused = |object: &Value| api.would_create(object).is_err_and(|status| status.code == 422);
        until(rule.id, || objects(&bad).iter().any(refused));
    }
}

fn onboarding(server: &Server) {
    let ground = Ground::healthy(server);
    guarded_server(server, &ground.control_plane);
    let name = unique("income");
    ground.onboard(&["--server-name", "{namespace}-ml", "--model", &format!("{name}=gs://bucket/income,sklearn")]);
    let status = ground.onboard(&["--server-name", "{namespace}-ml"]).succeeds().stdout;
    assert!(!status.contains("created"), "{status}");
    ground.api.get(MODEL, &ground.tenant, &name);
    let relayed =
        Ground { tenant: unique("relayed"), api: server.api(), control_plane: ground.control_plane.clone(), server };
    let image = ["--wiring", "relay", "--relay-image", "envoy", "--server-name", "{namespace}-ml"];
    relayed.onboard(&image).succeeds();
    // The operator's own Service is right there, and in the other tenant it is not.
    let service = |namespace: &str| {
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": pattern::SCHEDULER_SERVICE, "namespace": namespace},
            "spec": {"ports": [{"port": 9004}]},
        })
    };
    relayed.api.delete("v1/Service", &relayed.tenant, pattern::SCHEDULER_SERVICE);
    relayed.api.create(&service(&relayed.tenant));
    relayed.api.delete("v1/Service", &ground.tenant, pattern::SCHEDULER_SERVICE);
    let refused = relayed.api.try_create(&service(&ground.tenant), "test").unwrap_err();
    // Two rules refuse it, and the server names one of them.
    assert!(["SCS0502", "SCS0504"].iter().any(|rule| refused.message.contains(rule)), "{}", refused.message);
}

fn wrong_already(server: &Server) {
    let ground = Ground::healthy(server);
    let (api, tenant) = (&ground.api, &ground.tenant);
    api.create(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {
        "name": tenant, "labels": {pattern::TENANT_LABEL: tenant}}}));
    let server_of = |name: &str, capability: &str| {
        json!({
            "apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Server",
            "metadata": {"name": name, "namespace": tenant, "finalizers": ["test.io/kept"]},
            "spec": {"serverConfig": "mlserver", "capabilities": [capability]},
        })
    };
    api.create(&server_of("wrong", "scikit-learn"));
    api.create(&server_of("right", "sklearn"));
    guarded_server(server, &ground.control_plane);

    api.merge(SERVER, tenant, "wrong", &json!({"spec": {"replicas": 2}}));
    api.merge(SERVER, tenant, "wrong", &json!({"spec": {"capabilities": ["sklearn"]}}));
    for name in ["wrong", "right"] {
        let change = json!({"spec": {"capabilities": ["scikit-learn"]}}).to_string();
        let refused = server.kubectl().run([
            "patch",
            "-n",
            tenant,
            "servers.mlops.seldon.io",
            name,
            "--type=merge",
            "-p",
            &change,
        ]);
        assert!(refused.status == 1 && refused.stderr.contains("SCS0305"), "{refused}");
    }
    api.delete(SERVER, tenant, "wrong");
    api.merge(SERVER, tenant, "wrong", &json!({"metadata": {"finalizers": null}}));
    assert_eq!(api.find(SERVER, tenant, "wrong"), None);
}

fn operator(server: &Server) {
    let ground = Ground::healthy(server);
    let tenant = ground.tenant.as_str();
    ground.namespace(tenant);
    install(
        server,
        &[tenant, "--action", "deny", "--select", "SCS0502", "--control-plane-namespace", &ground.control_plane],
    );
    let alias = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": pattern::SCHEDULER_SERVICE, "namespace": tenant}, "spec": {"ports": [{"port": 9004}]},
    });
    until("SCS0502", || ground.api.would_create(&alias).is_err());
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("alias.json");
    fs::write(&file, alias.to_string()).unwrap();
    let file = file.display().to_string();
    let as_account = |namespace: &str| {
        let group = format!("--as-group=system:serviceaccounts:{namespace}");
        let user = format!("--as=system:serviceaccount:{namespace}:manager");
        // Only an administrator's group is allowed anything here.
        server.kubectl().run(["create", "--dry-run=server", "-f", &file, &user, &group, "--as-group=system:masters"])
    };
    as_account(&ground.control_plane).succeeds();
    as_account("other").ends_with(1).says(&["SCS0502"]);
}

fn files() {
    let dir = TempDir::new().unwrap();
    let kubectl = || Kubectl::new().dir(dir.path());
    let out = ["--out", "guardrails"];
    kubectl().seldon(POLICY.iter().chain(&out)).succeeds();
    let built = kubectl().run(["kustomize", "guardrails"]).succeeds().stdout;
    let kinds =
        |text: &str| objects(text).iter().filter(|object| object["kind"] == "ValidatingAdmissionPolicy").count();
    assert_eq!(kinds(&built), guarded().count());
    let again = kubectl().seldon(POLICY.iter().chain(&out)).succeeds();
    assert!(again.stdout.lines().all(|line| line.ends_with("unchanged")), "{again}");
    let deny = [&POLICY[..], &out, &["--action", "deny"]].concat();
    let diff = kubectl().seldon(deny.iter().chain(&["--diff"])).ends_with(1);
    assert!(diff.stdout.contains("+  - Deny"), "{diff}");
    kubectl().seldon(&deny).ends_with(2).says(&["differ; nothing was written", "--overwrite"]);
    kubectl().seldon(deny.iter().chain(&["--overwrite"])).succeeds();
    kubectl().seldon(POLICY.iter().chain(&["--action", "deny,warn"])).ends_with(2).says(&["deny or warn, not both"]);
    kubectl().seldon(POLICY.iter().chain(&["--select", "SCS0601"])).ends_with(2).says(&["guardrails.md"]);
    kubectl().seldon(POLICY.iter().chain(&["--context", "x"])).ends_with(2).says(&["policy asks none"]);
}
