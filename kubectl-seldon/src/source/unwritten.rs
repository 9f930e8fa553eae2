//! Files as they would be, before any is written.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use seldon_central_core::{fix::files::Changes, kustomize::normal};

/// Texts that are read in place of those on the disk, by [normal] path; `None` for a file that is taken
/// for gone.
#[derive(Debug, Clone, Default)]
pub struct Unwritten(Changes);

impl Unwritten {
    /// The same with more changes.
    #[must_use]
    pub fn with(&self, changes: &Changes) -> Self {
        let mut all = self.0.clone();
        all.extend(changes.clone());
        Self(all)
    }

    /// What differs from the disk.
    pub const fn changes(&self) -> &Changes {
        &self.0
    }

    /// The text in place of a file's own; the outer `None` when that counts.
    pub(super) fn get(&self, path: &Path) -> Option<Option<&str>> {
        self.0.get(&name(path)).map(Option::as_deref)
    }

    /// The new files below a directory.
    pub(super) fn made_below(&self, dir: &Path) -> Vec<PathBuf> {
        let made = self.0.iter().filter(|(path, text)| text.is_some() && !Path::new(path).exists());
        let dir = name(dir);
        let is_below = |path: &str| dir.is_empty() || Path::new(path).starts_with(&dir);
        made.map(|(path, _)| path).filter(|path| is_below(path)).map(PathBuf::from).collect()
    }

    /// The changes among files, as what was built of them depends on.
    pub(super) fn among<'a>(&'a self, paths: impl Iterator<Item = &'a String>) -> BTreeMap<String, Option<String>> {
        paths.filter_map(|path| Some((path.clone(), self.0.get(path)?.clone()))).collect()
    }
}

fn name(path: &Path) -> String {
    normal(&path.display().to_string())
}
