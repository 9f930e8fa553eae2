//! Changes in words.

use std::fmt;

use crate::{
    fix::{Action, Edit},
    object::ObjectId,
    resource::MODEL,
};

/// What happens to one object, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::explain::account) struct Said {
    /// The object, unless it is the one that is accounted for; or that it is made.
    pub object: Option<String>,
    /// The changes to it.
    pub changes: Vec<String>,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.object {
            Some(object) if self.changes.is_empty() => f.write_str(object),
            Some(object) => write!(f, "{object} {}", self.changes.join(", ")),
            None => f.write_str(&self.changes.join(", ")),
        }
    }
}

/// Changes in words, those of one object together.
pub(in crate::explain::account) fn said(edits: &[Edit], own: &ObjectId) -> Vec<Said> {
    let mut said: Vec<(&ObjectId, Said)> = Vec::new();
    for edit in edits {
        let id = &edit.object;
        if let Action::Put { .. } = edit.action {
            let own_artifact = if id.kind == MODEL.kind { " with a `storageUri` of its own" } else { "" };
            said.push((id, Said { object: Some(format!("create {id}{own_artifact}")), changes: Vec::new() }));
            continue;
        }
        let change = edit.action.to_string();
        if let Some((_, said)) = said.iter_mut().find(|(known, _)| *known == id) {
            said.changes.push(change);
        } else {
            let object = (id != own).then(|| format!("in {id}"));
            said.push((id, Said { object, changes: vec![change] }));
        }
    }
    said.into_iter().map(|(_, said)| said).collect()
}

/// Changes in one sentence.
pub(super) fn say(edits: &[Edit], own: &ObjectId) -> String {
    said(edits, own).iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
