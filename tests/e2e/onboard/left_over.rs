//! What a changed profile leaves behind: it is named with the command that deletes it, and stays.

use serde_json::json;

use super::writing_nothing;
use crate::harness::{
    control_plane::Server,
    kubectl::{Kubectl, Output},
    operator,
    plan::Plan,
    tenant::{Ground, SERVICE},
};

const POLICY: &str = "networking.k8s.io/v1/NetworkPolicy";
const RELAY: &str = "seldon-scheduler-relay";

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("onboard::policies_left_over_are_named", policies);
    plan.cluster("onboard::object_of_a_controller_left_over_is_left_to_it", owned);
    plan.own_cluster("onboard::relay_left_over_is_named_and_does_not_block", relay);
}

/// The command that is proposed.
#[track_caller]
fn command(output: &Output) -> String {
    const BEFORE: &str = "hint: onboard never deletes; if they are no longer wanted: ";
    let commands: Vec<&str> = output.stderr.lines().filter_map(|line| line.strip_prefix(BEFORE)).collect();
    assert_eq!(commands.len(), 1, "{output}");
    commands[0].to_owned()
}

/// Carries the proposed command out as it is written.
fn obey(server: &Server, command: &str) -> usize {
    let output = Kubectl::shell(command).kubeconfig(&server.kubeconfig).run([""; 0]).succeeds();
    output.stdout.lines().filter(|line| line.ends_with(" deleted") || line.contains(" deleted from ")).count()
}

fn is_silent(output: &Output) {
    assert!(!output.stderr.contains("left over") && !output.stderr.contains("kubectl delete"), "{output}");
}

fn policies(server: &Server) {
    let ground = Ground::healthy(server);
    let tenant = &ground.tenant;
    is_silent(&ground.onboard(&[]).succeeds());
    is_silent(&ground.onboard(&[]).succeeds());
    let metadata = json!({"name": "mine", "namespace": tenant});
    let spec = json!({"podSelector": {"matchLabels": {"app": "mine"}}, "policyTypes": ["Ingress"]});
    ground.api.create(
        &json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}),
    );
    let names = ["app-policy", "metrics", "to-envoy", "to-servers"]
        .map(|name| format!("networkpolicy.networking.k8s.io/{tenant}-{name}"));
    let wanted = format!("kubectl delete -n {tenant} {}", names.join(" "));
    for more in [&[][..], &["--dry-run=server"], &["--diff"], &["-o", "yaml"]] {
        let arguments = [&["--network-policy", "none"], more].concat();
        let output = writing_nothing(&ground, || ground.onboard(&arguments)).succeeds();
        let said =
            format!("{tenant}: left over from an earlier run and not asked for by this one: {}\n", names.join(", "));
        assert_eq!(command(&output), wanted);
        assert!(!output.stdout.contains("left over"), "{output}");
        output.says(&[&said]);
    }
    assert_eq!(obey(server, &wanted), 4);
    let left = ground.api.list(POLICY, tenant);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["metadata"]["name"], "mine");
    is_silent(&writing_nothing(&ground, || ground.onboard(&["--network-policy", "none"])).succeeds());
}

fn owned(server: &Server) {
    let ground = Ground::healthy(server);
    ground.onboard(&[]).succeeds();
    let name = format!("{}-metrics", ground.tenant);
    let id = format!("team-a:networking.k8s.io/NetworkPolicy:{}/{name}", ground.tenant);
    let marks = json!({"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": id}}});
    ground.api.merge(POLICY, &ground.tenant, &name, &marks);
    let arguments = ["--network-policy", "scheduler", "--dry-run=server"];
    let output = writing_nothing(&ground, || ground.onboard(&arguments)).succeeds();
    assert!(!command(&output).contains(&name), "{output}");
    let owner = "which Argo CD application `team-a` owns\nhint: onboard never deletes; if it is no longer wanted, delete it there\n";
    output.says(&[&format!("networkpolicy.networking.k8s.io/{name}, {owner}")]);
}

fn relay(server: &Server) {
    let ground = Ground::healthy(server);
    let tenant = &ground.tenant;
    is_silent(&ground.onboard(&["--wiring", "relay"]).succeeds());
    is_silent(&ground.onboard(&["--wiring", "relay"]).succeeds());
    assert_eq!(operator::reconcile(&ground).action, "NoChange");
    let wanted = format!(
        "kubectl delete -n {tenant} networkpolicy.networking.k8s.io/{tenant}-to-relay deployment.apps/{RELAY} \
         configmap/{RELAY}"
    );
    for (more, status) in [("--dry-run=server", 0), ("--diff", 1)] {
        let output = writing_nothing(&ground, || ground.onboard(&[more])).ends_with(status);
        assert_eq!(command(&output), wanted);
    }
    let output = ground.onboard(&[]).succeeds();
    assert_eq!(command(&output), wanted);
    let alias = ground.api.get(SERVICE, tenant, "seldon-scheduler");
    assert_eq!(alias["spec"]["type"], "ExternalName");
    assert_eq!(alias["spec"].get("clusterIP"), None);
    assert_eq!(operator::reconcile(&ground).action, "NoChange");
    assert!(ground.api.find("apps/v1/Deployment", tenant, RELAY).is_some(), "it was deleted");
    let again = writing_nothing(&ground, || ground.onboard(&[])).succeeds();
    assert!(again.stdout.lines().all(|line| line.ends_with(" unchanged")), "{again}");
    assert_eq!(obey(server, &command(&again)), 3);
    is_silent(&writing_nothing(&ground, || ground.onboard(&[])).succeeds());
}
