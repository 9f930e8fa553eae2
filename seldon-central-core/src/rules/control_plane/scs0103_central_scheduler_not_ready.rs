use serde_json::Value;

use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    object::ObjectId,
    pattern::Component,
    resource::{SELDON_RUNTIME, STATEFUL_SET},
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0103",
    name: "central-scheduler-not-ready",
    level: Level::Error,
    judged: Judged::Live,
    summary: "The StatefulSet `seldon-scheduler` in the control plane has no ready replica.",
    why: "There is one scheduler for all tenants. While it is down no model is placed, no agent registers and no \
          Envoy learns a new route; routes that Envoys already have go on working.",
    fix: "Look at the pod: `kubectl describe pod seldon-scheduler-0` and its log. Usual causes are a volume that does \
          not bind, an image that cannot be pulled and a quota that demands limits.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&STATEFUL_SET, &SELDON_RUNTIME],
    sources: &["specification, Verify Control Plane"],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: seldon, namespace: seldon-system}
spec: {seldonConfig: default}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: seldon-scheduler, namespace: seldon-system}
spec: {replicas: 1}
status: {replicas: 1, readyReplicas: 0}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: seldon, namespace: seldon-system}
spec: {seldonConfig: default}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: seldon-scheduler, namespace: seldon-system}
spec: {replicas: 1}
status: {replicas: 1, readyReplicas: 1}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    // Where nobody asks for a scheduler its absence is no news.
    if world.central_scheduler() == Ok(None) {
        return;
    }
    let name = Component::Scheduler.name();
    let id = || ObjectId::of(&STATEFUL_SET, Some(world.central()), name);
    let scheduler = match world.snapshot.get(&STATEFUL_SET, world.central(), name) {
        Ok(Some(scheduler)) => scheduler,
        Ok(None) => {
            return report.missing(
                id(),
                "the operator has not created the central scheduler",
                "look for the SeldonRuntime's conditions and for its name in the operator's log",
            );
        }
        Err(reason) => return report.unknown(id(), reason),
    };
    let count = |pointer| scheduler.object.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
    let (ready, replicas) = (count("/status/readyReplicas"), count("/status/replicas"));
    if ready > 0 {
        return report.pass(scheduler);
    }
    report.fail(
        scheduler,
        "the central scheduler has no ready replica",
        vec![Evidence::new("/status/readyReplicas", format!("{ready} of {replicas}"))],
        format!("look at pod {name}-0: `kubectl describe pod {name}-0 -n {}`", world.central()),
    );
}
