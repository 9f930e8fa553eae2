//! What becomes of an overlay when its base changes.

use std::fs;

use serde_json::Value;

use super::{broken, build, edit, lay, verify};
use crate::harness::{files::tree, kubectl::Kubectl, plan::Plan};

pub(super) fn add(plan: &mut Plan) {
    plan.local("fix::overlay::a_patch_for_what_is_gone_fails_the_build", renamed);
    plan.local("fix::overlay::a_patch_that_upstream_made_is_told_as_stale", repaired);
    plan.local("fix::overlay::patches_that_have_done_their_work_are_dropped", dropped);
    plan.local("fix::overlay::an_addition_that_upstream_made_is_told_as_stale_and_dropped", added);
    plan.local("fix::overlay::nothing_is_replaced_or_removed_untested", tested);
}

fn renamed() {
    let dir = broken();
    lay(dir.path(), "kustomize", &[]).succeeds();
    edit(&dir.path().join("base/seldonruntime-fin-runtime.yaml"), "name: fin-runtime", "name: other");
    build(dir.path(), "over")
        .ends_with(1)
        .says(&["SeldonRuntime.v1alpha1.mlops.seldon.io/fin-runtime.fin", "no matches for Id"]);
    // Without the guard kustomize says nothing of it.
    let file = dir.path().join("over/kustomization.yaml");
    let mut kustomization: Value = serde_yaml::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    kustomization["patches"].as_array_mut().unwrap().retain(|patch| patch["target"].is_object());
    fs::write(&file, kustomization.to_string()).unwrap();
    let silent = build(dir.path(), "over").succeeds();
    assert!(silent.stdout.contains("replicas: 1"), "{silent}");
}

fn repaired() {
    let dir = broken();
    lay(dir.path(), "kustomize", &[]).succeeds();
    edit(&dir.path().join("base/seldonruntime-fin-runtime.yaml"), "replicas: 1\n", "replicas: 0\n");
    build(dir.path(), "over").ends_with(1).says(&["testing value /spec/overrides/5/replicas failed"]);
    let found = verify(dir.path(), &["over", "-f", "base"]).ends_with(1);
    for text in ["SCS0807", "over/fin/patch-seldonruntime-fin-runtime.yaml expects", "delete the patch"] {
        assert!(found.stdout.contains(text), "`{text}`: {found}");
    }
    lay(dir.path(), "kustomize", &["--overwrite"])
        .succeeds()
        .says(&["over/fin/patch-seldonruntime-fin-runtime.yaml is not part of what was emitted"]);
    build(dir.path(), "over").succeeds();
    verify(dir.path(), &["over", "-f", "base", "--ignore", "SCS0804"]).succeeds();
}

fn dropped() {
    let dir = broken();
    lay(dir.path(), "kustomize", &[]).succeeds();
    let fix = |files: &[&str]| Kubectl::new().dir(dir.path()).seldon([&["fix", "-y", "--unsafe"], files].concat());
    // What upstream adds is another matter: kustomize refuses two objects of one name.
    fix(&["-f", "base", "--ignore", "SCS0501"]).succeeds();
    let patches =
        || tree(&dir.path().join("over")).keys().filter(|path| path.to_string_lossy().contains("patch-")).count();
    assert!(patches() > 0);
    build(dir.path(), "over").ends_with(1);
    fix(&["-f", "over", "-f", "base"]).succeeds();
    assert_eq!(patches(), 0);
    let built = build(dir.path(), "over").succeeds();
    assert!(built.stdout.contains("kind: Service"), "what was added stays: {built}");
    assert_eq!(fix(&["-f", "over", "-f", "base"]).succeeds().stdout, "", "nothing is done twice");
}

fn added() {
    for form in ["kustomize", "component"] {
        let dir = broken();
        lay(dir.path(), form, &[]).succeeds();
        let mut entry = "over";
        if form == "component" {
            entry = "user";
            let user = "resources: [../base]\ncomponents: [../over]\n";
            super::write(dir.path(), &[("user/kustomization.yaml", user)]);
        }
        build(dir.path(), entry).succeeds();
        // Upstream makes the object, and not even as it should be.
        let added = dir.path().join("over/fin/service-seldon-scheduler.yaml");
        let text = fs::read_to_string(&added).unwrap();
        let (_, text) = text.split_once('\n').unwrap();
        fs::write(dir.path().join("base/alias.yaml"), text.replace("name: xds", "name: x")).unwrap();
        edit(&dir.path().join("base/kustomization.yaml"), "resources:\n", "resources:\n- alias.yaml\n");
        build(dir.path(), entry).ends_with(1).says(&["already registered id"]);
        let found = verify(dir.path(), &[entry, "-f", "base", "-f", "over"]).ends_with(1);
        let said = found.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let told =
            "over/fin/service-seldon-scheduler.yaml adds Service fin/seldon-scheduler, which is there without it";
        for text in ["SCS0807", told, "delete the file and its entry"] {
            assert!(said.contains(text), "{form}: `{text}`: {found}");
        }
        let fix = ["fix", "-y", "--select", "SCS0807", "-f", entry, "-f", "base", "-f", "over"];
        let fix = || Kubectl::new().dir(dir.path()).seldon(fix);
        let done = fix().succeeds();
        assert!(done.stdout.contains("over/fin/service-seldon-scheduler.yaml deleted for SCS0807"), "{form}: {done}");
        assert!(!added.exists(), "{form}");
        let listed = fs::read_to_string(dir.path().join("over/kustomization.yaml")).unwrap();
        assert!(!listed.contains("service-seldon-scheduler.yaml"), "{form}: {listed}");
        build(dir.path(), entry).succeeds();
        assert_eq!(fix().succeeds().stdout, "", "{form}: nothing is done twice");
    }
}

fn tested() {
    let dir = broken();
    lay(dir.path(), "kustomize", &[]).succeeds();
    let over = dir.path().join("over");
    let mut changes = 0;
    for path in tree(&over).keys().filter(|path| path.to_string_lossy().contains("patch-")) {
        let text = fs::read_to_string(over.join(path)).unwrap();
        assert!(text.starts_with("# kubectl-seldon: SCS0"), "{text}");
        let operations: Vec<Value> = serde_yaml::from_str(&text).unwrap();
        for (index, operation) in operations.iter().enumerate() {
            if operation["op"] == "replace" || operation["op"] == "remove" {
                changes += 1;
                let before = &operations[index - 1];
                assert!(before["op"] == "test" && before["path"] == operation["path"], "{text}");
            }
        }
    }
    assert!(changes >= 2);
    let kustomization = fs::read_to_string(over.join("kustomization.yaml")).unwrap();
    let kustomization: Value = serde_yaml::from_str(&kustomization).unwrap();
    let patches = kustomization["patches"].as_array().unwrap();
    for pair in patches.chunks(2) {
        let [guard, patch] = pair else { panic!("{pair:?}") };
        let guard: Value = serde_yaml::from_str(guard["patch"].as_str().unwrap()).unwrap();
        assert_eq!(guard["metadata"]["name"], patch["target"]["name"]);
        for field in ["group", "version", "kind", "name", "namespace"] {
            assert!(patch["target"][field].is_string(), "{patch}");
        }
    }
}
