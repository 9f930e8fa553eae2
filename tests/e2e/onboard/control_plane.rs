//! Control planes on which a tenant would not work.

use std::{fs, thread, time::Duration};

use serde_json::{Value, json};

use super::writing_nothing;
use crate::harness::{
    control_plane::{self, Crds, Server},
    plan::Plan,
    tenant::{self, Ground, RUNTIME, SELDON_CONFIG},
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("onboard::control_plane_without_seldonconfig", |server| {
        blocks(server, "SCS0106", |ground| ground.api.delete(SELDON_CONFIG, &ground.control_plane, "default"));
    });
    plan.cluster("onboard::control_plane_without_serverconfig", |server| {
        blocks(server, "SCS0107", |ground| {
            ground.api.delete("mlops.seldon.io/v1alpha1/ServerConfig", &ground.control_plane, "mlserver");
        });
    });
    plan.cluster("onboard::control_plane_without_a_ready_scheduler", |server| {
        blocks(server, "SCS0103", |ground| {
            let status = json!({"replicas": 1, "readyReplicas": 0, "availableReplicas": 0});
            ground.api.set_status("apps/v1/StatefulSet", &ground.control_plane, "seldon-scheduler", &status);
        });
    });
    plan.cluster("onboard::control_plane_with_its_scheduler_off", |server| {
        blocks(server, "SCS0102", |ground| {
            let overrides = json!([{"name": "seldon-scheduler", "replicas": 0}]);
            ground.api.merge(RUNTIME, &ground.control_plane, "seldon", &json!({"spec": {"overrides": overrides}}));
        });
    });
    plan.cluster("onboard::control_plane_without_the_schedulers_service", |server| {
        blocks(server, "SCS0105", |ground| ground.api.delete("v1/Service", &ground.control_plane, "seldon-scheduler"));
    });
    plan.cluster("onboard::operator_of_its_own_namespace_only", |server| {
        // The list counts only for one that may look at the whole cluster.
        blocks(server, "SCS0108", |ground| watch(ground, "false", &ground.tenant));
    });
    plan.cluster("onboard::operator_that_watches_other_namespaces", |server| {
        blocks(server, "SCS0108", |ground| watch(ground, "true", "risk,fraud"));
    });
    plan.cluster("onboard::operator_that_watches_the_tenant", |server| {
        let ground = Ground::healthy(server);
        watch(&ground, "true", &format!("risk,{}", ground.tenant));
        ground.onboard(&[]).succeeds();
    });
    plan.cluster("onboard::another_seldonconfig_that_is_asked_for", another_config);
    plan.cluster("onboard::what_the_profile_suppresses_is_no_obstacle", suppressed);
    plan.cluster("onboard::no_control_plane", no_control_plane);
    plan.cluster("onboard::broken_tenants_of_others_are_no_obstacle", others);
    plan.once("onboard::crds_are_missing", || crds_are_missing(&control_plane::bare("no-crds").unwrap()));
    plan.once("onboard::one_crd_is_missing", one_crd_is_missing);
}

/// A control plane on which something is wrong, which is said by the rule for it.
fn blocks(server: &Server, rule: &str, damage: impl Fn(&Ground<'_>)) {
    let ground = Ground::healthy(server);
    damage(&ground);
    let output = writing_nothing(&ground, || ground.onboard(&[])).ends_with(1);
    output.says(&[&format!("E {rule} "), "error: nothing was written, because of the "]);
    // Other rules have nothing to say: the control plane is in order but for this.
    let output = ground.onboard(&[]).ends_with(1);
    assert!(findings(&output.stderr).iter().all(|found| *found == rule), "{output}");
}

/// The rules that speak of errors and warnings.
fn findings(stderr: &str) -> Vec<&str> {
    stderr
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|words| words.len() > 1 && matches!(words[0], "E" | "W") && words[1].starts_with("SCS"))
        .map(|words| words[1])
        .collect()
}

