//! Findings put right: the smallest changes, tried before they are proposed.
//!
//! ```text
//! finding ─rule.repair─► remedies (edits) ─► one patch an object ─► Plan ─► whoever writes
//!    ▲                                              │
//!    └────────── rules, on the snapshot as it would be ◄── what the operator makes of it
//! ```
//!
//! Each rule says beside its check what puts its findings right ([`Repair`]). [`plan`] merges the
//! remedies of all findings, drops what contradicts another, and keeps only what the rules prove: the
//! finding is gone and no error or warning is new. Whatever is not proved is not proposed; it is
//! among [`Plan::left`] with the reason. Doing it again changes nothing.

mod change;
mod edit;
mod file;
pub mod files;
mod helm;
mod order;
mod patch;
mod plan;
mod proof;
mod repair;
mod search;
mod simulate;
#[cfg(test)]
mod tests;
mod undo;

pub(crate) use self::repair::*;
pub use self::{
    edit::{Action, Edit},
    file::{Bound, BoundAnswer, BoundWrite, PlanFile, PlanFileError},
    helm::values,
    patch::{Misfit, identity, patched, test},
    plan::{Answer, Left, Plan, Step, Why, Write},
    proof::settled,
    repair::{FileRepairs, Remedies, Remedy, Repair, file_repairs},
    search::{Limits, plan},
    simulate::{applied, find},
    undo::undo,
};
