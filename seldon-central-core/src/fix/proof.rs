//! Whether changes do what they are for, by what the rules say before and after.

use std::collections::BTreeMap;

use super::{Answer, Why};
use crate::{
    finding::{Level, Outcome, Verdict},
    object::ObjectId,
    rules,
};

type Key<'o> = (&'static str, &'o ObjectId);

/// How often something is found.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    all: usize,
    /// At least warnings.
    bad: usize,
    errors: usize,
}

fn counts(outcomes: &[Outcome]) -> BTreeMap<Key<'_>, Count> {
    let mut counts: BTreeMap<Key<'_>, Count> = BTreeMap::new();
    for outcome in outcomes {
        let Some(finding) = outcome.finding() else { continue };
        let count = counts.entry((outcome.rule, &outcome.object)).or_default();
        count.all = count.all.saturating_add(1);
        count.bad = count.bad.saturating_add(usize::from(finding.level >= Level::Warning));
        count.errors = count.errors.saturating_add(usize::from(finding.level == Level::Error));
    }
    counts
}

/// Errors and warnings that were not there before. What passes by itself once controllers have done
/// their work is not among them: they are about to.
pub(super) fn caused<'o>(before: &[Outcome], after: &'o [Outcome]) -> Vec<&'o Outcome> {
    let (old, new) = (counts(before), counts(after));
    let is_new = |outcome: &&Outcome| {
        let key = (outcome.rule, &outcome.object);
        let count = |counts: &BTreeMap<Key<'_>, Count>| counts.get(&key).copied().unwrap_or_default();
        let (was, is) = (count(&old), count(&new));
        is.bad > was.bad || is.errors > was.errors
    };
    let found = after.iter().filter(|outcome| outcome.level() > Some(Level::Info) && outcome.finding().is_some());
    found.filter(|outcome| !rules::can_heal(outcome.rule)).filter(is_new).collect()
}

/// Every target has to be gone, and no error or warning may be new.
///
/// # Errors
/// The first reason to doubt it.
pub(super) fn prove(targets: &[&Outcome], before: &[Outcome], after: &[Outcome]) -> Result<(), Box<Why>> {
    let (old, new) = (counts(before), counts(after));
    if let Some(outcome) = caused(before, after).first() {
        let message = outcome.finding().map(|finding| finding.message.clone()).unwrap_or_default();
        let why = Why::Causes { rule: outcome.rule, object: outcome.object.clone(), message };
        return Err(Box::new(why));
    }
    let mut aims: BTreeMap<Key<'_>, usize> = BTreeMap::new();
    for target in targets {
        let aim = aims.entry((target.rule, &target.object)).or_default();
        *aim = aim.saturating_add(1);
    }
    for (key, aimed) in aims {
        let count = |counts: &BTreeMap<Key<'_>, Count>| counts.get(&key).copied().unwrap_or_default().all;
        if count(&new).saturating_add(aimed) > count(&old) {
            return Err(Box::new(Why::Remains));
        }
        if let Some(reason) = unknown(key, before, after) {
            return Err(Box::new(reason));
        }
    }
    Ok(())
}

/// Whether findings are gone for which something was changed, and no error or warning is new.
///
/// # Errors
/// The first reason to doubt it.
pub fn settled(answers: &[Answer], before: &[Outcome], after: &[Outcome]) -> Result<(), Box<Why>> {
    let found = |outcome: &&Outcome| {
        let same = |answer: &Answer| (answer.rule, &answer.object) == (outcome.rule, &outcome.object);
        outcome.finding().is_some_and(|finding| answers.iter().any(|one| same(one) && one.message == finding.message))
    };
    let targets: Vec<&Outcome> = before.iter().filter(found).collect();
    prove(&targets, before, after)
}

/// What of a finding cannot be judged any more, and could be before.
fn unknown((rule, object): Key<'_>, before: &[Outcome], after: &[Outcome]) -> Option<Why> {
    let reason = |outcome: &Outcome| match &outcome.verdict {
        Verdict::Unknown { reason }
            if outcome.rule == rule && (outcome.object == *object || outcome.object.home() == object.home()) =>
        {
            Some(reason.clone())
        }
        _ => None,
    };
    let known: Vec<_> = before.iter().filter_map(reason).collect();
    after.iter().filter_map(reason).find(|reason| !known.contains(reason)).map(Why::Unproved)
}
