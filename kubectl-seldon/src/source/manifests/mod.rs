//! Reading manifests from files, directories and standard input.

mod walk;

use std::path::{Path, PathBuf};

use seldon_central_core::{
    manifest::{self, Texts},
    snapshot::Observed,
};

use super::profile::read_text;
use crate::{error::CliError, sink::files::shown};

/// Largest input altogether, in bytes. Ten thousand objects are a twentieth of it.
const MAX_TOTAL: usize = 256 << 20;

/// What was read.
#[derive(Debug, Default)]
pub struct Found {
    /// The objects, in the order of their files.
    pub objects: Vec<Observed>,
    /// How many documents are no Kubernetes objects.
    pub skipped: usize,
    /// The texts, by the paths in the objects' origins.
    pub texts: Texts,
}

/// Reads everything named, directories with all they hold. What is named twice is read once.
///
/// # Errors
/// When something cannot be read, is broken, too large or a link that leads out of a directory.
pub fn read(paths: &[PathBuf]) -> Result<Found, CliError> {
    let mut found = Found::default();
    let mut total = 0;
    for path in paths {
        let tree = walk::files(path)?;
        found.skipped += tree.templates;
        for file in tree.files {
            let name = file.display().to_string();
            if found.texts.get(&name).is_some() {
                continue;
            }
            let text = read_text(&file)?;
            total += text.len();
            check_total(total, path)?;
            let read = manifest::read(&name, &text)?;
            found.objects.extend(read.objects);
            found.skipped += read.skipped;
            found.texts.insert(name, text);
        }
    }
    Ok(found)
}

fn check_total(total: usize, path: &Path) -> Result<(), CliError> {
    if total <= MAX_TOTAL {
        return Ok(());
    }
    let limit = MAX_TOTAL >> 20;
    Err(CliError::new(format!("the manifests come to more than {limit} MiB at {}", shown(path)))
        .hint("name the directories that hold manifests, a part at a time"))
}
