//! `verify --wait`.

use std::{
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::harness::{
    control_plane::Server,
    operator::{self, Decision},
    plan::Plan,
    proxy::Proxy,
    tenant::{Ground, RUNTIME, SERVER, SERVICE},
    terminal,
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("verify::waiting::what_heals_is_waited_for", heals);
    plan.cluster("verify::waiting::one_deadline_ends_it", deadline);
    plan.cluster("verify::waiting::a_server_that_does_not_answer_does_not_outlast_it", no_answer);
    plan.cluster("verify::waiting::what_cannot_heal_is_not_waited_for", cannot_heal);
    plan.cluster("verify::waiting::interruption_tells_what_is_known", interrupted);
    plan.cluster("verify::waiting::nothing_that_was_not_seen_is_told", interrupted_at_once);
    plan.cluster("verify::waiting::the_operator_is_followed_until_the_alias_has_outlived_it", followed);
    plan.cluster("verify::waiting::an_alias_that_the_operator_replaces_is_told", replaced);
    plan.cluster("verify::waiting::an_alias_before_the_operator_came_is_no_success", not_followed);
    plan.cluster("verify::waiting::an_alias_younger_than_the_operators_marks_is_told", unmarked);
    plan.terminal("verify::waiting::a_terminal_has_one_line_that_lives", on_a_terminal);
    plan.terminal("verify::waiting::interruption_at_a_terminal_leaves_the_report", interrupted_on_a_terminal);
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

/// Starts the plugin itself, so that signals reach it.
fn start(ground: &Ground<'_>, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_kubectl-seldon"))
        .args(["verify", &ground.tenant, "--control-plane-namespace", &ground.control_plane])
        .args(arguments)
        .env("KUBECONFIG", &ground.server.kubeconfig)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn signal(child: &Child, signal: &str) {
    Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
}

fn interrupted(server: &Server) {
    let ground = Ground::serving(server);
    damage(&ground);
    for name in ["-INT", "-TERM"] {
        let child = start(&ground, &["--wait=100s"]);
        thread::sleep(Duration::from_secs(4));
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("SCS0307"), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("note: interrupted; this is what is known\n"), "{output:?}");
        assert!(!said.contains(['\u{1b}', '\r']), "{output:?}");
    }
}

fn interrupted_at_once(server: &Server) {
    let ground = Ground::serving(server);
    let proxy = Proxy::start(server, Duration::from_secs(60));
    let child = start(&ground, &["--wait=100s", "--server", &proxy.url]);
    thread::sleep(Duration::from_secs(2));
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(3), &b""[..]), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted before anything was seen"), "{output:?}");
}

/// An onboarded tenant that no operator has seen yet.
fn onboarded(server: &Server) -> Ground<'_> {
    let ground = Ground::healthy(server);
    ground.onboard(&["--server-name", "{namespace}-mlserver"]).succeeds();
    ground.ready(SERVER, &format!("{}-mlserver", ground.tenant));
    ground
}

/// One reconcile of the operator: what it does to the Services, then the status that it writes at last.
fn reconcile(ground: &Ground<'_>) -> Decision {
    let decision = operator::reconcile(ground);
    ground.ready(RUNTIME, &format!("{}-runtime", ground.tenant));
    decision
}

