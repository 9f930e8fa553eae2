//! Writing a tree of files: all of it or none of it, nothing outside the directory, and nothing
//! over a file that differs unless that was asked for.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use seldon_central_core::{overlay::FileTree, text::printable};
use tempfile::NamedTempFile;

use crate::{error::CliError, render::diff::unified};

/// What writing would do to one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is not there yet.
    Create,
    /// It is there and the same.
    Same,
    /// It is there and differs.
    Differ,
}

/// One file of a plan.
#[derive(Debug)]
pub struct PlannedFile {
    /// Path with the directory it goes to.
    pub path: PathBuf,
    /// What writing would do.
    pub change: Change,
    there: Option<Vec<u8>>,
    text: String,
}

impl PlannedFile {
    /// Difference to what is there; empty when there is none.
    pub fn diff(&self) -> String {
        let there = self.there.as_deref().map(String::from_utf8_lossy);
        match self.change {
            Change::Same => String::new(),
            Change::Create | Change::Differ => {
                unified(&self.path.display().to_string(), there.as_deref(), Some(&self.text))
            }
        }
    }
}

/// What writing a tree to a directory would do.
#[derive(Debug)]
pub struct FilePlan {
    out: PathBuf,
    /// The files, sorted by path.
    pub files: Vec<PlannedFile>,
    /// YAML files that are there and not part of the tree.
    pub strangers: Vec<PathBuf>,
}

impl FilePlan {
    /// Compares a tree with a directory; writes nothing.
    ///
    /// # Errors
    /// When something there is neither a file nor a directory, leads elsewhere, or cannot be read.
    pub fn new(out: &Path, tree: &FileTree) -> Result<Self, CliError> {
        if fs::metadata(out).is_ok_and(|meta| !meta.is_dir()) {
            return Err(CliError::new(format!("{} is not a directory", shown(out))).hint("name another with --out"));
        }
        let mut files = Vec::new();
        for (relative, text) in tree.files() {
            let path = out.join(relative);
            refuse_links(out, relative)?;
            let there = match fs::read(&path) {
                Ok(bytes) => Some(bytes),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(CliError::file("read", &path, &error)),
            };
            let change = match &there {
                None => Change::Create,
                Some(bytes) if bytes == text.as_bytes() => Change::Same,
                Some(_) => Change::Differ,
            };
            files.push(PlannedFile { path, change, there, text: text.to_owned() });
        }
        let strangers = strangers(out, &files);
        Ok(Self { out: out.to_owned(), files, strangers })
    }

    /// The files that are there and differ.
    pub fn differing(&self) -> impl Iterator<Item = &PlannedFile> {
        self.files.iter().filter(|file| file.change == Change::Differ)
    }

    /// Writes what is not the same. Every text is written before the first file gets its name, so a
    /// full or read-only disk leaves nothing half-written.
    ///
    /// # Errors
    /// When a directory or file cannot be made; what was made for it is removed again.
    pub fn write(&self) -> Result<(), CliError> {
        let mut made = Vec::new();
        let staged = self.stage(&mut made);
        let result = staged.and_then(|staged| {
            staged.into_iter().try_for_each(|(file, path)| {
                file.persist(path).map(drop).map_err(|error| CliError::file("write", path, &error.error))
            })
        });
        if result.is_err() {
            // Only empty directories go, so nothing that was there is lost.
            made.iter().rev().for_each(|dir| drop(fs::remove_dir(dir)));
        }
        result
    }

    fn stage<'a>(&'a self, made: &mut Vec<PathBuf>) -> Result<Vec<(NamedTempFile, &'a Path)>, CliError> {
        let changed = self.files.iter().filter(|file| file.change != Change::Same);
        changed
            .map(|file| {
                let dir = file.path.parent().unwrap_or(&self.out);
                make_dir(dir, made)?;
                let temporary = temporary(dir, file).map_err(|error| CliError::file("write", &file.path, &error))?;
                Ok((temporary, file.path.as_path()))
            })
            .collect()
    }
}

fn temporary(dir: &Path, planned: &PlannedFile) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".kubectl-seldon-");
    #[cfg(unix)]
    {
        // Temporary files are private by default; manifests are to be read by others.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(dir)?;
    file.write_all(planned.text.as_bytes())?;
    if planned.change == Change::Differ {
        // What it replaces cannot be emitted again, so it is not given up before this is on the disk.
        file.as_file().sync_all()?;
    }
    Ok(file)
}

