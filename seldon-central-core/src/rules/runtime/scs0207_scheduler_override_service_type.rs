use serde_json::Value;

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Remedy, Repair, find, without_service_type},
    guard::{Guard, Scope},
    pattern::Component,
    reason::runtime,
    resource::SELDON_RUNTIME,
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::Observed,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0207",
    name: "scheduler-override-service-type",
    level: Level::Error,
    judged: Judged::Either,
    summary: "The override `seldon-scheduler` of a tenant sets a `serviceType`.",
    why: "The operator writes the Service `seldon-scheduler` even where the scheduler has no replicas, and compares its \
          type when the override has one. With any type but ExternalName it takes the alias back at its next \
          reconcile. With ExternalName it cannot take it, but where the alias is missing or differs the whole reconcile \
          of the runtime fails, before any component.",
    fix: "Remove `serviceType` from the override. The runtime chart always renders one; a tenant's SeldonRuntime is \
          better not made by it.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(repair),
    reads: &[&SELDON_RUNTIME],
    sources: &["operator/controllers/reconcilers/seldon/service_reconciler.go:86-95,203-247"],
    check,
    guard: Some(Guard {
        kinds: &[&SELDON_RUNTIME],
        name: None,
        scope: Scope::Aliased,
        variables: Guard::no_variables,
        holds: "!has(self.spec) || !has(self.spec.overrides) || \
                [self.spec.overrides.filter(one, has(one.name) && one.name == 'seldon-scheduler')].all(of, of.size() == 0 || \
                !has(of[of.size() - 1].serviceType) || of[of.size() - 1].serviceType == '')",
        limits: None,
    }),
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0, serviceType: ClusterIP}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let runtimes: Vec<&Observed> = world
        .aliased(report)
        .into_iter()
        .flat_map(|tenant| world.seen(&SELDON_RUNTIME, &tenant.namespace, report))
        .collect();
    for runtime in runtimes {
        let Some((index, entry)) = runtime::override_of(&runtime.object, Component::Scheduler) else {
            continue;
        };
        let service_type = entry.get("serviceType").and_then(Value::as_str).unwrap_or_default();
        let (level, message) = match service_type {
            "" => {
                report.pass(runtime);
                continue;
            }
            "ExternalName" => (
                Level::Warning,
                "the reconcile of the whole runtime fails as soon as the alias is missing or differs".to_owned(),
            ),
            _ => (Level::Error, format!("the operator makes the alias a {service_type} at its next reconcile")),
        };
        report.fail_as(
            level,
            runtime,
            message,
            vec![Evidence::new(format!("/spec/overrides/{index}/serviceType"), service_type)],
            "remove `serviceType` from the override `seldon-scheduler`",
        );
    }
}

fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let runtime = find(world.snapshot, &outcome.object);
    Remedy::safe(runtime.into_iter().flat_map(|runtime| without_service_type(&runtime.object, Component::Scheduler)))
}
