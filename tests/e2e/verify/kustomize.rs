//! `verify -f` on kustomize directories.

use std::{fs, path::Path};

use seldon_central_core::rules;
use tempfile::TempDir;

use super::{outcomes, with_result};
use crate::harness::{
    files::tree,
    kubectl::{Kubectl, Output},
    plan::Plan,
};

pub(crate) fn add(plan: &mut Plan) {
    plan.local("verify::kustomize::what_onboard_emits_is_clean", what_onboard_emits_is_clean);
    plan.local("verify::kustomize::findings_are_in_the_file_they_come_from", findings_are_in_the_file_they_come_from);
    plan.local("verify::kustomize::a_base_is_judged_as_its_overlays_make_it", a_base_is_judged_as_its_overlays_make_it);
    plan.local("verify::kustomize::nothing_is_fetched_unless_it_is_allowed", nothing_is_fetched_unless_it_is_allowed);
    plan.local("verify::kustomize::its_file_is_as_its_directory", its_file_is_as_its_directory);
    plan.local("verify::kustomize::without_kubectl_nothing_is_claimed", without_kubectl_nothing_is_claimed);
    plan.local("verify::kustomize::what_does_not_build_is_said_with_the_reason", what_does_not_build);
    plan.local(
        "verify::kustomize::what_a_comment_names_is_left_out_on_purpose",
        what_a_comment_names_is_left_out_on_purpose,
    );
    plan.local("verify::kustomize::the_rules_hold_for_real_builds", the_rules_hold_for_real_builds);
}

fn write(dir: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let file = dir.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
}

fn verify(dir: &Path, arguments: &[&str]) -> Output {
    Kubectl::new().dir(dir).seldon(["verify", "-o", "json"].into_iter().chain(arguments.iter().copied()))
}

/// `path:line:column` of the findings of a rule.
#[track_caller]
fn places(output: &Output, rule: &str) -> Vec<String> {
    let failed = outcomes(output).into_iter().filter(|one| one["rule"] == rule && one["result"] == "fail");
    let mut places: Vec<String> = failed
        .map(|one| {
            let place = one.get("location").or_else(|| one.get("origin")).unwrap();
            format!("{}:{}:{}", place["path"].as_str().unwrap(), place["line"], place["column"])
        })
        .collect();
    places.sort();
    places
}

/// Line and column of a text in a file, as editors count them.
fn find(dir: &Path, file: &str, wanted: &str) -> String {
    let text = fs::read_to_string(dir.join(file)).unwrap();
    let (index, line) = text.lines().enumerate().find(|(_, line)| line.contains(wanted)).unwrap();
    format!("{file}:{}:{}", index + 1, line.find(wanted).unwrap() + 1)
}

fn what_onboard_emits_is_clean() {
    let dir = TempDir::new().unwrap();
    for (out, arguments) in [
        ("one", vec!["fin", "--emit", "kustomize"]),
        ("flux", vec!["fin", "--emit", "flux"]),
        ("argo", vec!["fin", "--emit", "argocd", "--repo-url", "https://git.example.com/a.git"]),
    ] {
        let onboard = ["onboard"].into_iter().chain(arguments).chain(["--out", out]);
        Kubectl::new().dir(dir.path()).seldon(onboard).succeeds();
        let before = tree(dir.path());
        let output = verify(dir.path(), &["-f", out]).succeeds();
        let found = outcomes(&output).into_iter().filter(|one| one["result"] == "fail" && one["level"] != "info");
        assert_eq!(found.count(), 0, "{output}");
        assert!(!output.stdout.contains("config.kubernetes.io/origin"), "{output}");
        assert_eq!(before, tree(dir.path()), "judging writes nothing");
    }
    let service = dir.path().join("one/service-seldon-scheduler.yaml");
    let broken = fs::read_to_string(&service).unwrap().replace(".seldon-system.", ".elsewhere.");
    fs::write(&service, broken).unwrap();
    let output = verify(dir.path(), &["-f", "one"]).ends_with(1);
    let expected = find(dir.path(), "one/service-seldon-scheduler.yaml", "externalName:");
    assert_eq!(places(&output, "SCS0502"), [expected], "{output}");
}

