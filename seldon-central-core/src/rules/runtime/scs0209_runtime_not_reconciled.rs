use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    pattern,
    reason::reconciled::Reconciled,
    resource::{SELDON_CONFIG, SELDON_RUNTIME},
    rules::{FixSafety, Judged, Report, Rule, World, status},
    snapshot::Observed,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0209",
    name: "runtime-not-reconciled",
    level: Level::Error,
    judged: Judged::Live,
    summary: "A SeldonRuntime has no conditions: the operator never got to it, or gave up early.",
    why: "The operator first puts its finalizer on a runtime, then looks for the SeldonConfig, then works. So a runtime \
          without the finalizer has never been seen: its namespace is not watched or no operator runs. One with the \
          finalizer and without conditions has been seen, and most often its SeldonConfig is missing.",
    fix: "Without the finalizer: see that the operator runs and watches the namespace. With it: see that the \
          SeldonConfig exists in the operator's namespace, and read the operator's log for the runtime's name.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&SELDON_RUNTIME, &SELDON_CONFIG],
    sources: &["operator/controllers/mlops/seldonruntime_controller.go:146-163"],
    check,
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
    for runtime in
        world.runtimes(report).into_iter().filter(|runtime| runtime.is_live() && !status::is_deleting(&runtime.object))
    {
        match Reconciled::of(&runtime.object) {
            Reconciled::Once => report.pass(runtime),
            Reconciled::Begun => gave_up(world, runtime, report),
            Reconciled::Never => never_seen(world, runtime, report),
        }
    }
}

fn never_seen(world: &World<'_>, runtime: &Observed, report: &mut Report) {
    report.fail(
        runtime,
        "the operator has never seen this runtime",
        vec![
            Evidence::new("/metadata/finalizers", format!("no {}", pattern::RUNTIME_FINALIZER)),
            Evidence::new("/status/conditions", "none"),
        ],
        format!(
            "see that the operator in {} runs and watches {}",
            world.central(),
            runtime.object.namespace().unwrap_or_default()
        ),
    );
}

fn gave_up(world: &World<'_>, runtime: &Observed, report: &mut Report) {
    let name = runtime.object.text("/spec/seldonConfig").unwrap_or_default();
    let home = world.config_home(runtime.object.namespace().unwrap_or_default());
    let mut evidence = vec![Evidence::new("/status/conditions", "none, though the finalizer is there")];
    if world.seldon_config(&runtime.object) == Ok(None) {
        evidence.push(Evidence::new("/spec/seldonConfig", format!("`{name}`, which {home} does not have")));
        report.fail(
            runtime,
            format!("the operator cannot find SeldonConfig `{name}` and does nothing for this runtime"),
            evidence,
            format!("name a SeldonConfig of {home}"),
        );
    } else {
        report.fail(
            runtime,
            "the operator has seen this runtime and written no condition",
            evidence,
            "read the operator's log for the name of this runtime",
        );
    }
}
