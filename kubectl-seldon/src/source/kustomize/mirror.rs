//! Directories as they would be, in a temporary place.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use tempfile::TempDir;

/// The most that is copied, in bytes.
const MAX_BYTES: u64 = 256 << 20;

/// Directories below a temporary one, each where it is below the root of the disk, so that all ways from
/// one to another still lead there.
#[derive(Debug)]
pub(super) struct Mirror {
    /// Removed with the mirror.
    _own: TempDir,
    root: PathBuf,
    left: u64,
}

impl Mirror {
    /// Copies directories with all they hold. Paths are absolute and without links.
    pub(super) fn of<'a>(dirs: impl Iterator<Item = &'a PathBuf>) -> io::Result<Self> {
        let own = TempDir::new()?;
        let root = own.path().canonicalize()?;
        let mut mirror = Self { _own: own, root, left: MAX_BYTES };
        dirs.into_iter().try_for_each(|dir| mirror.copy(dir))?;
        Ok(mirror)
    }

    /// Where a path is in the mirror.
    pub(super) fn at(&self, path: &Path) -> PathBuf {
        let parts = path.components().filter(|part| matches!(part, Component::Normal(_)));
        parts.fold(self.root.clone(), |path, part| path.join(part))
    }

    /// A text without the mirror in the paths of it.
    pub(super) fn original(&self, text: &str) -> String {
        text.replace(&self.root.display().to_string(), "")
    }

    /// Gives a file another text, or takes it away.
    pub(super) fn change(&self, path: &Path, text: Option<&str>) -> io::Result<()> {
        let path = self.at(path);
        if fs::symlink_metadata(&path).is_ok() {
            fs::remove_file(&path)?;
        }
        let Some(text) = text else { return Ok(()) };
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, text)
    }

    fn copy(&mut self, dir: &Path) -> io::Result<()> {
        let to = self.at(dir);
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let (path, copy, kind) = (entry.path(), to.join(entry.file_name()), entry.file_type()?);
            if fs::symlink_metadata(&copy).is_ok() && !kind.is_dir() || entry.file_name() == ".git" {
                continue;
            }
            if kind.is_dir() {
                self.copy(&path)?;
            } else if kind.is_symlink() {
                link(&path, &copy)?;
            } else if kind.is_file() {
                let bytes = entry.metadata()?.len();
                self.left = self.left.checked_sub(bytes).ok_or_else(too_much)?;
                fs::copy(&path, &copy)?;
            }
        }
        Ok(())
    }
}

fn too_much() -> io::Error {
    let limit = MAX_BYTES >> 20;
    io::Error::other(format!("its directories hold more than {limit} MiB, so it is not built to prove a change"))
}

/// A link that leads where the other leads: in the mirror, unless it says where from the root.
#[cfg(unix)]
fn link(path: &Path, copy: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(fs::read_link(path)?, copy)
}

#[cfg(not(unix))]
fn link(path: &Path, copy: &Path) -> io::Result<()> {
    if path.is_file() { fs::copy(path, copy).map(drop) } else { Ok(()) }
}
