use std::fmt::Write;

use super::*;
use crate::{
    desired::build,
    manifest,
    name::ObjectName,
    profile::{Profile, Surroundings, resolve},
};

fn desired(yaml: &str) -> Desired {
    build(&resolve(&Profile::from_yaml(yaml).unwrap(), &Surroundings::default()).unwrap())
}

fn argocd() -> Form {
    Form::ArgoCd(ArgoCd {
        repo_url: "https://git.example.com/platform/tenants.git".parse().unwrap(),
        path: "overlays/fin".parse().unwrap(),
        revision: "HEAD".parse().unwrap(),
        namespace: Namespace::new("argocd").unwrap(),
        project: ObjectName::new("default").unwrap(),
    })
}

fn flux() -> Form {
    Form::Flux(Flux {
        path: "overlays/fin".parse().unwrap(),
        source_kind: SourceKind::GitRepository,
        source: ObjectName::new("flux-system").unwrap(),
        namespace: Namespace::new("flux-system").unwrap(),
    })
}

fn listing(tree: &FileTree) -> String {
    tree.files().fold(String::new(), |mut list, (path, _)| {
        writeln!(list, "{path}").unwrap();
        list
    })
}

const ONE: &str = "tenants: [{namespace: fin, models: [{name: income, storageUri: 'gs://b/income'}]}]";
const TWO: &str = "tenants: [{namespace: a, networkPolicy: {controlPlaneIngress: true}}, {namespace: b}]";

#[test]
fn one_tenant_is_one_directory() {
    let tree = render(&desired(ONE), &Form::Kustomize);
    insta::assert_snapshot!("kustomize_one_files", listing(&tree));
    insta::assert_snapshot!("kustomize_one_kustomization", tree.get("kustomization.yaml").unwrap());
    insta::assert_snapshot!("kustomize_one_alias", tree.get("service-seldon-scheduler.yaml").unwrap());
}

#[test]
fn several_tenants_and_the_control_plane_get_a_directory_each() {
    let tree = render(&desired(TWO), &Form::Kustomize);
    insta::assert_snapshot!("kustomize_two_files", listing(&tree));
    insta::assert_snapshot!("kustomize_two_kustomization", tree.get("kustomization.yaml").unwrap());
}

#[test]
fn tenants_emitted_one_by_one_share_neither_an_object_nor_a_handle() {
    for form in [argocd(), flux()] {
        let mut seen = std::collections::BTreeSet::new();
        for tenant in ["a", "b"] {
            let profile = format!("tenants: [{{namespace: {tenant}, networkPolicy: {{controlPlaneIngress: true}}}}]");
            let tree = render(&desired(&profile), &form);
            let manifests = tree.files().filter(|(path, _)| !path.ends_with("kustomization.yaml"));
            for object in manifests.flat_map(|(path, text)| manifest::read(path, text).unwrap().objects) {
                let id = object.object.id().to_string();
                assert!(seen.insert(id.clone()), "{id} is emitted twice: {form:?}");
            }
        }
        assert!(seen.contains("NetworkPolicy seldon-system/seldon-scheduler-from-b"), "{seen:?}");
    }
}

#[test]
fn argo_cd_gets_waves_and_an_application() {
    let tree = render(&desired(ONE), &argocd());
    insta::assert_snapshot!("argocd_files", listing(&tree));
    insta::assert_snapshot!("argocd_application", tree.get("argocd/application-fin.yaml").unwrap());
    insta::assert_snapshot!("argocd_namespace", tree.get("namespace-fin.yaml").unwrap());
    insta::assert_snapshot!("argocd_model", tree.get("model-income.yaml").unwrap());
}

/// Whoever asks for replicas means them, so that Git decides.
#[test]
fn argo_cd_leaves_replicas_that_nobody_asked_for_to_whoever_scales_them() {
    let application = |tenant: &str| {
        let profile = format!("tenants: [{{namespace: fin, servers: {tenant}}}]");
        let tree = render(&desired(&profile), &argocd());
        let read = manifest::read("a", tree.get("argocd/application-fin.yaml").unwrap()).unwrap();
        read.objects.into_iter().next().unwrap().object
    };
    let respects = |object: &Object| {
        let options = object.pointer("/spec/syncPolicy/syncOptions").unwrap().as_array().unwrap();
        options.iter().any(|option| option == "RespectIgnoreDifferences=true")
    };
    let mixed = application("[{name: asked, replicas: 2}, {name: open}]");
    let ignored = serde_json::json!([{
        "group": "mlops.seldon.io", "kind": "Server", "namespace": "fin", "name": "open",
        "jsonPointers": ["/spec/replicas"],
    }]);
    assert_eq!(mixed.pointer("/spec/ignoreDifferences"), Some(&ignored));
    assert!(respects(&mixed));
    let asked = application("[{name: asked, replicas: 2}]");
    assert_eq!(asked.pointer("/spec/ignoreDifferences"), None);
    assert!(!respects(&asked));
}

