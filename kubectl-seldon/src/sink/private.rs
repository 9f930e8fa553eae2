//! A file that is whole or not there, and that only its owner reads.

use std::path::Path;

use crate::error::CliError;

/// Writes a file through a temporary sibling, in place of the one of that name.
///
/// # Errors
/// When it cannot be written; the one of that name is then as it was.
pub fn write(path: &Path, text: &str) -> Result<(), CliError> {
    // Temporary files are private from the start, and stay so under their new name.
    super::whole::replace(path, text, None)
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
        write(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        let error = write(&dir.path().join("absent/a.json"), "new").unwrap_err();
        assert!(error.message.contains("a.json: no such file or directory"), "{error}");
    }
}
