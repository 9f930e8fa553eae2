//! Findings that do not count, because somebody decided so: by an annotation of the object or of its
//! namespace, in the profile, or because it was there before ([`baseline`]).
//!
//! ```text
//! Snapshot, Declared → Suppressions ─┬─ apply(outcomes) → outcomes, some of them suppressed
//!                                    └─ standings(said) → which were of no use
//! ```

pub mod annotation;
pub mod baseline;
mod declared;
mod glob;
mod several;
mod standing;

use std::{collections::BTreeMap, fmt};

pub use self::{
    declared::Declared,
    glob::{ObjectGlob, ObjectGlobError},
    several::in_all,
    standing::Standing,
};
use crate::{
    finding::{Outcome, SuppressedBy, Suppression, Verdict},
    object::ObjectId,
    pattern::IGNORE_ANNOTATION,
    profile::Date,
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
    /// The last day of one that has expired, and suppresses nothing any more.
    pub expired: Option<Date>,
}

/// What a suppression is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// One object.
    Object(ObjectId),
    /// A namespace and everything in it, what is missing there included.
    Namespace(String),
    /// Whatever is like this; of a profile.
    Objects {
        /// What the objects are like.
        glob: ObjectGlob,
        /// Whether all of them are judged in this run, as far as one can tell.
        whole: bool,
    },
}

impl Scope {
    fn covers(&self, object: &ObjectId) -> bool {
        match self {
            Self::Object(own) => own == object,
            Self::Namespace(namespace) => object.home() == Some(namespace),
            Self::Objects { glob, .. } => glob.matches(object),
        }
    }
}

impl Entry {
    /// Whether it suppresses the findings of a rule on an object.
    pub fn covers(&self, rule: &str, object: &ObjectId) -> bool {
        self.expired.is_none() && self.is_about(rule, object)
    }

    fn is_about(&self, rule: &str, object: &ObjectId) -> bool {
        self.rules.as_ref().is_ok_and(|rules| rules.selects(rule)) && self.scope.covers(object)
    }

    fn suppression(&self) -> Suppression {
        let source = match self.scope {
            Scope::Object(_) | Scope::Namespace(_) => SuppressedBy::Annotation,
            Scope::Objects { .. } => SuppressedBy::Profile,
        };
        Suppression { source, reason: self.reason.clone() }
    }
}

impl fmt::Display for Entry {
    /// For people: `SCS0205 -- goes with the next release`, in a profile `SCS0205 Server/fin/* -- ...`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rules {
            Ok(rules) => write!(f, "{rules}")?,
            Err(error) => f.write_str(&error.word)?,
        }
        if let Scope::Objects { glob, .. } = &self.scope {
            write!(f, " {glob}")?;
        }
        self.reason.iter().try_for_each(|reason| write!(f, " -- {reason}"))
    }
}

/// Everything that says that findings do not count.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Suppressions {
    entries: Vec<Entry>,
    /// Places of those in objects, by the namespace that they are about.
    by_home: BTreeMap<Option<String>, Vec<usize>>,
    /// Places of those that are about any.
    anywhere: Vec<usize>,
}

impl Suppressions {
    /// What the objects of a snapshot say, and then what a profile says.
    pub fn of(snapshot: &Snapshot, declared: Option<&Declared>) -> Self {
        let mut all = Self::default();
        for observed in snapshot.objects() {
            if let Some(value) = observed.object.annotation(IGNORE_ANNOTATION) {
                all.annotated(observed, value);
            }
        }
        if let Some(declared) = declared {
            all.declared(declared);
        }
        all
    }

    fn declared(&mut self, declared: &Declared) {
        for (index, (entry, at)) in declared.entries.iter().enumerate() {
            self.anywhere.push(self.entries.len());
            self.entries.push(Entry {
                by: declared.by(),
                origin: declared.origin(*at),
                path: declared::pointer(index),
                rules: Ok(entry.rule.clone()),
                scope: Scope::Objects { glob: entry.object.clone(), whole: declared.whole },
                reason: Some(entry.reason.clone().into()),
                expired: entry.until.filter(|until| *until < declared.today),
            });
        }
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
                expired: None,
            });
        }
    }

    /// All of them, in the order of their objects.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The places of those about the findings of a rule on an object.
    fn covering(&self, rule: &str, object: &ObjectId) -> impl Iterator<Item = (usize, &Entry)> {
        let own = self.by_home.get(&object.home().map(str::to_owned)).map_or(&[][..], Vec::as_slice);
        let entries = own.iter().chain(&self.anywhere).filter_map(|place| Some((*place, self.entries.get(*place)?)));
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
mod baseline_tests;
#[cfg(test)]
mod tests;
