//! Logs whose bytes are no text, or far too many.

use serde_json::json;

use super::with_result;
use crate::harness::{
    complete,
    control_plane::Server,
    kubelet::{Container, Node},
    plan::Plan,
    tenant::Ground,
};

pub(super) fn add(plan: &mut Plan) {
    plan.any_cluster("verify::hostile::bytes_that_are_no_text_reach_no_terminal", bytes);
    plan.any_cluster("verify::hostile::a_line_of_ten_megabytes_is_no_trap", long_line);
}

/// Runs an agent whose log ends so.
fn run(ground: &Ground<'_>, end: &[u8]) {
    let server = format!("{}-mlserver", ground.tenant);
    let pod = format!("{server}-0");
    let labels = json!({"app.kubernetes.io/name": "seldon-server", "seldon-server-name": server});
    let running = json!({"name": "agent", "image": "registry.test/agent:1", "imageID": "", "ready": true,
        "restartCount": 0, "state": {"running": {}}});
    let mut object = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": pod, "namespace": ground.tenant, "labels": labels},
        "spec": {"containers": [{"name": "agent"}]},
        "status": {"phase": "Running", "containerStatuses": [running]}});
    complete::object(&mut object);
    let node = Node::new(&ground.api);
    node.run(object);
    let begin = b"time=\"2025-06-01T12:00:00Z\" level=info msg=\"Connecting (non-blocking) to scheduler at seldon-scheduler:9005\"\n";
    node.log(&Container { namespace: &ground.tenant, pod: &pod, name: "agent" }, &[begin, end].concat());
}

/// The last word of an agent, with what a terminal would obey and with half a letter.
const REFUSED: &[u8] = b"time=\"2025-06-01T12:00:01Z\" level=error msg=\"Scheduler not ready\" \
    error=\"\x1b[2J\x1b]0;owned\x07\xc3\x28\xff dial tcp 10.0.0.1:9005: connect: connection refused\"\n";

fn bytes(server: &Server) {
    let ground = Ground::serving(server);
    run(&ground, REFUSED);
    let forms =
        ["text", "wide", "short", "json", "jsonl", "yaml", "markdown", "github", "gitlab", "junit", "sarif", "html"];
    for form in forms {
        let output = ground.verify(&[&ground.tenant, "-o", form]).ends_with(1);
        let said = format!("{}{}", output.stdout, output.stderr);
        assert!(said.contains("SCS0701"), "{form}: {output}");
        assert!(
            !said.contains(|letter: char| letter.is_control() && !matches!(letter, '\n' | '\t')),
            "{form}: {output}"
        );
    }
}

fn long_line(server: &Server) {
    let ground = Ground::serving(server);
    let payload = [b"level=info msg=\"".as_slice(), &vec![b'y'; 10_000_000], b"\"\n"].concat();
    run(&ground, &[payload.as_slice(), REFUSED].concat());
    let output = ground.verify(&[&ground.tenant, "-o", "json"]);
    assert!(output.stdout.len() < 1_000_000, "{} bytes", output.stdout.len());
    // What comes after the limit was not read, and nobody may take that for a subscription.
    let passed = with_result(&output, "pass");
    assert!(!passed.iter().any(|one| one.starts_with("SCS0701") || one.starts_with("SCS0703")), "{output}");
}
