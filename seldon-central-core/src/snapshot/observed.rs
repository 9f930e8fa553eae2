//! Objects, and where each was found.

use serde::Serialize;

use crate::object::Object;

/// Where an object was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", tag = "from")]
pub enum Origin {
    /// A manifest.
    #[serde(rename_all = "camelCase")]
    File {
        /// Path as it was given or found under what was given, without `.` and `..` within it; `-` for
        /// standard input.
        path: String,
        /// Line, from 1: of the object's beginning or, for a finding, of what proves it.
        line: u64,
        /// Column, from 1, in Unicode characters.
        column: u64,
    },
    /// The API server.
    Cluster,
    /// Built by this library and not applied yet.
    Desired,
}

/// An object and where it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// The object.
    pub object: Object,
    /// Where it was found.
    pub origin: Origin,
}

impl Observed {
    /// Whether the API server returned it, so that its status says something.
    pub fn is_live(&self) -> bool {
        self.origin == Origin::Cluster
    }
}
