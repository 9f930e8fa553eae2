use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    reason::{
        cause::{Deleting, why_no_condition, why_server, why_server_stays},
        placement::Explanation,
    },
    resource::{
        AGENT_LOG, DEPLOYMENT, EVENT, NETWORK_POLICY, OPERATOR_LOG, POD, SCHEDULER_LOG, SECRET, SELDON_CONFIG,
        SELDON_RUNTIME, SERVER, SERVER_CONFIG, SERVICE, STATEFUL_SET,
    },
    rules::{FixSafety, Judged, Report, Rule, World, status},
    snapshot::Observed,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0307",
    name: "server-not-ready",
    level: Level::Error,
    judged: Judged::Live,
    summary: "A Server is not Ready; the finding says which of the usual causes is proved, or remains possible.",
    why: "The operator writes the error itself into the reason of the Server's condition: a ServerConfig it does not \
          find, a scheduler it does not reach through the tenant's alias, or pods that are not up. That is held \
          against its pods and their events, its Secrets, the alias, policies and the central scheduler. A Server \
          without any condition has not been looked at. An operator before 2.10.1 asks the scheduler before it makes \
          any pod, so that without the scheduler there are none.",
    fix: "Follow the cause that the finding names. Where pods are not up, look at them: an agent that exits wants its \
          rclone Secret, a pod that is not created may miss a service account or limits.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[
        &SERVER,
        &SERVER_CONFIG,
        &STATEFUL_SET,
        &DEPLOYMENT,
        &POD,
        &EVENT,
        &SERVICE,
        &NETWORK_POLICY,
        &SELDON_RUNTIME,
        &SELDON_CONFIG,
        &SECRET,
        &AGENT_LOG,
        &SCHEDULER_LOG,
        &OPERATOR_LOG,
    ],
    sources: &["operator/controllers/mlops/server_controller.go:142-189", "operator/scheduler/server.go:43,110"],
    check,
    guard: None,
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
    for server in world.servers(report).into_iter().filter(|server| server.is_live()) {
        if status::is_deleting(&server.object) {
            if let Some(Deleting { why, .. }) = why_server_stays(&server.object) {
                report.fail_as(Level::Warning, server, why.message, why.evidence, why.remedy);
            }
            continue;
        }
        if status::conditions(&server.object).next().is_none() {
            let Explanation { message, evidence, remedy } = why_no_condition(world, &server.object);
            let none = Evidence::new("/status/conditions", "none");
            report.fail(server, message, std::iter::once(none).chain(evidence).collect(), remedy);
            continue;
        }
        let unmet = status::unmet(&server.object, |condition| condition.status != "True");
        if unmet.is_empty() {
            report.pass(server);
        } else {
            fail(world, server, &unmet, report);
        }
    }
}

fn fail(world: &World<'_>, server: &Observed, unmet: &[status::Condition<'_>], report: &mut Report) {
    let reasons: Vec<&str> = unmet.iter().map(|condition| condition.reason).collect();
    let Explanation { message, evidence, remedy } = why_server(world, &server.object, &reasons);
    let evidence = unmet.iter().map(status::Condition::evidence).chain(evidence).collect();
    report.fail(server, message, evidence, remedy);
}

#[cfg(test)]
mod tests {
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
        let entailed = "makes no pods of the Server until it reaches the scheduler";
        assert!(found("2.10.0").ends_with(&format!("; before 2.10.1 the operator {entailed}")), "{}", found("2.10.0"));
        assert!(found("2.10.1").contains("in this namespace") && !found("2.10.1").contains(entailed));
        assert!(found("2.10").ends_with(&format!("; an operator before 2.10.1 {entailed}")), "{}", found("2.10"));
    }
}
