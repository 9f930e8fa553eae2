//! Which suppressions were of any use.

use std::collections::BTreeSet;

use super::{Entry, Suppressions};
use crate::{
    finding::{Outcome, Verdict},
    rules::Said,
    select::SelectorError,
};

/// What became of a suppression in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// There is a finding that it suppresses.
    Used,
    /// There is none.
    Unused,
    /// Not all of its rules could be judged, so nobody knows.
    Undecided,
    /// It names no rule.
    NoRule(SelectorError),
}

impl Suppressions {
    /// What became of each, after the rules of a run have spoken.
    pub fn standings(&self, said: &Said) -> Vec<(&Entry, Standing)> {
        let failed = said.outcomes().iter().filter(|outcome| outcome.finding().is_some());
        let used: BTreeSet<usize> = failed.flat_map(|outcome| self.places(outcome)).collect();
        let judged: BTreeSet<&str> = said.rules().iter().map(|rule| rule.id).collect();
        let unknown = said.outcomes().iter().filter(|outcome| matches!(outcome.verdict, Verdict::Unknown { .. }));
        let unknown: BTreeSet<&str> = unknown.map(|outcome| outcome.rule).collect();
        let is_decided = |rule: &&str| judged.contains(rule) && !unknown.contains(rule);
        let standing = |place: usize, entry: &Entry| match &entry.rules {
            Err(error) => Standing::NoRule(error.clone()),
            Ok(_) if used.contains(&place) => Standing::Used,
            Ok(rules) if rules.ids().iter().all(is_decided) => Standing::Unused,
            Ok(_) => Standing::Undecided,
        };
        self.entries().iter().enumerate().map(|(place, entry)| (entry, standing(place, entry))).collect()
    }

    fn places(&self, outcome: &Outcome) -> Vec<usize> {
        self.covering(outcome.rule, &outcome.object).map(|(place, _)| place).collect()
    }
}
