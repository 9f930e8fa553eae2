//! Writing a tree of files: all of it or none of it, nothing outside the directory, and nothing
//! over a file that differs unless that was asked for.

mod strangers;

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use seldon_central_core::{overlay::FileTree, text::printable};
use tempfile::TempPath;

use crate::{error::CliError, interrupt::Interrupt, render::diff::unified};

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
    /// YAML files, and directories with files of an earlier run, that are there and not part of the
    /// tree.
    pub strangers: Vec<PathBuf>,
}

impl FilePlan {
    /// Compares a tree with a directory; writes nothing.
    ///
    /// # Errors
    /// When something there is neither a file nor a directory, leads elsewhere, or cannot be read.
    pub fn new(out: &Path, tree: &FileTree) -> Result<Self, CliError> {
        refuse_no_directory(out)?;
        let mut files = Vec::new();
        for (relative, text) in tree.files() {
            let path = out.join(relative);
            refuse_strange(out, relative)?;
            refuse_second_kustomization(&path)?;
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
        let strangers = strangers::beside(out, files.iter().map(|file| file.path.as_path()));
        Ok(Self { out: out.to_owned(), files, strangers })
    }

    /// The files that are there and differ.
    pub fn differing(&self) -> impl Iterator<Item = &PlannedFile> {
        self.files.iter().filter(|file| file.change == Change::Differ)
    }

    /// Why the files that differ stop whoever may not replace them.
    pub fn refusal(&self) -> Option<CliError> {
        let out = shown(&self.out);
        let differ = match self.differing().count() {
            0 => return None,
            1 => format!("1 file in {out} differs"),
            many => format!("{many} files in {out} differ"),
        };
        Some(
            CliError::new(format!("{differ}; nothing was written"))
                .hint("--overwrite replaces what differs; --diff shows everything that would change"),
        )
    }

    /// Writes what is not the same. Every text is written before the first file gets its name, so a
    /// full or read-only disk, and a signal, leave nothing half-written.
    ///
    /// # Errors
    /// When a directory or file cannot be made, or somebody asks for an end; what was made for it is
    /// removed again.
    pub async fn write(&self, interrupt: &mut Interrupt) -> Result<(), CliError> {
        let mut made = Vec::new();
        let result = match self.stage(&mut made, interrupt).await {
            Ok(staged) => staged.into_iter().try_for_each(|(file, path)| {
                file.persist(path).map_err(|error| CliError::file("write", path, &error.error))
            }),
            Err(error) => Err(error),
        };
        if result.is_err() {
            // Only empty directories go, so nothing that was there is lost.
            made.iter().rev().for_each(|dir| drop(fs::remove_dir(dir)));
        }
        result
    }

    async fn stage<'a>(
        &'a self,
        made: &mut Vec<PathBuf>,
        interrupt: &mut Interrupt,
    ) -> Result<Vec<(TempPath, &'a Path)>, CliError> {
        let mut staged = Vec::new();
        for file in self.files.iter().filter(|file| file.change != Change::Same) {
            if interrupt.has_come().await {
                return Err(CliError::new("interrupted").hint("nothing was written"));
            }
            let dir = file.path.parent().unwrap_or(&self.out);
            make_dir(dir, made)?;
            let temporary = temporary(dir, file).map_err(|error| CliError::file("write", &file.path, &error))?;
            staged.push((temporary, file.path.as_path()));
        }
        Ok(staged)
    }
}

