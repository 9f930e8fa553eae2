use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Remedy, Repair, find, scaled},
    object::ObjectId,
    pattern::{self, Component},
    reason::runtime,
    resource::SELDON_RUNTIME,
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0102",
    name: "central-scheduler-disabled",
    level: Level::Error,
    judged: Judged::Either,
    summary: "No SeldonRuntime in the control plane runs `seldon-scheduler`.",
    why: "Every tenant has its own scheduler turned off and relies on the central one. Where that is off too, nothing \
          places a model and no Envoy gets a route.",
    fix: "Install the chart `seldon-core-v2-runtime` in the control plane's namespace, or take `disable: true` and \
          `replicas: 0` off the override `seldon-scheduler` there. The chart's value `scheduler.replicas` is never \
          rendered; `scheduler.disable` is.",
    fix_safety: FixSafety::Unsafe,
    repair: Repair::Edits(repair),
    reads: &[&SELDON_RUNTIME],
    sources: &[
        "specification, Control Plane Setup",
        "operator/controllers/reconcilers/seldon/runtime_reconciler.go:251-344",
    ],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: seldon, namespace: seldon-system}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, disable: true}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: seldon, namespace: seldon-system}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, serviceType: ClusterIP}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let id = ObjectId::of(&SELDON_RUNTIME, Some(world.central()), pattern::CENTRAL_RUNTIME);
    match world.central_scheduler() {
        Ok(Some(runtime)) => return report.pass(runtime),
        Ok(None) => {}
        Err(reason) => return report.unknown(id, reason),
    }
    let mut runtimes = world.snapshot.known_in(&SELDON_RUNTIME, world.central()).peekable();
    if runtimes.peek().is_none() {
        report.missing(
            id,
            format!("{} has no SeldonRuntime, so no central scheduler runs", world.central()),
            "install the chart `seldon-core-v2-runtime` in this namespace",
        );
    }
    for runtime in runtimes {
        let evidence = runtime::override_of(&runtime.object, Component::Scheduler)
            .map(|(index, entry)| Evidence::new(format!("/spec/overrides/{index}"), entry.to_string()));
        report.fail(
            runtime,
            "the central scheduler is turned off",
            evidence.into_iter().collect(),
            "remove `disable` and `replicas` from the override `seldon-scheduler`",
        );
    }
}

/// A runtime that is not there is the chart's to make.
fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let runtime = find(world.snapshot, &outcome.object);
    Remedy::rough(runtime.into_iter().flat_map(|runtime| scaled(&runtime.object, Component::Scheduler, 1)))
}
