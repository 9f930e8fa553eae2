//! Reading manifests from files, directories and standard input.

use std::{
    fs,
    path::{Path, PathBuf},
};

use seldon_central_core::manifest::{self, Manifests};

use super::profile::read_text;
use crate::error::CliError;

/// Deepest directory that is looked into; a symbolic link to a directory is never followed.
const MAX_DEPTH: usize = 32;

/// Reads everything named, directories with all they hold.
///
/// # Errors
/// When something cannot be read or is no YAML.
pub fn read(paths: &[PathBuf]) -> Result<Manifests, CliError> {
    let mut all = Manifests::default();
    for path in paths {
        for file in files(path)? {
            let read = manifest::read(&file.display().to_string(), &read_text(&file)?)?;
            all.objects.extend(read.objects);
            all.skipped += read.skipped;
        }
    }
    Ok(all)
}

fn files(path: &Path) -> Result<Vec<PathBuf>, CliError> {
    if path == Path::new("-") || !fs::metadata(path).map_err(|error| CliError::file("read", path, &error))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    walk(path, 0, &mut found)?;
    found.sort();
    Ok(found)
}

fn walk(dir: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), CliError> {
    if depth > MAX_DEPTH {
        return Err(CliError::new(format!("{} is nested too deeply", crate::sink::files::shown(dir))));
    }
    for entry in fs::read_dir(dir).map_err(|error| CliError::file("read", dir, &error))? {
        let entry = entry.map_err(|error| CliError::file("read", dir, &error))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(|error| CliError::file("read", &path, &error))?;
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if kind.is_dir() && !hidden {
            walk(&path, depth + 1, found)?;
        } else if kind.is_file() && is_manifest(&path) {
            found.push(path);
        }
    }
    Ok(())
}

fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == *known))
}
