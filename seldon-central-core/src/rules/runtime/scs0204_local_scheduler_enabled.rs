use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Remedy, Repair, find, scaled},
    guard::{Guard, Scope},
    pattern::Component,
    reason::runtime,
    resource::SELDON_RUNTIME,
    rules::{FixSafety, Judged, Report, Rule, World, belonging},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0204",
    name: "local-scheduler-enabled",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A tenant's SeldonRuntime runs a scheduler of its own: it has no `seldon-scheduler` override, or one \
              with replicas.",
    why: "Without an override the operator runs one replica of every component and turns the alias Service into a \
          LoadBalancer. The tenant's agents then register with a scheduler that knows no other tenant, and the \
          central one never hears of them.",
    fix: "Add `- name: seldon-scheduler` with `replicas: 0` to `spec.overrides`, and no `serviceType`. Do not use \
          `disable: true`: a scheduler that already runs stays, and the runtime never becomes Ready.",
    fix_safety: FixSafety::Unsafe,
    repair: Repair::Edits(repair),
    reads: &[&SELDON_RUNTIME],
    sources: &[
        "specification, SeldonRuntime Configuration",
        "operator/controllers/reconcilers/seldon/runtime_reconciler.go:251-293",
    ],
    check,
    guard: Some(Guard {
        kinds: &[&SELDON_RUNTIME],
        name: None,
        scope: Scope::Tenants,
        variables: Guard::no_variables,
        holds: "has(self.spec) && has(self.spec.overrides) && \
                [self.spec.overrides.filter(one, has(one.name) && one.name == 'seldon-scheduler')].all(of, of.size() > 0 && \
                (has(of[of.size() - 1].disable) && of[of.size() - 1].disable || \
                has(of[of.size() - 1].replicas) && of[of.size() - 1].replicas == 0))",
        limits: None,
    }),
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 1}
---
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
---
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for runtime in world.tenant_runtimes(report) {
        if belonging::scheduler_is_off(&runtime.object) {
            report.pass(runtime);
            continue;
        }
        let evidence = match runtime::override_of(&runtime.object, Component::Scheduler) {
            None => Evidence::new("/spec/overrides", "no entry `seldon-scheduler`, so one replica runs"),
            Some((index, entry)) => Evidence::new(format!("/spec/overrides/{index}"), entry.to_string()),
        };
        report.fail(
            runtime,
            "the tenant runs a scheduler of its own",
            vec![evidence],
            "set the override `seldon-scheduler` to `replicas: 0`, without a `serviceType`",
        );
    }
}

fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let runtime = find(world.snapshot, &outcome.object);
    Remedy::rough(runtime.into_iter().flat_map(|runtime| scaled(&runtime.object, Component::Scheduler, 0)))
}
