use std::collections::BTreeSet;

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    pattern::IGNORE_ANNOTATION,
    resource::NAMESPACE,
    rules::{FixSafety, Judged, Report, Rule, World},
    suppress::{Standing, annotation},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0810",
    name: "suppression-unused",
    level: Level::Warning,
    judged: Judged::Either,
    summary: "A suppression matches no finding, names no rule, or has expired.",
    why: "A suppression outlives what it was written for. From then on it hides the next finding of its rule, which \
          nobody decided about. One that names no rule, because it is misspelled, never did anything. Nothing is said of \
          a suppression whose rules were not all judged in the run.",
    fix: "Remove it. An annotation `kubectl-seldon/ignore` with several rules keeps the others; a Namespace's is about \
          everything in the namespace. One that has expired and is still needed gets another `until`.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(removed),
    reads: &[&NAMESPACE],
    sources: &["https://docs.astral.sh/ruff/rules/unused-noqa/"],
    check,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata:
  name: financial-inference-runtime
  namespace: financial-inference
  annotations:
    kubectl-seldon/ignore: SCS0205 -- goes with the next release
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata:
  name: financial-inference-runtime
  namespace: financial-inference
  annotations:
    kubectl-seldon/ignore: SCS0205 -- goes with the next release
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
  - {name: mlserver, replicas: 3}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let here = world.scheduler_namespaces();
    let seen: BTreeSet<&str> = world.snapshot.namespaces().intersection(&here).copied().collect();
    let mut standings = world.suppressions().standings(report.before(), &seen);
    standings.retain(|(entry, _)| entry.by.home().is_none_or(|home| here.contains(home)));
    let mut flawed = BTreeSet::new();
    for (entry, standing) in &standings {
        if let Some((message, remedy)) = flaw(standing) {
            let evidence = Evidence::new(&entry.path, entry.to_string());
            report.fail_at(entry.by.clone(), entry.origin.clone(), message, evidence, remedy);
            flawed.insert(&entry.by);
        }
    }
    for (entry, _) in standings.iter().filter(|(_, standing)| *standing == Standing::Used) {
        if !flawed.contains(&entry.by) {
            report.holds(entry.by.clone());
        }
    }
}

/// What is wrong with a suppression, and what to do about it.
fn flaw(standing: &Standing) -> Option<(String, String)> {
    match standing {
        Standing::Used | Standing::Undecided => None,
        Standing::Unused => Some(("the suppression matches no finding".to_owned(), "remove it".to_owned())),
        Standing::Expired(day) => Some((
            format!("the suppression expired on {day}"),
            "remove it and repair what it suppressed, or give it another day".to_owned(),
        )),
        Standing::NoRule(error) => {
            let meant: Vec<String> = error.nearest.iter().map(|id| format!("`{id}`")).collect();
            let meant = if meant.is_empty() { "a rule".to_owned() } else { meant.join(" or ") };
            Some(("the suppression names no rule".to_owned(), format!("name {meant}, or remove it")))
        }
    }
}

/// The annotation without the word; a profile is not edited.
fn removed(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let found = find(world.snapshot, &outcome.object).map(|observed| &observed.object);
    let evidence = outcome.finding().and_then(|finding| finding.evidence.first());
    let (Some(object), Some(evidence)) = (found, evidence) else { return Vec::new() };
    let Some(value) = object.annotation(IGNORE_ANNOTATION) else { return Vec::new() };
    let word = evidence.value.split(" -- ").next().unwrap_or_default();
    let edit = match annotation::without(value, word) {
        Some(left) if left == value => return Vec::new(),
        Some(left) => Edit::set(object, evidence.path.clone(), left),
        None if object.annotations().len() == 1 => Edit::remove(object, "/metadata/annotations"),
        None => Edit::remove(object, evidence.path.clone()),
    };
    Remedy::safe([edit])
}
