use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    pattern,
    resource::{SELDON_CONFIG, SELDON_RUNTIME},
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::Observed,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0106",
    name: "seldonconfig-missing",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A SeldonRuntime names a SeldonConfig that does not exist in the operator's namespace.",
    why: "The operator looks for a SeldonConfig in its own namespace and nowhere else. Without it nothing of the \
          runtime is created, and the runtime shows neither a condition nor an event: only the operator's log says \
          `not found`.",
    fix: "Name the SeldonConfig that the setup chart installs, `default`, or create the one you mean in the operator's \
          namespace.",
    fix_safety: FixSafety::Manual,
    repair: Repair::Proposed(repair),
    reads: &[&SELDON_RUNTIME, &SELDON_CONFIG],
    sources: &[
        "specification, Configuration Alignment Matrix",
        "operator/apis/mlops/v1alpha1/seldonconfig_types.go:160-169",
        "operator/pkg/constants/constants.go:25-34",
    ],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: {name: default, namespace: seldon-system}
spec: {}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: centralized
  overrides:
  - {name: seldon-scheduler, replicas: 0}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: {name: default, namespace: seldon-system}
spec: {}
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

fn check(world: &World<'_>, report: &mut Report) {
    for runtime in world.runtimes(report) {
        match runtime.object.text("/spec/seldonConfig").filter(|name| !name.is_empty()) {
            None => report.fail(
                runtime,
                "the runtime names no SeldonConfig",
                vec![Evidence::new("/spec/seldonConfig", "nothing")],
                format!("set `seldonConfig: {}`", world.control_plane.seldon_config),
            ),
            Some(name) => check_named(world, runtime, name, report),
        }
    }
}

fn check_named(world: &World<'_>, runtime: &Observed, name: &str, report: &mut Report) {
    let own = runtime.object.namespace().unwrap_or_default();
    let home = world.config_home(own);
    match world.seldon_config(&runtime.object) {
        Ok(Some(_)) => report.pass(runtime),
        Ok(None) => {
            let mut evidence = vec![Evidence::new("/spec/seldonConfig", name)];
            if own != home && world.snapshot.known_in(&SELDON_CONFIG, own).any(|o| o.object.name() == name) {
                evidence.push(Evidence::new("", format!("there is one in {own}, where the operator does not look")));
            }
            report.fail(
                runtime,
                format!("{home} has no SeldonConfig `{name}`, and the operator looks nowhere else"),
                evidence,
                proposal(world, home, name),
            );
        }
        Err(reason) => report.unknown(runtime.object.id(), reason),
    }
}

/// A name that exists, or what to make: never the name that does not.
fn proposal(world: &World<'_>, home: &str, missing: &str) -> String {
    match world.configured(&SELDON_CONFIG, home, missing, pattern::SELDON_CONFIG) {
        Some(name) => format!("set `seldonConfig: {name}`"),
        None => format!("create it in {home}, or name one that exists there"),
    }
}

/// The control plane's choice where it is there, else what is.
fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let usual = world.control_plane.seldon_config.as_str();
    let known = world.snapshot.known_in(&SELDON_CONFIG, world.central()).map(|observed| observed.object.name());
    let mut known: Vec<&str> = known.collect();
    known.sort_by_key(|name| *name != usual);
    let runtime = find(world.snapshot, &outcome.object);
    let way = |name: &str| runtime.map(|runtime| Edit::set(&runtime.object, "/spec/seldonConfig", name));
    Remedy::proposed(known.into_iter().map(|name| way(name).into_iter().collect()))
}
