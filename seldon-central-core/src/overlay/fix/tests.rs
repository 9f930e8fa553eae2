use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::{
    fix::{Answer, Edit, Misfit, patched},
    kustomize::{Build, Built, Tree, examine},
    manifest,
    overlay::{RepoPath, SourceKind, marked},
    rules::FixSafety,
    snapshot::Snapshot,
};

fn object(kind: &str, name: &str, spec: Value) -> Object {
    let metadata = json!({"name": name, "namespace": "fin"});
    let mut value = json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": kind, "metadata": metadata});
    value["spec"] = spec;
    Object::new(value).unwrap()
}

fn runtime() -> Object {
    let overrides = json!([{"name": "seldon-envoy"}, {"name": "seldon-scheduler", "replicas": 1}]);
    object("SeldonRuntime", "r", json!({"seldonConfig": "default", "overrides": overrides}))
}

fn step(write: Write, before: Option<&Object>, after: Option<&Object>, rule: &'static str) -> Step {
    let object = before.or(after).unwrap().id();
    let answer = Answer { rule, object: object.clone(), message: "it is wrong".to_owned() };
    let (before, after) = (before.cloned(), after.cloned());
    Step { object, write, safety: FixSafety::Safe, answers: vec![answer], before, after }
}

fn changed(before: &Object, edits: &[Edit]) -> Step {
    let (after, mut patch) = patched(before, &edits.iter().collect::<Vec<_>>()).unwrap();
    patch.0.splice(0..0, crate::fix::identity(before));
    step(Write::Patch(patch), Some(before), Some(&after), "SCS0204")
}

fn steps() -> Vec<Step> {
    let runtime = runtime();
    let server = object("Server", "mlserver", json!({"serverConfig": "mlserver"}));
    let config = object("ServerConfig", "own", json!({"podSpec": {"containers": []}}));
    vec![
        changed(&runtime, &[Edit::set(&runtime, "/spec/overrides/1/replicas", 0)]),
        step(Write::Create, None, Some(&server), "SCS0301"),
        step(Write::Delete, Some(&config), None, "SCS0303"),
    ]
}

fn text(tree: &FileTree) -> String {
    tree.files().map(|(path, text)| format!("=== {path}\n{text}")).collect()
}

#[test]
fn an_overlay_patches_adds_and_deletes_and_says_for_which_rules() {
    let tree = lay(&steps(), &["../base".to_owned()], &FixForm::Kustomize);
    insta::assert_snapshot!("fix_kustomize", text(&tree));
    for (path, text) in tree.files() {
        assert!(marked(text).is_some(), "{path} has no mark");
    }
}

#[test]
fn a_component_names_no_base() {
    let tree = lay(&steps(), &["../base".to_owned()], &FixForm::Component);
    let kustomization: Value = yaml::read(tree.get("kustomization.yaml").unwrap()).unwrap();
    assert_eq!(kustomization["kind"], "Component");
    assert_eq!(kustomization["apiVersion"], "kustomize.config.k8s.io/v1alpha1");
    assert_eq!(kustomization["resources"], json!(["fin/server-mlserver.yaml"]));
}

#[test]
fn the_handles_lead_to_the_overlay() {
    let argocd = ArgoCd {
        repo_url: "https://git.example.com/a.git".parse().unwrap(),
        path: RepoPath::new("over").unwrap(),
        revision: "HEAD".parse().unwrap(),
        namespace: Namespace::new("argocd").unwrap(),
        project: ObjectName::new("default").unwrap(),
    };
    let flux = Flux {
        path: RepoPath::new("over").unwrap(),
        source_kind: SourceKind::GitRepository,
        source: ObjectName::new("flux-system").unwrap(),
        namespace: Namespace::new("flux-system").unwrap(),
    };
    let handle = Handle::of(&Namespace::new("fin").unwrap());
    let tree = lay(&steps(), &["../base".to_owned()], &FixForm::ArgoCd(argocd, handle));
    insta::assert_snapshot!("fix_argocd", tree.get("argocd/application-fin-seldon.yaml").unwrap());
    let server: Value = yaml::read(tree.get("fin/server-mlserver.yaml").unwrap()).unwrap();
    assert_eq!(server["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"], "0");
    let handle = Handle { name: ObjectName::new("all").unwrap(), tenant: None };
    let tree = lay(&steps(), &["../base".to_owned()], &FixForm::Flux(flux, handle));
    insta::assert_snapshot!("fix_flux", tree.get("flux/kustomization-all.yaml").unwrap());
}

