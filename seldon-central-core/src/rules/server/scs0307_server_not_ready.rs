use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    resource::SERVER,
    rules::{FixSafety, Judged, Report, Rule, World, status},
    snapshot::Observed,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0307",
    name: "server-not-ready",
    level: Level::Error,
    judged: Judged::Live,
    summary: "A Server is not Ready; the finding says which of the usual causes its condition points to.",
    why: "The operator writes the error itself into the reason of the Server's condition: a ServerConfig it does not \
          find, a scheduler it does not reach through the tenant's alias, or pods that are not up. A Server without any \
          condition has not been looked at.",
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
            fail(server, &unmet, report);
        }
    }
}

fn fail(server: &Observed, unmet: &[status::Condition<'_>], report: &mut Report) {
    let (message, remedy) = unmet
        .iter()
        .find_map(|condition| classify(condition.reason))
        .unwrap_or(("the Server is not Ready", "look at the reason in the evidence and at the operator's log"));
    report.fail(server, message, unmet.iter().map(status::Condition::evidence).collect(), remedy);
}

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
        Some((
            "the operator does not reach the scheduler by the name in this namespace",
            "see where the Service `seldon-scheduler` of the namespace leads, and what policies admit",
        ))
    } else if says(&["replicas does not match"]) {
        Some(("pods of the Server are not up", "look at its pods: `kubectl describe` and the log of container `agent`"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_apart() {
        let message = |reason| classify(reason).map(|(message, _)| message).unwrap_or_default();
        assert!(message("ServerConfig.mlops.seldon.io \"x\" not found").contains("ServerConfig"));
        assert!(message("get connection: rpc error: code = Unavailable").contains("does not reach"));
        assert!(message("StatefulSet replicas does not match desired replicas").contains("pods"));
        assert_eq!(message("something else"), "");
    }
}
