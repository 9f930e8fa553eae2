//! Objects that others own.

use std::fs;

use seldon_central_core::pattern;
use serde_json::json;
use tempfile::TempDir;

use super::{alias, contents, fix, numeric_ports};
use crate::{
    gitops::prepare,
    harness::{
        control_plane::Server,
        data::Data,
        kubectl::Kubectl,
        plan::Plan,
        tenant::{Ground, RUNTIME, SERVICE},
    },
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("fix::object_of_argo_cd_is_refused_with_the_way_to_go", argo_cd);
    plan.any_cluster_with_data("fix::overlay_command_of_a_refusal_does_what_it_says", overlay_command);
    plan.cluster("fix::object_of_a_helm_release_is_refused_with_its_values", helm);
}

fn argo_cd(server: &Server) {
    let ground = Ground::serving(server);
    numeric_ports(&ground);
    let tracking = format!("team-a:/Service:{}/seldon-scheduler", ground.tenant);
    let change = json!({"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": tracking}}});
    ground.api.merge(SERVICE, &ground.tenant, pattern::SCHEDULER_SERVICE, &change);
    let before = contents(&ground);
    fix(&ground, &["-y"]).ends_with(2).says(&[
        "is owned by Argo CD application `team-a` (annotation `argocd.argoproj.io/tracking-id`)",
        "note: change it in the repository of Argo CD application `team-a`: in Service ",
        "--emit argocd --base DIRECTORY-IT-READS --out overlays/",
        "error: nothing was written, because owners would change it back",
    ]);
    assert_eq!(contents(&ground), before);
    fix(&ground, &["-y", "--force-live"]).succeeds();
    assert_eq!(alias(&ground)["spec"]["ports"].as_array().unwrap().len(), 6);
}

/// The refusal names what the Application reads, and its command lays the repair over that.
fn overlay_command(server: &Server, data: &Data) {
    prepare(server, data);
    let ground = Ground::serving(server);
    let tenant = ground.tenant.as_str();
    numeric_ports(&ground);
    let application = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": tenant, "namespace": "argocd"},
        "spec": {
            "project": "default", "destination": {"server": "https://kubernetes.default.svc"},
            "source": {"repoURL": "https://me:hunter2@git.test/tenants.git", "path": "clusters/fin"},
        },
    });
    ground.api.create(&application);
    let tracking = format!("{tenant}:/Service:{tenant}/seldon-scheduler");
    let change = json!({"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": tracking}}});
    ground.api.merge(SERVICE, tenant, pattern::SCHEDULER_SERVICE, &change);
    let refusal = fix(&ground, &["-y", "--unsafe"]).ends_with(2).says(&[
        "directory `clusters/fin` of https://git.test/tenants.git",
        "or, at its root, lay patches over what it reads:",
    ]);
    assert!(!refusal.stderr.contains("hunter2"), "{refusal}");
    let command = refusal.stderr.lines().find_map(|line| line.strip_prefix("  kubectl seldon fix ")).unwrap();

    let dir = TempDir::new().unwrap();
    let own = ["--control-plane-namespace", &ground.control_plane, "--server-name", "{namespace}-mlserver"];
    let onboard = ["onboard", tenant, "--emit", "kustomize", "--out", "clusters/fin"];
    server.kubectl().dir(dir.path()).seldon(onboard.iter().chain(&own)).succeeds();
    let manifest = dir.path().join("clusters/fin/service-seldon-scheduler.yaml");
    let text = fs::read_to_string(&manifest).unwrap();
    let (head, _) = text.split_once("  ports:\n").unwrap();
    fs::write(&manifest, format!("{head}  ports:\n  - {{port: 9004, protocol: TCP}}\n  type: ExternalName\n")).unwrap();

    let line = format!("kubectl seldon fix {command}");
    let run = || Kubectl::shell(&line).kubeconfig(&server.kubeconfig).dir(dir.path()).run::<&str>([]);
    let laid = run().succeeds();
    let over = format!("overlays/{tenant}");
    assert!(laid.stdout.contains(&format!("{over}/argocd/application-{tenant}.yaml created")), "{laid}");
    let built = Kubectl::new().dir(dir.path()).run(["kustomize", &over]).succeeds();
    assert!(built.stdout.contains("targetPort: agent-mtls"), "{built}");
    assert!(run().succeeds().stdout.lines().all(|line| line.ends_with(" unchanged")));
    let base = ["verify", tenant, "--control-plane-namespace", &ground.control_plane, "-f", &over];
    server.kubectl().dir(dir.path()).seldon(base.iter().chain(&["--select", "SCS05"])).succeeds();
}

fn helm(server: &Server) {
    let ground = Ground::serving(server);
    let marks =
        json!({"meta.helm.sh/release-name": "seldon-runtime", "meta.helm.sh/release-namespace": ground.control_plane});
    let overrides = json!([{"name": "seldon-scheduler", "serviceType": "LoadBalancer"}]);
    let change = json!({"metadata": {"annotations": marks}, "spec": {"overrides": overrides}});
    ground.api.merge(RUNTIME, &ground.control_plane, "seldon", &change);
    let exposed = json!({"spec": {"type": "LoadBalancer"}});
    ground.api.merge(SERVICE, &ground.control_plane, pattern::SCHEDULER_SERVICE, &exposed);
    let before = contents(&ground);
    let release = format!("Helm release `{}/seldon-runtime`", ground.control_plane);
    let output = fix(&ground, &["-y", "--unsafe", "--select", "SCS0109"]).ends_with(2).says(&[
        &format!("is owned by {release}"),
        "scheduler:\n  serviceType: ClusterIP\n",
        &format!("helm upgrade seldon-runtime CHART --namespace {} --reuse-values", ground.control_plane),
    ]);
    assert!(!output.stderr.contains("replicas"), "{output}");
    assert_eq!(contents(&ground), before);
}
