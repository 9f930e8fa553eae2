//! A file that is whole or not there.

use std::{fs::Permissions, io::Write, path::Path};

use crate::error::CliError;

/// Writes a file through a temporary sibling, in place of the one of that name, for everybody who
/// may read what the user makes.
///
/// # Errors
/// When it cannot be written; the one of that name is then as it was.
pub fn write(path: &Path, text: &str) -> Result<(), CliError> {
    #[cfg(unix)]
    let permissions = Some(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    #[cfg(not(unix))]
    let permissions = None;
    replace(path, text, permissions)
}

/// The same with permissions, from which the user's mask is taken; without, nobody else reads it.
pub(super) fn replace(path: &Path, text: &str, permissions: Option<Permissions>) -> Result<(), CliError> {
    let cannot = |error: &std::io::Error| CliError::file("write", path, error);
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".kubectl-seldon-");
    if let Some(permissions) = permissions {
        builder.permissions(permissions);
    }
    let mut file = builder.tempfile_in(dir).map_err(|error| cannot(&error))?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(|error| cannot(&error))?;
    file.persist(path).map(drop).map_err(|error| cannot(&error.error))
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn others_may_read_it_and_nothing_else_is_left() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("a.json");
        fs::write(dir.path().join("b.json"), "by others").unwrap();
        fs::write(&path, "old").unwrap();
        write(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        let mode = |name: &str| fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode("a.json"), mode("b.json"));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
        let error = write(&dir.path().join("absent/a.json"), "new").unwrap_err();
        assert!(error.message.contains("a.json: no such file or directory"), "{error}");
    }
}
