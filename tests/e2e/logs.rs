//! Logs of containers, as the API server fetches them from the stand-in kubelet: what every test
//! with logs relies on.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{
    control_plane::Server,
    kubectl::Output,
    kubelet::{Behaviour, Container, Node},
    plan::Plan,
    tenant::Ground,
};

pub(crate) fn add(plan: &mut Plan) {
    plan.any_cluster("logs::kubectl_gets_what_it_asks_for", asked_for);
    plan.any_cluster("logs::what_a_kubelet_refuses_is_an_error", refused);
    plan.any_cluster("logs::bytes_arrive_as_they_are", bytes);
    plan.any_cluster("logs::a_kubelet_that_misbehaves_is_felt", misbehaves);
}

const AGENT: &str =
    "time=\"2025-06-01T12:00:00Z\" level=info msg=one\ntime=\"2025-06-01T12:00:10Z\" level=info msg=two\n";

/// A tenant with one pod, on a node.
fn stage<'a>(ground: &'a Ground<'_>) -> Node<'a> {
    ground.namespace(&ground.tenant);
    let node = Node::new(&ground.api);
    run(&node, ground, "mlserver-0");
    node
}

fn run(node: &Node<'_>, ground: &Ground<'_>, name: &str) {
    let containers = ["agent", "mlserver"].map(|name| json!({"name": name, "image": "registry.test/image:1"}));
    node.run(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": ground.tenant},
        "spec": {"containers": containers}, "status": {"phase": "Running"}}));
}

fn agent<'a>(ground: &'a Ground<'_>, pod: &'a str) -> Container<'a> {
    Container { namespace: &ground.tenant, pod, name: "agent" }
}

fn logs(ground: &Ground<'_>, arguments: &[&str]) -> Output {
    ground.server.kubectl().run([&["logs", "-n", &ground.tenant, "-c", "agent"], arguments].concat())
}

fn asked_for(server: &Server) {
    let ground = Ground::empty(server);
    let node = stage(&ground);
    node.log(&agent(&ground, "mlserver-0"), AGENT.as_bytes());
    node.previous_log(&agent(&ground, "mlserver-0"), b"before\n");
    let (first, second) = AGENT.split_at(AGENT.find('\n').unwrap() + 1);
    for (flags, expected) in [
        (&[] as &[&str], AGENT.to_owned()),
        (&["--tail=1"], second.to_owned()),
        (&["--limit-bytes=20"], AGENT[..20].to_owned()),
        (&["--since-time=2025-06-01T12:00:05Z"], second.to_owned()),
        (&["--since=1h"], String::new()),
        (&["--timestamps"], format!("2025-06-01T12:00:00Z {first}2025-06-01T12:00:10Z {second}")),
        (&["--previous"], "before\n".to_owned()),
    ] {
        let output = logs(&ground, &[&["mlserver-0"], flags].concat()).succeeds();
        assert_eq!(output.stdout, expected, "{flags:?}");
    }
}

fn refused(server: &Server) {
    let ground = Ground::empty(server);
    let node = stage(&ground);
    let pod = agent(&ground, "mlserver-0");
    logs(&ground, &["mlserver-0"]).ends_with(1).says(&["is waiting to start: ContainerCreating"]);
    node.log(&pod, AGENT.as_bytes());
    logs(&ground, &["mlserver-0", "--previous"])
        .ends_with(1)
        .says(&["previous terminated container \"agent\" in pod \"mlserver-0\" not found"]);
    for code in [403, 404, 500] {
        node.misbehave(&pod, Behaviour::Status(code));
        logs(&ground, &["mlserver-0"]).ends_with(1);
    }
    logs(&ground, &["mlserver-1"]).ends_with(1).says(&["pods \"mlserver-1\" not found"]);
    run(&Node::unreachable(&ground.api), &ground, "mlserver-1");
    logs(&ground, &["mlserver-1"]).ends_with(1).says(&["connection refused"]);
}

fn bytes(server: &Server) {
    let ground = Ground::empty(server);
    let node = stage(&ground);
    let long = [b"\x1b[31m\xff\xfe".as_slice(), &vec![b'x'; 10_000_000], b"\n"].concat();
    node.log(&agent(&ground, "mlserver-0"), &long);
    let path = format!("/api/v1/namespaces/{}/pods/mlserver-0/log?container=agent", ground.tenant);
    let (code, body) = ground.api.pass_on("GET", &path);
    assert_eq!((code, body == long), (200, true));
}

fn misbehaves(server: &Server) {
    let ground = Ground::empty(server);
    let node = stage(&ground);
    let pod = agent(&ground, "mlserver-0");
    node.log(&pod, AGENT.as_bytes());
    // The API server ends its own answer as if that were all.
    node.misbehave(&pod, Behaviour::Cut(30));
    assert_eq!(logs(&ground, &["mlserver-0"]).stdout, AGENT[..30]);
    let slow = |behaviour| {
        node.misbehave(&pod, behaviour);
        let begun = Instant::now();
        logs(&ground, &["mlserver-0", "--request-timeout=2s"]).ends_with(1);
        assert!(begun.elapsed() < Duration::from_secs(30));
    };
    slow(Behaviour::Slow(1_000));
    slow(Behaviour::Endless);
}
