//! A file that is whole or not there.

use std::{io::Write, path::Path};

use tempfile::Builder;

use crate::error::CliError;

/// Writes a file that only its owner reads, in place of the one of that name.
///
/// # Errors
/// When it cannot be written; the one of that name is then as it was.
pub fn write_private(path: &Path, text: &str) -> Result<(), CliError> {
    // Temporary files are private from the start, and stay so under their new name.
    write(&mut Builder::new(), path, text)
}

/// The same for a file that others read as well.
///
/// # Errors
/// When it cannot be written; the one of that name is then as it was.
pub fn write_shared(path: &Path, text: &str) -> Result<(), CliError> {
    let mut builder = Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    write(&mut builder, path, text)
}

/// Writes through a temporary sibling.
fn write(builder: &mut Builder<'_, '_>, path: &Path, text: &str) -> Result<(), CliError> {
    let cannot = |error: &std::io::Error| CliError::file("write", path, error);
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = builder.prefix(".kubectl-seldon-").tempfile_in(dir).map_err(|error| cannot(&error))?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(|error| cannot(&error))?;
    file.persist(path).map(drop).map_err(|error| cannot(&error.error))
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn nobody_else_reads_it_and_nothing_else_is_left() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("a.json");
        fs::write(&path, "old").unwrap();
        write_private(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        write_shared(&path, "shared").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o700, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        let error = write_private(&dir.path().join("absent/a.json"), "new").unwrap_err();
        assert!(error.message.contains("a.json: no such file or directory"), "{error}");
    }
}
