//! The changes of a plan while it is made: per object, one patch that grows.

use std::collections::{BTreeMap, BTreeSet};

use json_patch::Patch;

use super::{Action, Answer, Edit, Misfit, Remedy, Step, Write, find, identity, patched, simulate};
use crate::{
    finding::Outcome,
    object::{Object, ObjectId},
    rules::FixSafety,
    snapshot::Snapshot,
};

/// A remedy that was chosen for a finding.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) outcome: Outcome,
    pub(super) remedy: Remedy,
}

impl Chosen {
    /// The objects that it changes.
    pub(super) fn objects(&self) -> impl Iterator<Item = &ObjectId> {
        self.remedy.edits.iter().map(|edit| &edit.object)
    }
}

/// Whether two edits cannot both be made as they are: they give one place different contents, or one
/// is of a part of what the other replaces. Two that are the same are one.
pub(super) fn contradict(one: &Edit, other: &Edit) -> bool {
    if one.object != other.object || one == other {
        return false;
    }
    let (Some(a), Some(b)) = (one.action.path(), other.action.path()) else { return true };
    let is_below = |a: &str, b: &str| b.strip_prefix(a).is_some_and(|rest| rest.starts_with('/'));
    if a.ends_with("/-") && b.ends_with("/-") {
        return is_below(a.trim_end_matches("/-"), b.trim_end_matches("/-")) && a != b;
    }
    a == b || is_below(a, b) || is_below(b, a)
}

/// Whether an edit is of an entry of a list to which another appends: with the entry put right, no
/// other may be needed.
pub(super) fn may_spare(entry: &Edit, append: &Edit) -> bool {
    let list = append.action.path().filter(|_| append.appends()).and_then(|path| path.strip_suffix('-'));
    let at = entry.action.path().filter(|_| !entry.appends() && entry.object == append.object);
    list.zip(at).is_some_and(|(list, at)| at.starts_with(list))
}

/// One object's changes so far.
#[derive(Debug, Clone)]
struct Draft {
    before: Option<Object>,
    after: Option<Object>,
    patch: Patch,
    safety: FixSafety,
    answers: BTreeSet<Answer>,
}

/// The changes so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Drafts(BTreeMap<ObjectId, Draft>);

impl Drafts {
    /// The same with more remedies.
    ///
    /// # Errors
    /// [`Misfit`] when one does not fit what the others left.
    pub(super) fn with(&self, snapshot: &Snapshot, chosen: &[Chosen]) -> Result<Self, Misfit> {
        let mut by_object: BTreeMap<&ObjectId, Vec<&Edit>> = BTreeMap::new();
        for edit in chosen.iter().flat_map(|chosen| &chosen.remedy.edits) {
            let edits = by_object.entry(&edit.object).or_default();
            if !edits.contains(&edit) {
                edits.push(edit);
            }
        }
        let mut next = self.clone();
        for (id, edits) in by_object {
            let draft = next.0.entry(id.clone()).or_insert_with(|| Draft::of(snapshot, id));
            draft.edit(id, &edits)?;
        }
        for Chosen { outcome, remedy } in chosen {
            let message = outcome.finding().map(|finding| finding.message.clone()).unwrap_or_default();
            let answer = Answer { rule: outcome.rule, object: outcome.object.clone(), message };
            for edit in &remedy.edits {
                if let Some(draft) = next.0.get_mut(&edit.object) {
                    draft.answers.insert(answer.clone());
                    draft.safety = draft.safety.min(remedy.safety);
                }
            }
        }
        Ok(next)
    }

    /// The snapshot as it would be.
    pub(super) fn applied(&self, snapshot: &Snapshot) -> Snapshot {
        let changed: Vec<Object> = self.0.values().filter_map(|draft| draft.after.clone()).collect();
        let gone = self.0.iter().filter(|(_, draft)| draft.after.is_none()).map(|(id, _)| id.clone()).collect();
        simulate::changed(snapshot, &changed, gone)
    }

    /// The changes as steps, in no order.
    pub(super) fn into_steps(self) -> Vec<Step> {
        self.0.into_iter().filter_map(|(object, draft)| draft.into_step(object)).collect()
    }
}

impl Draft {
    fn of(snapshot: &Snapshot, id: &ObjectId) -> Self {
        let before = find(snapshot, id).map(|observed| observed.object.clone());
        Self {
            after: before.clone(),
            before,
            patch: Patch(Vec::new()),
            safety: FixSafety::Safe,
            answers: BTreeSet::new(),
        }
    }

    fn edit(&mut self, id: &ObjectId, edits: &[&Edit]) -> Result<(), Misfit> {
        if edits.iter().any(|edit| edit.action == Action::Delete) {
            self.after = None;
            return Ok(());
        }
        for edit in edits {
            if let Action::Put { manifest } = &edit.action {
                self.after = Some(manifest.clone());
            }
        }
        let fields: Vec<&Edit> = edits.iter().filter(|edit| edit.action.path().is_some()).copied().collect();
        let Some(current) = &self.after else {
            return Err(Misfit { object: id.to_string(), path: "/".to_owned() });
        };
        let (after, Patch(operations)) = patched(current, &fields)?;
        self.after = Some(after);
        self.patch.0.extend(operations);
        Ok(())
    }

    fn into_step(self, object: ObjectId) -> Option<Step> {
        let Self { before, after, patch, safety, answers } = self;
        let write = match (&before, &after) {
            (None, None) => return None,
            (None, Some(_)) => Write::Create,
            (Some(_), None) => Write::Delete,
            (Some(_), Some(_)) if patch.0.is_empty() => return None,
            (Some(before), Some(_)) => Write::Patch(Patch([identity(before), patch.0].concat())),
        };
        Some(Step { object, write, safety, answers: answers.into_iter().collect(), before, after })
    }
}
