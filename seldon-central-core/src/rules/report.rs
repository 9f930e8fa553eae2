//! Where a rule puts its verdicts.

use super::Rule;
use crate::{
    finding::{Evidence, Finding, Level, Outcome, Verdict},
    object::ObjectId,
    snapshot::{Observed, Unknown},
};

/// The verdicts of one rule.
#[derive(Debug)]
pub struct Report {
    rule: &'static Rule,
    outcomes: Vec<Outcome>,
}

impl Report {
    /// An empty report of a rule.
    pub const fn new(rule: &'static Rule) -> Self {
        Self { rule, outcomes: Vec::new() }
    }

    /// The rule holds for an object.
    pub fn pass(&mut self, observed: &Observed) {
        self.push(observed.object.id(), Some(observed), Verdict::Pass);
    }

    /// The rule holds, and no object of the snapshot shows it.
    pub fn holds(&mut self, id: ObjectId) {
        self.push(id, None, Verdict::Pass);
    }

    /// The rule fails for an object.
    pub fn fail(
        &mut self,
        observed: &Observed,
        message: impl Into<String>,
        evidence: Vec<Evidence>,
        remedy: impl Into<String>,
    ) {
        let verdict = self.failed(self.rule.level, message, evidence, remedy);
        self.push(observed.object.id(), Some(observed), verdict);
    }

    /// The rule fails for an object, at another level than its own.
    pub fn fail_as(
        &mut self,
        level: Level,
        observed: &Observed,
        message: impl Into<String>,
        evidence: Vec<Evidence>,
        remedy: impl Into<String>,
    ) {
        let verdict = self.failed(level, message, evidence, remedy);
        self.push(observed.object.id(), Some(observed), verdict);
    }

    /// The rule fails because this object does not exist.
    pub fn missing(&mut self, id: ObjectId, message: impl Into<String>, remedy: impl Into<String>) {
        let verdict = self.failed(self.rule.level, message, Vec::new(), remedy);
        self.push(id, None, verdict);
    }

    /// The rule cannot be judged for this object.
    pub fn unknown(&mut self, id: ObjectId, reason: Unknown) {
        self.push(id, None, Verdict::Unknown { reason });
    }

    /// The verdicts.
    pub fn into_outcomes(self) -> Vec<Outcome> {
        self.outcomes
    }

    fn failed(
        &self,
        level: Level,
        message: impl Into<String>,
        evidence: Vec<Evidence>,
        remedy: impl Into<String>,
    ) -> Verdict {
        debug_assert!(!self.rule.id.is_empty());
        Verdict::Fail(Finding { message: message.into(), level, evidence, remedy: remedy.into() })
    }

    fn push(&mut self, object: ObjectId, observed: Option<&Observed>, verdict: Verdict) {
        let origin = observed.map(|observed| observed.origin.clone());
        self.outcomes.push(Outcome { rule: self.rule.id, object, origin, verdict });
    }
}
