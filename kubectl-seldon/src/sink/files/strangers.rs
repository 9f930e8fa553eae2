//! What is there and not part of what is written: it is named, never touched.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use seldon_central_core::pattern;

/// How far below a directory of the plan an earlier run may have put files: tenant, overlay.
const DEPTH: usize = 2;

/// The files of this tool are smaller; a larger one is not read to find out.
const LARGEST: u64 = 1 << 20;

/// YAML files in the directories of a plan that are not part of it, and directories below them in
/// which files of an earlier run are.
pub(super) fn beside<'a>(out: &'a Path, planned: impl Iterator<Item = &'a Path>) -> Vec<PathBuf> {
    let planned: BTreeSet<&Path> = planned.collect();
    let within = planned.iter().flat_map(|path| path.ancestors().skip(1).take_while(|dir| dir.starts_with(out)));
    let dirs: BTreeSet<&Path> = within.chain([out]).collect();
    let mut found: Vec<PathBuf> = dirs
        .iter()
        .flat_map(|dir| entries(dir))
        .filter(|path| !planned.contains(path.as_path()) && !dirs.contains(path.as_path()))
        .filter(|path| if is_dir(path) { holds_ours(path, DEPTH) } else { is_yaml(path) })
        .collect();
    found.sort();
    found
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// A directory and no link to one.
fn is_dir(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir())
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// Whether a file that this tool wrote is somewhere in a directory.
fn holds_ours(dir: &Path, depth: usize) -> bool {
    entries(dir).iter().any(|path| {
        if is_dir(path) { depth > 1 && holds_ours(path, depth - 1) } else { is_yaml(path) && is_ours(path) }
    })
}

/// Every object of a tenant, and what hands it to Argo CD or Flux, carries the tenant's label.
fn is_ours(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() <= LARGEST)
        && fs::read_to_string(path).is_ok_and(|text| text.contains(pattern::TENANT_LABEL))
}
