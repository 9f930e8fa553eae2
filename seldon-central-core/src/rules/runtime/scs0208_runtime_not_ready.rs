use crate::{
    finding::Level,
    fix::Repair,
    object::Object,
    reason::{cause::why_runtime, placement::Explanation, runtime::disabled},
    resource::{DEPLOYMENT, EVENT, OPERATOR_LOG, POD, SELDON_CONFIG, SELDON_RUNTIME, STATEFUL_SET},
    rules::{FixSafety, Judged, Report, Rule, World, status},
    snapshot::Unknown,
    text,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0208",
    name: "runtime-not-ready",
    level: Level::Error,
    judged: Judged::Live,
    summary: "A condition of a SeldonRuntime is False; the finding says what keeps the pods of that component down.",
    why: "Each component has a condition that compares ready with wanted replicas. A False one means that its pods are \
          not up: a gateway without Kafka, an image that cannot be pulled, a quota that demands limits. A True one \
          proves little: a component with no replicas is True too.",
    fix: "Look at the pods of the component that the condition names: `kubectl describe` and their log. A gateway that \
          is not needed is best set to `replicas: 0`.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&SELDON_RUNTIME, &SELDON_CONFIG, &STATEFUL_SET, &DEPLOYMENT, &POD, &EVENT, &OPERATOR_LOG],
    sources: &[
        "operator/controllers/reconcilers/seldon/statefulset_reconciler.go:31-34,224",
        "operator/controllers/reconcilers/seldon/deployment_reconciler.go:184-200",
    ],
    check,
    guard: None,
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
            [] if status::conditions(&runtime.object).next().is_none() => {}
            [] => match unsaid(&runtime.object) {
                Some(what) => report.unknown(runtime.object.id(), Unknown::NotInInput { what }),
                None => report.pass(runtime),
            },
            names => {
                let Explanation { message, evidence, remedy } = why_runtime(world, &runtime.object, names);
                let evidence = unmet.iter().map(status::Condition::evidence).chain(evidence).collect();
                report.fail(runtime, message, evidence, remedy);
            }
        }
    }
}

/// What keeps a runtime without a False condition from being known to be ready.
fn unsaid(runtime: &Object) -> Option<String> {
    let ready = status::conditions(runtime).find(|condition| condition.kind == "Ready")?;
    if ready.status == "True" {
        return None;
    }
    let disabled = disabled(runtime);
    let names = text::enumerate(disabled.iter().map(|(_, name)| *name));
    Some(if names.is_empty() {
        "a condition of every component".to_owned()
    } else {
        format!("whether it is ready (`disable: true` for {names} keeps Ready {} for ever)", ready.status)
    })
}
