//! Kustomizations of directories: what they name is read, and their entry points are built.

mod build;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use seldon_central_core::{
    kustomize::{Build, Built, FILE_NAMES, Obstacle, Tree, normal},
    manifest::Texts,
};

use self::build::build_all;
use super::profile::read_text;

/// The most directories that kustomizations may lead to.
const MAX_DIRS: usize = 10_000;

/// The kustomizations below what was named, with everything that they name.
#[derive(Debug, Default)]
pub(super) struct Forest {
    /// What they say.
    pub(super) tree: Tree,
    /// The paths of their files as the file system knows them, with those by which they are shown.
    shown: BTreeMap<PathBuf, String>,
}

impl Forest {
    /// Reads what these kustomizations name, as far as it is there; what is not is for kustomize to
    /// complain about. The texts get those that were not among them.
    pub(super) fn read(given: &[PathBuf], texts: &mut Texts) -> Self {
        let mut forest = Self::default();
        for file in given {
            forest.add_kustomization(file, true, texts);
        }
        let mut waiting: Vec<String> = given.iter().filter_map(|file| Some(shown(file.parent()?))).collect();
        let mut dirs = 0;
        while let Some(dir) = waiting.pop() {
            dirs += 1;
            if dirs > MAX_DIRS {
                break;
            }
            for path in forest.tree.references(&dir) {
                if forest.tree.holds(&path) {
                    continue;
                }
                let file = here(&path);
                if let Some(kustomization) = kustomization_in(&file) {
                    forest.add_kustomization(&kustomization, false, texts);
                    waiting.push(path);
                } else if let Some(text) = forest.text(&file, texts) {
                    forest.tree.add_file(&path, &text);
                }
            }
        }
        forest
    }

    fn add_kustomization(&mut self, file: &Path, is_given: bool, texts: &mut Texts) {
        if let Some(text) = self.text(file, texts) {
            self.tree.add_kustomization(&shown(file), &text, is_given);
        }
    }

    /// The text of a file, which may have been read before.
    fn text(&mut self, file: &Path, texts: &mut Texts) -> Option<String> {
        let (name, absolute) = (shown(file), file.canonicalize().ok()?);
        if !absolute.is_file() {
            return None;
        }
        let text = match texts.get(&name) {
            Some(text) => text.to_owned(),
            None => read_text(file).ok()?,
        };
        texts.insert(name.clone(), text.as_str());
        self.shown.insert(absolute, name);
        Some(text)
    }

    /// Builds the entry points.
    pub(super) fn build(&self, allow_remote: bool) -> BTreeMap<String, Build> {
        let (mut builds, mut waiting) = (BTreeMap::new(), Vec::new());
        for dir in self.tree.entry_points() {
            match self.tree.obstacle(dir, allow_remote) {
                Some(obstacle) => {
                    builds.insert(dir.to_owned(), Build::Unread(told(&obstacle)));
                }
                None => waiting.push(dir.to_owned()),
            }
        }
        for (dir, build) in build_all(waiting, allow_remote) {
            builds.insert(dir, self.shown(build));
        }
        builds
    }

    /// A build with the paths by which files are shown.
    fn shown(&self, build: Build) -> Build {
        let file = |path: String| self.shown.get(Path::new(&path)).cloned();
        match build {
            Build::Built(objects) => {
                Build::Built(objects.into_iter().map(|one| Built { file: one.file.and_then(file), ..one }).collect())
            }
            Build::Failed(reason) => Build::Failed(self.named(reason)),
            Build::Unread(reason) => Build::Unread(self.named(reason)),
        }
    }

    /// A reason with directories as people call them, and not where they happen to lie.
    fn named(&self, mut reason: String) -> String {
        let mut dirs = BTreeSet::new();
        for (absolute, name) in &self.shown {
            let around = absolute.ancestors().zip(Path::new(name).ancestors()).skip(1);
            let same = around.take_while(|(absolute, name)| absolute.ends_with(name));
            dirs.extend(same.map(|(absolute, name)| (absolute.display().to_string(), name.display().to_string())));
        }
        // The deeper directory first, which begins with the other.
        for (absolute, name) in dirs.iter().rev().filter(|(absolute, _)| absolute.len() > 1) {
            let inside = if name.is_empty() { String::new() } else { format!("{name}/") };
            reason = reason.replace(&format!("{absolute}/"), &inside);
            reason = reason.replace(absolute, if name.is_empty() { "." } else { name });
        }
        reason
    }
}

fn told(obstacle: &Obstacle) -> String {
    let hint = match obstacle {
        Obstacle::Remote { .. } => "--allow-remote-bases fetches it",
        Obstacle::Helm { .. } => "render it yourself, and judge the result with -f -",
    };
    format!("{obstacle}; {hint}")
}

/// The kustomization of a directory.
fn kustomization_in(dir: &Path) -> Option<PathBuf> {
    FILE_NAMES.iter().map(|name| dir.join(name)).find(|file| file.is_file())
}

fn shown(path: &Path) -> String {
    normal(&path.display().to_string())
}

/// A path that may be nothing, for the directory one is in.
fn here(path: &str) -> PathBuf {
    PathBuf::from(if path.is_empty() { "." } else { path })
}