/// Sets what the operator watches.
fn watch(ground: &Ground<'_>, clusterwide: &str, namespaces: &str) {
    let container = json!({
        "name": "manager",
        "image": "registry.test/operator:1",
        "env": [
            {"name": "CLUSTERWIDE", "value": clusterwide},
            {"name": "WATCH_NAMESPACES", "value": namespaces},
            {"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
        ],
    });
    let patch = json!({"spec": {"template": {"spec": {"containers": [container]}}}});
    ground.api.merge("apps/v1/Deployment", &ground.control_plane, "seldon-v2-controller-manager", &patch);
}

fn no_control_plane(server: &Server) {
    let ground = Ground::empty(server);
    let output = ground.onboard(&[]).ends_with(2);
    output.says(&[
        &format!(
            "error: the cluster has no namespace `{}`, so there is no control plane in it\n",
            ground.control_plane
        ),
        "--control-plane-namespace",
    ]);
    assert!(ground.api.find(tenant::NAMESPACE, "", &ground.tenant).is_none());
}

/// Whoever asks for another SeldonConfig than the control plane's gets it if it exists, and is told.
fn another_config(server: &Server) {
    let ground = Ground::healthy(server);
    let missing = writing_nothing(&ground, || ground.onboard(&["--seldon-config", "alt"])).ends_with(1);
    assert_eq!(findings(&missing.stderr), ["SCS0106"], "{missing}");
    missing.says(&["has no SeldonConfig `alt`", "name one that is there (`default`) with --seldon-config\n"]);
    let mut config = ground.api.find(SELDON_CONFIG, &ground.control_plane, "default").unwrap();
    config["metadata"] = json!({"name": "alt", "namespace": ground.control_plane});
    ground.api.create(&config);
    let told = ground.onboard(&["--seldon-config", "alt"]).succeeds();
    let told = told.says(&[
        "W SCS0203 ",
        "SeldonConfig `alt`",
        "keep it if you mean it; otherwise leave out --seldon-config\n",
    ]);
    assert!(!told.stderr.contains("set `seldonConfig"), "{told}");
    let runtime = ground.api.find(RUNTIME, &ground.tenant, &format!("{}-runtime", ground.tenant)).unwrap();
    assert_eq!(runtime["spec"]["seldonConfig"], "alt");
}

/// A word in the profile counts here as it does for `verify`.
fn suppressed(server: &Server) {
    let ground = Ground::healthy(server);
    let overrides = json!([{"name": "seldon-scheduler", "replicas": 0}]);
    ground.api.merge(RUNTIME, &ground.control_plane, "seldon", &json!({"spec": {"overrides": overrides}}));
    let profile = |more: &str| {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("profile.yaml");
        fs::write(
            &file,
            format!(
                "controlPlane: {{namespace: {}}}\ntenants: [{{namespace: {}, models: [{{name: q, storageUri: 'gs://b/q', \
                 requirements: [nothing-has-it]}}]}}]\n{more}",
                ground.control_plane, ground.tenant
            ),
        )
        .unwrap();
        (dir, file.display().to_string())
    };
    let run = |file: &str, more: &str| ground.server.kubectl().seldon(["onboard", "-f", file, more]);
    let (_plain, file) = profile("");
    run(&file, "--dry-run=server").ends_with(1).says(&["E SCS0102 ", "E SCS0402 "]);
    run(&file, "--dry-run=client").ends_with(1).says(&["E SCS0402 "]);
    let (_dir, file) = profile(
        "suppressions: [{rule: SCS0102, object: '*/*/*', reason: planned}, {rule: SCS0402, object: '*/*/*', reason: planned}]\n",
    );
    for dry_run in ["--dry-run=server", "--dry-run=client"] {
        let output = run(&file, dry_run).succeeds();
        assert!(!output.stderr.contains("SCS0"), "{output}");
    }
}

/// A tenant of the same scheduler with an alias that the operator will take, and a Server that no
/// configuration fits.
fn others(server: &Server) {
    let ground = Ground::healthy(server);
    let other = tenant::unique("risk");
    ground.namespace(&other);
    let metadata = |name: &str| json!({"name": name, "namespace": other});
    let host = format!("seldon-scheduler.{}.svc.cluster.local", ground.control_plane);
    let object = |kind: &str, name: &str, spec: Value| json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": kind, "metadata": metadata(name), "spec": spec});
    ground.api.create(&json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata("seldon-scheduler"),
        "spec": {"type": "ExternalName", "externalName": host, "ports": [{"name": "xds", "port": 9002}]},
    }));
    ground.api.create(&object("SeldonRuntime", "a", json!({"seldonConfig": "gone"})));
    ground.api.create(&object("SeldonRuntime", "b", json!({"seldonConfig": "default"})));
    ground.api.create(&object("Server", "theirs", json!({"serverConfig": "gone", "capabilities": ["scikit-learn"]})));
    ground.onboard(&[]).succeeds();
}

fn crds_are_missing(server: &Server) {
    let ground = Ground::empty(server);
    let neither = ground.onboard(&[]).ends_with(2);
    neither.says(&[
        &format!("error: the cluster has no namespace `{}`, so there is no control plane in it, and", ground.control_plane),
        " it does not serve seldonconfigs.mlops.seldon.io, serverconfigs.mlops.seldon.io, seldonruntimes.mlops.seldon.io,",
        "hint: name the namespace of the scheduler with --control-plane-namespace",
        "hint: install the chart `seldon-core-v2-crds`",
    ]);
    ground.namespace(&ground.control_plane);
    // One sentence for all of them, and none for what follows from it.
    let output = ground.onboard(&[]).ends_with(1);
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert!(lines.len() == 2 && lines[0].starts_with("error: nothing was written, because"), "{output}");
    output.says(&["seldonruntimes.mlops.seldon.io", "hint: install the chart `seldon-core-v2-crds`"]);
    // With --diff 1 means that something would change.
    ground.onboard(&["--diff"]).ends_with(2).says(&["error: this would be refused, because the cluster does not"]);
    let emitted = ground.onboard(&["--emit", "yaml", "--check-live"]).ends_with(1);
    let emitted =
        emitted.says(&["error: the files will not work on this cluster, because the cluster does not serve "]);
    assert!(!emitted.stderr.contains("the names are those"), "{emitted}");
    assert!(ground.api.find(tenant::NAMESPACE, "", &ground.tenant).is_none());
    // What needs no cluster works all the same.
    ground.onboard(&["--dry-run=client"]).succeeds();
}

/// Half of Seldon is as good as none.
fn one_crd_is_missing() {
    let server = control_plane::start("one-crd", Crds::Minimal, None).unwrap();
    let ground = Ground::healthy(&server);
    let crd = "apiextensions.k8s.io/v1/CustomResourceDefinition";
    ground.api.delete(crd, "", "servers.mlops.seldon.io");
    while ground.api.find(crd, "", "servers.mlops.seldon.io").is_some() {
        thread::sleep(Duration::from_millis(20));
    }
    let output = ground.onboard(&[]).ends_with(1);
    output.says(&["error: nothing was written, because the cluster does not serve servers.mlops.seldon.io\n"]);
    assert!(ground.api.find(tenant::NAMESPACE, "", &ground.tenant).is_none());
}
