use crate::{
    finding::Level,
    fix::Repair,
    resource::SELDON_RUNTIME,
    rules::{FixSafety, Judged, Report, Rule, World, status},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0208",
    name: "runtime-not-ready",
    level: Level::Error,
    judged: Judged::Live,
    summary: "A condition of a SeldonRuntime is False.",
    why: "Each component has a condition that compares ready with wanted replicas. A False one means that its pods are \
          not up: a gateway without Kafka, an image that cannot be pulled, a quota that demands limits. A True one \
          proves little: a component with no replicas is True too.",
    fix: "Look at the pods of the component that the condition names: `kubectl describe` and their log. A gateway that \
          is not needed is best set to `replicas: 0`.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&SELDON_RUNTIME],
    sources: &[
        "operator/controllers/reconcilers/seldon/statefulset_reconciler.go:31-34,224",
        "operator/controllers/reconcilers/seldon/deployment_reconciler.go:184-200",
    ],
    check,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: seldon, namespace: seldon-system}
spec: {seldonConfig: default}
status:
  conditions:
  - {type: EnvoyReady, status: 'False', reason: Deployment replicas does not match desired replicas}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: seldon, namespace: seldon-system}
spec: {seldonConfig: default}
status:
  conditions:
  - {type: EnvoyReady, status: 'True', reason: Deployment replicas matches desired replicas}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for runtime in world.runtimes(report).into_iter().filter(|runtime| runtime.is_live()) {
        let unmet = status::unmet(&runtime.object, |condition| condition.status == "False");
        let names: Vec<&str> = unmet.iter().map(|condition| condition.kind).collect();
        match names.as_slice() {
            [] if status::conditions(&runtime.object).next().is_some() => report.pass(runtime),
            [] => {}
            names => report.fail(
                runtime,
                format!("{} {} False", names.join(", "), if names.len() == 1 { "is" } else { "are" }),
                unmet.iter().map(status::Condition::evidence).collect(),
                "look at the pods of these components: `kubectl describe` and their log",
            ),
        }
    }
}
