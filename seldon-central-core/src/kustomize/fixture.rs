//! Fixtures of rules about kustomizations: files, each under a comment with its path.

use std::collections::{BTreeMap, BTreeSet};

use super::{Build, Built, Tree, examine, join, model::FILE_NAMES, name};
use crate::{
    manifest::{self, Texts},
    name::Namespace,
    snapshot::{Observed, Snapshot},
};

/// The files of a fixture. A document that begins with no path is part of the file before it.
pub(crate) fn files(text: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::<String, String>::new();
    let mut current = String::new();
    for document in text.split("---\n") {
        let path = document.lines().next().and_then(|line| line.strip_prefix("# "));
        match path.filter(|path| !path.contains(' ') && path.contains(".yaml")) {
            Some(path) => current = path.to_owned(),
            None => files.entry(current.clone()).or_default().push_str("---\n"),
        }
        files.entry(current.clone()).or_default().push_str(document);
    }
    files
}

/// The manifests of a fixture as they are judged. A build that only lists files is made here; what
/// kustomize makes of patches is for the tests that run it.
pub(crate) fn snapshot(text: &str, control_plane: &Namespace) -> Snapshot {
    read(&files(text), control_plane).0
}

/// The same of any files, with their kustomizations.
pub(crate) fn read(files: &BTreeMap<String, String>, control_plane: &Namespace) -> (Snapshot, Tree) {
    let (mut tree, mut texts) = (Tree::default(), Texts::default());
    for (path, text) in files {
        texts.insert(path.clone(), text.as_str());
        if FILE_NAMES.contains(&name(path)) {
            tree.add_kustomization(path, text, true);
        } else {
            tree.add_file(path, text);
        }
    }
    let parts = tree.parts();
    let raw: Vec<Observed> = files
        .iter()
        .filter(|(path, _)| !parts.contains(*path))
        .flat_map(|(path, text)| manifest::read(path, text).unwrap().objects)
        .collect();
    let build = |dir: &str| {
        let mut built = Vec::new();
        for file in tree.reach(dir).into_iter().flat_map(|dir| resources(&tree, dir)) {
            let Some(text) = files.get(&file) else { return Build::Failed(format!("open {file}: no such file")) };
            let objects = manifest::read(&file, text).unwrap().objects;
            built.extend(objects.into_iter().map(|one| Built { object: one.object, file: Some(file.clone()) }));
        }
        let mut ids = BTreeSet::new();
        let twice = built.iter().map(|built| built.object.id()).find(|id| !ids.insert(id.clone()));
        twice.map_or(Build::Built(built), |id| {
            Build::Failed(format!("may not add resource with an already registered id: {id}"))
        })
    };
    let builds = tree.entry_points().into_iter().map(|dir| (dir.to_owned(), build(dir))).collect();
    let (kustomizations, mut batches) = examine(&tree, &builds, raw);
    assert_eq!(batches.len(), 1, "a fixture is of one cluster");
    let batch = batches.remove(0);
    let snapshot = Snapshot::from_manifests(batch.objects, control_plane)
        .with_texts(texts.with_traces(batch.traces))
        .with_kustomizations(kustomizations);
    (snapshot, tree)
}

fn resources(tree: &Tree, dir: &str) -> Vec<String> {
    let node = tree.nodes.get(dir).unwrap();
    let named = node.kustomization.resources.iter().map(|entry| join(dir, &entry.value));
    named.filter(|path| !tree.nodes.contains_key(path)).collect()
}
