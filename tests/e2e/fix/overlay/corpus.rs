//! Overlays over the kustomizations of real repositories.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::build;
use crate::{
    corpus::built::{copy, entry_points, split, supply},
    harness::{data::Data, files::tree, kubectl::Kubectl, plan::Plan},
};

pub(super) fn add(plan: &mut Plan) {
    plan.local_with_data("fix::overlay::every_overlay_over_the_corpus_builds", every_overlay);
    plan.local_with_data("fix::overlay::every_overlay_over_plain_files_of_the_corpus_builds", every_directory);
}

fn every_overlay(data: &Data) {
    let corpus = data.corpus();
    let (mut laid, mut idle) = (Vec::new(), 0);
    for source in entry_points(&corpus) {
        let (root, place) = split(&corpus, &source);
        let dir = TempDir::new().unwrap();
        let tree_dir = dir.path().join("tree");
        copy(&root, &tree_dir);
        if supply(&tree_dir.join(&place)).is_err() {
            continue;
        }
        let before = tree(&tree_dir);
        let name = source.strip_prefix(&corpus).unwrap().display().to_string();
        let base = Path::new("tree").join(&place);
        let arguments = ["fix", "--unsafe", "--emit", "kustomize", "--out", "over", "-f"];
        let output = Kubectl::new()
            .program(Path::new(env!("CARGO_BIN_EXE_kubectl-seldon")))
            .dir(dir.path())
            .run(arguments.iter().map(AsRef::as_ref).chain([base.as_os_str()]));
        assert!([0, 1].contains(&output.status), "{name}: {output}");
        assert!(tree(&tree_dir) == before, "{name} was touched");
        if dir.path().join("over").exists() {
            build(dir.path(), "over").succeeds();
            laid.push(name);
        } else {
            idle += 1;
        }
    }
    assert!(laid.len() >= 2, "{laid:#?}, {idle} without");
}

/// Directories as if nobody had made kustomizations of them.
fn every_directory(data: &Data) {
    let mut laid = Vec::new();
    for source in directories(&data.corpus()) {
        let dir = TempDir::new().unwrap();
        for (name, bytes) in files(&source) {
            fs::write(dir.path().join(name), bytes).unwrap();
        }
        let before = tree(dir.path());
        let arguments = ["fix", "-f", ".", "--unsafe", "--emit", "kustomize", "--out", "."];
        let program = Kubectl::new().program(Path::new(env!("CARGO_BIN_EXE_kubectl-seldon")));
        let output = program.dir(dir.path()).run(arguments);
        assert!(!output.stderr.contains("panicked"), "{}: {output}", source.display());
        let after = tree(dir.path());
        assert!(before.iter().all(|(path, bytes)| after.get(path) == Some(bytes)), "{}", source.display());
        if after.len() > before.len() {
            build(dir.path(), ".").succeeds();
            laid.push(source);
        }
    }
    assert!(laid.len() >= 5, "{laid:#?}");
}

/// The directories with manifests of Seldon.
fn directories(dir: &Path) -> Vec<PathBuf> {
    let below = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let mut found: Vec<PathBuf> = below.flat_map(|dir| directories(&dir)).collect();
    let is_of_seldon = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).contains("mlops.seldon.io");
    if files(dir).iter().any(|(_, bytes)| is_of_seldon(bytes)) {
        found.push(dir.to_owned());
    }
    found
}

/// The manifests of a directory itself.
fn files(dir: &Path) -> Vec<(OsString, Vec<u8>)> {
    let paths = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let manifests =
        paths.filter(|path| path.is_file() && path.extension().is_some_and(|extension| extension == "yaml"));
    let manifests = manifests.filter(|path| !path.ends_with("kustomization.yaml"));
    manifests.map(|path| (path.file_name().unwrap().to_owned(), fs::read(path).unwrap())).collect()
}
