//! What hands the overlays to Argo CD and Flux, under the real CRDs of both.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Mutex, PoisonError},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    emit::{CASES, emit, is_handle, repository},
    harness::{
        api::Api,
        control_plane::{self, Server},
        data::Data,
        files::{objects, tree},
        kubectl::{self, Kubectl, Output},
        plan::Plan,
        tenant::{namespace, unique},
    },
};

pub(crate) fn add(plan: &mut Plan) {
    plan.any_cluster_with_data("gitops::argocd_applications_are_accepted", |server, data| {
        accepted(server, data, "argocd");
    });
    plan.any_cluster_with_data("gitops::flux_kustomizations_are_accepted", |server, data| {
        accepted(server, data, "flux");
    });
    plan.any_cluster_with_data("gitops::flux_sources_of_each_kind_are_accepted", flux_sources);
    plan.any_cluster_with_data("gitops::names_of_the_users_own_are_kept", names_of_the_users_own);
    plan.any_cluster_with_data("gitops::a_misspelled_field_is_not_accepted", misspelled_field);
    plan.any_cluster_with_data("gitops::health_expressions_wait_for_the_condition", health_expressions);
    plan.cluster("gitops::objects_with_hints_are_accepted", objects_with_hints);
    plan.any_cluster("gitops::overlay_is_applied_by_every_kubectl_without_a_warning", without_a_warning);
}

/// The CRDs of Argo CD and Flux, installed by the first who needs them, and the namespaces they run in.
pub(crate) fn prepare(server: &Server, data: &Data) -> Api {
    static INSTALLED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let api = server.api();
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if !installed.contains(&server.url) {
        for (crds, name) in [("argocd", "argocd"), ("flux", "flux-system")] {
            control_plane::install(server, &data.schemas(crds));
            namespace(&api, name);
        }
        namespace(&api, "gitops");
        installed.insert(server.url.clone());
    }
    api
}

/// Asks the API server, strictly and without a change, about what lies in a file or directory.
pub(crate) fn ask(server: &Server, flag: &str, path: &Path) -> Output {
    let path = path.display().to_string();
    server.kubectl().run(["apply", "--server-side", "--dry-run=server", "--validate=strict", flag, &path])
}

/// Every case's objects for the controller, each of which is named once.
fn accepted(server: &Server, data: &Data, form: &str) {
    prepare(server, data);
    for case in CASES {
        let dir = TempDir::new().unwrap();
        emit(case, form, dir.path()).succeeds();
        let handles = dir.path().join("overlays/tenants").join(form);
        let output = ask(server, "-f", &handles).succeeds();
        let files = tree(&handles).len();
        assert!(files > 0 && output.stdout.lines().count() == files, "{}: {output}", case.name);
        assert!(output.stdout.lines().all(|line| line.ends_with(" serverside-applied (server dry run)")), "{output}");
        assert_eq!(output.stderr, "", "{output}");
    }
}

fn flux_sources(server: &Server, data: &Data) {
    prepare(server, data);
    for (argument, kind) in
        [("git-repository", "GitRepository"), ("oci-repository", "OCIRepository"), ("bucket", "Bucket")]
    {
        let dir = TempDir::new().unwrap();
        let arguments = [
            "onboard",
            "fin",
            "--emit",
            "flux",
            "--out",
            "out",
            "--flux-source-kind",
            argument,
            "--flux-source",
            "tenants",
        ];
        Kubectl::new().dir(dir.path()).seldon(arguments).succeeds();
        let handles = dir.path().join("out/flux");
        ask(server, "-f", &handles).succeeds();
        for handle in read(&handles) {
            assert_eq!(handle["spec"]["sourceRef"], json!({"kind": kind, "name": "tenants"}));
        }
    }
}

