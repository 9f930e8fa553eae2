use serde_json::Value;

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    pattern::Component,
    reason::runtime,
    resource::SELDON_RUNTIME,
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0210",
    name: "mesh-service-type-implicit",
    level: Level::Info,
    judged: Judged::Either,
    summary: "An override `seldon-envoy` without `serviceType` makes the Service `seldon-mesh` a ClusterIP.",
    why: "Without an override, `seldon-mesh` gets the type of the SeldonConfig, a LoadBalancer by default. With an \
          override it gets the override's type, also when that is empty. An override for nothing but replicas so closes \
          the way in from outside.",
    fix: "Say which type you mean: `serviceType: ClusterIP` changes nothing and keeps the next reader from guessing.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(repair),
    reads: &[&SELDON_RUNTIME],
    sources: &["operator/controllers/reconcilers/seldon/service_reconciler.go:86-129"],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-envoy, replicas: 1}
  - {name: seldon-scheduler, replicas: 0}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-envoy, replicas: 1, serviceType: ClusterIP}
  - {name: seldon-scheduler, replicas: 0}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for runtime in world.tenant_runtimes(report) {
        let Some((index, entry)) = runtime::override_of(&runtime.object, Component::Envoy) else {
            continue;
        };
        if entry.get("serviceType").and_then(Value::as_str).is_some_and(|kind| !kind.is_empty()) {
            report.pass(runtime);
            continue;
        }
        report.fail(
            runtime,
            "`seldon-mesh` is a ClusterIP only because the override of `seldon-envoy` names no type",
            vec![Evidence::new(format!("/spec/overrides/{index}"), entry.to_string())],
            "add `serviceType: ClusterIP` to the override `seldon-envoy`, or the type that is meant",
        );
    }
}

fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let runtime = find(world.snapshot, &outcome.object).map(|observed| &observed.object);
    let named = runtime.and_then(|runtime| Some((runtime, runtime::override_of(runtime, Component::Envoy)?.0)));
    Remedy::safe(
        named.map(|(runtime, index)| Edit::set(runtime, format!("/spec/overrides/{index}/serviceType"), "ClusterIP")),
    )
}
