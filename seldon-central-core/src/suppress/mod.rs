//! Findings that do not count, because somebody decided so: by an annotation of the object or of its
//! namespace, or in the profile.
//!
//! ```text
//! Snapshot, Declared → Suppressions ─┬─ apply(outcomes) → outcomes, some of them suppressed
//!                                    └─ standings(said) → which were of no use
//! ```

pub mod annotation;
mod glob;
mod standing;

use std::{collections::BTreeMap, fmt};

pub use self::{
    glob::{ObjectGlob, ObjectGlobError},
    standing::Standing,
};
use crate::{
    finding::{Outcome, SuppressedBy, Suppression, Verdict},
    object::ObjectId,
    pattern::IGNORE_ANNOTATION,
    resource::NAMESPACE,
    select::{Selector, SelectorError},
    snapshot::{Observed, Origin, Snapshot},
};

/// One place that says that findings do not count.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The object that says so.
    pub by: ObjectId,
    /// Where that is.
    pub origin: Origin,
    /// JSON pointer to what says so.
    pub path: String,
    /// Whose findings.
    pub rules: Result<Selector, SelectorError>,
    /// About what.
    pub scope: Scope,
    /// Why.
    pub reason: Option<String>,
}

/// What a suppression is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// One object.
    Object(ObjectId),
    /// A namespace and everything in it, what is missing there included.
    Namespace(String),
}

impl Scope {
    fn covers(&self, object: &ObjectId) -> bool {
        match self {
            Self::Object(own) => own == object,
            Self::Namespace(namespace) => object.home() == Some(namespace),
        }
    }
}

impl Entry {
    /// Whether it is about the findings of a rule on an object.
    pub fn covers(&self, rule: &str, object: &ObjectId) -> bool {
        self.rules.as_ref().is_ok_and(|rules| rules.selects(rule)) && self.scope.covers(object)
    }

    fn suppression(&self) -> Suppression {
        Suppression { source: SuppressedBy::Annotation, reason: self.reason.clone() }
    }
}

impl fmt::Display for Entry {
    /// For people: `SCS0205 -- goes with the next release`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rules {
            Ok(rules) => write!(f, "{rules}")?,
            Err(error) => f.write_str(&error.word)?,
        }
        self.reason.iter().try_for_each(|reason| write!(f, " -- {reason}"))
    }
}

/// Everything that says that findings do not count.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Suppressions {
    entries: Vec<Entry>,
    /// Places in the list, by the namespace that they are about.
    by_home: BTreeMap<Option<String>, Vec<usize>>,
}

impl Suppressions {
    /// What the objects of a snapshot say.
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut all = Self::default();
        for observed in snapshot.objects() {
            if let Some(value) = observed.object.annotation(IGNORE_ANNOTATION) {
                all.annotated(observed, value);
            }
        }
        all
    }

    fn annotated(&mut self, observed: &Observed, value: &str) {
        let id = observed.object.id();
        let is_namespace = observed.object.is(&NAMESPACE);
        let scope = if is_namespace { Scope::Namespace(id.name.clone()) } else { Scope::Object(id.clone()) };
        for annotation::Ignored { rules, reason } in annotation::read(value) {
            self.by_home.entry(id.home().map(str::to_owned)).or_default().push(self.entries.len());
            self.entries.push(Entry {
                by: id.clone(),
                origin: observed.origin.clone(),
                path: format!("/metadata/annotations/{}", IGNORE_ANNOTATION.replace('/', "~1")),
                rules,
                scope: scope.clone(),
                reason,
            });
        }
    }

    /// All of them, in the order of their objects.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The places of those about the findings of a rule on an object.
    fn covering(&self, rule: &str, object: &ObjectId) -> impl Iterator<Item = (usize, &Entry)> {
        let places = self.by_home.get(&object.home().map(str::to_owned)).map_or(&[][..], Vec::as_slice);
        let entries = places.iter().filter_map(|place| Some((*place, self.entries.get(*place)?)));
        entries.filter(move |(_, entry)| entry.covers(rule, object))
    }

    /// The outcomes, with the findings suppressed that something covers. Nothing else changes.
    #[must_use]
    pub fn apply(&self, outcomes: Vec<Outcome>) -> Vec<Outcome> {
        outcomes.into_iter().map(|outcome| self.judged(outcome)).collect()
    }

    fn judged(&self, outcome: Outcome) -> Outcome {
        let by = self.covering(outcome.rule, &outcome.object).next().map(|(_, entry)| entry.suppression());
        let verdict = match (outcome.verdict, by) {
            (Verdict::Fail(finding), Some(by)) => Verdict::Suppressed { finding, by },
            (verdict, _) => verdict,
        };
        Outcome { verdict, ..outcome }
    }
}

#[cfg(test)]
mod tests;
