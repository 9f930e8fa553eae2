//! A plan carried out on the texts that its objects come from.
//!
//! ```text
//! plan ─► each field ─► resource or patch that gives it ─► edit of its text
//!    └──► missing objects ─► a file beside the tenant's own, listed where that is listed
//! ```
//!
//! What comes out is not trusted before the edited texts were read, built and judged again: see
//! [`differs`] and [`settled`](super::settled).

mod kustomization;
mod layers;
mod made;
mod pages;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use json_patch::Patch;
use serde_json::Value;

pub use self::kustomization::{FileRepair, repaired};
use self::{layers::Layers, pages::Pages};
use super::{Answer, Plan, Step, Write};
use crate::{
    kustomize::Tree,
    object::{Object, ObjectId},
    snapshot::{Origin, Snapshot},
    text::printable,
    yaml::Position,
};

/// The files that a snapshot was read from.
#[derive(Clone, Copy)]
pub struct Repository<'r> {
    /// The objects, with their texts.
    pub snapshot: &'r Snapshot,
    /// The kustomizations.
    pub tree: &'r Tree,
    /// Whether the file of a path may be changed or made.
    pub may_edit: &'r dyn Fn(&str) -> bool,
    /// Whether there is anything at a path.
    pub exists: &'r dyn Fn(&str) -> bool,
}

/// The texts of files as they would be, by path; `None` for a file that would be gone.
pub type Changes = BTreeMap<String, Option<String>>;

/// What a plan comes to in files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Edited {
    /// The files that change.
    pub files: Changes,
    /// For what each of them changes: ids of rules.
    pub rules: BTreeMap<String, BTreeSet<&'static str>>,
    /// What cannot be edited.
    pub by_hand: Vec<ByHand>,
}

/// A change that is left to whoever wrote a file.
#[derive(Debug, Clone, PartialEq)]
pub struct ByHand {
    /// The object that it is about.
    pub object: ObjectId,
    /// Where to look, when that is known.
    pub place: Option<(String, Position)>,
    /// Why it is not edited.
    pub why: String,
    /// The findings that it would have answered.
    pub answers: Vec<Answer>,
}

impl fmt::Display for ByHand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some((path, at)) => write!(f, "edit by hand: {}:{}: {}", printable(path), at.line, printable(&self.why)),
            None => write!(f, "edit by hand: {}", printable(&self.why)),
        }
    }
}

/// Why something is not edited, and where.
#[derive(Debug, Clone, PartialEq)]
struct Trouble {
    place: Option<(String, Position)>,
    why: String,
}

impl Trouble {
    fn at(path: &str, at: Position, why: impl Into<String>) -> Self {
        Self { place: Some((path.to_owned(), at)), why: why.into() }
    }

    fn nowhere(why: impl Into<String>) -> Self {
        Self { place: None, why: why.into() }
    }
}

/// The texts that a plan comes to. A step that cannot be carried out whole is among
/// [`Edited::by_hand`], and leaves nothing behind.
pub fn edited(plan: &Plan, repository: &Repository<'_>) -> Edited {
    let mut pages = Pages::new(*repository);
    let mut by_hand = Vec::new();
    // What is deleted goes last, because it moves what is behind it.
    let (last, first): (Vec<&Step>, Vec<&Step>) = plan.steps.iter().partition(|step| step.write == Write::Delete);
    for step in first.into_iter().chain(last) {
        let mut tried = pages.clone();
        match carry_out(step, repository, &mut tried) {
            Ok(()) => {
                tried.answer(step.answers.iter().map(|answer| answer.rule));
                pages = tried;
            }
            Err(Trouble { place, why }) => {
                let (object, answers) = (step.object.clone(), step.answers.clone());
                by_hand.push(ByHand { object, place, why, answers });
            }
        }
    }
    let (files, rules) = pages.into_changes();
    Edited { files, rules, by_hand }
}

fn carry_out(step: &Step, repository: &Repository<'_>, pages: &mut Pages<'_>) -> Result<(), Trouble> {
    match (&step.write, &step.before, &step.after) {
        (Write::Create, _, Some(object)) => made::make(object, repository, pages),
        (Write::Patch(patch), Some(before), _) => change(before, patch, repository, pages),
        (Write::Delete, Some(object), _) => delete(object, repository, pages),
        _ => Ok(()),
    }
}

fn change(before: &Object, patch: &Patch, repository: &Repository<'_>, pages: &mut Pages<'_>) -> Result<(), Trouble> {
    let mut layers = Layers::of(before, repository)?;
    layers.apply(patch)?;
    layers.changed().try_for_each(|(layer, wanted)| pages.become_(layer, wanted))
}

/// Takes the document of an object away, and the file when nothing else is in it.
fn delete(object: &Object, repository: &Repository<'_>, pages: &mut Pages<'_>) -> Result<(), Trouble> {
    let layers = Layers::of(object, repository)?;
    pages.remove(layers.resource())
}

/// The first object that is not as a plan makes it, once the files were edited and read again. Of
/// objects that are new it is only asked that they are there: a kustomization adds to them what it adds to
/// all.
pub fn differs(plan: &Plan, before: &Snapshot, now: &Snapshot) -> Option<ObjectId> {
    let mut expected: BTreeMap<ObjectId, Option<Value>> =
        before.objects().iter().map(|seen| (seen.object.id(), Some(seen.object.to_value()))).collect();
    for step in &plan.steps {
        match (&step.write, &step.after) {
            (Write::Create, _) => drop(expected.insert(step.object.clone(), None)),
            (_, Some(after)) => drop(expected.insert(step.object.clone(), Some(after.to_value()))),
            (_, None) => drop(expected.remove(&step.object)),
        }
    }
    let found: BTreeMap<ObjectId, Value> =
        now.objects().iter().map(|seen| (seen.object.id(), seen.object.to_value())).collect();
    let is_wrong = |(id, wanted): (&ObjectId, &Option<Value>)| match (wanted, found.get(id)) {
        (_, None) => Some(id.clone()),
        (Some(wanted), Some(found)) if wanted != found => Some(id.clone()),
        _ => None,
    };
    let stranger = found.keys().find(|id| !expected.contains_key(*id)).cloned();
    expected.iter().find_map(is_wrong).or(stranger)
}

/// Where an object was found, if that was a file.
fn place(origin: &Origin) -> Option<(String, Position)> {
    match origin {
        Origin::File { path, line, column } => Some((path.clone(), Position { line: *line, column: *column })),
        Origin::Cluster | Origin::Desired => None,
    }
}
