//! Repairs of kustomizations themselves.

use json_patch::Patch;
use serde_json::{Value, json};

use super::{ByHand, Edited, Pages, Repository, Trouble};
use crate::{
    finding::Outcome,
    fix::Answer,
    kustomize::parent,
    yaml::{self, Places, Position, edit},
};

/// A change to a kustomization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileRepair {
    /// It lists a file.
    List {
        /// The kustomization's file.
        kustomization: String,
        /// The file to list.
        file: String,
    },
    /// It no longer makes a patch, or no longer lists a file.
    Drop {
        /// The kustomization's file.
        kustomization: String,
        /// JSON pointer to the entry.
        pointer: String,
        /// The entry's own file, which goes too when nobody else names it.
        file: Option<String>,
    },
}

/// The texts that a repair of a finding comes to.
pub fn repaired(outcome: &Outcome, repair: &FileRepair, repository: &Repository<'_>) -> Edited {
    let mut pages = Pages::new(*repository);
    if let Err(Trouble { place, why }) = carry_out(repair, repository, &mut pages) {
        let message = outcome.finding().map(|finding| finding.message.clone()).unwrap_or_default();
        let object = outcome.object.clone();
        let answers = vec![Answer { rule: outcome.rule, object: object.clone(), message }];
        return Edited { by_hand: vec![ByHand { object, place, why, answers }], ..Edited::default() };
    }
    pages.answer(std::iter::once(outcome.rule));
    let (files, rules) = pages.into_changes();
    Edited { files, rules, by_hand: Vec::new() }
}

fn carry_out(repair: &FileRepair, repository: &Repository<'_>, pages: &mut Pages<'_>) -> Result<(), Trouble> {
    match repair {
        FileRepair::List { kustomization, file } => pages.list(kustomization, file),
        FileRepair::Drop { kustomization, pointer, file } => {
            let text = pages.text(kustomization).unwrap_or_default();
            let start = Position { line: 1, column: 1 };
            let at = Places::of(text).objects().first().copied().unwrap_or(start);
            let patch = without(text, pointer);
            let text = pages.with(kustomization, at, |text, at| edit::apply(text, at, &patch))?;
            pages.set(kustomization, Some(text))?;
            let unused = file.iter().filter(|file| repository.tree.users(file).len() == 1);
            let own = unused.filter(|file| is_below(parent(kustomization), file));
            own.into_iter().try_for_each(|file| pages.set(file, None))
        }
    }
}

/// Whether a file is in a directory, however deep.
fn is_below(dir: &str, file: &str) -> bool {
    let rest = if dir.is_empty() { Some(file) } else { file.strip_prefix(dir).and_then(|rest| rest.strip_prefix('/')) };
    rest.is_some_and(|rest| !rest.starts_with('/') && rest.split('/').all(|part| part != ".."))
}

/// Takes an entry from its list, and the list when it is the only one.
fn without(text: &str, pointer: &str) -> Patch {
    let kustomization: Value = yaml::read(text).unwrap_or_default();
    let list = pointer.rsplit_once('/').map(|(list, _)| list).unwrap_or_default();
    let is_only = kustomization.pointer(list).and_then(Value::as_array).is_some_and(|entries| entries.len() == 1);
    let path = if is_only { list } else { pointer };
    serde_json::from_value(json!([{"op": "remove", "path": path}])).unwrap_or_default()
}