fn names_of_the_users_own(server: &Server, data: &Data) {
    prepare(server, data);
    let dir = TempDir::new().unwrap();
    #[rustfmt::skip]
    let arguments = [
        "onboard", "fin", "--emit", "argocd", "--out", "out", "--repo-url", "ssh://git@git.test/tenants.git", "--repo-path", "clusters/prod/",
        "--repo-revision", "v1", "--argocd-namespace", "gitops", "--argocd-project", "platform",
    ];
    Kubectl::new().dir(dir.path()).seldon(arguments).succeeds();
    let handles = dir.path().join("out/argocd");
    ask(server, "-f", &handles).succeeds();
    let [application] = read(&handles).try_into().unwrap();
    assert_eq!(application["metadata"]["namespace"], "gitops");
    assert_eq!(application["spec"]["project"], "platform");
    let source = json!({"repoURL": "ssh://git@git.test/tenants.git", "path": "clusters/prod", "targetRevision": "v1"});
    assert_eq!(application["spec"]["source"], source);

    let arguments = ["onboard", "fin", "--emit", "flux", "--out", "out2", "--flux-namespace", "gitops"];
    Kubectl::new().dir(dir.path()).seldon(arguments).succeeds();
    let handles = dir.path().join("out2/flux");
    ask(server, "-f", &handles).succeeds();
    assert!(read(&handles).iter().all(|handle| handle["metadata"]["namespace"] == "gitops"));
}

/// The API server that accepts the files above is one that would say no.
fn misspelled_field(server: &Server, data: &Data) {
    prepare(server, data);
    for (form, right, wrong) in
        [("argocd", "syncPolicy:", "syncPolice:"), ("flux", "healthCheckExprs:", "healthCheckExpr:")]
    {
        let dir = TempDir::new().unwrap();
        emit(&CASES[0], form, dir.path()).succeeds();
        let handles = dir.path().join("overlays/tenants").join(form);
        for (name, text) in tree(&handles) {
            let text = String::from_utf8(text).unwrap();
            assert!(text.contains(right), "{text}");
            std::fs::write(handles.join(name), text.replace(right, wrong)).unwrap();
        }
        ask(server, "-f", &handles).ends_with(1).says(&[wrong.trim_end_matches(':')]);
    }
}

/// Flux waits as long as an expression is not true; the API server's own CEL tells when it is. Flux
/// calls the object's status `status`, a rule of a CRD calls it `self.status`.
fn health_expressions(server: &Server, data: &Data) {
    let api = prepare(server, data);
    let dir = TempDir::new().unwrap();
    emit(&CASES[1], "flux", dir.path()).succeeds();
    let mut expressions = BTreeMap::new();
    for handle in read(&dir.path().join("overlays/tenants/flux")) {
        for check in handle["spec"]["healthCheckExprs"].as_array().unwrap() {
            assert_eq!(check["apiVersion"], "mlops.seldon.io/v1alpha1");
            expressions
                .insert(check["kind"].as_str().unwrap().to_owned(), check["current"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(expressions.keys().collect::<Vec<_>>(), ["Model", "SeldonRuntime", "Server"]);
    for (kind, expression) in expressions {
        let judge = Judge::new(
            server,
            &kind.to_lowercase(),
            &expression.replace("status.conditions", "self.status.conditions"),
        );
        let condition = |kind: &str, status: &str| json!({"conditions": [{"type": kind, "status": status}]});
        assert!(judge.holds(&api, &condition("Ready", "True")), "{expression}");
        for waiting in [
            condition("Ready", "False"),
            condition("Ready", "Unknown"),
            condition("ModelReady", "True"),
            json!({"conditions": []}),
            json!({}),
        ] {
            assert!(!judge.holds(&api, &waiting), "{expression} holds for {waiting}");
        }
    }
}

/// A kind whose objects must fulfil an expression.
struct Judge {
    group: String,
}

impl Judge {
    fn new(server: &Server, name: &str, rule: &str) -> Self {
        let kind = "Health";
        let group = format!("{name}.health.test");
        // Limits, because the API server estimates what a rule may cost.
        let text = json!({"type": "string", "maxLength": 64});
        let condition = json!({"type": "object", "properties": {"type": text, "status": text}});
        let conditions = json!({"type": "array", "items": condition, "maxItems": 16});
        let status = json!({"type": "object", "properties": {"conditions": conditions}});
        let crd = json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("healths.{group}")},
            "spec": {
                "group": group,
                "names": {"kind": kind, "plural": "healths"},
                "scope": "Namespaced",
                "versions": [{
                    "name": "v1",
                    "served": true,
                    "storage": true,
                    "schema": {"openAPIV3Schema": {
                        "type": "object",
                        "properties": {"status": status},
                        "x-kubernetes-validations": [{"rule": rule}],
                    }},
                }],
            },
        });
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join("crd.json"), crd.to_string()).unwrap();
        control_plane::install(server, dir.path());
        Self { group }
    }

    fn holds(&self, api: &Api, status: &Value) -> bool {
        let object = json!({
            "apiVersion": format!("{}/v1", self.group),
            "kind": "Health",
            "metadata": {"name": unique("health"), "namespace": "flux-system"},
            "status": status,
        });
        match api.try_create(&object, "test") {
            Ok(_) => true,
            Err(refusal) => {
                assert!(refusal.message.contains("failed rule"), "{}", refusal.message);
                false
            }
        }
    }
}