/// What a run in the background says after something has happened.
fn meanwhile(ground: &Ground<'_>, arguments: &[&str], happens: impl FnOnce()) -> (i32, String, String) {
    let mut child = start(ground, arguments);
    thread::sleep(Duration::from_secs(4));
    assert!(child.try_wait().unwrap().is_none(), "it does not wait: {:?}", child.wait_with_output());
    happens();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const UNSEEN: &str = "the operator has not seen it, so that its alias stands proves nothing yet";

fn followed(server: &Server) {
    let ground = onboarded(server);
    // Also by rules that do not judge the runtime.
    for arguments in [&["--wait=60s"][..], &["--wait=60s", "--select=SCS05"]] {
        let runtime = format!("{}-runtime", ground.tenant);
        let (status, stdout, stderr) = meanwhile(&ground, arguments, || {
            assert_eq!(reconcile(&ground).action, "NoChange");
        });
        assert_eq!(status, 0, "{stdout}\n{stderr}");
        assert!(
            stderr.contains(&format!("waiting: SeldonRuntime {}/{runtime}: {UNSEEN}\n", ground.tenant)),
            "{stderr}"
        );
        assert!(!stderr.contains("note: "), "{stderr}");
        // As it was before the operator came.
        ground.api.merge(RUNTIME, &ground.tenant, &runtime, &json!({"metadata": {"finalizers": null}}));
        ground.api.set_status(RUNTIME, &ground.tenant, &runtime, &json!({"conditions": null}));
    }
}

/// The specification's alias, with three ports.
fn three_ports(ground: &Ground<'_>) {
    let port = |name: &str, number: u16| json!({"name": name, "port": number, "targetPort": number});
    let ports = [port("xds", 9002), port("scheduler", 9004), port("agent", 9005)];
    let spec = json!({"spec": {"selector": null, "ports": ports}});
    ground.api.merge(SERVICE, &ground.tenant, "seldon-scheduler", &spec);
}

fn replaced(server: &Server) {
    let ground = onboarded(server);
    three_ports(&ground);
    // What is going to happen cannot heal, so that nobody waits for it.
    let output = ground.verify(&[&ground.tenant, "--wait=100s"]).ends_with(1);
    assert!(output.stdout.contains("the operator replaces this alias at its next reconcile"), "{output}");
    // Whoever asks only about what happened is told when it has.
    let (status, stdout, stderr) = meanwhile(&ground, &["--wait=60s", "--select=SCS0505"], || {
        assert_eq!(reconcile(&ground).action, "Update");
    });
    assert_eq!(status, 1, "{stdout}\n{stderr}");
    assert!(stdout.contains("E SCS0505 alias-taken-by-operator"), "{stdout}");
    assert!(stdout.contains("the operator has put its own Service"), "{stdout}");
}

fn not_followed(server: &Server) {
    let ground = onboarded(server);
    let output = ground.verify(&[&ground.tenant, "--wait=4s", "--select=SCS05"]).ends_with(1);
    let runtime = format!("SeldonRuntime {0}/{0}-runtime", ground.tenant);
    output.says(&[&format!("note: {runtime}: {UNSEEN}\n")]);
    // The finalizer alone is not the end of a reconcile.
    assert_eq!(operator::reconcile(&ground).action, "NoChange");
    let output = ground.verify(&[&ground.tenant, "--wait=4s", "--select=SCS05"]).ends_with(1);
    output.says(&[&format!("note: {runtime}: the operator has not come to its end")]);
    // Nobody asks about the alias, or waits.
    ground.verify(&[&ground.tenant, "--wait=60s", "--select=SCS06"]).succeeds();
    ground.verify(&[&ground.tenant, "--select=SCS05"]).succeeds();
}

fn unmarked(server: &Server) {
    let ground = Ground::serving(server);
    thread::sleep(Duration::from_secs(2));
    let labels = json!({"metadata": {"labels": {"touched": "yes"}}});
    ground.api.merge(SERVICE, &ground.tenant, "seldon-scheduler", &labels);
    let output = ground.verify(&[&ground.tenant, "--wait=60s"]).succeeds();
    output.says(&["nothing shows that the operator reconciled it since its alias was written"]);
}

fn on_terminal(ground: &Ground<'_>, limit: &str) -> String {
    format!("kubectl seldon verify {} --control-plane-namespace {} --wait={limit}", ground.tenant, ground.control_plane)
}

fn on_a_terminal(server: &Server) {
    let ground = Ground::serving(server);
    damage(&ground);
    let output = terminal::run(server, &format!("TERM=xterm {}", on_terminal(&ground, "20s")), "").ends_with(1);
    let begins = format!("s  1 to go: SCS0307 Server {}", ground.tenant);
    let drawn = output.stdout.split('\r').filter(|line| line.contains(&begins) && line.ends_with("\u{1b}[K")).count();
    assert!(drawn > 5, "{drawn}: {output}");
    assert!(!output.stdout.contains("waiting: "), "{output}");
    // The report begins on a line that is empty again.
    let (_, last) = output.stdout.rsplit_once("\r\u{1b}[K").unwrap();
    assert!(last.starts_with(&format!("\u{1b}[1m{}", ground.tenant)), "{output}");
    // A terminal that cannot erase has plain lines.
    let output = terminal::run(server, &format!("TERM=dumb {}", on_terminal(&ground, "15s")), "").ends_with(1);
    assert!(!output.stdout.contains("\u{1b}[K") && output.stdout.contains("s  waiting: SCS0307"), "{output}");
}

fn interrupted_on_a_terminal(server: &Server) {
    let ground = Ground::serving(server);
    damage(&ground);
    let output = terminal::interrupt(server, &format!("TERM=xterm {}", on_terminal(&ground, "100s")), 15).ends_with(1);
    let (_, last) = output.stdout.rsplit_once("\r\u{1b}[K").unwrap();
    assert!(last.contains("interrupted; this is what is known\r\n"), "{output}");
    assert!(last.contains("SCS0307"), "{output}");
}
