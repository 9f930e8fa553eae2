use serde_json::json;

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair},
    object::{Object, ObjectId},
    pattern::{self, Component},
    reason::runtime,
    resource::{SELDON_CONFIG, SELDON_RUNTIME, SERVICE},
    rules::{FixSafety, Judged, Report, Rule, World, service},
    snapshot::Observed,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0109",
    name: "control-ports-exposed",
    level: Level::Warning,
    judged: Judged::Either,
    summary: "The central scheduler's Service is a LoadBalancer or a NodePort.",
    why: "The scheduler's plaintext ports ask nobody who they are, and stay open even where TLS is on. Whoever reaches \
          9004 loads and unloads the models of every tenant; whoever reaches 9005 can pose as a Server. Tenants are in \
          the cluster and need neither. LoadBalancer is the chart's default.",
    fix: "Set the runtime chart's `scheduler.serviceType: ClusterIP`, which becomes the `serviceType` of the override \
          `seldon-scheduler` in the control plane.",
    fix_safety: FixSafety::Unsafe,
    repair: Repair::Edits(repair),
    reads: &[&SERVICE, &SELDON_RUNTIME, &SELDON_CONFIG],
    sources: &[
        "scheduler/pkg/agent/server.go:222-233",
        "operator/controllers/reconcilers/seldon/service_reconciler.go:86-95",
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
  - {name: seldon-scheduler, serviceType: LoadBalancer}
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

const REMEDY: &str =
    "set `serviceType: ClusterIP` on the override `seldon-scheduler` of the control plane's SeldonRuntime";

fn check(world: &World<'_>, report: &mut Report) {
    // The Service as it is says more than what it is to become.
    match world.snapshot.get(&SERVICE, world.central(), pattern::SCHEDULER_SERVICE) {
        Ok(Some(central)) => return judge(central, service::kind(&central.object), "/spec/type", report),
        Err(reason) if reason.is_incomplete() => {
            let id = ObjectId::of(&SERVICE, Some(world.central()), pattern::SCHEDULER_SERVICE);
            return report.unknown(id, reason);
        }
        Ok(None) | Err(_) => {}
    }
    for runtime in world.seen(&SELDON_RUNTIME, world.central(), report) {
        let config = match world.seldon_config(&runtime.object) {
            Ok(config) => config.map(|observed| &observed.object),
            Err(reason) if needs_config(&runtime.object) => {
                report.unknown(runtime.object.id(), reason);
                continue;
            }
            Err(_) => None,
        };
        let path = match runtime::override_of(&runtime.object, Component::Scheduler) {
            Some((index, _)) => format!("/spec/overrides/{index}/serviceType"),
            None => "/spec/overrides".to_owned(),
        };
        // Without its SeldonConfig the operator writes no Service at all.
        if let Some(kind) = runtime::service_type(&runtime.object, config, Component::Scheduler) {
            judge(runtime, kind, &path, report);
        }
    }
}

fn needs_config(runtime: &Object) -> bool {
    runtime::service_type(runtime, None, Component::Scheduler).is_none()
}

fn judge(observed: &Observed, kind: &str, path: &str, report: &mut Report) {
    if !matches!(kind, "LoadBalancer" | "NodePort") {
        return report.pass(observed);
    }
    report.fail(
        observed,
        format!("the central scheduler is reachable from outside the cluster, by a {kind}"),
        vec![Evidence::new(path, kind)],
        REMEDY,
    );
}

/// The operator gives the Service the type that the runtime asks for.
fn repair(world: &World<'_>, _: &Outcome) -> Vec<Remedy> {
    let Ok(Some(runtime)) = world.central_scheduler() else { return Vec::new() };
    let runtime = &runtime.object;
    Remedy::rough([if let Some((index, _)) = runtime::override_of(runtime, Component::Scheduler) {
        Edit::set(runtime, format!("/spec/overrides/{index}/serviceType"), "ClusterIP")
    } else {
        let entry = json!({"name": Component::Scheduler.name(), "serviceType": "ClusterIP"});
        Edit::set(runtime, "/spec/overrides/-", entry)
    }])
}
