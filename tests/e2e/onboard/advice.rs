//! The command that a refusal proposes, run as it is printed.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    emit::without_hints,
    harness::{
        control_plane::Server,
        files::{by_identity, objects, tree},
        kubectl::{Kubectl, Output},
        plan::Plan,
        tenant::{Ground, unique},
    },
};

const SERVER: &str = "mlops.seldon.io/v1alpha1/Server";
const POLICY: &str = "networking.k8s.io/v1/NetworkPolicy";

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("onboard::refusal_proposes_an_overlay_of_the_same_profile", profile);
    // Tenants of other trials would be cut off by its ingress.
    plan.own_cluster("onboard::refusal_proposes_an_overlay_with_the_same_flags", flags);
}

/// The command of the hint, with a repository in the place that is left for one.
#[track_caller]
fn proposed(output: &Output) -> String {
    let line = output.stderr.lines().find(|line| line.starts_with("hint: change them in the repository instead"));
    let command = line.and_then(|line| line.split_once(": kubectl ")).map(|(_, command)| format!("kubectl {command}"));
    let command = command.unwrap_or_else(|| panic!("nothing is proposed: {output}"));
    command.replace("\"$REPO_URL\"", "https://git.test/tenants.git")
}

/// What a directory holds for the cluster.
fn emitted(dir: &Path) -> BTreeMap<String, Value> {
    let manifests = tree(dir).into_iter().filter(|(path, _)| {
        !path.ends_with("kustomization.yaml") && !path.starts_with("argocd") && !path.starts_with("flux")
    });
    by_identity(manifests.flat_map(|(_, text)| objects(std::str::from_utf8(&text).unwrap())).map(without_hints))
}

/// The objects as they are built with these arguments, from the same cluster.
fn built(server: &Server, dir: &Path, arguments: &[&str]) -> BTreeMap<String, Value> {
    let all = [&["onboard"], arguments, &["--emit", "yaml", "--check-live"]].concat();
    by_identity(objects(&server.kubectl().dir(dir).seldon(all).succeeds().stdout))
}

fn run(server: &Server, dir: &Path, line: &str) -> Output {
    Kubectl::shell(line).kubeconfig(&server.kubeconfig).dir(dir).run([""; 0]).succeeds()
}

fn profile(server: &Server) {
    let ground = Ground::healthy(server);
    let other = unique("risk");
    let dir = TempDir::new().unwrap();
    let write = |replicas: u8| {
        let profile = json!({
            "controlPlane": {"namespace": ground.control_plane},
            "tenants": [
                {
                    "namespace": ground.tenant,
                    "labels": {"team": "risk"},
                    "servers": [{"replicas": replicas}],
                    "models": [{"name": format!("{}-income", ground.tenant), "storageUri": "gs://bucket/income"}],
                },
                {"namespace": other},
            ],
        });
        fs::write(dir.path().join("it's two.yaml"), profile.to_string()).unwrap();
    };
    let onboard = || server.kubectl().dir(dir.path()).seldon(["onboard", "-f", "it's two.yaml", "-y"]);
    write(1);
    onboard().succeeds();
    let name = format!("{}-mlserver", ground.tenant);
    let id = format!("team-a:mlops.seldon.io/Server:{}/{name}", ground.tenant);
    let mark = json!({"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": id}}});
    ground.api.merge(SERVER, &ground.tenant, &name, &mark);
    write(4);
    let refused = onboard().ends_with(2);
    let command = proposed(&refused);
    assert!(command.contains(" --emit argocd --out overlays --check-live"), "{command}");
    run(server, dir.path(), &command);
    let found = emitted(&dir.path().join("overlays"));
    assert!(found == built(server, dir.path(), &["-f", "it's two.yaml"]), "{found:#?}");
    assert_eq!(found[&format!("Server {}/{name}", ground.tenant)]["spec"]["replicas"], 4);
}

fn flags(server: &Server) {
    let ground = Ground::healthy(server);
    let model = format!("{}-income=gs://bucket/income,sklearn", ground.tenant);
    #[rustfmt::skip]
    let base = [
        ground.tenant.as_str(), "--control-plane-namespace", &ground.control_plane, "--control-plane-ingress",
        "--model", &model, "--annotation", "contact=a b@c.test", "--capabilities", "sklearn,numpy",
    ];
    let dir = TempDir::new().unwrap();
    let onboard =
        |more: &[&str]| server.kubectl().dir(dir.path()).seldon([&["onboard", "-y"], &base[..], more].concat());
    onboard(&[]).succeeds();
    let name = format!("seldon-scheduler-from-{}", ground.tenant);
    let labels =
        json!({"kustomize.toolkit.fluxcd.io/name": "t", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"});
    ground.api.merge(POLICY, &ground.control_plane, &name, &json!({"metadata": {"labels": labels}}));
    let more = ["--component", "seldon-dataflow-engine=1"];
    let refused = onboard(&more).ends_with(2);
    let command = proposed(&refused);
    assert!(command.contains(" --emit flux "), "{command}");
    run(server, dir.path(), &command);
    let found = emitted(&dir.path().join("overlays").join(&ground.tenant));
    assert!(found == built(server, dir.path(), &[&base[..], &more].concat()), "{found:#?}");
    assert!(found.contains_key(&format!("NetworkPolicy {}/{name}", ground.control_plane)), "{found:#?}");
}
