use serde_json::Value;

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    guard::{Guard, Scope, Variable, cel},
    pattern::Component,
    reason::runtime,
    resource::{DEPLOYMENT, SELDON_CONFIG, SELDON_RUNTIME, STATEFUL_SET},
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0206",
    name: "component-disabled",
    level: Level::Warning,
    judged: Judged::Either,
    summary: "An override of a SeldonRuntime says `disable: true`, where `replicas: 0` is meant.",
    why: "`disable` only makes the operator skip the component: a workload that already runs stays, and is no longer \
          looked after. The component's condition is never written, so the runtime's `Ready` stays Unknown for ever.",
    fix: "Replace `disable: true` by `replicas: 0`. Safe while nothing of the component runs; otherwise this is what \
          at last stops it.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(repair),
    reads: &[&SELDON_RUNTIME, &SELDON_CONFIG],
    sources: &["operator/controllers/reconcilers/seldon/runtime_reconciler.go:294-344"],
    check,
    guard: Some(Guard {
        kinds: &[&SELDON_RUNTIME],
        name: None,
        scope: Scope::Scheduler,
        variables: |_| vec![Variable { name: "components", cel: cel::texts(Component::ALL.map(Component::name)) }],
        holds: "!has(self.spec) || !has(self.spec.overrides) || !self.spec.overrides.exists(one, \
                has(one.name) && one.name in variables.components && has(one.disable) && one.disable)",
        limits: Some("It knows the six components of Seldon's own SeldonConfig, and no others that yours may have."),
    }),
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, disable: true}
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
    for runtime in world.runtimes(report) {
        let components = runtime::components(world.known_seldon_config(&runtime.object));
        let mut holds = true;
        for (index, entry) in runtime::overrides(&runtime.object).filter(|(_, entry)| runtime::is_disabled(entry)) {
            let name = runtime::override_name(entry).unwrap_or_default();
            if !components.contains(name) {
                continue;
            }
            holds = false;
            report.fail(
                runtime,
                format!("`{name}` is skipped and not turned off, and the runtime never becomes Ready"),
                vec![Evidence::new(format!("/spec/overrides/{index}/disable"), "true")],
                format!("replace `disable: true` of `{name}` by `replicas: 0`"),
            );
        }
        if holds {
            report.pass(runtime);
        }
    }
}

/// The central scheduler is not to be turned off in another way; that is SCS0102's to repair.
fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let (Some(runtime), Some(finding)) = (find(world.snapshot, &outcome.object), outcome.finding()) else {
        return Vec::new();
    };
    let runtime = &runtime.object;
    let entries = finding.evidence.iter().filter_map(|evidence| evidence.path.strip_suffix("/disable"));
    let (mut edits, mut safety) = (Vec::new(), FixSafety::Safe);
    for path in entries {
        let name = runtime.text(&format!("{path}/name")).unwrap_or_default();
        if runtime.namespace() == Some(world.central()) && name == Component::Scheduler.name() {
            continue;
        }
        if may_run(world, runtime.namespace().unwrap_or_default(), name) {
            safety = FixSafety::Unsafe;
        }
        edits.push(Edit::set(runtime, format!("{path}/replicas"), 0));
        edits.push(Edit::remove(runtime, format!("{path}/disable")));
    }
    Remedy::one(safety, edits)
}

/// Whether a workload of the component runs, or cannot be seen.
fn may_run(world: &World<'_>, namespace: &str, component: &str) -> bool {
    [&STATEFUL_SET, &DEPLOYMENT].into_iter().any(|kind| match world.snapshot.get(kind, namespace, component) {
        Ok(Some(workload)) => workload.object.pointer("/spec/replicas").and_then(Value::as_u64) != Some(0),
        Ok(None) => false,
        Err(_) => true,
    })
}
