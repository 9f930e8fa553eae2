//! Which suppressions were of any use.

use std::collections::BTreeSet;

use super::{Entry, Scope, Suppressions};
use crate::{
    finding::{Outcome, Verdict},
    profile::Date,
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
    /// Not all of its rules could be judged on what it is about, so nobody knows.
    Undecided,
    /// This was its last day.
    Expired(Date),
    /// It names no rule.
    NoRule(SelectorError),
}

impl Suppressions {
    /// What became of each, after the rules of a run have spoken about these namespaces.
    pub fn standings(&self, said: &Said, seen: &BTreeSet<&str>) -> Vec<(&Entry, Standing)> {
        let failed = said.outcomes().iter().filter(|outcome| outcome.finding().is_some());
        let used: BTreeSet<usize> = failed.flat_map(|outcome| self.places(outcome)).collect();
        let judged: BTreeSet<&str> = said.rules().iter().map(|rule| rule.id).collect();
        let unknown = said.outcomes().iter().filter(|outcome| matches!(outcome.verdict, Verdict::Unknown { .. }));
        let unknown: BTreeSet<&str> = unknown.map(|outcome| outcome.rule).collect();
        let is_decided = |rule: &&str| judged.contains(rule) && !unknown.contains(rule);
        let standing = |place: usize, entry: &Entry| match (&entry.rules, entry.expired) {
            (Err(error), _) => Standing::NoRule(error.clone()),
            (_, Some(day)) => Standing::Expired(day),
            (Ok(_), _) if used.contains(&place) => Standing::Used,
            (Ok(rules), _) if rules.ids().iter().all(is_decided) && was_looked_at(entry, said, seen) => {
                Standing::Unused
            }
            (Ok(_), _) => Standing::Undecided,
        };
        self.entries().iter().enumerate().map(|(place, entry)| (entry, standing(place, entry))).collect()
    }

    fn places(&self, outcome: &Outcome) -> Vec<usize> {
        self.covering(outcome.rule, &outcome.object).map(|(place, _)| place).collect()
    }
}

/// Whether what a suppression is about was looked at. A profile may be about more than a run: its one
/// namespace has to be there, and where it means several, something in one of them.
fn was_looked_at(entry: &Entry, said: &Said, seen: &BTreeSet<&str>) -> bool {
    match &entry.scope {
        Scope::Object(_) | Scope::Namespace(_) => true,
        Scope::Objects { glob, whole } => match glob.namespace() {
            Some(namespace) => seen.contains(namespace),
            None => *whole && said.outcomes().iter().any(|outcome| entry.is_about(outcome.rule, &outcome.object)),
        },
    }
}
