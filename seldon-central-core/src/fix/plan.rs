//! What is to be done, object by object, and what is not.

use json_patch::{Patch, PatchOperation};

use super::{Edit, patch::is_identity};
use crate::{
    finding::Outcome,
    object::{Object, ObjectId},
    reason::ownership::Ownership,
    rules::FixSafety,
    snapshot::Unknown,
};

/// Changes that belong together, in the order in which they are made.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// The changes, one for each object.
    pub steps: Vec<Step>,
    /// What was found and stays, each with the reason.
    pub left: Vec<Left>,
}

impl Plan {
    /// Whether there is nothing to do.
    pub const fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// All that happens to one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The object.
    pub object: ObjectId,
    /// How it is changed.
    pub write: Write,
    /// What the change may do: what the roughest of its fixes may.
    pub safety: FixSafety,
    /// The findings that it answers.
    pub answers: Vec<Answer>,
    /// The object as it is; `None` when it does not exist.
    pub before: Option<Object>,
    /// The object as it would be; `None` when it would be gone.
    pub after: Option<Object>,
}

impl Step {
    /// What a patch does, without the tests that bind it to one object of one cluster.
    pub fn operations(&self) -> Vec<PatchOperation> {
        match &self.write {
            Write::Patch(patch) => patch.iter().filter(|operation| !is_identity(operation)).cloned().collect(),
            Write::Create | Write::Delete => Vec::new(),
        }
    }
}

/// How an object is changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// It is made.
    Create,
    /// It is patched. The patch begins with tests of the object's identity and of its resource
    /// version, where it has one, and tests what it replaces and removes.
    Patch(Patch),
    /// It is deleted.
    Delete,
}

/// A finding that a change answers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer {
    /// Id of the rule.
    pub rule: &'static str,
    /// The object that it was found on, which need not be the one that is changed.
    pub object: ObjectId,
    /// What was found, in one sentence without a full stop.
    pub message: String,
}

/// A finding that stays.
#[derive(Debug, Clone, PartialEq)]
pub struct Left {
    /// The finding.
    pub outcome: Outcome,
    /// Why it stays.
    pub why: Why,
}

/// Why a finding stays.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Why {
    /// Only its owner can tell what is meant.
    #[error("there is no automatic repair of it")]
    Manual,
    /// It takes a change that may interrupt somebody, which was not asked for.
    #[error("its repair may interrupt somebody")]
    NeedsUnsafe,
    /// It takes a change to a file that is no object.
    #[error("its repair is a change to files")]
    OfFiles,
    /// It takes a change to an object that would be changed back.
    #[error("{object} is owned by {} ({})", .ownership.owner, .ownership.mark)]
    Owned {
        /// The object.
        object: ObjectId,
        /// Its owner.
        ownership: Ownership,
        /// The changes that its owner would have to make, on whichever objects.
        edits: Vec<Edit>,
    },
    /// The known repair would cause something else.
    #[error("its repair would cause {rule} on {object}: {message}")]
    Causes {
        /// Id of the rule.
        rule: &'static str,
        /// What it would be found on.
        object: ObjectId,
        /// What would be found.
        message: String,
    },
    /// The known repair does not do away with it.
    #[error("the known repair does not do away with all of it")]
    Remains,
    /// Whether the known repair would do away with it cannot be told.
    #[error("whether its repair helps cannot be told: {0}")]
    Unproved(Unknown),
}
