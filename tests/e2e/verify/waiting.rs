//! `verify --wait`.

use std::{
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::harness::{
    control_plane::Server,
    plan::Plan,
    proxy::Proxy,
    tenant::{Ground, SERVER, SERVICE},
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("verify::waiting::what_heals_is_waited_for", heals);
    plan.cluster("verify::waiting::one_deadline_ends_it", deadline);
    plan.cluster("verify::waiting::a_server_that_does_not_answer_does_not_outlast_it", no_answer);
    plan.cluster("verify::waiting::what_cannot_heal_is_not_waited_for", cannot_heal);
    plan.cluster("verify::waiting::interruption_tells_what_is_known", interrupted);
}

/// The tenant's Server is not ready.
fn damage(ground: &Ground<'_>) -> String {
    let server = format!("{}-mlserver", ground.tenant);
    let condition = json!({"type": "Ready", "status": "False", "reason": "no pods",
        "lastTransitionTime": "2025-06-01T12:00:00Z"});
    let status = json!({"conditions": [condition], "replicas": 1, "loadedModels": 0, "selector": ""});
    ground.api.set_status(SERVER, &ground.tenant, &server, &status);
    server
}

fn heals(server: &Server) {
    let ground = Ground::serving(server);
    let name = damage(&ground);
    let (file, tenant) = (ground.server.clone(), ground.tenant.clone());
    let healer = thread::spawn(move || {
        thread::sleep(Duration::from_secs(3));
        let status = json!({"conditions": [{"type": "Ready", "status": "True",
            "lastTransitionTime": "2025-06-01T12:00:00Z"}], "replicas": 1, "loadedModels": 0, "selector": ""});
        file.api().set_status(SERVER, &tenant, &name, &status);
    });
    let output = ground.verify(&[&ground.tenant, "--wait=60s"]).succeeds();
    healer.join().unwrap();
    let output = output.says(&[&format!("s  waiting: SCS0307 Server {0}/{0}-mlserver: ", ground.tenant)]);
    assert_eq!(output.stderr.matches("waiting: ").count(), 1, "the same is said once: {output}");
}

fn deadline(server: &Server) {
    let ground = Ground::serving(server);
    damage(&ground);
    let begun = Instant::now();
    let output = ground.verify(&[&ground.tenant, "--wait=5s"]).ends_with(1);
    assert!(begun.elapsed() < Duration::from_secs(20), "{output}");
    assert!(output.stdout.contains("SCS0307"), "{output}");
}

fn no_answer(server: &Server) {
    let ground = Ground::serving(server);
    let proxy = Proxy::start(server, Duration::from_secs(60));
    let begun = Instant::now();
    let output = ground.verify(&[&ground.tenant, "--wait=2s", "--server", &proxy.url]).ends_with(3);
    assert!(begun.elapsed() < Duration::from_secs(20), "{output}");
    output.says(&["not enough time to look even once"]);
}

fn cannot_heal(server: &Server) {
    let ground = Ground::serving(server);
    damage(&ground);
    ground.api.delete(SERVICE, &ground.tenant, "seldon-scheduler");
    let begun = Instant::now();
    ground.verify(&[&ground.tenant, "--wait=100s"]).ends_with(1);
    // Nor is a refusal.
    let refused = ground.verify(&[&ground.tenant, "--wait=100s", "--as", "bob"]).ends_with(3);
    assert!(!refused.stderr.contains("waiting: "), "{refused}");
    assert!(begun.elapsed() < Duration::from_secs(60));
}

fn interrupted(server: &Server) {
    let ground = Ground::serving(server);
    damage(&ground);
    let child = Command::new(env!("CARGO_BIN_EXE_kubectl-seldon"))
        .args(["verify", &ground.tenant, "--wait=100s", "--control-plane-namespace", &ground.control_plane])
        .env("KUBECONFIG", &server.kubeconfig)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_secs(4));
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("SCS0307"), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted"), "{output:?}");
}
