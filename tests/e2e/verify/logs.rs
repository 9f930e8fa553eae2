//! `verify` and the logs of what runs.

use std::fs;

use serde_json::{Value, json};

use super::{
    outcomes,
    rights::{grant, printed, until},
    with_result,
};
use crate::harness::{
    control_plane::Server,
    kubectl::Kubectl,
    kubelet::{Container, Node},
    plan::Plan,
    tenant::{Ground, unique},
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("verify::logs::both_ends_prove_a_tenant", proved);
    plan.cluster("verify::logs::a_saved_snapshot_holds_what_logs_prove_and_no_lines", saved);
    plan.cluster("verify::logs::what_containers_write_never_reaches_the_terminal_raw", raw);
    plan.cluster("verify::logs::a_right_that_is_missing_leaves_it_unknown", without_right);
}

const OPERATOR: &str = "seldon-v2-controller-manager-0";
const SECRET: &str = "level=info msg=\"payload hunter2\"\n";

/// A pod with one container, and its log.
fn pod(node: &Node<'_>, at: &Container<'_>, labels: &Value, log: &[u8]) {
    node.run(json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": at.pod, "namespace": at.namespace, "labels": labels},
        "spec": {"containers": [{"name": at.name, "image": "registry.test/image:1"}]}, "status": {"phase": "Running"}}));
    node.log(at, log);
}

/// The agent of a tenant's Server, the scheduler and the operator on a node; all is well but for what
/// the agent says last.
pub(super) fn run(ground: &Ground<'_>, last: &str) {
    let node = Node::new(&ground.api);
    let (tenant, central) = (ground.tenant.as_str(), ground.control_plane.as_str());
    let (server, name) = (format!("{tenant}-mlserver"), format!("{tenant}-mlserver-0"));
    let at = |namespace, pod, name| Container { namespace, pod, name };
    let agent = format!(
        "level=info msg=\"Connecting (non-blocking) to scheduler at seldon-scheduler:9005\"\n\
         level=info msg=\"Subscribed to scheduler\"\n{SECRET}{last}"
    );
    let labels = json!({"app.kubernetes.io/name": "seldon-server", "seldon-server-name": server});
    pod(&node, &at(tenant, &name, "agent"), &labels, agent.as_bytes());
    let scheduler = format!(
        "level=info msg=\"Agent server running on 9005 mtls:false\"\n\
         level=info msg=\"Server notification {server} expectedReplicas 1 shared false\"\n\
         level=info msg=\"Received agent subscribe request from {server}:0\"\n"
    );
    let labels = json!({"app.kubernetes.io/name": "seldon-scheduler"});
    pod(&node, &at(central, "seldon-scheduler-0", "scheduler"), &labels, scheduler.as_bytes());
    let operator = format!("2026-03-01T10:00:00Z\tINFO\tx\tStarting event handling\t{{\"namespace\": \"{tenant}\"}}\n");
    let labels = json!({"control-plane": "v2-controller-manager"});
    pod(&node, &at(central, OPERATOR, "manager"), &labels, operator.as_bytes());
}

fn of_family(all: Vec<String>) -> Vec<String> {
    all.into_iter().filter(|line| line.starts_with("SCS07")).map(|line| line[..7].to_owned()).collect()
}

fn proved(server: &Server) {
    let ground = Ground::serving(server);
    run(&ground, "");
    let output = ground.verify(&[&ground.tenant, "-o", "json", "-v", "6"]).succeeds();
    let passed = ["SCS0701", "SCS0702", "SCS0703", "SCS0704", "SCS0705", "SCS0706", "SCS0706", "SCS0706"];
    let mut found = of_family(with_result(&output, "pass"));
    found.sort();
    assert_eq!(found, passed, "{output}");
    assert_eq!(output.stderr.matches("/log?").count(), 3, "{output}");

    let none = ground.verify(&[&ground.tenant, "-o", "json", "-v", "6", "--no-logs"]).succeeds();
    assert!(!none.stderr.contains("/log?"), "{none}");
    assert_eq!(of_family(with_result(&none, "pass")), [""; 0]);
    let unknown: Vec<Value> = outcomes(&none).into_iter().filter(|one| one["result"] == "unknown").collect();
    assert!(!unknown.is_empty() && unknown.iter().all(|one| one["why"] == "not-in-input"), "{unknown:#?}");
    let operator = ground.verify(&[&ground.tenant, "-o", "json", "-v", "6", "--select=SCS0705"]).succeeds();
    assert_eq!(operator.stderr.matches("/log?").count(), 1, "{operator}");
}

fn saved(server: &Server) {
    let ground = Ground::serving(server);
    run(&ground, "level=error msg=\"event recv failed\" error=\"EOF\"\n");
    let dir = tempfile::TempDir::new().unwrap();
    let file = dir.path().join("snapshot.json").display().to_string();
    let live = ground.verify(&[&ground.tenant, "-o", "json", "--save-snapshot", &file]).ends_with(1);
    assert_eq!(of_family(with_result(&live, "fail")), ["SCS0701"]);
    let offline = Kubectl::new().seldon(["verify", "--snapshot", &file, "-o", "json"]).ends_with(1);
    assert_eq!(offline.stdout, live.stdout);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("\"broken\"") && !text.contains("hunter2"), "{text}");
}

fn raw(server: &Server) {
    let ground = Ground::serving(server);
    let long = "x".repeat(9_000);
    let last = format!("level=error msg=\"Scheduler not ready\" error=\"\u{1b}[2J\u{9b}31m\u{202e}refused {long}\"\n");
    run(&ground, &last);
    for form in ["text", "short", "wide", "markdown", "json", "github", "junit", "html"] {
        let output = ground.verify(&[&ground.tenant, "-o", form]).ends_with(1);
        assert!(!output.stdout.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{form}: {output}");
        assert!(!output.stdout.contains(&long), "{form}: {output}");
    }
}

fn without_right(server: &Server) {
    let ground = Ground::serving(server);
    run(&ground, "");
    let all = ground.verify(&[&ground.tenant, "-o", "json"]).succeeds();
    let user = unique("heidi");
    let mut roles = printed(&ground, &[&ground.tenant], &user);
    for role in &mut roles {
        role["rules"].as_array_mut().unwrap().retain(|rule| rule["resources"] != json!(["pods/log"]));
    }
    grant(&ground, &user, &roles);
    let output = until("the roles are not enough", || {
        let output = ground.verify(&[&ground.tenant, "-o", "json", "--as", &user]);
        let refused: Vec<&str> = output.stderr.lines().filter(|line| line.contains("not allowed to")).collect();
        let is_settled = !refused.is_empty() && refused.iter().all(|line| line.contains("get pods/log"));
        (output.status == 3 && is_settled).then_some(output)
    });
    // Every other verdict is the same.
    let rest = |output| {
        let mut lines = with_result(output, "pass");
        lines.retain(|line| !line.starts_with("SCS07"));
        lines
    };
    assert_eq!(rest(&output), rest(&all));
    let mut unknown = of_family(with_result(&output, "unknown"));
    unknown.dedup();
    assert_eq!(unknown, ["SCS0701", "SCS0702", "SCS0703", "SCS0704", "SCS0705", "SCS0706"]);
    assert_eq!(with_result(&output, "fail"), with_result(&all, "fail"));
    ground.verify(&[&ground.tenant, "--as", &user, "--no-logs"]).succeeds();
    let printed = ground.verify(&[&ground.tenant, "--print-rbac", "--no-logs"]).succeeds();
    assert!(!printed.stdout.contains("pods/log"), "{printed}");
}
