//! Reading manifests from files, directories and standard input.

mod walk;

use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use seldon_central_core::{
    kustomize::{Batch, Kustomizations, Tree, examine, normal},
    manifest::{self, Manifests, Texts},
    overlay::marked,
    snapshot::Observed,
};

pub use super::kustomize::Builds;
use super::{kustomize::Forest, profile::read_text, unwritten::Unwritten};
use crate::{error::CliError, sink::files::shown};

/// Largest input altogether, in bytes. Ten thousand objects are a twentieth of it.
const MAX_TOTAL: usize = 256 << 20;

/// What was read.
#[derive(Debug, Default)]
pub struct Found {
    /// The objects: those that kustomizations give, then those of other files.
    pub objects: Vec<Observed>,
    /// The objects of other clusters: the same names as above, and other objects.
    pub elsewhere: Vec<Batch>,
    /// How many documents are no Kubernetes objects.
    pub skipped: usize,
    /// The texts, by the paths in the objects' origins.
    pub texts: Texts,
    /// The kustomizations, and what came of building them.
    pub kustomizations: Kustomizations,
    /// What the kustomizations say.
    pub tree: Tree,
}

/// What was read, file by file.
#[derive(Debug, Default)]
struct Files {
    manifests: Vec<String>,
    kustomizations: Vec<PathBuf>,
    templates: usize,
    texts: Texts,
    total: usize,
    /// A directory whose overlay is not read.
    except: Option<PathBuf>,
}

/// Reads everything named, directories with all they hold. What is named twice is read once. The
/// kustomizations of directories are built, as far as nothing has to be fetched for it or that is
/// allowed. An overlay of this tool in the directory `except` is not read.
///
/// # Errors
/// When something cannot be read, is broken, too large or a link that leads out of a directory.
pub fn read(paths: &[PathBuf], allow_remote: bool, except: Option<&Path>) -> Result<Found, CliError> {
    read_as(paths, allow_remote, except, &Unwritten::default(), &mut Builds::default())
}

/// The same as it would be with changes that are not written yet. What was built before is not built
/// again.
///
/// # Errors
/// As for [`read`].
pub fn read_as(
    paths: &[PathBuf],
    allow_remote: bool,
    except: Option<&Path>,
    unwritten: &Unwritten,
    builds: &mut Builds,
) -> Result<Found, CliError> {
    let except = except.and_then(|dir| dir.canonicalize().ok());
    let mut files = Files { except, ..Files::default() };
    for path in paths {
        let mut tree = walk::files(path)?;
        tree.files.extend(unwritten.made_below(path));
        tree.files.sort();
        files.templates += tree.templates;
        for file in &tree.files {
            let name = files.read(file, path, unwritten)?;
            files.manifests.extend(name);
        }
        for file in tree.kustomizations {
            // Whether it is one is for kustomize to say.
            if files.read(&file, path, unwritten)?.is_some() {
                files.kustomizations.push(file);
            }
        }
    }
    let Files { manifests, kustomizations, templates, mut texts, .. } = files;
    let manifests = parsed(&manifests, &texts)?;
    if kustomizations.is_empty() {
        let skipped = manifests.iter().map(|(_, read)| read.skipped).sum::<usize>() + templates;
        let objects = manifests.into_iter().flat_map(|(_, read)| read.objects).collect();
        return Ok(Found { objects, skipped, texts, ..Found::default() });
    }
    let forest = Forest::read(&kustomizations, unwritten, &mut texts);
    let parts = forest.tree.parts();
    let raw: Vec<Manifests> =
        manifests.into_iter().filter(|(name, _)| !parts.contains(name)).map(|(_, read)| read).collect();
    let skipped = raw.iter().map(|read| read.skipped).sum::<usize>() + templates;
    let raw = raw.into_iter().flat_map(|read| read.objects).collect();
    let (kustomizations, batches) = examine(&forest.tree, &forest.build(allow_remote, builds), raw);
    let mut batches = batches.into_iter();
    let Batch { objects, traces } = batches.next().unwrap_or_default();
    let texts = texts.with_traces(traces);
    Ok(Found { objects, elsewhere: batches.collect(), skipped, texts, kustomizations, tree: forest.tree })
}

impl Files {
    /// Reads a file and gives the path by which it is known; `None` when it was read before.
    fn read(&mut self, file: &Path, named: &Path, unwritten: &Unwritten) -> Result<Option<String>, CliError> {
        let name = normal(&file.display().to_string());
        if self.texts.get(&name).is_some() {
            return Ok(None);
        }
        let text = match unwritten.get(file) {
            Some(Some(text)) => text.to_owned(),
            Some(None) => return Ok(None),
            None => read_text(file)?,
        };
        if self.is_excepted(file, &text) {
            return Ok(None);
        }
        self.total += text.len();
        check_total(self.total, named)?;
        self.texts.insert(name.clone(), text);
        Ok(Some(name))
    }
}

/// The manifests in these files. They are parsed by as many threads as there are processors, and the
/// first file that is broken is told, as if one had come after the other.
fn parsed(names: &[String], texts: &Texts) -> Result<Vec<(String, Manifests)>, CliError> {
    let parse = |name: &String| manifest::read(name, texts.get(name).unwrap_or_default());
    let read: Vec<_> = names.par_iter().map(parse).collect();
    names.iter().zip(read).map(|(name, read)| Ok((name.clone(), read?))).collect()
}

impl Files {
    /// Whether a file is of the overlay that is not read.
    fn is_excepted(&self, file: &Path, text: &str) -> bool {
        let Some(except) = &self.except else { return false };
        marked(text).is_some() && file.canonicalize().is_ok_and(|file| file.starts_with(except))
    }
}

fn check_total(total: usize, path: &Path) -> Result<(), CliError> {
    if total <= MAX_TOTAL {
        return Ok(());
    }
    let limit = MAX_TOTAL >> 20;
    Err(CliError::new(format!("the manifests come to more than {limit} MiB at {}", shown(path)))
        .hint("name the directories that hold manifests, a part at a time"))
}
