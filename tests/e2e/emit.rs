//! What `onboard --emit` writes: every form of every kind of tenant builds with kubectl, is judged
//! clean, and says the same as every other form.

mod edges;
mod refusals;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{
    files::{by_identity, identity, objects, tree},
    kubectl::{self, Kubectl, Output},
    plan::Plan,
};

/// A namespace of 63 bytes, the most that there may be, from which names are made that must not be too long either.
const LONGEST: &str = "financial-inference-of-the-department-of-risk-and-fraud-in-oslo";

/// The directory that is written, below the working directory.
const OUT: &str = "overlays/tenants";

/// A kind of tenant.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) arguments: &'static [&'static str],
    /// Where `verify` must be told what `onboard` was told.
    pub(crate) verify: &'static [&'static str],
    /// Rules above the level of information that are expected to fire.
    pub(crate) findings: &'static [&'static str],
}

const fn case(name: &'static str, arguments: &'static [&'static str]) -> Case {
    Case { name, arguments, verify: &[], findings: &[] }
}

#[rustfmt::skip]
pub(crate) static CASES: &[Case] = &[
    case("one", &["fin"]),
    case("model", &["fin", "--model", "income=gs://bucket/income,sklearn", "--label", "team=risk", "--annotation", "contact=a@b.test"]),
    case("several", &["fin", "risk", "fraud"]),
    case("longest", &[LONGEST, "--model", "income=gs://bucket/income,sklearn"]),
    case("relay", &["fin", "--wiring", "relay", "--relay-image", "registry.test/envoy:1"]),
    case("ingress", &["fin", "--control-plane-ingress"]),
    case("several_with_ingress", &["fin", "risk", "--control-plane-ingress"]),
    case("no_policies", &["fin", "--network-policy", "none"]),
    case("policies_on_every_pod", &["fin", "--network-policy-scope", "namespace"]),
    case("narrowed", &["fin", "--api-server-cidr", "10.96.0.1/32", "--object-store-cidr", "192.0.2.0/24", "--clients-from", "web", "--metrics-from", "monitoring"]),
    Case { name: "other_configs", arguments: &["fin", "--seldon-config", "other", "--server-config", "mine"],
        verify: &["--seldon-config", "other", "--server-config", "mine"], findings: &[] },
    Case { name: "elsewhere", arguments: &["fin", "--control-plane-namespace", "mlops", "--cluster-domain", "k8s.test", "--grpc-service-prefix", "grpc-", "--transport", "tls"],
        verify: &["--control-plane-namespace", "mlops", "--cluster-domain", "k8s.test", "--grpc-service-prefix", "grpc-", "--transport", "tls"], findings: &[] },
];

/// The options of `--emit`.
pub(crate) const FORMS: [&str; 4] = ["kustomize", "argocd", "flux", "yaml"];

pub(crate) fn add(plan: &mut Plan) {
    for case in CASES {
        for form in FORMS {
            plan.local(&format!("emit::{form}::{}", case.name), || holds_together(case, form));
        }
    }
    plan.local("emit::forms_say_the_same", || CASES.iter().for_each(forms_say_the_same));
    refusals::add(plan);
    edges::add(plan);
}

/// What a form has to be told of the repository.
pub(crate) fn repository(form: &str) -> &'static [&'static str] {
    if form == "argocd" { &["--repo-url", "https://git.test/tenants.git"] } else { &[] }
}

/// Emits a case into a directory.
pub(crate) fn emit(case: &Case, form: &str, dir: &Path) -> Output {
    let mut arguments = vec!["onboard"];
    arguments.extend(case.arguments);
    arguments.extend(["--emit", form, "--out", OUT]);
    arguments.extend(repository(form));
    Kubectl::new().dir(dir).seldon(arguments)
}

/// Emits a case into a new directory; the second path is what was written.
pub(crate) fn emitted(case: &Case, form: &str) -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    emit(case, form, dir.path()).succeeds();
    let out = dir.path().join(OUT);
    (dir, out)
}

fn holds_together(case: &Case, form: &str) {
    let (dir, out) = emitted(case, form);
    let written = tree(&out);
    if form == "yaml" {
        assert!(written.keys().all(|path| is_manifest(path)), "{written:?}");
        one_object_a_file(&written);
    } else {
        builds(dir.path(), &out, form, &written);
    }
    is_clean(case, &out);
    let again = emit(case, form, dir.path()).succeeds();
    assert_eq!(again.stdout.lines().count(), written.len(), "{again}");
    assert!(again.stdout.lines().all(|line| line.ends_with(" unchanged")), "{again}");
    assert!(tree(&out) == written, "the second run wrote something else");
}

