//! What puts findings right. Each rule says so beside its check; what several of them need is here.

mod alias;
mod built;
mod component;
mod placement;
mod policy;
mod references;

use serde::Serialize;

pub(crate) use self::{
    alias::{alias, shape},
    built::{Wanted, built},
    component::{scaled, without_service_type},
    placement::places,
    policy::{admitted, outside},
    references::{every_name, references},
};
use super::{Edit, files::FileRepair};
use crate::{
    finding::Outcome,
    rules::{self, FixSafety, World},
};

/// The ways to put a finding right, the best first; each is to be tried before it is trusted.
pub type Remedies = fn(&World<'_>, &Outcome) -> Vec<Remedy>;

/// The changes to files that put a finding right.
pub type FileRepairs = fn(&World<'_>, &Outcome) -> Vec<FileRepair>;

/// What is known about putting the findings of a rule right.
#[derive(Debug, Clone, Copy)]
pub enum Repair {
    /// Only the owner can tell what is meant.
    None,
    /// What may be meant. It is shown, and nobody but the owner makes it so.
    Proposed(Remedies),
    /// Changes to objects.
    Edits(Remedies),
    /// A change to files that are no objects, such as a kustomization.
    Files(FileRepairs),
}

impl Repair {
    /// The ways to put a finding right that are known, whether or not they may be taken unasked.
    pub fn ways(&self, world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
        match self {
            Self::Proposed(remedies) | Self::Edits(remedies) => {
                let mut ways = remedies(world, outcome);
                ways.retain(|way| !way.edits.is_empty());
                ways
            }
            Self::None | Self::Files(_) => Vec::new(),
        }
    }
}

/// The changes to files that put a finding right, of a rule whose repair is such.
pub fn file_repairs(world: &World<'_>, outcome: &Outcome) -> Vec<FileRepair> {
    match rules::find(outcome.rule).map(|rule| rule.repair) {
        Some(Repair::Files(repairs)) => repairs(world, outcome),
        _ => Vec::new(),
    }
}

/// One way to put a finding right.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Remedy {
    /// What it may do.
    pub safety: FixSafety,
    /// The changes, which belong together.
    pub edits: Vec<Edit>,
}

impl Remedy {
    /// Changes only what the rule names.
    pub(crate) fn safe(edits: impl IntoIterator<Item = Edit>) -> Vec<Self> {
        Self::one(FixSafety::Safe, edits)
    }

    /// Right, but it may interrupt somebody.
    pub(crate) fn rough(edits: impl IntoIterator<Item = Edit>) -> Vec<Self> {
        Self::one(FixSafety::Unsafe, edits)
    }

    /// What may be meant, in several ways.
    pub(crate) fn proposed(ways: impl IntoIterator<Item = Vec<Edit>>) -> Vec<Self> {
        ways.into_iter().map(|edits| Self { safety: FixSafety::Manual, edits }).collect()
    }

    /// The only way.
    pub(crate) fn one(safety: FixSafety, edits: impl IntoIterator<Item = Edit>) -> Vec<Self> {
        vec![Self { safety, edits: edits.into_iter().collect() }]
    }
}