#[test]
fn flux_gets_two_overlays_that_wait_for_one_another() {
    let tree = render(&desired(ONE), &flux());
    insta::assert_snapshot!("flux_files", listing(&tree));
    insta::assert_snapshot!("flux_runtime", tree.get("flux/kustomization-fin-runtime.yaml").unwrap());
    insta::assert_snapshot!("flux_models", tree.get("flux/kustomization-fin-models.yaml").unwrap());
}

/// The value of an annotation on the object that a file holds.
fn annotation(tree: &FileTree, path: &str, key: &str) -> Option<String> {
    let read = manifest::read(path, tree.get(path).unwrap()).unwrap();
    read.objects.first().unwrap().object.annotation(key).map(str::to_owned)
}

/// Custom resources of one wave are applied by name, and a Namespace that went would take all along.
#[test]
fn argo_cd_applies_what_others_need_first_and_keeps_the_namespace() {
    let tree = render(&desired(ONE), &argocd());
    let wave = |path: &str| annotation(&tree, path, argocd::SYNC_WAVE).unwrap().parse::<i32>().unwrap();
    let order = [
        "namespace-fin.yaml",
        "service-seldon-scheduler.yaml",
        "seldonruntime-fin-runtime.yaml",
        "server-mlserver.yaml",
        "model-income.yaml",
    ];
    let waves = order.map(wave);
    assert_eq!(waves, [-3, -2, -1, 0, 1]);
    let kept = annotation(&tree, order[0], argocd::SYNC_OPTIONS);
    assert_eq!(kept.as_deref(), Some("Prune=false,Delete=false"));
    for path in &order[1..] {
        assert_eq!(annotation(&tree, path, argocd::SYNC_OPTIONS), None, "{path}");
    }
}

#[test]
fn flux_prunes_everything_but_the_namespace() {
    let tree = render(&desired(ONE), &flux());
    for (path, _) in tree.files().filter(|(path, _)| !path.contains("kustomization")) {
        let kept = path.ends_with("namespace-fin.yaml").then_some("disabled");
        assert_eq!(annotation(&tree, path, flux::PRUNE).as_deref(), kept, "{path}");
    }
    assert!(tree.get("runtime/namespace-fin.yaml").is_some());
}

#[test]
fn every_form_holds_the_same_objects() {
    for profile in [ONE, TWO] {
        let desired = desired(profile);
        let mut wanted: Vec<String> = desired.objects().map(|object| object.id().to_string()).collect();
        wanted.sort();
        for form in [Form::Kustomize, argocd(), flux(), Form::Yaml] {
            let tree = render(&desired, &form);
            let objects = tree.files().filter(|(path, _)| !path.contains("kustomization") && !path.contains("argocd/"));
            let mut found: Vec<String> = objects
                .flat_map(|(path, text)| manifest::read(path, text).unwrap().objects)
                .map(|observed| observed.object.id().to_string())
                .collect();
            found.sort();
            assert_eq!(found, wanted, "{form:?}");
        }
    }
}

#[test]
fn no_file_holds_a_null_and_each_has_one_object() {
    for form in [Form::Kustomize, argocd(), flux(), Form::Yaml] {
        for (path, text) in render(&desired(TWO), &form).files() {
            assert!(!text.contains(": null") && !text.contains("- null"), "{path}: {text}");
            assert!(!text.contains("\n---"), "{path}");
        }
    }
}

#[test]
fn plain_yaml_is_the_overlay_without_its_kustomizations() {
    for profile in [ONE, TWO] {
        let overlay = render(&desired(profile), &Form::Kustomize);
        let wanted: Vec<_> = overlay.files().filter(|(path, _)| !path.ends_with("kustomization.yaml")).collect();
        assert_eq!(render(&desired(profile), &Form::Yaml).files().collect::<Vec<_>>(), wanted);
    }
}

#[test]
fn paths_in_the_repository_are_joined_without_doubled_or_trailing_slashes() {
    assert_eq!(repo_path("/overlays/fin/", ""), "overlays/fin");
    assert_eq!(repo_path(".", "a/"), "a");
    assert_eq!(repo_path("", ""), ".");
}

#[test]
fn names_of_handles_fit_into_labels_and_differ() {
    assert_eq!(handle("fin", "runtime"), "fin-runtime");
    let fits = "a".repeat(55);
    assert_eq!(handle(&fits, "runtime"), format!("{fits}-runtime"));
    // The number is in repositories: another one would make a second object there.
    assert_eq!(handle(&"a".repeat(63), "runtime"), format!("{}-2469b9e6-runtime", "a".repeat(46)));
    let long = |end: &str| format!("{}{end}", "a-".repeat(30));
    let names: std::collections::BTreeSet<String> =
        ["a", "b", "aa", "ab", "bb"].iter().map(|end| handle(&long(end), "runtime")).collect();
    assert_eq!(names.len(), 5);
    for name in names {
        assert!(name.len() <= HANDLE_MAX && !name.contains("--"), "{name}");
    }
}
