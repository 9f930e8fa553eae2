//! Kustomizations of directories: what they name is read, and their entry points are built.

mod build;
mod mirror;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};

use seldon_central_core::{
    kustomize::{Build, Built, FILE_NAMES, Obstacle, Tree, normal},
    manifest::Texts,
};

use self::{build::build_all, mirror::Mirror};
use super::{profile::read_text, unwritten::Unwritten};

/// The most directories that kustomizations may lead to.
const MAX_DIRS: usize = 10_000;

/// What entry points gave, by what of it was not written: each is built once.
#[derive(Debug, Default)]
pub struct Builds(BTreeMap<(String, BTreeMap<String, Option<String>>), Build>);

/// The kustomizations below what was named, with everything that they name.
#[derive(Debug)]
pub(super) struct Forest<'u> {
    /// What is not as on the disk.
    unwritten: &'u Unwritten,
    /// What they say.
    pub(super) tree: Tree,
    /// The paths of their files as the file system knows them, with those by which they are shown.
    shown: BTreeMap<PathBuf, String>,
}

impl<'u> Forest<'u> {
    /// Reads what these kustomizations name, as far as it is there; what is not is for kustomize to
    /// complain about. The texts get those that were not among them.
    pub(super) fn read(given: &[PathBuf], unwritten: &'u Unwritten, texts: &mut Texts) -> Self {
        let mut forest = Self { unwritten, tree: Tree::default(), shown: BTreeMap::new() };
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
        let name = shown(file);
        let instead = self.unwritten.get(file);
        let absolute = match instead {
            Some(text) => text.and_then(|_| absolute(file))?,
            None => file.canonicalize().ok().filter(|file| file.is_file())?,
        };
        let text = match (texts.get(&name), instead.flatten()) {
            (Some(text), _) | (None, Some(text)) => text.to_owned(),
            (None, None) => read_text(file).ok()?,
        };
        texts.insert(name.clone(), text.as_str());
        self.shown.insert(absolute, name);
        Some(text)
    }

    /// Builds the entry points, as far as that was not done before.
    pub(super) fn build(&self, allow_remote: bool, known: &mut Builds) -> BTreeMap<String, Build> {
        let (mut builds, mut waiting) = (BTreeMap::new(), Vec::new());
        for dir in self.tree.entry_points() {
            let key = (dir.to_owned(), self.unwritten_in(dir));
            if let Some(build) = known.0.get(&key) {
                builds.insert(dir.to_owned(), build.clone());
            } else if let Some(obstacle) = self.tree.obstacle(dir, allow_remote) {
                builds.insert(dir.to_owned(), Build::Unread(told(&obstacle)));
            } else {
                waiting.push(key);
            }
        }
        let (written, changed): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, changes)| changes.is_empty());
        let mut done = build_all(written.iter().map(|(dir, _)| (dir.clone(), here(dir))).collect(), allow_remote);
        if !changed.is_empty() {
            done.extend(self.build_mirrored(&changed, allow_remote));
        }
        let mut changes: BTreeMap<String, _> = written.into_iter().chain(changed).collect();
        for (dir, build) in done {
            let build = self.shown(build);
            known.0.insert((dir.clone(), changes.remove(&dir).unwrap_or_default()), build.clone());
            builds.insert(dir, build);
        }
        builds
    }

    /// What of an entry point is not as on the disk.
    fn unwritten_in(&self, dir: &str) -> BTreeMap<String, Option<String>> {
        let dirs = self.tree.reach(dir);
        let own = dirs.iter().filter_map(|dir| self.tree.file_of(dir)).map(str::to_owned);
        let parts: Vec<String> = own.chain(dirs.iter().flat_map(|dir| self.tree.references(dir))).collect();
        self.unwritten.among(parts.iter())
    }

    /// Builds entry points as they would be.
    fn build_mirrored(
        &self,
        changed: &[(String, BTreeMap<String, Option<String>>)],
        allow_remote: bool,
    ) -> Vec<(String, Build)> {
        let mirrored = self.mirror(changed).and_then(|mirror| {
            let place = |(dir, _): &(String, _)| Ok((dir.clone(), mirror.at(&here(dir).canonicalize()?)));
            let places: io::Result<Vec<_>> = changed.iter().map(place).collect();
            let original = |(dir, build)| match build {
                Build::Built(objects) => {
                    let file = |file: Option<String>| file.map(|file| mirror.original(&file));
                    let objects = objects.into_iter().map(|one: Built| Built { file: file(one.file), ..one });
                    (dir, Build::Built(objects.collect()))
                }
                Build::Failed(reason) => (dir, Build::Failed(mirror.original(&reason))),
                Build::Unread(reason) => (dir, Build::Unread(mirror.original(&reason))),
            };
            Ok(build_all(places?, allow_remote).into_iter().map(original).collect())
        });
        mirrored.unwrap_or_else(|error| {
            changed.iter().map(|(dir, _)| (dir.clone(), Build::Unread(error.to_string()))).collect()
        })
    }

    fn mirror(&self, changed: &[(String, BTreeMap<String, Option<String>>)]) -> io::Result<Mirror> {
        let reached: BTreeSet<&str> = changed.iter().flat_map(|(dir, _)| self.tree.reach(dir)).collect();
        let dirs = reached.into_iter().map(|dir| here(dir).canonicalize()).collect::<io::Result<BTreeSet<_>>>()?;
        let mirror = Mirror::of(dirs.iter())?;
        for (path, text) in self.unwritten.changes() {
            if let Some(path) = absolute(Path::new(path)) {
                mirror.change(&path, text.as_deref())?;
            }
        }
        Ok(mirror)
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

/// The path of a file that need not be there.
fn absolute(file: &Path) -> Option<PathBuf> {
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let own = file.canonicalize().ok();
    own.or_else(|| Some(dir.canonicalize().ok()?.join(file.file_name()?)))
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
