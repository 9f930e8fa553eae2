use serde_json::Value;

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find, scaled},
    pattern::Component,
    reason::runtime,
    resource::{SELDON_RUNTIME, STATEFUL_SET},
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::Observed,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0104",
    name: "central-scheduler-replicated",
    level: Level::Error,
    judged: Judged::Either,
    summary: "The central scheduler has more than one replica.",
    why: "The scheduler keeps its state in memory and on its own disk; replicas share none of it. Agents, Envoys and \
          the operator would each reach another one at random and see different models.",
    fix: "Set the override `seldon-scheduler` of the control plane's SeldonRuntime to `replicas: 1`.",
    fix_safety: FixSafety::Unsafe,
    repair: Repair::Edits(repair),
    reads: &[&SELDON_RUNTIME, &STATEFUL_SET],
    sources: &["SeldonIO/seldon-core issue 5138"],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: seldon, namespace: seldon-system}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 2}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: seldon, namespace: seldon-system}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 1}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let mut declared = false;
    for runtime in world.seen(&SELDON_RUNTIME, world.central(), report) {
        let replicas = runtime::replicas(&runtime.object, Component::Scheduler);
        match runtime::override_of(&runtime.object, Component::Scheduler) {
            Some((index, _)) if replicas > 1 => {
                declared = true;
                report.fail(
                    runtime,
                    format!("the central scheduler is to have {replicas} replicas, which do not share their state"),
                    vec![Evidence::new(format!("/spec/overrides/{index}/replicas"), replicas.to_string())],
                    "set `replicas: 1` on the override `seldon-scheduler`",
                );
            }
            _ => report.pass(runtime),
        }
    }
    if declared {
        return;
    }
    let workloads = world.seen(&STATEFUL_SET, world.central(), report);
    for workload in workloads.into_iter().filter(|workload| is_replicated(workload)) {
        report.fail(
            workload,
            "the central scheduler has been scaled out by hand, and its replicas do not share their state",
            vec![Evidence::new("/spec/replicas", replicas_of(workload).to_string())],
            "scale it to 1; the operator does so at its next reconcile",
        );
    }
}

fn replicas_of(workload: &Observed) -> u64 {
    workload.object.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1)
}

fn is_replicated(workload: &Observed) -> bool {
    workload.object.name() == Component::Scheduler.name() && replicas_of(workload) > 1
}

fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let Some(found) = find(world.snapshot, &outcome.object).map(|observed| &observed.object) else {
        return Vec::new();
    };
    Remedy::rough(if found.is(&SELDON_RUNTIME) {
        scaled(found, Component::Scheduler, 1)
    } else {
        vec![Edit::set(found, "/spec/replicas", 1)]
    })
}
