//! Kustomize directories: which are built, what keeps one from it, where the fields of what is built
//! come from, and what kustomize does not say.
//!
//! ```text
//! files → Tree ─entry points─► `kubectl kustomize` (by whoever imports this) ─► Build
//!          │                                                                      │
//!          └──────────────────────────► examine ◄─────────────────────────────────┘
//!                                          └► objects with origins, and facts for the rules
//! ```

mod build;
mod carry;
mod edit;
mod examine;
#[cfg(test)]
pub(crate) mod fixture;
mod model;
mod path;
mod remote;
mod selector;
mod stale;
mod trace;
mod tree;

pub(crate) use self::trace::{Layer, aligned, child, is_same, operations, origin};
pub use self::{
    build::{Build, Built, read_output, reason},
    edit::{list, unlist},
    examine::{Batch, Given, Kustomizations, Seen, Unmatched, examine},
    model::FILE_NAMES,
    path::{join, name, normal, parent, relative},
    remote::is_remote,
    stale::{Redundant, Stale},
    trace::Trace,
    tree::{Obstacle, Tree},
};
