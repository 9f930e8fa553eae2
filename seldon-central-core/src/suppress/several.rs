//! Suppressions of a profile that is held against several clusters.

use crate::{finding::Outcome, snapshot::Origin};

/// The rule that finds suppressions of no use.
const UNUSED: &str = "SCS0810";

/// The outcomes of each cluster, without the findings on the profile that not all of them share: what
/// suppresses nothing in one may be for another. With a cluster that could not be judged, that is so
/// of every one.
#[must_use]
pub fn in_all(clusters: Vec<Option<Vec<Outcome>>>) -> Vec<Option<Vec<Outcome>>> {
    let on_profile = |outcome: &&Outcome| {
        outcome.rule == UNUSED
            && outcome.object.api_version.is_empty()
            && matches!(outcome.origin, Some(Origin::File { .. }))
    };
    let is_shared = |one: &&Outcome| clusters.iter().all(|all| all.as_ref().is_some_and(|all| all.contains(one)));
    let first = clusters.first().into_iter().flatten().flatten();
    let everywhere: Vec<Outcome> = first.filter(on_profile).filter(is_shared).cloned().collect();
    let kept = |outcome: &Outcome| !on_profile(&outcome) || everywhere.contains(outcome);
    clusters.into_iter().map(|all| Some(all?.into_iter().filter(kept).collect())).collect()
}
