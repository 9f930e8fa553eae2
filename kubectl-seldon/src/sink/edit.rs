//! Files of somebody's, given other texts: each is whole at any time, keeps its permissions, and is not
//! touched when it changed meanwhile.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::TempPath;

use super::files::shown;
use crate::{error::CliError, interrupt::Interrupt};

/// One file that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The file.
    pub path: PathBuf,
    /// Its text as it was read; `None` when it is new.
    pub old: Option<String>,
    /// Its text from now on; `None` when it goes.
    pub new: Option<String>,
}

/// Makes all these edits. Every text is on the disk before the first file gets its name.
///
/// # Errors
/// When a file is not what was read, or cannot be written; what was written by then and what was not is
/// said.
pub async fn write(edits: &[Edit], interrupt: &mut Interrupt) -> Result<(), CliError> {
    let nothing = |error: CliError| error.hint("nothing was written");
    let mut staged = Vec::new();
    for edit in edits {
        if interrupt.has_come().await {
            return Err(nothing(CliError::new("interrupted")));
        }
        let text = unchanged(edit).and_then(|()| edit.stage()).map_err(nothing)?;
        staged.push(text);
    }
    for (index, (edit, text)) in edits.iter().zip(staged).enumerate() {
        if let Err(error) = edit.finish(text) {
            return Err(half_done(error, edits, index));
        }
    }
    Ok(())
}

/// Whether a file still is what was read.
fn unchanged(edit: &Edit) -> Result<(), CliError> {
    let found = match fs::symlink_metadata(&edit.path) {
        Ok(meta) if meta.is_file() => Some(fs::read(&edit.path).map_err(|error| cannot(edit, &error))?),
        Ok(_) => return Err(CliError::new(format!("{} is no file any more", shown(&edit.path)))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(cannot(edit, &error)),
    };
    if found.as_deref() == edit.old.as_deref().map(str::as_bytes) {
        return Ok(());
    }
    Err(CliError::new(format!("{} was changed by somebody else in the meantime", shown(&edit.path)))
        .hint("the same command looks at it again"))
}

impl Edit {
    /// The new text in a file beside the one that it is for.
    fn stage(&self) -> Result<Option<TempPath>, CliError> {
        let Some(text) = &self.new else { return Ok(None) };
        let stage = || -> io::Result<TempPath> {
            let dir = self.path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let mut builder = tempfile::Builder::new();
            builder.prefix(".kubectl-seldon-");
            #[cfg(unix)]
            if self.old.is_none() {
                use std::os::unix::fs::PermissionsExt;
                builder.permissions(fs::Permissions::from_mode(0o666));
            }
            let mut file = builder.tempfile_in(dir)?;
            file.write_all(text.as_bytes())?;
            if self.old.is_some() {
                file.as_file().set_permissions(fs::metadata(&self.path)?.permissions())?;
            }
            file.as_file().sync_all()?;
            Ok(file.into_temp_path())
        };
        stage().map(Some).map_err(|error| cannot(self, &error))
    }

    fn finish(&self, text: Option<TempPath>) -> Result<(), CliError> {
        match text {
            Some(text) => text.persist(&self.path).map_err(|error| cannot(self, &error.error)),
            None => fs::remove_file(&self.path).map_err(|error| cannot(self, &error)),
        }
    }
}

fn cannot(edit: &Edit, error: &io::Error) -> CliError {
    CliError::file("write", &edit.path, error)
}

fn half_done(error: CliError, edits: &[Edit], done: usize) -> CliError {
    let names = |edits: &[Edit]| edits.iter().map(|edit| shown(&edit.path)).collect::<Vec<_>>().join(", ");
    let (written, open) = edits.split_at(done.min(edits.len()));
    let error = match written {
        [] => error.hint("nothing was written"),
        written => error.hint(format!("written: {}", names(written))),
    };
    error.hint(format!("not written: {}", names(open))).hint("the same command finishes it")
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn edit(path: &Path, old: Option<&str>, new: Option<&str>) -> Edit {
        Edit { path: path.to_owned(), old: old.map(str::to_owned), new: new.map(str::to_owned) }
    }

    fn write(edits: &[Edit]) -> Result<(), CliError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { super::write(edits, &mut Interrupt::listen().unwrap()).await })
    }

    #[test]
    fn files_change_come_and_go_and_keep_their_permissions() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("a"), "old").unwrap();
        fs::set_permissions(path("a"), fs::Permissions::from_mode(0o640)).unwrap();
        fs::write(path("b"), "gone").unwrap();
        let edits = [
            edit(&path("a"), Some("old"), Some("new")),
            edit(&path("b"), Some("gone"), None),
            edit(&path("c"), None, Some("made")),
        ];
        write(&edits).unwrap();
        assert_eq!(fs::read_to_string(path("a")).unwrap(), "new");
        assert_eq!(fs::metadata(path("a")).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_to_string(path("c")).unwrap(), "made");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn one_file_that_changed_meanwhile_keeps_all_as_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        fs::write(&a, "old").unwrap();
        fs::write(&b, "touched").unwrap();
        let error = write(&[edit(&a, Some("old"), Some("new")), edit(&b, Some("old"), Some("new"))]).unwrap_err();
        assert!(error.message.ends_with("b was changed by somebody else in the meantime"), "{error}");
        assert_eq!(fs::read_to_string(&a).unwrap(), "old");
        assert!(write(&[edit(&dir.path().join("c"), Some("old"), Some("new"))]).is_err(), "it is gone");
        fs::write(dir.path().join("d"), "there").unwrap();
        assert!(write(&[edit(&dir.path().join("d"), None, Some("new"))]).is_err(), "somebody made it");
        std::os::unix::fs::symlink(&a, dir.path().join("e")).unwrap();
        assert!(write(&[edit(&dir.path().join("e"), Some("old"), Some("new"))]).is_err(), "it is a link");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 4, "no temporary file is left");
    }
}
