//! What an overlay may lie over, and what becomes of its files.

use std::fs;

use tempfile::TempDir;

use super::{broken, build, edit, lay, verify, write};
use crate::harness::{
    files::{by_identity, objects, tree},
    kubectl::{self, Kubectl},
    plan::Plan,
};

pub(super) fn add(plan: &mut Plan) {
    plan.local("fix::overlay::base_stays_and_its_findings_go", base_stays);
    plan.local("fix::overlay::what_was_edited_is_kept", edited);
    plan.local("fix::overlay::files_of_others_are_never_replaced", files_of_others);
    plan.local("fix::overlay::files_without_a_kustomization_are_listed_from_above", plain_files);
    plan.local("fix::overlay::each_entry_point_has_an_overlay", entry_points);
    plan.local("fix::overlay::a_base_that_cannot_be_laid_over_is_refused", refused);
    plan.local("fix::overlay::component_repairs_what_its_user_builds", component);
    plan.local("fix::overlay::nothing_to_do_writes_nothing", nothing);
}

fn base_stays() {
    let dir = broken();
    let base = tree(&dir.path().join("base"));
    verify(dir.path(), &["base"]).ends_with(1);
    let said = lay(dir.path(), "kustomize", &["--dry-run"]).succeeds();
    assert!(said.stdout.lines().all(|line| line.ends_with(" created (dry run)")), "{said}");
    assert!(!dir.path().join("over").exists());
    lay(dir.path(), "kustomize", &["--diff"]).ends_with(1);
    lay(dir.path(), "kustomize", &[]).succeeds().says(&["note: apply over in place of base"]);
    assert!(tree(&dir.path().join("base")) == base, "the base was touched");
    let written = tree(&dir.path().join("over"));
    verify(dir.path(), &["over", "-f", "base"]).succeeds();
    let one = by_identity(objects(&build(dir.path(), "over").succeeds().stdout));
    for version in kubectl::versions() {
        let output = Kubectl::new().program(&version).dir(dir.path()).run(["kustomize", "over"]).succeeds();
        assert_eq!(output.stderr, "", "{output}");
        assert!(by_identity(objects(&output.stdout)) == one, "{} builds something else", version.display());
    }
    for (arguments, word) in [(&[][..], "unchanged"), (&["--overwrite"], "unchanged")] {
        let again = lay(dir.path(), "kustomize", arguments).succeeds();
        assert!(again.stdout.lines().all(|line| line.ends_with(word)), "{again}");
    }
    lay(dir.path(), "kustomize", &["--diff"]).succeeds();
    assert!(tree(&dir.path().join("over")) == written);
}

fn edited() {
    let dir = broken();
    lay(dir.path(), "kustomize", &[]).succeeds();
    let file = dir.path().join("over/fin/patch-model-income.yaml");
    let text = fs::read_to_string(&file).unwrap();
    edit(&file, "value: sklearn", "value: mlflow");
    lay(dir.path(), "kustomize", &[])
        .ends_with(2)
        .says(&["-  value: mlflow\n+  value: sklearn\n", "1 file in over differs; nothing was written"]);
    assert!(fs::read_to_string(&file).unwrap().contains("mlflow"));
    lay(dir.path(), "kustomize", &["--overwrite"]).succeeds();
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

fn files_of_others() {
    let dir = broken();
    write(dir.path(), &[("over/kustomization.yaml", "resources: [mine.yaml]\n"), ("over/mine.yaml", "a: 1\n")]);
    let before = tree(&dir.path().join("over"));
    lay(dir.path(), "kustomize", &["--overwrite"])
        .ends_with(2)
        .says(&["over/kustomization.yaml is not part of an overlay that this tool wrote"]);
    assert!(tree(&dir.path().join("over")) == before);
}

fn plain_files() {
    let dir = broken();
    fs::remove_file(dir.path().join("base/kustomization.yaml")).unwrap();
    lay(dir.path(), "kustomize", &[])
        .ends_with(2)
        .says(&["is outside of over, and kustomize reads no file from outside", "put a kustomization.yaml"]);
    assert!(!dir.path().join("over").exists());
    let before = tree(&dir.path().join("base"));
    let above = ["fix", "-f", "base", "--unsafe", "--emit", "kustomize", "--out", "."];
    Kubectl::new().dir(dir.path()).seldon(above).succeeds();
    assert!(tree(&dir.path().join("base")) == before, "the base was touched");
    build(dir.path(), ".").succeeds();
    verify(dir.path(), &["."]).succeeds();
    let again = Kubectl::new().dir(dir.path()).seldon(above).succeeds();
    assert!(again.stdout.lines().all(|line| line.ends_with(" unchanged")), "{again}");
    let beside = ["fix", "-f", "base", "--unsafe", "--emit", "kustomize", "--out", "base"];
    let same = Kubectl::new().dir(dir.path()).seldon(beside).succeeds();
    assert!(same.stdout.contains("base/kustomization.yaml created"), "{same}");
    build(dir.path(), "base").succeeds();
    let again = Kubectl::new().dir(dir.path()).seldon(beside).succeeds();
    assert!(again.stdout.lines().all(|line| line.ends_with(" unchanged")), "{again}");
}

const RUNTIME: &str = "apiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonRuntime\nmetadata: {name: r, namespace: fin}\n\
                       spec: {seldonConfig: default, overrides: [{name: seldon-scheduler, replicas: 1}]}\n";
const ALIAS: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: seldon-scheduler, namespace: fin}\nspec: {type: \
                     ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}\n";