/// Makes a directory and its parents, and remembers which were not there.
fn make_dir(dir: &Path, made: &mut Vec<PathBuf>) -> Result<(), CliError> {
    let missing: Vec<&Path> = dir.ancestors().take_while(|dir| !dir.as_os_str().is_empty() && !dir.exists()).collect();
    for dir in missing.into_iter().rev() {
        fs::create_dir(dir).map_err(|error| CliError::file("create", dir, &error))?;
        made.push(dir.to_owned());
    }
    Ok(())
}

/// Refuses a path below `out` on which a symbolic link stands: it may lead anywhere.
fn refuse_links(out: &Path, relative: &str) -> Result<(), CliError> {
    let mut path = out.to_owned();
    for part in relative.split('/') {
        path.push(part);
        if fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_symlink()) {
            return Err(CliError::new(format!("{} is a symbolic link, which is not written through", shown(&path)))
                .hint("remove it, or name another directory with --out"));
        }
    }
    Ok(())
}

/// YAML files in the directories of the plan that are not part of it.
fn strangers(out: &Path, files: &[PlannedFile]) -> Vec<PathBuf> {
    let planned: BTreeSet<&Path> = files.iter().map(|file| file.path.as_path()).collect();
    let dirs: BTreeSet<&Path> = planned.iter().filter_map(|path| path.parent()).chain([out]).collect();
    let mut found: Vec<PathBuf> = dirs
        .into_iter()
        .filter_map(|dir| fs::read_dir(dir).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml"))
        .filter(|path| !planned.contains(path.as_path()))
        .collect();
    found.sort();
    found
}

/// A path, safe to print.
pub fn shown(path: &Path) -> String {
    printable(&path.display().to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use seldon_central_core::{
        desired::build,
        overlay::{Form, render},
        profile::{Profile, Surroundings, resolve},
    };

    use super::*;

    fn tree() -> FileTree {
        let profile = Profile::from_yaml("tenants: [{namespace: fin}]").unwrap();
        render(&build(&resolve(&profile, &Surroundings::default()).unwrap()), &Form::Kustomize)
    }

    fn changes(plan: &FilePlan, change: Change) -> usize {
        plan.files.iter().filter(|file| file.change == change).count()
    }

    #[test]
    fn a_tree_is_written_and_then_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("a/b");
        let plan = FilePlan::new(&out, &tree()).unwrap();
        assert_eq!(changes(&plan, Change::Create), plan.files.len());
        plan.write().unwrap();
        let again = FilePlan::new(&out, &tree()).unwrap();
        assert_eq!(changes(&again, Change::Same), again.files.len());
        assert_eq!(fs::read_dir(&out).unwrap().count(), again.files.len());
    }

    #[test]
    fn an_edited_file_differs_and_a_strangers_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        FilePlan::new(dir.path(), &tree()).unwrap().write().unwrap();
        fs::write(dir.path().join("namespace-fin.yaml"), "edited\n").unwrap();
        fs::write(dir.path().join("mine.yaml"), "a: 1\n").unwrap();
        let plan = FilePlan::new(dir.path(), &tree()).unwrap();
        let differing: Vec<_> = plan.differing().collect();
        assert_eq!(differing.len(), 1);
        assert!(differing[0].diff().contains("-edited"));
        assert_eq!(plan.strangers, [dir.path().join("mine.yaml")]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_written_through() {
        let dir = tempfile::tempdir().unwrap();
        let elsewhere = dir.path().join("elsewhere.yaml");
        fs::write(&elsewhere, "mine").unwrap();
        let out = dir.path().join("out");
        fs::create_dir(&out).unwrap();
        std::os::unix::fs::symlink(&elsewhere, out.join("namespace-fin.yaml")).unwrap();
        assert!(FilePlan::new(&out, &tree()).unwrap_err().message.contains("symbolic link"));
        assert_eq!(fs::read_to_string(elsewhere).unwrap(), "mine");
    }

    #[test]
    fn a_failure_in_the_middle_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let mut plan = FilePlan::new(&out, &tree()).unwrap();
        // A file where a directory is needed.
        fs::write(dir.path().join("blocked"), "").unwrap();
        plan.files.last_mut().unwrap().path = dir.path().join("blocked/x.yaml");
        assert!(plan.write().is_err());
        assert!(!out.exists());
    }

    #[test]
    fn a_file_in_place_of_the_directory_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("file");
        fs::write(&out, "").unwrap();
        assert!(FilePlan::new(&out, &tree()).unwrap_err().message.ends_with("is not a directory"));
    }
}