const BASE: &str = "\
# The base.
apiVersion: v1
kind: Namespace
metadata: {name: fin}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata:
  name: runtime
  namespace: fin
spec:
  seldonConfig: default
  overrides:
  - name: hodometer
    replicas: 0
  - name: mlserver
    replicas: 1
  - name: seldon-scheduler
    replicas: 0
";

fn findings_are_in_the_file_they_come_from() {
    let dir = TempDir::new().unwrap();
    write(
        dir.path(),
        &[
            ("base/kustomization.yaml", "resources: [runtime.yaml]\n"),
            ("base/runtime.yaml", BASE),
            (
                "over/kustomization.yaml",
                "resources: [../base]\nnamePrefix: p-\npatches:\n- path: ops.yaml\n  target: {kind: SeldonRuntime}\n- path: \
                 merge.yaml\n- target: {kind: SeldonRuntime}\n  patch: |-\n    - {op: add, path: \
                 /spec/overrides/-, value: {name: nobody}}\n",
            ),
            (
                "over/ops.yaml",
                "- op: test\n  path: /spec/overrides/0/name\n  value: hodometer\n- op: remove\n  path: \
                 /spec/overrides/0\n- op: replace\n  path: /spec/overrides/1/replicas\n  value: 2\n",
            ),
            (
                "over/merge.yaml",
                "apiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonRuntime\nmetadata: {name: runtime, namespace: \
                 fin}\nspec:\n  disabled: null\n  seldonConfig: other\n",
            ),
        ],
    );
    let arguments = ["-f", "over", "--tenant=fin", "--tenant=p-fin"];
    let output = verify(dir.path(), &arguments).ends_with(1);
    // From the operations; from the resource, although its place in the list is another; from a
    // patch in the kustomization.
    assert_eq!(places(&output, "SCS0204"), [find(dir.path(), "over/ops.yaml", "value: 2")], "{output}");
    let inline = find(dir.path(), "over/kustomization.yaml", "patch: |-");
    let moved = find(dir.path(), "base/runtime.yaml", "name: mlserver");
    assert_eq!(places(&output, "SCS0205"), [moved, inline], "{output}");
}

fn a_base_is_judged_as_its_overlays_make_it() {
    let dir = TempDir::new().unwrap();
    let patch = "- {op: replace, path: /spec/overrides/2/replicas, value: 1}\n";
    let overlay = |patches: &str| format!("resources: [../../base]\n{patches}");
    let patched = overlay("patches:\n- {path: on.yaml, target: {kind: SeldonRuntime}}\n");
    write(
        dir.path(),
        &[
            ("base/kustomization.yaml", "resources: [runtime.yaml]\n"),
            ("base/runtime.yaml", BASE),
            ("overlays/dev/kustomization.yaml", &overlay("")),
            ("overlays/prod/kustomization.yaml", &patched),
            ("overlays/prod/on.yaml", patch),
        ],
    );
    let output = verify(dir.path(), &["-f", ".", "--tenant=fin"]).ends_with(1);
    assert_eq!(places(&output, "SCS0204"), [find(dir.path(), "overlays/prod/on.yaml", "value: 1")], "{output}");
    // The same runtime in two overlays is the runtime of two clusters.
    assert_eq!(places(&output, "SCS0202"), [""; 0], "{output}");
    verify(dir.path(), &["-f", "overlays/dev", "--tenant=fin"]).succeeds();
}