/// Two clusters give the same names other contents, and one of them is well.
fn entry_points() {
    let dir = TempDir::new().unwrap();
    let patch = |value: u8| {
        format!(
            "resources: [../../shared]\npatches:\n- target: {{kind: SeldonRuntime}}\n  patch: |\n    - {{op: add, path: \
             /spec/overrides/0/replicas, value: {value}}}\n"
        )
    };
    write(
        dir.path(),
        &[
            ("base/shared/kustomization.yaml", "resources: [r.yaml, s.yaml]\n"),
            ("base/shared/r.yaml", RUNTIME),
            ("base/shared/s.yaml", ALIAS),
            ("base/clusters/dev/kustomization.yaml", &patch(1)),
            ("base/clusters/prod/kustomization.yaml", &patch(2)),
        ],
    );
    lay(dir.path(), "kustomize", &["--select", "SCS0204"]);
    for cluster in ["dev", "prod"] {
        let built = build(dir.path(), &format!("over/clusters/{cluster}")).succeeds();
        assert!(built.stdout.contains("replicas: 0"), "{built}");
    }
    verify(dir.path(), &["over", "-f", "base", "--select", "SCS0204"]).succeeds();
    edit(&dir.path().join("base/clusters/prod/kustomization.yaml"), "value: 2", "value: 0");
    fs::remove_dir_all(dir.path().join("over")).unwrap();
    lay(dir.path(), "kustomize", &["--select", "SCS0204"]);
    assert!(build(dir.path(), "over").succeeds().stdout.contains("replicas: 0"));
}

fn refused() {
    let dir = broken();
    let fix = |arguments: &[&str]| {
        let all = ["fix", "--unsafe", "--emit"].iter().chain(arguments);
        Kubectl::new().dir(dir.path()).seldon(all)
    };
    fix(&["kustomize", "-f", "base", "--out", "base/over"])
        .ends_with(2)
        .says(&["base/over lies in its base base, and kustomize builds nothing from within itself"]);
    fix(&["kustomize", "-f", "base", "--out", "base"]).ends_with(2).says(&["lies in its base"]);
    fix(&["kustomize", "-f", "-", "--out", "over"]).ends_with(2).says(&["standard input is none"]);
    fix(&["kustomize", "-f", "base"]).ends_with(2).says(&["--out"]);
    fix(&["kustomize", "-f", "base", "--out", "over", "--repo-url", "https://git.test/a.git"])
        .ends_with(2)
        .says(&["--repo-url changes nothing in files of this form of --emit"]);
    fix(&["kustomize", "fin", "--out", "over"])
        .ends_with(2)
        .says(&["--emit lays patches over files, and none are named"]);
    edit(&dir.path().join("base/kustomization.yaml"), "- model-income.yaml", "- absent.yaml");
    fix(&["kustomize", "-f", "base", "--out", "over"]);
    assert!(!dir.path().join("over").exists(), "what does not build was laid over");
}

fn component() {
    let dir = broken();
    lay(dir.path(), "component", &[]).succeeds().says(&["list over under `components:` of what builds base"]);
    write(dir.path(), &[("user/kustomization.yaml", "resources: [../base]\ncomponents: [../over]\n")]);
    verify(dir.path(), &["user", "-f", "base", "-f", "over"]).succeeds();
    let component = by_identity(objects(&build(dir.path(), "user").succeeds().stdout));
    let arguments = ["fix", "-f", "base", "--unsafe", "--emit", "kustomize", "--out", "other"];
    Kubectl::new().dir(dir.path()).seldon(arguments).succeeds();
    assert!(by_identity(objects(&build(dir.path(), "other").succeeds().stdout)) == component);
}

fn nothing() {
    let dir = TempDir::new().unwrap();
    let arguments = ["onboard", "fin", "--emit", "kustomize", "--out", "base"];
    Kubectl::new().dir(dir.path()).seldon(arguments).succeeds();
    lay(dir.path(), "kustomize", &[]).succeeds().says(&["nothing is to be laid over the base"]);
    assert!(!dir.path().join("over").exists());
}
