use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    pattern,
    reason::{
        cause::{Deleting, why_not_reconciled, why_not_seen, why_runtime_stays},
        placement::Explanation,
        reconciled::Reconciled,
    },
    resource::{DEPLOYMENT, EVENT, OPERATOR_LOG, POD, SELDON_CONFIG, SELDON_RUNTIME, SERVER, SERVICE, STATEFUL_SET},
    rules::{FixSafety, Judged, Report, Rule, World, status},
    snapshot::Observed,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0209",
    name: "runtime-not-reconciled",
    level: Level::Error,
    judged: Judged::Live,
    summary: "A SeldonRuntime has no conditions, or does not go when it is deleted: the operator never got to it, or gave up.",
    why: "The operator first puts its finalizer on a runtime, then looks for the SeldonConfig, then works. So a runtime \
          without the finalizer has never been seen: its namespace is not watched or no operator runs. One with the \
          finalizer and without conditions has been seen, and most often its SeldonConfig is missing, or the API server \
          refuses the Service that it would make. Which it is shows in the operator's Deployment, in SeldonConfigs and \
          in the alias. One that is being deleted stays while its namespace has Servers, and when no operator looks \
          after it.",
    fix: "Without the finalizer: see that the operator runs and watches the namespace. With it: see that the \
          SeldonConfig exists in the operator's namespace, and read the operator's log for the runtime's name. Before a \
          runtime can be deleted, its namespace's Servers have to be.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[
        &SELDON_RUNTIME,
        &SELDON_CONFIG,
        &SERVER,
        &SERVICE,
        &DEPLOYMENT,
        &STATEFUL_SET,
        &POD,
        &EVENT,
        &OPERATOR_LOG,
    ],
    sources: &["operator/controllers/mlops/seldonruntime_controller.go:146-163"],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: seldon, namespace: seldon-system}
spec: {seldonConfig: default}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: seldon, namespace: seldon-system, finalizers: [seldon.runtime.finalizer]}
spec: {seldonConfig: default}
status:
  conditions:
  - {type: Ready, status: 'True'}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for runtime in world.runtimes(report).into_iter().filter(|runtime| runtime.is_live()) {
        if status::is_deleting(&runtime.object) {
            let Deleting { why, is_stuck } = why_runtime_stays(world, &runtime.object);
            let level = if is_stuck { Level::Error } else { Level::Warning };
            report.fail_as(level, runtime, why.message, why.evidence, why.remedy);
            continue;
        }
        match Reconciled::of(&runtime.object) {
            Reconciled::Once => report.pass(runtime),
            Reconciled::Begun => gave_up(world, runtime, report),
            Reconciled::Never => never_seen(world, runtime, report),
        }
    }
}

fn never_seen(world: &World<'_>, runtime: &Observed, report: &mut Report) {
    let shown = [
        Evidence::new("/metadata/finalizers", format!("no {}", pattern::RUNTIME_FINALIZER)),
        Evidence::new("/status/conditions", "none"),
    ];
    let Explanation { message, evidence, remedy } = why_not_seen(world, &runtime.object);
    report.fail(runtime, message, shown.into_iter().chain(evidence).collect(), remedy);
}

fn gave_up(world: &World<'_>, runtime: &Observed, report: &mut Report) {
    let shown = Evidence::new("/status/conditions", "none, though the finalizer is there");
    let Explanation { message, evidence, remedy } = why_not_reconciled(world, &runtime.object);
    report.fail(runtime, message, std::iter::once(shown).chain(evidence).collect(), remedy);
}