fn nothing_is_fetched_unless_it_is_allowed() {
    let dir = TempDir::new().unwrap();
    write(
        dir.path(),
        &[
            ("a/kustomization.yaml", "resources: [../far]\n"),
            ("far/kustomization.yaml", "resources:\n- https://127.0.0.1:1/base.git?ref=v1\n"),
            ("near/kustomization.yaml", "resources: [runtime.yaml]\n"),
            ("near/runtime.yaml", &BASE.replace("replicas: 0", "replicas: 3")),
        ],
    );
    let output = verify(dir.path(), &["-f", ".", "--tenant=fin"]).ends_with(3);
    let output =
        output.says(&["far/kustomization.yaml names https://127.0.0.1:1/base.git?ref=v1", "--allow-remote-bases"]);
    assert_eq!(places(&output, "SCS0204").len(), 1, "the other entry point is judged: {output}");
    assert_eq!(places(&output, "SCS0805"), [""; 0], "{output}");
    verify(dir.path(), &["-f", "a", "--tenant=fin", "--select=SCS02"]).ends_with(3);
    verify(dir.path(), &["-f", "near", "--tenant=fin"]).ends_with(1);
    let far = verify(dir.path(), &["-f", "far"]).ends_with(3);
    assert_eq!(with_result(&far, "pass"), [""; 0], "of what was not read nothing holds: {far}");
    // Allowed, it is tried, and there is nothing.
    let output = verify(dir.path(), &["-f", "a", "--tenant=fin", "--allow-remote-bases"]).ends_with(1);
    assert_eq!(places(&output, "SCS0805"), ["a/kustomization.yaml:1:1"], "{output}");
    write(dir.path(), &[("helm/kustomization.yaml", "helmCharts: [{name: a, repo: 'https://127.0.0.1:1'}]\n")]);
    verify(dir.path(), &["-f", "helm"]).ends_with(3).says(&["--enable-helm"]);
}

fn its_file_is_as_its_directory() {
    let dir = TempDir::new().unwrap();
    let broken = BASE.replace("replicas: 0", "replicas: 3");
    write(dir.path(), &[("a/kustomization.yaml", "resources: [runtime.yaml]\n"), ("a/runtime.yaml", &broken)]);
    let directory = verify(dir.path(), &["-f", "a", "--tenant=fin"]).ends_with(1);
    let file = verify(dir.path(), &["-f", "a/kustomization.yaml", "--tenant=fin"]).ends_with(1);
    assert_eq!(file.stdout, directory.stdout);
    let places = places(&file, "SCS0204");
    assert!(matches!(places.as_slice(), [place] if place.starts_with("a/runtime.yaml:")), "{file}");
}

fn without_kubectl_nothing_is_claimed() {
    let dir = TempDir::new().unwrap();
    write(dir.path(), &[("kustomization.yaml", "resources: [runtime.yaml]\n"), ("runtime.yaml", BASE)]);
    let program = Path::new(env!("CARGO_BIN_EXE_kubectl-seldon"));
    let line = format!("PATH=/nowhere {} verify -f . --tenant=fin -o json", program.display());
    let output = Kubectl::shell(&line).dir(dir.path()).run([""; 0]).ends_with(3);
    let output = output.says(&["building it takes `kubectl`, which is not on the PATH"]);
    assert_eq!(with_result(&output, "fail"), [""; 0], "{output}");
}