/// What a base calls its objects is no path that leads anywhere.
#[test]
fn no_name_leads_out_of_the_overlay() {
    let odd = object("Server", "../../etc/passwd", json!({"serverConfig": "mlserver"}));
    let tree = lay(&[changed(&odd, &[Edit::set(&odd, "/spec/a", 1)])], &[], &FixForm::Kustomize);
    let paths: Vec<&str> = tree.files().map(|(path, _)| path).collect();
    assert!(paths.iter().all(|path| !path.contains("..")), "{paths:?}");
    let target: Value = yaml::read(tree.get("kustomization.yaml").unwrap()).unwrap();
    assert_eq!(target["patches"][1]["target"]["name"], r"\.\./\.\./etc/passwd");
}

#[test]
fn annotations_are_added_beside_those_of_kustomize() {
    let plain = runtime();
    let edit = Edit::set(&plain, "/metadata/annotations/a~1b", "c");
    let tree = lay(&[changed(&plain, &[edit])], &[], &FixForm::Kustomize);
    let operations: Value = yaml::read(tree.get("fin/patch-seldonruntime-r.yaml").unwrap()).unwrap();
    assert_eq!(operations, json!([{"op": "add", "path": "/metadata/annotations/a~1b", "value": "c"}]));
}

fn on_base(edits: &[Edit], live: &Object, base: &Object) -> Result<Value, Misfit> {
    match rebased(&changed(live, edits), Some(base))? {
        Rebased::Done => Ok(Value::Null),
        Rebased::Step(step) => {
            let mut value = base.to_value();
            json_patch::patch(&mut value, &json_patch::Patch(step.operations())).unwrap();
            assert_eq!(Some(&value), step.after.as_ref().map(Object::to_value).as_ref());
            Ok(value["spec"].clone())
        }
    }
}

/// On the cluster the API server filled in fields, and an entry moved.
#[test]
fn what_was_planned_for_a_live_object_is_done_to_its_manifest() {
    let live = object(
        "SeldonRuntime",
        "r",
        json!({"overrides": [{"name": "a", "replicas": 1, "filled": true}, {"name": "b", "disable": true}], "x": 1}),
    );
    let base = object("SeldonRuntime", "r", json!({"overrides": [{"name": "b", "disable": true}, {"name": "a"}]}));
    let set = Edit::set(&live, "/spec/overrides/0/replicas", 0);
    let gone = Edit::remove(&live, "/spec/overrides/1/disable");
    let filled = Edit::remove(&live, "/spec/overrides/0/filled");
    let spec = on_base(&[set.clone(), gone, filled.clone()], &live, &base).unwrap();
    assert_eq!(spec, json!({"overrides": [{"name": "b"}, {"name": "a", "replicas": 0}]}));
    assert_eq!(on_base(&[filled], &live, &base), Ok(Value::Null));
    let added = Edit::set(&live, "/spec/overrides/-", json!({"name": "c"}));
    assert_eq!(on_base(&[added], &live, &base).unwrap()["overrides"].as_array().unwrap().len(), 3);
    let other = object("SeldonRuntime", "r", json!({"overrides": [{"name": "b"}]}));
    assert!(on_base(&[set], &live, &other).is_err(), "there is no `a`");
}

