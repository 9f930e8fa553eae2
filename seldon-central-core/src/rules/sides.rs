//! Which side is right: the repository, or the cluster that it is applied to.

use std::collections::BTreeSet;

use crate::{
    finding::{Level, Outcome, Verdict},
    object::ObjectId,
};

/// Rules about the difference itself: what they say of a cluster with a repository laid over it says
/// already which side is right, and of the cluster alone it is of no use then.
const OF_BOTH: [&str; 2] = ["SCS0808", "SCS0809"];

type Key = (&'static str, ObjectId);

fn failures(outcomes: &[Outcome]) -> BTreeSet<Key> {
    let failed = outcomes.iter().filter(|outcome| outcome.finding().is_some());
    failed.map(|outcome| (outcome.rule, outcome.object.clone())).collect()
}

/// The verdicts on a cluster as it would be after a repository is applied, each finding with the
/// side that is right. What applying repairs is among them at level Info, because nothing else has
/// to be done about it.
pub fn sides(live: &[Outcome], applied: Vec<Outcome>) -> Vec<Outcome> {
    let (of_both, applied): (Vec<Outcome>, Vec<Outcome>) = applied.into_iter().partition(is_of_both);
    let (now, then) = (failures(live), failures(&applied));
    let repaired = live
        .iter()
        .filter(|outcome| !is_of_both(outcome) && outcome.finding().is_some())
        .filter(|outcome| !then.contains(&(outcome.rule, outcome.object.clone())));
    let repaired = repaired.cloned().map(|outcome| told(outcome, "repo right, live wrong", Some(Level::Info)));
    let repaired: Vec<Outcome> = repaired.collect();
    let is_repaired =
        |outcome: &Outcome| repaired.iter().any(|other| other.rule == outcome.rule && other.object == outcome.object);
    let still = applied.into_iter().filter(|outcome| !is_repaired(outcome)).map(|outcome| {
        let wrong_now = now.contains(&(outcome.rule, outcome.object.clone()));
        told(outcome, if wrong_now { "both wrong" } else { "repo wrong, live right" }, None)
    });
    let mut all: Vec<Outcome> = still.collect();
    all.extend(repaired);
    all.extend(of_both);
    all.sort_by(|a, b| {
        let key = |o: &Outcome| (o.object.namespace.clone(), o.object.kind.clone(), o.object.name.clone(), o.rule);
        key(a).cmp(&key(b))
    });
    all
}

fn is_of_both(outcome: &Outcome) -> bool {
    OF_BOTH.contains(&outcome.rule)
}

fn told(mut outcome: Outcome, side: &str, level: Option<Level>) -> Outcome {
    if let Verdict::Fail(finding) = &mut outcome.verdict {
        finding.message = format!("{side}: {}", finding.message);
        finding.level = level.unwrap_or(finding.level);
    }
    outcome
}
