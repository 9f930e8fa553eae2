//! `kubectl seldon fix -f BASE --emit`: what lies over a base that nobody may edit.

mod bases;
mod corpus;
mod handles;
mod rules;
mod stale;

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::harness::{
    kubectl::{Kubectl, Output},
    plan::Plan,
};

pub(super) fn add(plan: &mut Plan) {
    rules::add(plan);
    bases::add(plan);
    stale::add(plan);
    handles::add(plan);
    corpus::add(plan);
}

/// A tenant's base in `base`: its scheduler on, its Model's requirement misspelled, and no alias.
pub(super) fn broken() -> TempDir {
    let dir = TempDir::new().unwrap();
    let model = "income=gs://bucket/income,sklearn";
    let arguments = ["onboard", "fin", "--emit", "kustomize", "--out", "base", "--model", model];
    Kubectl::new().dir(dir.path()).seldon(arguments).succeeds();
    edit(&dir.path().join("base/seldonruntime-fin-runtime.yaml"), "replicas: 0\n", "replicas: 1\n");
    edit(&dir.path().join("base/model-income.yaml"), "- sklearn", "- scikit-learn");
    fs::remove_file(dir.path().join("base/service-seldon-scheduler.yaml")).unwrap();
    edit(&dir.path().join("base/kustomization.yaml"), "- service-seldon-scheduler.yaml\n", "");
    dir
}

/// Replaces the last occurrence of a text in a file.
pub(super) fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    let (before, after) = text.rsplit_once(from).unwrap_or_else(|| panic!("no `{from}` in {text}"));
    fs::write(file, format!("{before}{to}{after}")).unwrap();
}

/// Lays an overlay over `base` in `over`, with everything that may be repaired.
pub(super) fn lay(dir: &Path, form: &str, arguments: &[&str]) -> Output {
    let all = ["fix", "-f", "base", "--unsafe", "--emit", form, "--out", "over"];
    Kubectl::new().dir(dir).seldon(all.iter().chain(arguments))
}

pub(super) fn build(dir: &Path, place: &str) -> Output {
    Kubectl::new().dir(dir).run(["kustomize", place])
}

pub(super) fn verify(dir: &Path, arguments: &[&str]) -> Output {
    Kubectl::new().dir(dir).seldon(["verify", "-f"].iter().chain(arguments))
}

/// Writes files.
pub(super) fn write(dir: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let file = dir.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
}
