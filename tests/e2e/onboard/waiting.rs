//! `--wait`, with the statuses that the operator would write.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::harness::{
    control_plane::Server,
    plan::Plan,
    tenant::{Ground, RUNTIME},
    terminal,
};

const SERVER: &str = "mlops.seldon.io/v1alpha1/Server";
const MODEL: &str = "mlops.seldon.io/v1alpha1/Model";

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("onboard::wait_ends_when_everything_is_ready", until_ready);
    plan.cluster("onboard::wait_gives_up_and_says_what_is_missing", gives_up);
    plan.cluster("onboard::wait_of_an_unchanged_tenant_looks_once", unchanged);
    plan.terminal("onboard::wait_at_a_terminal_has_one_line_that_lives", on_a_terminal);
}

/// Waits for an object, as its controller would, and reports on it.
fn report(ground: &Ground<'_>, kind: &str, name: &str, status: &serde_json::Value) {
    let api = ground.server.api();
    let begun = Instant::now();
    while api.find(kind, &ground.tenant, name).is_none() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{kind} {name} is not made");
        thread::sleep(Duration::from_millis(20));
    }
    api.set_status(kind, &ground.tenant, name, status);
}

fn ready() -> serde_json::Value {
    json!({"conditions": [{"type": "Ready", "status": "True"}]})
}

/// A status of a Server or Model must also say how many replicas there are.
fn with_replicas(conditions: &serde_json::Value) -> serde_json::Value {
    json!({"conditions": conditions, "replicas": 1, "loadedModels": 0, "selector": ""})
}

fn until_ready(server: &Server) {
    let ground = Ground::healthy(server);
    let runtime = format!("{}-runtime", ground.tenant);
    thread::scope(|scope| {
        scope.spawn(|| {
            let starting = json!({"conditions": [
                {"type": "Ready", "status": "False"},
                {"type": "EnvoyReady", "status": "False", "reason": "Deployment replicas does not match desired replicas"},
            ]});
            report(&ground, RUNTIME, &runtime, &starting);
            report(&ground, SERVER, "mlserver", &with_replicas(&ready()["conditions"]));
            report(&ground, MODEL, "income", &json!({"conditions": ready()["conditions"], "replicas": 1}));
            thread::sleep(Duration::from_secs(2));
            report(&ground, RUNTIME, &runtime, &ready());
        });
        let output =
            ground.onboard(&["--model", "income=gs://bucket/income,sklearn", "--wait", "--timeout", "60s"]).succeeds();
        output.says(&[
            &format!(
                "SeldonRuntime {}/{runtime}: waiting for condition EnvoyReady (Deployment replicas does not match",
                ground.tenant
            ),
            &format!("SeldonRuntime {}/{runtime}: ready\n", ground.tenant),
            &format!("Server {}/mlserver: ready\n", ground.tenant),
            &format!("Model {}/income: ready\n", ground.tenant),
        ]);
    });
}

fn gives_up(server: &Server) {
    let ground = Ground::healthy(server);
    let runtime = format!("{}-runtime", ground.tenant);
    let output = thread::scope(|scope| {
        scope.spawn(|| report(&ground, RUNTIME, &runtime, &ready()));
        ground.onboard(&["--wait", "--timeout", "4s"]).ends_with(1)
    });
    let last = output.stderr.split("error: ").last().unwrap();
    assert!(last.contains(&format!("Server {}/mlserver: waiting for condition Ready", ground.tenant)), "{output}");
    assert!(!last.contains("SeldonRuntime "), "{output}");
    assert!(output.stderr.contains("error: not ready after 4s, although everything was written"), "{output}");
    assert!(output.stdout.lines().all(|line| line.ends_with(" created")), "{output}");
    assert!(ground.api.find(SERVER, &ground.tenant, "mlserver").is_some());
}

fn unchanged(server: &Server) {
    let ground = Ground::healthy(server);
    ground.onboard(&[]).succeeds();
    report(&ground, RUNTIME, &format!("{}-runtime", ground.tenant), &ready());
    report(&ground, SERVER, "mlserver", &with_replicas(&ready()["conditions"]));
    let begun = Instant::now();
    let output = super::writing_nothing(&ground, || ground.onboard(&["--wait", "--timeout", "60s"])).succeeds();
    assert!(output.stdout.lines().all(|line| line.ends_with(" unchanged")), "{output}");
    assert!(begun.elapsed() < Duration::from_secs(20), "it waited for what was there");
}

fn on_a_terminal(server: &Server) {
    let ground = Ground::healthy(server);
    let (tenant, control_plane) = (&ground.tenant, &ground.control_plane);
    let runtime = format!("{tenant}-runtime");
    let line =
        format!("TERM=xterm kubectl seldon onboard {tenant} --control-plane-namespace {control_plane} -y --wait");
    let output = thread::scope(|scope| {
        scope.spawn(|| report(&ground, RUNTIME, &runtime, &ready()));
        terminal::interrupt(server, &line, 12).ends_with(1)
    });
    // What is ready stays, what is awaited lives, and both are told apart from what follows.
    assert!(output.stdout.contains(&format!("SeldonRuntime {tenant}/{runtime}: ready\r\n")), "{output}");
    let begins = format!("s  1 to go: Server {tenant}/mlserver: waiting for condition Ready");
    assert!(output.stdout.split('\r').filter(|line| line.contains(&begins)).count() > 5, "{output}");
    let (_, last) = output.stdout.rsplit_once("\r\u{1b}[K").unwrap();
    assert!(last.contains("interrupted while waiting, after everything was written\r\n"), "{output}");
    assert!(last.contains(&format!("Server {tenant}/mlserver: waiting for condition Ready")), "{output}");
}
