use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    guard::{Guard, Scope, Variable, cel},
    pattern::Component,
    reason::runtime,
    resource::{SELDON_CONFIG, SELDON_RUNTIME},
    rules::{FixSafety, Judged, Report, Rule, World},
    text,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0205",
    name: "override-without-effect",
    level: Level::Warning,
    judged: Judged::Either,
    summary: "An override of a SeldonRuntime names no component of the SeldonConfig.",
    why: "The operator goes through the SeldonConfig's components and looks for an override of each. An override of any \
          other name, such as `mlserver`, is never looked at, so the replicas it asks for never come.",
    fix: "Remove the override. The replicas of a Server belong into the Server's own `spec.replicas`.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(repair),
    reads: &[&SELDON_RUNTIME, &SELDON_CONFIG],
    sources: &["operator/controllers/reconcilers/seldon/runtime_reconciler.go:283-293"],
    check,
    guard: Some(Guard {
        kinds: &[&SELDON_RUNTIME],
        name: None,
        scope: Scope::Scheduler,
        variables: |_| vec![Variable { name: "components", cel: cel::texts(Component::ALL.map(Component::name)) }],
        holds: "!has(self.spec) || !has(self.spec.overrides) || \
                self.spec.overrides.all(one, has(one.name) && one.name in variables.components)",
        limits: Some("It knows the six components of Seldon's own SeldonConfig, and no others that yours may have."),
    }),
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
  - {name: mlserver, replicas: 3}
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
        for (index, entry) in runtime::overrides(&runtime.object) {
            let name = runtime::override_name(entry).unwrap_or_default();
            if components.contains(name) {
                continue;
            }
            holds = false;
            let nearest = text::nearest(name, components.iter().copied());
            let meant =
                nearest.map(|component| format!(", or name `{component}` if that is meant")).unwrap_or_default();
            report.fail(
                runtime,
                format!("the override `{name}` has no effect, because no component has this name"),
                vec![Evidence::new(format!("/spec/overrides/{index}"), entry.to_string())],
                format!("remove the override{meant}"),
            );
        }
        if holds {
            report.pass(runtime);
        }
    }
}

fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let runtime = find(world.snapshot, &outcome.object);
    let entries = outcome.finding().into_iter().flat_map(|finding| &finding.evidence);
    Remedy::safe(entries.filter_map(|entry| Some(Edit::remove(&runtime?.object, entry.path.clone()))))
}
