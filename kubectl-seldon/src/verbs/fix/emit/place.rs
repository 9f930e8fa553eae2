//! Where an overlay lies, and how it names its base.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use seldon_central_core::{
    kustomize::{join, name, normal, relative},
    overlay::{Base, Laid},
};

use crate::{cli::fix::FixForm, error::CliError, sink::files::shown};

/// One overlay of those that are written.
pub(super) struct Place {
    /// Its directory below --out; empty for --out itself.
    pub(super) dir: String,
    /// What gives the base, as it names it.
    pub(super) entries: Vec<String>,
    /// The base, for people; `None` for files.
    pub(super) base: Option<String>,
}

/// The places of overlays: --out itself or, of several, a directory of it for each.
///
/// # Errors
/// When kustomize would not read the base from there.
pub(super) fn of(laid: &[Laid], roots: &[PathBuf], out: &Path, form: FixForm) -> Result<Vec<Place>, CliError> {
    let dirs = dirs(laid, roots);
    let places = laid.iter().zip(dirs).map(|(one, dir)| {
        let at = absolute(&out.join(&dir))?;
        let (entries, base) = match &one.base {
            Base::Directory(base) => (vec![directory(base, &at, out, form)?], Some(base.clone())),
            Base::Files(files) => (below(files, &at, out, form)?, None),
        };
        Ok(Place { dir, entries, base })
    });
    places.collect()
}

/// The base as the overlay names it. kustomize follows no way back into what it builds.
fn directory(base: &str, at: &str, out: &Path, form: FixForm) -> Result<String, CliError> {
    let root = absolute(Path::new(base))?;
    let is_within = at == root || at.starts_with(&format!("{root}/"));
    if is_within && form != FixForm::Component {
        return Err(CliError::new(format!(
            "{} lies in its base {base}, and kustomize builds nothing from within itself",
            shown(out)
        ))
        .hint("name a directory outside of it with --out, or emit a component"));
    }
    Ok(relative(at, &root))
}

/// The files as the overlay names them. kustomize reads no file from outside of its own directory.
fn below(files: &[String], at: &str, out: &Path, form: FixForm) -> Result<Vec<String>, CliError> {
    let mut entries = Vec::new();
    for file in files {
        let entry = relative(at, &absolute(Path::new(file))?);
        if entry.starts_with("../") && form != FixForm::Component {
            return Err(CliError::new(format!(
                "{file} is outside of {}, and kustomize reads no file from outside of its own directory",
                shown(out)
            ))
            .hint(
                "put a kustomization.yaml with `resources:` beside the files, or name a directory with --out that holds \
                 them",
            ));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// A directory for each: the way from what was named, unless two are the same.
fn dirs(laid: &[Laid], roots: &[PathBuf]) -> Vec<String> {
    let bases: Vec<&str> = laid
        .iter()
        .map(|one| match &one.base {
            Base::Directory(dir) => dir.as_str(),
            Base::Files(_) => "",
        })
        .collect();
    if bases.len() < 2 {
        return vec![String::new(); bases.len()];
    }
    let short = |base: &&str| {
        let ways = roots.iter().filter_map(|root| Path::new(base).strip_prefix(root).ok());
        let way = ways.min_by_key(|way| way.components().count()).map(|way| way.display().to_string());
        way.filter(|way| !way.is_empty()).unwrap_or_else(|| name(base).to_owned())
    };
    let names: Vec<String> = bases.iter().map(short).collect();
    if names.iter().collect::<BTreeSet<_>>().len() == names.len() {
        return names;
    }
    bases.iter().map(|base| join("", base).trim_start_matches("../").trim_start_matches('/').to_owned()).collect()
}

/// A path that may not be there yet, without links in what is there.
pub(super) fn absolute(path: &Path) -> Result<String, CliError> {
    let cannot = |error: &std::io::Error| CliError::file("find", path, error);
    let whole = std::path::absolute(path).map_err(|error| cannot(&error))?;
    let whole = PathBuf::from(normal(&whole.display().to_string()));
    let there = whole.ancestors().find(|dir| dir.exists()).unwrap_or(Path::new("/"));
    let real = there.canonicalize().map_err(|error| cannot(&error))?;
    let rest = whole.strip_prefix(there).unwrap_or(Path::new(""));
    Ok(normal(&real.join(rest).display().to_string()))
}
