//! Where a rule puts its verdicts.

use super::Rule;
use crate::{
    finding::{Evidence, Finding, Level, Outcome, Verdict},
    object::ObjectId,
    snapshot::{Observed, Origin, Unknown, redact},
};

/// What the rules of a run said, in the order of their ids.
#[derive(Debug, Default)]
pub struct Said {
    rules: Vec<&'static Rule>,
    outcomes: Vec<Outcome>,
}

impl Said {
    /// The rules that have spoken, also those that had nothing to say.
    pub fn rules(&self) -> &[&'static Rule] {
        &self.rules
    }

    /// Their verdicts.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Their verdicts.
    pub fn into_outcomes(self) -> Vec<Outcome> {
        self.outcomes
    }

    /// What these said, and then what others said.
    #[must_use]
    pub(super) fn then(mut self, next: Self) -> Self {
        self.rules.extend(next.rules);
        self.outcomes.extend(next.outcomes);
        self
    }
}

/// The verdicts of one rule, after those of others.
#[derive(Debug)]
pub struct Report {
    rule: &'static Rule,
    before: Said,
    outcomes: Vec<Outcome>,
}

impl Report {
    /// An empty report of a rule, with what was said before it.
    pub const fn new(rule: &'static Rule, before: Said) -> Self {
        Self { rule, before, outcomes: Vec::new() }
    }

    /// What the rules with smaller ids said, for those that are run after all others: SCS0808 and what follows it.
    pub const fn before(&self) -> &Said {
        &self.before
    }

    /// The rule holds for an object.
    pub fn pass(&mut self, observed: &Observed) {
        self.push(observed.object.id(), Some(observed), Verdict::Pass);
    }

    /// The rule holds for an object, unless something that could show otherwise is unknown.
    pub fn pass_or_unknown(&mut self, observed: &Observed, unknown: Option<Unknown>) {
        match unknown {
            Some(reason) => self.unknown(observed.object.id(), reason),
            None => self.pass(observed),
        }
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

    /// The rule fails for something that is found there, whether or not it is an object.
    pub fn fail_at(
        &mut self,
        id: ObjectId,
        origin: Origin,
        message: impl Into<String>,
        evidence: Evidence,
        remedy: impl Into<String>,
    ) {
        let verdict = self.failed(self.rule.level, message, vec![evidence], remedy);
        self.outcomes.push(Outcome { rule: self.rule.id, object: id, origin: Some(origin), verdict });
    }

    /// The rule fails because this object does not exist.
    pub fn missing(&mut self, id: ObjectId, message: impl Into<String>, remedy: impl Into<String>) {
        let verdict = self.failed(self.rule.level, message, Vec::new(), remedy);
        self.push(id, None, verdict);
    }

    /// The rule cannot be judged for this object.
    pub fn unknown(&mut self, id: ObjectId, mut reason: Unknown) {
        if let Unknown::ReadFailed { reason, .. } | Unknown::Withheld { reason, .. } = &mut reason {
            redact::hide_in(reason);
        }
        self.push(id, None, Verdict::Unknown { reason });
    }

    /// What was said before, and now this.
    pub fn into_said(self) -> Said {
        let Self { rule, before, outcomes } = self;
        before.then(Said { rules: vec![rule], outcomes })
    }

    fn failed(
        &self,
        level: Level,
        message: impl Into<String>,
        evidence: Vec<Evidence>,
        remedy: impl Into<String>,
    ) -> Verdict {
        debug_assert!(!self.rule.id.is_empty());
        let mut finding = Finding { message: message.into(), level, evidence, remedy: remedy.into() };
        finding.hide_credentials();
        Verdict::Fail(finding)
    }

    fn push(&mut self, object: ObjectId, observed: Option<&Observed>, verdict: Verdict) {
        let origin = observed.map(|observed| observed.origin.clone());
        self.outcomes.push(Outcome { rule: self.rule.id, object, origin, verdict });
    }
}
