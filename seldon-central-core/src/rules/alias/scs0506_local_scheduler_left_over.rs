use serde_json::Value;

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find, scaled},
    object::{Object, ObjectId},
    pattern::{self, Component},
    reason::runtime::{is_disabled, override_of},
    resource::{POD, SELDON_RUNTIME, STATEFUL_SET},
    rules::{FixSafety, Judged, Report, Rule, World, belonging, status},
    snapshot::Observed,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0506",
    name: "local-scheduler-left-over",
    level: Level::Warning,
    judged: Judged::Live,
    summary: "A scheduler still runs in a tenant whose SeldonRuntime has turned it off.",
    why: "`disable: true` stops looking after the scheduler and does not stop it, and a StatefulSet that was scaled by \
          hand outlives its runtime too. Its pod carries the label that the operator's Service selects: as soon as the \
          alias is replaced, the tenant talks to this scheduler and seems to work.",
    fix: "Set the override `seldon-scheduler` to `replicas: 0` without `disable`; the operator then scales the \
          StatefulSet down. One that no SeldonRuntime owns must be deleted by hand.",
    fix_safety: FixSafety::Unsafe,
    repair: Repair::Edits(repair),
    reads: &[&STATEFUL_SET, &POD, &SELDON_RUNTIME],
    sources: &["operator/controllers/reconcilers/seldon/runtime_reconciler.go:294-344"],
    check,
    guard: None,
    bad: "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {replicas: 1}
status: {replicas: 1}
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
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {replicas: 0}
status: {replicas: 0}
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

const REMEDY: &str = "set the override `seldon-scheduler` to `replicas: 0`, or delete it if no SeldonRuntime owns it";

fn check(world: &World<'_>, report: &mut Report) {
    for tenant in world.aliased(report) {
        let namespace = tenant.namespace.as_str();
        let runs = |runtime: &Observed| !belonging::scheduler_is_off(&runtime.object);
        if world.seen(&SELDON_RUNTIME, namespace, report).into_iter().any(runs) {
            continue;
        }
        let id = ObjectId::of(&STATEFUL_SET, Some(namespace), Component::Scheduler.name());
        match world.snapshot.get(&STATEFUL_SET, namespace, Component::Scheduler.name()) {
            Ok(Some(scheduler)) if has_replicas(&scheduler.object) => {
                report.fail(
                    scheduler,
                    "a scheduler of the tenant's own still runs",
                    vec![Evidence::new("/spec/replicas", replicas(&scheduler.object, "/spec/replicas").to_string())],
                    REMEDY,
                );
            }
            Ok(_) => check_pods(world, namespace, id, report),
            Err(reason) => report.unknown(id, reason),
        }
    }
}

fn check_pods(world: &World<'_>, namespace: &str, scheduler: ObjectId, report: &mut Report) {
    let pods = match world.snapshot.all_in(&POD, namespace) {
        Ok(pods) => pods,
        Err(reason) => return report.unknown(scheduler, reason),
    };
    let mut left = pods.into_iter().filter(|pod| is_scheduler(&pod.object)).peekable();
    if left.peek().is_none() {
        report.holds(scheduler);
    }
    for pod in left {
        report.fail(
            pod,
            "a scheduler of the tenant's own still runs",
            vec![Evidence::new("/status/phase", pod.object.text("/status/phase").unwrap_or("not known"))],
            REMEDY,
        );
    }
}

fn replicas(workload: &Object, pointer: &str) -> u64 {
    workload.pointer(pointer).and_then(Value::as_u64).unwrap_or(1)
}

fn has_replicas(workload: &Object) -> bool {
    let running = workload.pointer("/status/replicas").and_then(Value::as_u64).unwrap_or(0);
    replicas(workload, "/spec/replicas") > 0 || (running > 0 && !status::is_deleting(workload))
}

fn is_scheduler(pod: &Object) -> bool {
    let over = matches!(pod.text("/status/phase"), Some("Succeeded" | "Failed"));
    pod.label(pattern::COMPONENT_LABEL) == Some(Component::Scheduler.name()) && !over && !status::is_deleting(pod)
}

/// The operator looks after the StatefulSet again, and it is scaled down at once. A pod that no
/// StatefulSet has is left to its owner.
fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let found = find(world.snapshot, &outcome.object).map(|observed| &observed.object);
    let Some(workload) = found.filter(|found| found.is(&STATEFUL_SET)) else { return Vec::new() };
    let runtimes = world.snapshot.known_in(&SELDON_RUNTIME, workload.namespace().unwrap_or_default());
    let is_skipped =
        |runtime: &&Object| override_of(runtime, Component::Scheduler).is_some_and(|(_, entry)| is_disabled(entry));
    let skipped = runtimes.map(|runtime| &runtime.object).filter(is_skipped);
    let off = skipped.flat_map(|runtime| scaled(runtime, Component::Scheduler, 0));
    Remedy::rough(off.chain([Edit::set(workload, "/spec/replicas", 0)]))
}
