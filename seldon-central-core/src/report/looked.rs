//! What nothing is said about, so that silence is not taken for approval.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Scope;
use crate::{
    finding::{Outcome, Verdict},
    rules::World,
    snapshot::Unknown,
};

/// What was not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NotLookedAt {
    /// Documents of the input that are no Kubernetes objects: templates, values files and the like.
    pub other_documents: usize,
    /// Namespaces that hold objects of Seldon's and follow another topology than that of one central
    /// scheduler, sorted.
    pub other_namespaces: Vec<String>,
    /// What was tried to read and could not be, sorted. When there is any, the run is incomplete.
    pub unread: Vec<Unread>,
    /// What may not be read and need not be, sorted: the rights for it are optional.
    pub withheld: Vec<Unread>,
    /// What rules asked for and the input does not hold, sorted. Among them events that could not be read,
    /// because a verdict without them is poorer and no other.
    pub not_in_input: Vec<String>,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Unread {
    /// What was asked for.
    pub what: String,
    /// Why it was not given.
    pub reason: String,
}

impl NotLookedAt {
    pub(super) fn new(world: &World<'_>, outcomes: &[Outcome], scope: &Scope<'_>) -> Self {
        let (mut unread, mut withheld, mut absent) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let unknown = outcomes.iter().filter_map(|outcome| match &outcome.verdict {
            Verdict::Unknown { reason } => Some(reason.clone()),
            Verdict::Pass | Verdict::Fail(_) | Verdict::Suppressed { .. } => None,
        });
        // Whatever rules were selected: what was not built was judged by none.
        for reason in unknown.chain(world.snapshot.kustomizations().unread()) {
            match reason {
                Unknown::ReadFailed { what, reason } => {
                    unread.insert(Unread { what, reason });
                }
                Unknown::Withheld { what, reason } => {
                    withheld.insert(Unread { what, reason });
                }
                Unknown::NotInInput { what } => {
                    // Some end in a comma, for the sentence that they begin.
                    absent.insert(what.trim_end_matches(',').to_owned());
                }
            }
        }
        absent.extend(world.snapshot.unread_events());
        let is_asked = |other: &&str| scope.holds_namespace(other);
        Self {
            other_documents: scope.other_documents,
            other_namespaces: world.others().into_iter().filter(is_asked).map(str::to_owned).collect(),
            unread: unread.into_iter().collect(),
            withheld: withheld.into_iter().collect(),
            not_in_input: absent.into_iter().collect(),
        }
    }
}