/// What Argo CD and Flux will apply, as they will apply it.
fn objects_with_hints(server: &Server) {
    let api = server.api();
    for form in ["argocd", "flux"] {
        for wiring in [&[][..], &["--wiring", "relay", "--relay-image", "registry.test/envoy:1"]] {
            let tenant = unique("fin");
            namespace(&api, &tenant);
            let dir = TempDir::new().unwrap();
            let model = "income=gs://bucket/income,sklearn";
            let arguments = ["onboard", &tenant, "--emit", form, "--out", "out", "--model", model];
            Kubectl::new().dir(dir.path()).seldon([&arguments[..], repository(form), wiring].concat()).succeeds();
            let out = dir.path().join("out");
            let overlays =
                if form == "flux" { vec![out.join("runtime"), out.join("models")] } else { vec![out.clone()] };
            let lines: usize =
                overlays.iter().map(|overlay| ask(server, "-k", overlay).succeeds().stdout.lines().count()).sum();
            let manifests =
                tree(&out).keys().filter(|path| !is_handle(path) && !path.ends_with("kustomization.yaml")).count();
            assert_eq!(lines, manifests);
        }
    }
}

/// By either kind of apply; the alias is there before the operator sees the runtime.
fn without_a_warning(server: &Server) {
    for version in kubectl::versions() {
        for flags in [&[][..], &["--server-side"]] {
            let tenant = unique("fin");
            let dir = TempDir::new().unwrap();
            let arguments = ["onboard", &tenant, "risk", "--emit", "kustomize", "--out", "out"];
            Kubectl::new().dir(dir.path()).seldon(arguments).succeeds();
            let overlay = dir.path().join("out").join(&tenant).display().to_string();
            let apply = [&["apply", "-k", &overlay], flags].concat();
            let output = server.kubectl().program(&version).run(apply).succeeds();
            assert_eq!((output.stdout.lines().count(), output.stderr.as_str()), (9, ""), "{output}");
            let position = |kind: &str| output.stdout.lines().position(|line| line.starts_with(kind)).unwrap();
            assert_eq!(position("namespace/"), 0, "{output}");
            assert!(position("service/") < position("seldonruntime."), "{output}");
            let all = dir.path().join("out").display().to_string();
            let built = Kubectl::new().program(&version).run(["kustomize", &all]).succeeds();
            assert_eq!(built.stderr, "", "{built}");
        }
    }
}

fn read(dir: &Path) -> Vec<Value> {
    tree(dir).values().flat_map(|text| objects(std::str::from_utf8(text).unwrap())).collect()
}
