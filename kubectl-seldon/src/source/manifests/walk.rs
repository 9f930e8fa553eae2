//! Which files of a directory are manifests.

use std::{
    fs,
    path::{Path, PathBuf},
};

use seldon_central_core::kustomize::FILE_NAMES;

use crate::{error::CliError, sink::files::shown};

/// Deepest directory that is looked into.
const MAX_DEPTH: usize = 32;
/// Most files of a directory.
const MAX_FILES: usize = 100_000;

/// The manifests below a path.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Files but for kustomizations, sorted.
    pub files: Vec<PathBuf>,
    /// Kustomizations, sorted.
    pub kustomizations: Vec<PathBuf>,
    /// How many templates of Helm charts there are, which are not read.
    pub templates: usize,
}

/// The manifests at a path: the file itself, which may be a kustomization, or every `.yaml`, `.yml` and `.json` of a directory, but
/// for hidden directories and the templates of Helm charts. Links to directories are not followed. A
/// link to a file is, unless it leads out of the directory.
///
/// # Errors
/// When a directory cannot be read, is too deep or too large, or a link leads out of it.
pub(super) fn files(path: &Path) -> Result<Tree, CliError> {
    let mut tree = Tree::default();
    if path == Path::new("-") || !fs::metadata(path).map_err(|error| CliError::file("read", path, &error))?.is_dir() {
        let is_kustomization = path.file_name().is_some_and(|name| FILE_NAMES.iter().any(|known| name == *known));
        let named = if is_kustomization { &mut tree.kustomizations } else { &mut tree.files };
        named.push(path.to_owned());
        return Ok(tree);
    }
    let root = path.canonicalize().map_err(|error| CliError::file("read", path, &error))?;
    walk(&root, path, 0, &mut tree)?;
    tree.files.sort();
    tree.kustomizations.sort();
    Ok(tree)
}

fn walk(root: &Path, dir: &Path, depth: usize, tree: &mut Tree) -> Result<(), CliError> {
    if depth > MAX_DEPTH {
        return Err(CliError::new(format!("{} is more than {MAX_DEPTH} directories deep", shown(dir))));
    }
    let is_chart = dir.join("Chart.yaml").is_file();
    for entry in fs::read_dir(dir).map_err(|error| CliError::file("read", dir, &error))? {
        let entry = entry.map_err(|error| CliError::file("read", dir, &error))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(|error| CliError::file("read", &path, &error))?;
        let name = entry.file_name();
        if kind.is_dir() && is_chart && name == "templates" {
            let mut templates = Tree::default();
            walk(root, &path, depth + 1, &mut templates)?;
            tree.templates += templates.files.len() + templates.kustomizations.len() + templates.templates;
        } else if kind.is_dir() && !name.to_string_lossy().starts_with('.') {
            walk(root, &path, depth + 1, tree)?;
        } else if kind.is_file() && FILE_NAMES.iter().any(|known| name == *known) {
            tree.kustomizations.push(path);
        } else if is_manifest(&path) && (kind.is_file() || (kind.is_symlink() && is_own(root, &path)?)) {
            tree.files.push(path);
        }
    }
    if tree.files.len() > MAX_FILES {
        return Err(CliError::new(format!("there are more than {MAX_FILES} files below {}", shown(root)))
            .hint("name the directories that hold manifests"));
    }
    Ok(())
}

/// Whether a link is to be read: not when it is one to a directory, nor when its target is in the
/// tree as a manifest of its own.
fn is_own(root: &Path, link: &Path) -> Result<bool, CliError> {
    let target = link.canonicalize().map_err(|error| CliError::file("follow the link", link, &error))?;
    if target.is_dir() {
        return Ok(false);
    }
    let Ok(inside) = target.strip_prefix(root) else {
        return Err(CliError::new(format!("{} is a link that leads out of {}", shown(link), shown(root)))
            .hint("name its target, if it is to be judged"));
    };
    let hidden = inside.parent().into_iter().flatten().any(|part| part.to_string_lossy().starts_with('.'));
    Ok(hidden || !is_manifest(&target))
}

fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == *known))
}
