//! What hands overlays to Argo CD and Flux, and what comes of it round after round.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;
use tempfile::TempDir;

use super::{broken, build, edit, lay, write};
use crate::{
    gitops::{ask, prepare},
    harness::{
        control_plane::Server,
        data::Data,
        files::{objects, tree},
        kubectl::Kubectl,
        operator,
        plan::Plan,
        tenant::{Ground, MODEL, RUNTIME, SERVER, SERVICE},
    },
};

pub(super) fn add(plan: &mut Plan) {
    plan.any_cluster_with_data("fix::overlay::handles_are_accepted", accepted);
    plan.cluster("fix::overlay::argo_cd_comes_to_rest_after_one_round", |server| {
        rounds(server, "argocd", "argocd-controller");
    });
    plan.cluster("fix::overlay::flux_comes_to_rest_after_one_round", |server| {
        rounds(server, "flux", "kustomize-controller");
    });
}

fn accepted(server: &Server, data: &Data) {
    prepare(server, data);
    let argocd = ["--repo-url", "https://git.test/tenants.git", "--repo-path", "clusters/over"];
    for (form, arguments, name) in [
        ("argocd", &argocd[..], "fin-seldon"),
        ("argocd", &[&argocd[..], &["--handle", "team-a"]].concat(), "team-a"),
        ("flux", &["--repo-path", "clusters/over"], "fin-seldon"),
        ("flux", &["--repo-path", "clusters/over", "--handle", "fin-runtime"], "fin-runtime"),
    ] {
        let dir = broken();
        lay(dir.path(), form, arguments).succeeds().says(&["nothing else may sync the same objects"]);
        let handles = dir.path().join("over").join(form);
        ask(server, "-f", &handles).succeeds();
        let [handle] = read(&handles).try_into().unwrap();
        assert_eq!(handle["metadata"]["name"], name);
        let path = if form == "argocd" { &handle["spec"]["source"]["path"] } else { &handle["spec"]["path"] };
        assert!(path.as_str().unwrap().ends_with("clusters/over"), "{handle}");
        build(dir.path(), "over").succeeds();
        let again = lay(dir.path(), form, arguments).succeeds();
        assert!(again.stdout.lines().all(|line| line.ends_with(" unchanged")), "{again}");
    }
}

fn read(dir: &Path) -> Vec<Value> {
    tree(dir).values().flat_map(|text| objects(std::str::from_utf8(text).unwrap())).collect()
}

/// What a controller applies, over and over, with the operator between.
fn rounds(server: &Server, form: &str, manager: &str) {
    let ground = Ground::healthy(server);
    let dir = TempDir::new().unwrap();
    let tenant = ground.tenant.as_str();
    let own = ["--control-plane-namespace", &ground.control_plane];
    let arguments =
        ["onboard", tenant, "--emit", "kustomize", "--out", "base", "--server-name", "{namespace}-mlserver"];
    Kubectl::new().dir(dir.path()).seldon(arguments.iter().chain(&own)).succeeds();
    edit(&dir.path().join(format!("base/seldonruntime-{tenant}-runtime.yaml")), "replicas: 0\n", "replicas: 1\n");
    let ports = "ports:\n  - {name: xds, port: 9002, protocol: TCP}\n  type: ExternalName\n";
    let alias = dir.path().join("base/service-seldon-scheduler.yaml");
    let text = fs::read_to_string(&alias).unwrap();
    let (head, _) = text.split_once("ports:\n").unwrap();
    fs::write(&alias, format!("{head}{ports}")).unwrap();
    let repository = if form == "argocd" { &["--repo-url", "https://git.test/a.git"][..] } else { &[] };
    lay(dir.path(), form, &[&own[..], repository].concat()).succeeds();
    let built = build(dir.path(), "over").succeeds().stdout;
    write(dir.path(), &[("built.yaml", &built)]);
    let file = dir.path().join("built.yaml").display().to_string();
    let mut seen: Vec<BTreeMap<String, String>> = Vec::new();
    for _ in 0..3 {
        let manager = format!("--field-manager={manager}");
        let apply = ["apply", "--server-side", "--force-conflicts", "--validate=strict", &manager, "-f", &file];
        ground.server.kubectl().run(apply).succeeds();
        let decision = operator::reconcile(&ground);
        assert_eq!(decision.action, "NoChange", "{decision:?}");
        seen.push(versions(&ground));
    }
    assert!(seen[0].len() >= 7, "{seen:#?}");
    assert!(seen.iter().all(|round| *round == seen[0]), "{seen:#?}");
    ground.verify(&[tenant, "--select", "SCS02,SCS05,SCS0601", "--ignore", "SCS0209"]).succeeds();
}

/// The version of every object of the tenant.
fn versions(ground: &Ground<'_>) -> BTreeMap<String, String> {
    let kinds = [SERVICE, RUNTIME, SERVER, MODEL, "networking.k8s.io/v1/NetworkPolicy", "v1/Secret"];
    let all = kinds.iter().flat_map(|kind| {
        ground.api.list(kind, &ground.tenant).into_iter().map(move |object| {
            let text = |field: &str| object["metadata"][field].as_str().unwrap().to_owned();
            (format!("{kind} {}", text("name")), text("resourceVersion"))
        })
    });
    all.collect()
}
