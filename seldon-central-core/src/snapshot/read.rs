//! What was asked of a cluster, what came of it, and why something is not known.

use serde::Serialize;

/// Why something is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, thiserror::Error)]
#[serde(rename_all = "camelCase", tag = "why")]
pub enum Unknown {
    /// The input is not the whole world and says nothing of it.
    #[error("{what} is not in the input")]
    NotInInput {
        /// What is missing.
        what: String,
    },
    /// A read was attempted and failed.
    #[error("{what} could not be read: {reason}")]
    ReadFailed {
        /// What was asked for.
        what: String,
        /// Why it failed.
        reason: String,
    },
    /// The right to read it is not there, and whoever judges is not expected to have it.
    #[error("{what} may not be read, and need not be: {reason}")]
    Withheld {
        /// What was asked for.
        what: String,
        /// The refusal.
        reason: String,
    },
}

impl Unknown {
    /// Whether a read was attempted and failed, which makes a run incomplete.
    pub const fn is_incomplete(&self) -> bool {
        matches!(self, Self::ReadFailed { .. })
    }
}

/// How the objects of one kind in one scope were read from a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// All of them were listed.
    Complete,
    /// The kind is not served, so there are none.
    NotServed,
    /// The read failed.
    Failed(String),
    /// The read was refused, and the right for it is optional.
    Withheld(String),
}

impl Read {
    /// Ok when all that there is was read.
    pub(super) fn told(&self, what: impl FnOnce() -> String) -> Result<(), Unknown> {
        match self {
            Self::Complete | Self::NotServed => Ok(()),
            Self::Failed(reason) => Err(Unknown::ReadFailed { what: what(), reason: reason.clone() }),
            Self::Withheld(reason) => Err(Unknown::Withheld { what: what(), reason: reason.clone() }),
        }
    }
}

/// Where a read looked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Every namespace, or cluster-scoped objects.
    Cluster,
    /// One namespace.
    Namespace(String),
    /// One object, asked for by name.
    Object {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
}