/// A file with the text, closed, so that many of them do not exhaust what a process may open.
fn temporary(dir: &Path, planned: &PlannedFile) -> io::Result<TempPath> {
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
    Ok(file.into_temp_path())
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

/// Refuses to write to what is, or lies below, something else than a directory.
fn refuse_no_directory(out: &Path) -> Result<(), CliError> {
    if out == Path::new("-") {
        return Err(CliError::new("--out names a directory, and `-` stands for standard output")
            .hint("a directory of that name is written `./-`"));
    }
    match out.ancestors().find(|path| fs::metadata(path).is_ok_and(|meta| !meta.is_dir())) {
        None => Ok(()),
        Some(other) => {
            Err(CliError::new(format!("{} is not a directory", shown(other))).hint("name another directory with --out"))
        }
    }
}

/// Refuses to write a kustomization beside one of another name, since nothing builds with both.
fn refuse_second_kustomization(path: &Path) -> Result<(), CliError> {
    if path.file_name().is_none_or(|name| name != "kustomization.yaml") {
        return Ok(());
    }
    // The other names that kustomize knows. On some disks they differ by letters of another size only.
    let others = ["kustomization.yml", "Kustomization"].map(|name| path.with_file_name(name));
    match others.iter().find(|other| fs::symlink_metadata(other).is_ok()) {
        None => Ok(()),
        Some(other) => Err(CliError::new(format!(
            "{} is there already, and nothing builds with a second kustomization beside it",
            shown(other)
        ))
        .hint("remove it, or name another directory with --out")),
    }
}

/// Refuses a path below `out` on which a symbolic link stands, which may lead anywhere, something
/// that is read without an end, or a file where a directory has to be and the reverse.
fn refuse_strange(out: &Path, relative: &str) -> Result<(), CliError> {
    let mut path = out.to_owned();
    let mut parts = relative.split('/').peekable();
    while let Some(part) = parts.next() {
        path.push(part);
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        let problem = if meta.is_symlink() {
            "is a symbolic link, which is not written through"
        } else if !meta.is_dir() && !meta.is_file() {
            "is neither a file nor a directory"
        } else if parts.peek().is_some() && !meta.is_dir() {
            "is not a directory"
        } else if parts.peek().is_none() && meta.is_dir() {
            "is a directory"
        } else {
            continue;
        };
        return Err(CliError::new(format!("{} {problem}", shown(&path)))
            .hint("remove it, or name another directory with --out"));
    }
    Ok(())
}

/// A path, safe to print.
pub fn shown(path: &Path) -> String {
    printable(&path.display().to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use seldon_central_core::{
        desired::build,
        overlay::{Flux, Form, SourceKind, render},
        profile::{Profile, Surroundings, resolve},
    };

    use super::*;

    fn tree() -> FileTree {
        render_of("tenants: [{namespace: fin}]", &Form::Kustomize)
    }

    fn render_of(profile: &str, form: &Form) -> FileTree {
        let profile = Profile::from_yaml(profile).unwrap();
        render(&build(&resolve(&profile, &Surroundings::default()).unwrap()), form)
    }

    fn changes(plan: &FilePlan, change: Change) -> usize {
        plan.files.iter().filter(|file| file.change == change).count()
    }

    fn write(plan: &FilePlan) -> Result<(), CliError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { plan.write(&mut Interrupt::listen().unwrap()).await })
    }

    #[test]
    fn a_tree_is_written_and_then_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("a/b");
        let plan = FilePlan::new(&out, &tree()).unwrap();
        assert_eq!(changes(&plan, Change::Create), plan.files.len());
        write(&plan).unwrap();
        let again = FilePlan::new(&out, &tree()).unwrap();
        assert_eq!(changes(&again, Change::Same), again.files.len());
        assert_eq!(fs::read_dir(&out).unwrap().count(), again.files.len());
    }

    #[test]
    fn an_edited_file_differs_and_a_strangers_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        write(&FilePlan::new(dir.path(), &tree()).unwrap()).unwrap();
        fs::write(dir.path().join("namespace-fin.yaml"), "edited\n").unwrap();
        fs::write(dir.path().join("mine.yaml"), "a: 1\n").unwrap();
        let plan = FilePlan::new(dir.path(), &tree()).unwrap();
        let differing: Vec<_> = plan.differing().collect();
        assert_eq!(differing.len(), 1);
        assert!(differing[0].diff().contains("-edited"));
        assert_eq!(plan.strangers, [dir.path().join("mine.yaml")]);
    }

    #[test]
    fn directories_of_tenants_that_are_gone_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let three = "tenants: [{namespace: a}, {namespace: b}, {namespace: c}]";
        let two = "tenants: [{namespace: a}, {namespace: c}]";
        let one = "tenants: [{namespace: a}]";
        for form in [Form::Kustomize, Form::Yaml, flux()] {
            let out = dir.path().join(format!("{form:?}").split(['(', ' ']).next().unwrap());
            write(&FilePlan::new(&out, &render_of(three, &form)).unwrap()).unwrap();
            // Somebody else's directory is not.
            fs::create_dir_all(out.join("mine")).unwrap();
            fs::write(out.join("mine/b.yaml"), "a: 1\n").unwrap();
            let strangers = |profile| -> Vec<PathBuf> {
                let plan = FilePlan::new(&out, &render_of(profile, &form)).unwrap();
                plan.strangers.into_iter().filter(|path| path.parent() == Some(&out)).collect()
            };
            assert_eq!(strangers(three), [] as [PathBuf; 0], "{form:?}");
            assert_eq!(strangers(two), [out.join("b")], "{form:?}");
            assert_eq!(strangers(one), ["a", "b", "c"].map(|name| out.join(name)), "{form:?}");
        }
    }

    fn flux() -> Form {
        Form::Flux(Flux {
            path: "tenants".parse().unwrap(),
            source_kind: SourceKind::GitRepository,
            source: "flux-system".parse().unwrap(),
            namespace: "flux-system".parse().unwrap(),
        })
    }

    #[test]
    fn a_second_kustomization_is_refused() {
        for other in ["kustomization.yml", "Kustomization"] {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join(other), "resources: []\n").unwrap();
            let error = FilePlan::new(dir.path(), &tree()).unwrap_err();
            assert!(error.message.contains(other) && error.message.contains("a second kustomization"), "{error}");
            // Files without one do no harm.
            FilePlan::new(dir.path(), &render_of("tenants: [{namespace: fin}]", &Form::Yaml)).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("namespace-fin.yaml");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let error = FilePlan::new(dir.path(), &tree()).unwrap_err();
        assert!(error.message.ends_with("namespace-fin.yaml is neither a file nor a directory"), "{error}");
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
        assert!(write(&plan).is_err());
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