fn what_does_not_build() {
    let dir = TempDir::new().unwrap();
    write(
        dir.path(),
        &[
            ("base/kustomization.yaml", "resources: [runtime.yaml, model-config.yaml]\n"),
            ("base/runtime.yaml", &BASE.replace("replicas: 0", "replicas: 3")),
            ("over/kustomization.yaml", "# An overlay.\nresources: [../base]\n"),
        ],
    );
    let output = verify(dir.path(), &["-f", ".", "--tenant=fin"]).ends_with(1);
    assert_eq!(places(&output, "SCS0805"), ["over/kustomization.yaml:2:1"], "{output}");
    let standing = find(dir.path(), "base/runtime.yaml", "name: seldon-scheduler");
    assert_eq!(places(&output, "SCS0204"), [standing], "what no patch changes is judged as it stands: {output}");
    assert_eq!(places(&output, "SCS0501"), [""; 0], "nothing is said of what is missing: {output}");
    let message = outcomes(&output).into_iter().find(|one| one["rule"] == "SCS0805").unwrap()["message"].to_string();
    assert!(message.contains("base/model-config.yaml") && !message.contains("/tmp"), "{message}");
    let patched = "# An overlay.\nresources: [../base]\npatches: [{patch: '[]', target: {kind: Server}}]\n";
    fs::write(dir.path().join("over/kustomization.yaml"), patched).unwrap();
    let output = verify(dir.path(), &["-f", ".", "--tenant=fin"]).ends_with(1);
    assert_eq!(places(&output, "SCS0204"), [""; 0], "what a patch may change is not judged: {output}");
    fs::write(dir.path().join("base/kustomization.yaml"), "resources: []\nresources: []\n").unwrap();
    let output = verify(dir.path(), &["-f", "."]).ends_with(1);
    assert_eq!(places(&output, "SCS0805"), ["over/kustomization.yaml:2:1"], "{output}");

    // kustomize does not say whose test failed.
    let tested = "resources: [runtime.yaml]\npatches: [{path: p.yaml, target: {kind: SeldonRuntime}}]\n";
    let patch = "- {op: test, path: /spec/seldonConfig, value: none}\n- {op: remove, path: /spec/seldonConfig}\n";
    write(dir.path(), &[("p/kustomization.yaml", tested), ("p/runtime.yaml", BASE), ("p/p.yaml", patch)]);
    let evidence = |output: &Output| {
        let found = outcomes(output).into_iter().filter(|one| one["rule"] == "SCS0805" && one["result"] == "fail");
        found.map(|one| one["evidence"].to_string()).collect::<String>()
    };
    let says = "p/p.yaml expects /spec/seldonConfig of SeldonRuntime";
    let output = verify(dir.path(), &["-f", "p"]).ends_with(1);
    assert!(evidence(&output).contains(says), "{output}");
    assert_eq!(places(&output, "SCS0807"), [""; 0], "somebody's own patch: {output}");
    write(dir.path(), &[("p/p.yaml", &format!("# kubectl-seldon: SCS0203\n{patch}"))]);
    let output = verify(dir.path(), &["-f", "p"]).ends_with(1);
    assert!(!evidence(&output).contains(says), "{output}");
    assert_eq!(places(&output, "SCS0807"), ["p/kustomization.yaml:2:11"], "{output}");
    fs::write(dir.path().join("base/runtime.yaml"), "a: [\n").unwrap();
    verify(dir.path(), &["-f", "."]).ends_with(2).says(&["base/runtime.yaml:1:4: "]);
}

fn what_a_comment_names_is_left_out_on_purpose() {
    let dir = TempDir::new().unwrap();
    let server = "apiVersion: mlops.seldon.io/v1alpha1\nkind: Server\nmetadata: {name: s, namespace: fin}\n";
    write(dir.path(), &[("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", BASE), ("server.yaml", server)]);
    let output = verify(dir.path(), &["-f", "."]);
    assert_eq!(places(&output, "SCS0804"), ["server.yaml:1:1"], "{output}");
    write(dir.path(), &[("kustomization.yaml", "resources:\n- a.yaml\n# - server.yaml  # deployed by hand\n")]);
    let output = verify(dir.path(), &["-f", "."]);
    assert_eq!(places(&output, "SCS0804"), [""; 0], "{output}");
}

/// The examples of the rules about kustomizations, built by kustomize itself.
fn the_rules_hold_for_real_builds() {
    for id in ["SCS0804", "SCS0805", "SCS0806", "SCS0807"] {
        let rule = rules::find(id).unwrap();
        for (text, is_bad) in [(rule.bad, true), (rule.good, false)] {
            let dir = TempDir::new().unwrap();
            for part in text.split("---\n") {
                let path = part.lines().next().unwrap().strip_prefix("# ").unwrap();
                write(dir.path(), &[(path, part)]);
            }
            let output = verify(dir.path(), &["-f", "."]);
            let found = with_result(&output, "fail").iter().any(|found| found.starts_with(id));
            assert_eq!(found, is_bad, "{id}: {output}");
        }
    }
}
