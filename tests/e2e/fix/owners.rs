//! Objects that others own.

use seldon_central_core::pattern;
use serde_json::json;

use super::{alias, contents, fix, numeric_ports};
use crate::harness::{
    control_plane::Server,
    plan::Plan,
    tenant::{Ground, RUNTIME, SERVICE},
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("fix::object_of_argo_cd_is_refused_with_the_way_to_go", argo_cd);
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
        "--emit argocd --out ",
        "error: nothing was written, because owners would change it back",
    ]);
    assert_eq!(contents(&ground), before);
    fix(&ground, &["-y", "--force-live"]).succeeds();
    assert_eq!(alias(&ground)["spec"]["ports"].as_array().unwrap().len(), 6);
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