#[test]
fn what_the_cluster_lacks_is_made_or_corrected_in_the_base() {
    let wanted = object("Server", "s", json!({"serverConfig": "mlserver"}));
    let create = step(Write::Create, None, Some(&wanted), "SCS0301");
    assert!(matches!(rebased(&create, None), Ok(Rebased::Step(step)) if step.write == Write::Create));
    assert_eq!(rebased(&create, Some(&wanted)), Ok(Rebased::Done));
    let other = object("Server", "s", json!({"serverConfig": "other"}));
    let Ok(Rebased::Step(step)) = rebased(&create, Some(&other)) else { panic!("it differs") };
    assert_eq!(step.after, Some(wanted));
    let patch = changed(&other, &[Edit::set(&other, "/spec/a", 1)]);
    assert!(rebased(&patch, None).is_err(), "no base has it");
}

/// Entry points `a` and `b`, each with a runtime and one of them with a Server, and a file that is part
/// of neither.
fn repository() -> Snapshot {
    let files = [
        ("a/r.yaml", "fin-a", "SeldonRuntime"),
        ("b/r.yaml", "fin-b", "SeldonRuntime"),
        ("b/s.yaml", "fin-b", "Server"),
    ];
    let mut tree = Tree::default();
    tree.add_kustomization("a/kustomization.yaml", "resources: [r.yaml]", true);
    tree.add_kustomization("b/kustomization.yaml", "resources: [r.yaml, s.yaml]", true);
    let built = |dir: &str| {
        let own = files.iter().filter(|(path, ..)| path.starts_with(dir));
        own.map(|(path, namespace, kind)| Built {
            object: in_namespace(kind, namespace),
            file: Some((*path).to_owned()),
        })
        .collect()
    };
    let builds = ["a", "b"].map(|dir| (dir.to_owned(), Build::Built(built(dir)))).into();
    let raw = manifest::read("raw.yaml", &yaml::write(&in_namespace("Model", "fin-c").to_value())).unwrap().objects;
    let (kustomizations, batches) = examine(&tree, &builds, raw);
    let objects = batches.into_iter().flat_map(|batch| batch.objects).collect();
    Snapshot::from_manifests(objects, &Namespace::new("seldon-system").unwrap()).with_kustomizations(kustomizations)
}

fn in_namespace(kind: &str, namespace: &str) -> Object {
    let mut value = object(kind, "x", json!({"replicas": 1})).into_value();
    value["metadata"]["namespace"] = json!(namespace);
    Object::new(value).unwrap()
}

#[test]
fn each_repair_lies_over_the_entry_point_that_gives_its_object() {
    let change = |kind: &str, namespace: &str| {
        let object = in_namespace(kind, namespace);
        changed(&object, &[Edit::set(&object, "/spec/replicas", 0)])
    };
    let create = |namespace: &str| {
        let object = in_namespace("Experiment", namespace);
        step(Write::Create, None, Some(&object), "SCS0501")
    };
    let plan =
        vec![change("SeldonRuntime", "fin-a"), change("Server", "fin-b"), create("fin-b"), change("Model", "fin-c")];
    let (laid, lost) = sorted(&repository(), &[plan]);
    let found: Vec<(Base, BTreeSet<String>)> = laid
        .into_iter()
        .map(|one| (one.base, one.steps.iter().map(|step| step.object.to_string()).collect()))
        .collect();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(
        found,
        [
            (Base::Directory("a".to_owned()), names(&["SeldonRuntime fin-a/x"])),
            (Base::Directory("b".to_owned()), names(&["Experiment fin-b/x", "Server fin-b/x"])),
        ]
    );
    let lost: Vec<String> = lost.iter().map(|step| step.object.to_string()).collect();
    assert_eq!(lost, ["Model fin-c/x"]);
}

#[test]
fn files_alone_are_one_base() {
    let objects = manifest::read("dir/a.yaml", &yaml::write(&runtime().to_value())).unwrap().objects;
    let snapshot = Snapshot::from_manifests(objects, &Namespace::new("seldon-system").unwrap());
    let (laid, lost) = sorted(&snapshot, &[steps()]);
    assert!(lost.is_empty());
    assert_eq!(laid[0].base, Base::Files(vec!["dir/a.yaml".to_owned()]));
    assert_eq!(sorted(&snapshot, &[Vec::new()]).0, []);
}
