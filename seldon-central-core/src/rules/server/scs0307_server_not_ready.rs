use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    reason::version::Versions,
    resource::SERVER,
    rules::{FixSafety, Judged, Report, Rule, World, status},
    snapshot::Observed,
    version::Exact,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0307",
    name: "server-not-ready",
    level: Level::Error,
    judged: Judged::Live,
    summary: "A Server is not Ready; the finding says which of the usual causes its condition points to.",
    why: "The operator writes the error itself into the reason of the Server's condition: a ServerConfig it does not \
          find, a scheduler it does not reach through the tenant's alias, or pods that are not up. A Server without any \
          condition has not been looked at. An operator before 2.10.1 asks the scheduler before it makes any pod, so \
          that without the scheduler there are none.",
    fix: "Follow the cause that the finding names. Where pods are not up, look at them: an agent that exits wants its \
          rclone Secret, a pod that is not created may miss a service account or limits.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&SERVER],
    sources: &["operator/controllers/mlops/server_controller.go:142-189", "operator/scheduler/server.go:43,110"],
    check,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: centralized}
status:
  conditions:
  - type: StatefulSetOrDeploymentReady
    status: 'False'
    reason: 'failed to get ServerConfig: ServerConfig.mlops.seldon.io \"centralized\" not found'
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver}
status:
  conditions:
  - {type: Ready, status: 'True'}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for server in
        world.servers(report).into_iter().filter(|server| server.is_live() && !status::is_deleting(&server.object))
    {
        if status::conditions(&server.object).next().is_none() {
            report.fail(
                server,
                "the operator has written no condition of this Server",
                vec![Evidence::new("/status/conditions", "none")],
                "see that the operator runs and watches the namespace",
            );
            continue;
        }
        let unmet = status::unmet(&server.object, |condition| condition.status != "True");
        if unmet.is_empty() {
            report.pass(server);
        } else {
            fail(server, &unmet, world.versions(), report);
        }
    }
}

fn fail(server: &Observed, unmet: &[status::Condition<'_>], versions: &Versions, report: &mut Report) {
    let (message, remedy) = unmet
        .iter()
        .find_map(|condition| classify(condition.reason))
        .unwrap_or(("the Server is not Ready", "look at the reason in the evidence and at the operator's log"));
    let (message, remedy) =
        (message.to_owned() + no_pods(message, versions), remedy.to_owned() + late(message, versions));
    report.fail(server, message, unmet.iter().map(status::Condition::evidence).collect(), remedy);
}

/// An operator before 2.10.1 asks the scheduler first and makes the pods afterwards
/// (`server_controller.go`, v2.10.0:109 and v2.10.1:149).
fn no_pods(message: &str, versions: &Versions) -> &'static str {
    match versions.operator.range.is_from(Exact::V2_10_1) {
        Some(false) if message == UNREACHED => ", and before 2.10.1 it makes no pods of the Server until it does",
        None if message == UNREACHED => ", and one before 2.10.1 makes no pods of the Server until it does",
        _ => "",
    }
}

/// An agent from 2.9.1 on is not ready before it has subscribed (`agent_svc_manager.go:230-238`).
fn late(message: &str, versions: &Versions) -> &'static str {
    match versions.agents.range.is_from(Exact::V2_9_1) {
        Some(true) if message == DOWN => "; it is not ready before it has subscribed to the scheduler",
        None if message == DOWN => "; from 2.9.1 on it is not ready before it has subscribed to the scheduler",
        _ => "",
    }
}

/// The operator does not reach the scheduler.
const UNREACHED: &str = "the operator does not reach the scheduler by the name in this namespace";
/// Pods are not ready.
const DOWN: &str = "pods of the Server are not up";

/// What a condition's reason means, and what to do about it.
fn classify(reason: &str) -> Option<(&'static str, &'static str)> {
    let says = |parts: &[&str]| parts.iter().all(|part| reason.contains(part));
    if says(&["ServerConfig", "not found"]) {
        Some((
            "the operator does not find the Server's ServerConfig in its own namespace",
            "name a ServerConfig that exists there",
        ))
    } else if says(&["ServerType not specified"]) {
        Some(("the Server names no ServerConfig", "set `spec.serverConfig`"))
    } else if says(&["get connection"]) || says(&["server notify failed"]) || says(&["rpc error"]) {
        Some((UNREACHED, "see where the Service `seldon-scheduler` of the namespace leads, and what policies admit"))
    } else if says(&["replicas does not match"]) {
        Some((DOWN, "look at its pods: `kubectl describe` and the log of container `agent`"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::findings;

    #[test]
    fn what_the_cause_entails_depends_on_the_versions() {
        let server = |reason: &str| {
            format!(
                "apiVersion: mlops.seldon.io/v1alpha1\nkind: Server\nmetadata: {{name: a, namespace: seldon-system}}\n\
                 spec: {{serverConfig: mlserver}}\nstatus: {{conditions: [{{type: StatefulSetReady, status: 'False', \
                 reason: '{reason}'}}]}}\n---\n"
            )
        };
        let operator = |tag: &str| {
            format!(
                "apiVersion: apps/v1\nkind: Deployment\n\
                 metadata: {{name: seldon-v2-controller-manager, namespace: seldon-system}}\nspec: {{template: {{spec: \
                 {{containers: [{{name: manager, image: 'c:{tag}'}}]}}}}}}\n"
            )
        };
        let found =
            |tag: &str| findings("SCS0307", &[server("get connection: rpc error"), operator(tag)].concat()).concat();
        assert!(found("2.10.0").ends_with("before 2.10.1 it makes no pods of the Server until it does"));
        assert!(found("2.10.1").ends_with("in this namespace"), "{}", found("2.10.1"));
        assert!(found("2.10").ends_with("one before 2.10.1 makes no pods of the Server until it does"));
    }

    #[test]
    fn reasons_are_told_apart() {
        let message = |reason| classify(reason).map(|(message, _)| message).unwrap_or_default();
        assert!(message("ServerConfig.mlops.seldon.io \"x\" not found").contains("ServerConfig"));
        assert!(message("get connection: rpc error: code = Unavailable").contains("does not reach"));
        assert!(message("StatefulSet replicas does not match desired replicas").contains("pods"));
        assert_eq!(message("something else"), "");
    }
}
