//! `verify -f` on files, directories and standard input.

use std::{fs, os::unix::fs::symlink, path::Path};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{
    kubectl::{Kubectl, Output},
    plan::Plan,
};

pub(crate) fn add(plan: &mut Plan) {
    plan.local("verify::files::findings_are_at_what_proves_them", findings_are_at_what_proves_them);
    plan.local("verify::files::what_is_no_object_is_counted", what_is_no_object_is_counted);
    plan.local("verify::files::a_broken_file_is_named_with_its_place", a_broken_file_is_named_with_its_place);
    plan.local("verify::files::standard_input_is_a_file", standard_input_is_a_file);
    plan.local("verify::files::another_topology_is_one_line", another_topology_is_one_line);
    plan.local("verify::files::links_do_not_lead_out", links_do_not_lead_out);
}

const RUNTIME: &str = "\
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
  - name: seldon-scheduler
    replicas: 2
";

fn verify(dir: &Path, arguments: &[&str]) -> Output {
    Kubectl::new().dir(dir).seldon(["verify", "--tenant=fin"].into_iter().chain(arguments.iter().copied()))
}

/// `path:line:column` of the findings of a rule.
fn places(output: &Output, rule: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"));
    let failed = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|outcome| outcome["rule"] == rule && outcome["result"] == "fail");
    failed
        .map(|outcome| {
            let place = &outcome["location"];
            let (path, line, column) = (place["path"].as_str(), &place["line"], &place["column"]);
            format!("{}:{line}:{column}", path.unwrap())
        })
        .collect()
}

/// A namespace with a scheduler of its own is told in every form, and no run fails for it.
fn another_topology_is_one_line() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("own.yaml"), RUNTIME.replace("replicas: 2", "replicas: 1")).unwrap();
    let judged =
        |form: &str| Kubectl::new().dir(dir.path()).seldon(["verify", "-f", "own.yaml", "-o", form]).succeeds();
    let line =
        "own.yaml:1:1 I SCS0212 fin does not follow the pattern of one central scheduler and is not judged by it\n";
    assert_eq!(judged("short").stdout, line);
    for form in ["text", "wide", "json", "jsonl", "yaml", "junit", "sarif", "github", "gitlab", "markdown", "html"] {
        let output = judged(form);
        assert!(output.stdout.contains("SCS0212"), "{form}: {output}");
    }
}

fn findings_are_at_what_proves_them() {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("a")).unwrap();
    fs::write(dir.path().join("a/block.yaml"), format!("# first\n---\n{RUNTIME}")).unwrap();
    let output = verify(dir.path(), &["-f", "a", "-o", "json"]).ends_with(1);
    assert_eq!(places(&output, "SCS0204"), ["a/block.yaml:13:5"], "{output}");

    let json = r#"{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "SeldonRuntime", "metadata": {"name": "r", "namespace": "fin"},
   "spec": {"seldonConfig": "default", "overrides": [{"name": "seldon-scheduler", "replicas": 2}]}}]}"#;
    fs::write(dir.path().join("list.json"), json).unwrap();
    let output = verify(dir.path(), &["-f", "list.json", "-o", "json"]).ends_with(1);
    assert_eq!(places(&output, "SCS0204"), ["list.json:3:54"], "{output}");
}

fn what_is_no_object_is_counted() {
    let dir = TempDir::new().unwrap();
    for (file, text) in [
        ("runtime.yaml", RUNTIME),
        ("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n"),
        ("chart/values.yaml", "replicas: 1\n"),
        ("chart/templates/a.yaml", "a: {{ .Values.a }}\n"),
        ("chart/templates/tests/b.yaml", "kind: [never read\n"),
        ("template.yml", "{{- if .Values.on }}\na: b\n{{- end }}\n"),
        ("pkg/package.json", "{\"name\": \"x\"}"),
        (".hidden/broken.yaml", "a: [\n"),
    ] {
        let file = dir.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let output = verify(dir.path(), &["-f", "."]).ends_with(1);
    assert!(output.stdout.contains("looked at: 1 object,"), "{output}");
    assert!(output.stdout.contains("  6 documents that are no Kubernetes objects\n"), "{output}");
    let output = verify(dir.path(), &["-f", "chart"]).ends_with(2);
    assert!(output.stderr.contains("no Kubernetes object"), "{output}");
}

fn a_broken_file_is_named_with_its_place() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("a.yaml"), format!("{RUNTIME}---\nb: 1\nc: ]\n")).unwrap();
    verify(dir.path(), &["-f", "."]).ends_with(2).says(&["a.yaml:15:4: "]);
    fs::write(dir.path().join("a.yaml"), format!("{RUNTIME}spec: {{}}\n")).unwrap();
    verify(dir.path(), &["-f", "a.yaml"]).ends_with(2).says(&["a.yaml:13:1: the key `spec` is given twice"]);
}

fn standard_input_is_a_file() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("a.yaml"), RUNTIME).unwrap();
    let command = "kubectl seldon verify --tenant=fin -o json -f - < a.yaml";
    let output = Kubectl::shell(command).dir(dir.path()).run([""; 0]).ends_with(1);
    assert_eq!(places(&output, "SCS0204"), ["-:11:5"], "{output}");
}

fn links_do_not_lead_out() {
    let dir = TempDir::new().unwrap();
    let inside = dir.path().join("repo");
    fs::create_dir(&inside).unwrap();
    fs::write(inside.join("runtime.yaml"), RUNTIME).unwrap();
    fs::write(dir.path().join("outside.yaml"), RUNTIME).unwrap();
    symlink("runtime.yaml", inside.join("again.yaml")).unwrap();
    symlink("..", inside.join("up")).unwrap();
    let output = verify(dir.path(), &["-f", "repo"]).ends_with(1);
    assert!(output.stdout.contains("looked at: 1 object,"), "{output}");
    symlink("../outside.yaml", inside.join("out.yaml")).unwrap();
    verify(dir.path(), &["-f", "repo"]).ends_with(2).says(&["repo/out.yaml is a link that leads out of"]);
}
