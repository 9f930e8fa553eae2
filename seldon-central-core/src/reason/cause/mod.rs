//! What is behind a status: the causes that are proved, and those that nothing excludes.
//!
//! A status names a symptom. Here it is held against the other end of what it speaks of: pods and
//! their containers, events, the Service that the name leads to, policies, the central scheduler,
//! the operator's Deployment, and logs where they were read. A cause is proved when an object or a
//! line shows it *and* it brings about the symptom; whatever was merely not seen remains possible.

mod agents;
mod composed;
mod deleting;
mod event;
mod link;
mod model;
mod operator;
mod pod;
mod refusal;
mod runtime;
mod server;
#[cfg(test)]
mod tests;
mod told;
mod workload;

pub use self::{
    composed::why_composed,
    deleting::{Deleting, why_model_stays, why_runtime_stays, why_server_stays},
    model::why_model,
    runtime::{why_not_reconciled, why_not_seen, why_runtime},
    server::{why_no_condition, why_server},
};
use crate::{finding::Evidence, reason::placement::Explanation};

/// Pieces of evidence that are given; one more says how many are left out.
const MOST_EVIDENCE: usize = 20;

/// What may be behind a symptom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Causes {
    /// The causes that are proved, the nearest first.
    pub proved: Vec<Explanation>,
    /// Where none is proved: those that nothing excludes, the likeliest first.
    pub possible: Vec<Possible>,
}

/// A cause that nothing excludes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Possible {
    /// The cause, as a clause.
    pub cause: String,
    /// What would tell, as a clause.
    pub tell: String,
}

impl Causes {
    /// One cause that is proved.
    fn proof(message: impl Into<String>, evidence: Vec<Evidence>, remedy: impl Into<String>) -> Self {
        let proof = Explanation { message: message.into(), evidence, remedy: remedy.into() };
        Self { proved: vec![proof], possible: Vec::new() }
    }

    /// These, and one more that nothing excludes.
    #[must_use]
    fn possibly(mut self, cause: impl Into<String>, tell: impl Into<String>) -> Self {
        self.possible.push(Possible { cause: cause.into(), tell: tell.into() });
        self
    }

    /// These, or others where none of these is proved; what is possible is then so of both.
    #[must_use]
    fn or(mut self, others: impl FnOnce() -> Self) -> Self {
        if self.proved.is_empty() {
            let others = others();
            self.proved = others.proved;
            self.possible.extend(others.possible);
        }
        self
    }

    /// These and others.
    #[must_use]
    fn and(mut self, others: Self) -> Self {
        self.proved.extend(others.proved);
        self.possible.extend(others.possible);
        self
    }

    /// The symptom with the cause that is proved, or with those that remain possible.
    #[must_use]
    fn of(self, symptom: &str) -> Explanation {
        let mut proved = self.proved.into_iter();
        let Some(first) = proved.next() else { return remaining(symptom, &self.possible) };
        let others = proved.flat_map(|other| {
            let also = Evidence::new("", format!("besides, {}", other.message));
            std::iter::once(also).chain(other.evidence)
        });
        Explanation {
            message: format!("{symptom}: {}", first.message),
            evidence: bounded(first.evidence.into_iter().chain(others).collect()),
            remedy: first.remedy,
        }
    }
}

fn remaining(symptom: &str, possible: &[Possible]) -> Explanation {
    let join = |clauses: Vec<&str>| clauses.join("; or ");
    let causes = join(possible.iter().map(|one| one.cause.as_str()).collect());
    let mut tells: Vec<&str> = possible.iter().map(|one| one.tell.as_str()).collect();
    tells.dedup();
    Explanation {
        message: if causes.is_empty() { symptom.to_owned() } else { format!("{symptom}; possibly {causes}") },
        evidence: Vec::new(),
        remedy: if tells.is_empty() { "look at the operator's log".to_owned() } else { tells.join("; then ") },
    }
}

fn bounded(mut evidence: Vec<Evidence>) -> Vec<Evidence> {
    let rest = evidence.len().saturating_sub(MOST_EVIDENCE);
    evidence.truncate(MOST_EVIDENCE);
    if rest > 0 {
        evidence.push(Evidence::new("", format!("and {rest} more")));
    }
    evidence
}

/// Something about another object than the one that is judged.
fn beside(value: impl Into<String>) -> Evidence {
    Evidence::new("", value)
}
