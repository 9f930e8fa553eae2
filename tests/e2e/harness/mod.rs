//! What the suites share. Nothing here asserts anything about the plugin.

pub(crate) mod api;
pub(crate) mod assets;
pub(crate) mod browser;
pub(crate) mod complete;
pub(crate) mod control_plane;
pub(crate) mod data;
pub(crate) mod door;
pub(crate) mod failure;
pub(crate) mod files;
pub(crate) mod go;
pub(crate) mod helm;
pub(crate) mod kubectl;
pub(crate) mod kubelet;
pub(crate) mod operator;
pub(crate) mod plan;
pub(crate) mod proxy;
pub(crate) mod stage;
pub(crate) mod tenant;
pub(crate) mod terminal;

use std::path::Path;

/// The root of the repository.
pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}