/// Every overlay that kubectl, Argo CD or Flux is pointed at builds to the very objects of the files:
/// a plain one with every kubectl, the others, which differ by annotations and by how they are cut,
/// with the oldest and the newest.
fn builds(dir: &Path, out: &Path, form: &str, written: &BTreeMap<PathBuf, Vec<u8>>) {
    let overlays = overlays(out, form, written);
    let in_files = one_object_a_file(written);
    let mut versions = kubectl::versions();
    if form != "kustomize" {
        versions = vec![versions.remove(0), versions.pop().unwrap_or_else(|| kubectl::versions().remove(0))];
        versions.dedup();
    }
    for version in versions {
        let mut built = Vec::new();
        for overlay in &overlays {
            let output = Kubectl::new().program(&version).dir(dir).run(["kustomize", overlay.as_str()]).succeeds();
            assert_eq!(output.stderr, "", "{output}");
            built.extend(objects(&output.stdout));
        }
        let order: Vec<String> = built.iter().map(identity).collect();
        assert!(by_identity(built) == in_files, "{} builds something else: {order:?}", version.display());
        let position = |kind: &str| order.iter().position(|one| one.starts_with(kind)).unwrap();
        assert!(position("Service ") < position("SeldonRuntime "), "the alias comes too late: {order:?}");
        assert!(position("Namespace ") == 0, "the namespace comes too late: {order:?}");
    }
}

/// The objects of the files, of which each holds one and is named after it.
fn one_object_a_file(written: &BTreeMap<PathBuf, Vec<u8>>) -> BTreeMap<String, Value> {
    let mut in_files = BTreeMap::new();
    for (path, bytes) in written.iter().filter(|(path, _)| is_manifest(path)) {
        let [object] = objects(std::str::from_utf8(bytes).unwrap()).try_into().unwrap();
        let one: Value = object;
        let (kind, name) = (one["kind"].as_str().unwrap().to_lowercase(), one["metadata"]["name"].as_str().unwrap());
        assert!(path.ends_with(format!("{kind}-{name}.yaml")), "{} holds {}", path.display(), identity(&one));
        assert!(in_files.insert(identity(&one), one).is_none(), "{} is there twice", path.display());
    }
    in_files
}

/// The overlays as whoever applies them names them, relative to the root of the repository.
fn overlays(out: &Path, form: &str, written: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<String> {
    let pointers: &[&str] = match form {
        "argocd" => &["/spec/source/path"],
        "flux" => &["/spec/path"],
        _ => return vec![OUT.to_owned()],
    };
    let handles = written.keys().filter(|path| is_handle(path));
    let paths = handles.flat_map(|path| {
        let [handle] = objects(&fs::read_to_string(out.join(path)).unwrap()).try_into().unwrap();
        let handle: Value = handle;
        pointers.iter().map(move |pointer| handle.pointer(pointer).unwrap().as_str().unwrap().to_owned())
    });
    let mut paths: Vec<String> = paths.collect();
    // Flux applies what others depend on first.
    paths.sort_by_key(|path| path.ends_with("/models"));
    assert!(!paths.is_empty(), "nothing points at an overlay");
    paths
}

/// Whether a file hands the overlay to Argo CD or Flux.
pub(crate) fn is_handle(path: &Path) -> bool {
    path.starts_with("argocd") || path.starts_with("flux")
}

fn is_manifest(path: &Path) -> bool {
    !is_handle(path) && path.file_name().is_some_and(|name| name != "kustomization.yaml")
}

/// No rule finds anything above the level of information, but for what is expected.
fn is_clean(case: &Case, out: &Path) {
    let out = out.display().to_string();
    let arguments = [&["verify", "-f", &out, "--fail-on", "warning", "-o", "json"], case.verify].concat();
    let output = Kubectl::new().seldon(arguments);
    let report: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"));
    let findings = report["findings"].as_array().unwrap();
    let mut rules: Vec<&str> = findings
        .iter()
        .filter(|finding| finding["result"] == "fail" && matches!(finding["level"].as_str(), Some("error" | "warning")))
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect();
    rules.sort_unstable();
    rules.dedup();
    assert_eq!(rules, case.findings, "{output}");
    assert_eq!(output.status, i32::from(!case.findings.is_empty()), "{output}");
    assert!(report["summary"]["pass"].as_u64() > Some(0), "nothing was judged: {output}");
}

/// What is in all forms, without what a GitOps controller is told beside it.
fn forms_say_the_same(case: &Case) {
    let said = FORMS.map(|form| {
        let (_dir, out) = emitted(case, form);
        let files = tree(&out);
        let manifests = files.iter().filter(|(path, _)| is_manifest(path));
        by_identity(manifests.flat_map(|(_, bytes)| objects(std::str::from_utf8(bytes).unwrap())).map(without_hints))
    });
    for (form, objects) in FORMS.iter().zip(&said) {
        assert!(*objects == said[0], "{}: {form} and {} differ", case.name, FORMS[0]);
    }
}

/// An object without what is there for a GitOps controller alone.
pub(crate) fn without_hints(mut object: Value) -> Value {
    let metadata = object["metadata"].as_object_mut().unwrap();
    if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
        annotations.retain(|key, _| !key.starts_with("argocd.argoproj.io/") && !key.starts_with("kustomize.toolkit."));
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
    object
}
