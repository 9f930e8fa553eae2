//! What is not edited, and why.

use crate::yaml::Position;

/// An edit that is left to whoever wrote the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {reason}", .at.line, .at.column)]
pub struct Refusal {
    /// The place in the text to look at.
    pub at: Position,
    /// Why, and what to do by hand.
    pub reason: Reason,
}

/// Why an edit is refused.
///
/// A pointer is one into the object that was to be edited. No value is part of a message: it may be a
/// secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// No object is at the place that was named.
    #[error("no object is here; the file has changed since it was read, so read it again")]
    NoObject,
    /// The document is no YAML, or has a key twice.
    #[error("{}; repair this by hand first", crate::text::printable(message))]
    Broken {
        /// What is wrong.
        message: String,
    },
    /// The document is a template, of which nobody knows what comes out.
    #[error("this is a template; change by hand what it makes of {}", shown(pointer))]
    Template {
        /// What was to be changed.
        pointer: String,
    },
    /// A `test` of the patch does not hold.
    #[error(
        "{} is not what the edit expects; the file has changed since it was read, so read it again",
        shown(pointer)
    )]
    Stale {
        /// What was tested.
        pointer: String,
    },
    /// The patch changes something that is not there.
    #[error("{} does not exist here, so it cannot be changed", shown(pointer))]
    Absent {
        /// What was to be changed.
        pointer: String,
    },
    /// The value stands elsewhere and is repeated here by an alias.
    #[error(
        "{} repeats, by an alias, a value that is written elsewhere; write it out here by hand, or change it there for all",
        shown(pointer)
    )]
    Alias {
        /// What was to be changed.
        pointer: String,
    },
    /// The value comes by a merge key.
    #[error(
        "{} comes from another mapping by `<<`; write it out here by hand, or change it there for all",
        shown(pointer)
    )]
    Merged {
        /// What was to be changed.
        pointer: String,
    },
    /// The value is used a second time, by an alias.
    #[error(
        "{} is repeated by the alias in line {}, which would change too; change both by hand", shown(pointer), used.line
    )]
    Anchored {
        /// What was to be changed.
        pointer: String,
        /// The first alias.
        used: Position,
    },
    /// The text would not read back as exactly what is wanted.
    #[error("{} is written in a way that cannot be edited safely; change it by hand", shown(pointer))]
    Unprovable {
        /// What was to be changed.
        pointer: String,
    },
}

/// A pointer as people see it.
fn shown(pointer: &str) -> std::borrow::Cow<'_, str> {
    if pointer.is_empty() { "the whole object".into() } else { crate::text::printable(pointer) }
}
