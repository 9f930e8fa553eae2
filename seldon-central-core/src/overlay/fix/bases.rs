//! Which repairs lie over which base.

use std::collections::BTreeSet;

use crate::{
    fix::{Step, Write},
    kustomize::Kustomizations,
    object::ObjectId,
    resource::{Resource, SELDON_RUNTIME, SERVER},
    snapshot::{Origin, Snapshot},
};

/// A base and the repairs that lie over it.
#[derive(Debug, Clone, PartialEq)]
pub struct Laid {
    /// What gives the objects of the base.
    pub base: Base,
    /// The repairs.
    pub steps: Vec<Step>,
}

/// What gives the objects of a base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// A directory with a kustomization.
    Directory(String),
    /// Files that no kustomization names.
    Files(Vec<String>),
}

/// Repairs, sorted by the entry points whose objects they change. `plans` are about the batches of
/// [`examine`](crate::kustomize::examine) in their order. What is missing goes where its namespace's
/// `SeldonRuntime` is, else its Server, else anything of it. Without an entry point the files are the
/// base, as `snapshot` has them.
/// The second list has those that no entry point gives an object for.
pub fn sorted(snapshot: &Snapshot, plans: &[Vec<Step>]) -> (Vec<Laid>, Vec<Step>) {
    let entries = entries(snapshot.kustomizations());
    if entries.is_empty() {
        let steps: Vec<Step> = plans.iter().flatten().cloned().collect();
        let laid = Laid { base: Base::Files(files(snapshot)), steps };
        return (if laid.steps.is_empty() { Vec::new() } else { vec![laid] }, Vec::new());
    }
    let (mut laid, mut lost): (Vec<Laid>, Vec<Step>) = (
        entries.iter().map(|entry| Laid { base: Base::Directory(entry.dir.to_owned()), steps: Vec::new() }).collect(),
        Vec::new(),
    );
    for (batch, steps) in plans.iter().enumerate() {
        for step in steps {
            let homes = homes(&entries, batch, step);
            if homes.is_empty() {
                lost.push(step.clone());
            }
            for (one, _) in laid.iter_mut().zip(&entries).filter(|(_, entry)| homes.contains(entry.dir)) {
                one.steps.push(step.clone());
            }
        }
    }
    laid.retain(|one| !one.steps.is_empty());
    (laid, lost)
}

struct Entry<'a> {
    dir: &'a str,
    batch: usize,
    objects: &'a BTreeSet<ObjectId>,
}

fn entries(kustomizations: &Kustomizations) -> Vec<Entry<'_>> {
    let built = kustomizations.seen().iter().filter_map(|seen| Some((seen, seen.given.as_ref()?)));
    let entries = built.map(|(seen, given)| Entry {
        dir: seen.observed.object.name(),
        batch: given.batch,
        objects: &given.objects,
    });
    entries.collect()
}

/// The entry points that a step is for.
fn homes<'a>(entries: &[Entry<'a>], batch: usize, step: &Step) -> BTreeSet<&'a str> {
    let own = || entries.iter().filter(|entry| entry.batch == batch);
    if step.write != Write::Create {
        return own().filter(|entry| entry.objects.contains(&step.object)).map(|entry| entry.dir).collect();
    }
    let home = step.object.home();
    let at_home = |kind: Option<&Resource>| {
        let has = |object: &ObjectId| {
            object.home() == home && kind.is_none_or(|kind| kind.matches(&object.api_version, &object.kind))
        };
        own().filter(|entry| entry.objects.iter().any(has)).map(|entry| entry.dir).collect::<BTreeSet<_>>()
    };
    let places = [Some(&SELDON_RUNTIME), Some(&SERVER), None].into_iter().map(at_home);
    places.into_iter().find(|dirs| !dirs.is_empty()).unwrap_or_default()
}

/// The files of all objects, each once.
fn files(snapshot: &Snapshot) -> Vec<String> {
    let paths = snapshot.objects().iter().filter_map(|observed| match &observed.origin {
        Origin::File { path, .. } => Some(path.clone()),
        _ => None,
    });
    paths.collect::<BTreeSet<_>>().into_iter().collect()
}
