//! Several tenants, and names that are global to a scheduler.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use super::{everything_in, writing_nothing};
use crate::harness::{
    control_plane::Server,
    files::objects,
    plan::Plan,
    tenant::{Ground, unique},
};

const SERVER: &str = "mlops.seldon.io/v1alpha1/Server";

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("onboard::several_tenants_at_once", several);
    plan.cluster("onboard::tenants_of_a_profile", profile);
    plan.cluster("onboard::taken_server_name_is_avoided", avoided);
    plan.cluster("onboard::taken_server_name_that_is_asked_for_is_refused", refused);
    plan.cluster("onboard::taken_model_name_is_refused", model);
    plan.cluster("onboard::name_of_a_tenant_of_another_scheduler_is_free", another_scheduler);
    plan.own_cluster("onboard::tenants_that_ingress_would_cut_off_are_named", cut_off);
    plan.cluster("onboard::emit_with_check_live_uses_the_names_of_the_cluster", check_live);
}

fn seldon(server: &Server, control_plane: &str, arguments: &[&str]) -> crate::harness::kubectl::Output {
    server.kubectl().seldon([arguments, &["--control-plane-namespace", control_plane]].concat())
}

fn several(server: &Server) {
    let ground = Ground::healthy(server);
    let other = unique("risk");
    let run = || ground.onboard(&[&other]);
    let output = run().succeeds();
    assert!(output.stdout.lines().all(|line| line.ends_with(" created")), "{output}");
    for tenant in [&ground.tenant, &other] {
        assert!(ground.api.find(SERVER, tenant, &format!("{tenant}-mlserver")).is_some(), "{output}");
    }
    let before = everything_in(&ground, &[&other]);
    let again = writing_nothing(&ground, run).succeeds();
    assert!(again.stdout.lines().all(|line| line.ends_with(" unchanged")), "{again}");
    assert!(everything_in(&ground, &[&other]) == before, "the other tenant was written");
    // One of them alone keeps the name it was given among several.
    let alone = writing_nothing(&ground, || ground.onboard(&[])).succeeds();
    assert!(
        alone.stdout.contains(&format!("server.mlops.seldon.io/{0}-mlserver -n {0} unchanged", ground.tenant)),
        "{alone}"
    );
}

fn profile(server: &Server) {
    let ground = Ground::healthy(server);
    let (other, third) = (unique("risk"), unique("fraud"));
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("profile.yaml").display().to_string();
    let profile = json!({
        "controlPlane": {"namespace": ground.control_plane},
        "tenants": [
            {"namespace": ground.tenant, "labels": {"team": "a"}, "servers": [{"name": "{namespace}-s", "replicas": 2}]},
            {"namespace": other, "networkPolicy": {"set": "none"}},
            {"namespace": third},
        ],
    });
    fs::write(&file, profile.to_string()).unwrap();
    server.kubectl().seldon(["onboard", "-f", &file, &ground.tenant, &other]).succeeds();
    assert_eq!(ground.api.get(SERVER, &ground.tenant, &format!("{}-s", ground.tenant))["spec"]["replicas"], 2);
    assert_eq!(ground.api.get("v1/Namespace", "", &ground.tenant)["metadata"]["labels"]["team"], "a");
    assert!(ground.api.list("networking.k8s.io/v1/NetworkPolicy", &other).is_empty());
    assert!(ground.api.find("v1/Namespace", "", &third).is_none(), "a tenant that was not named");
    server.kubectl().seldon(["onboard", "-f", &file]).succeeds();
    assert!(ground.api.find("v1/Namespace", "", &third).is_some());
}

fn avoided(server: &Server) {
    let ground = Ground::healthy(server);
    let other = unique("risk");
    seldon(server, &ground.control_plane, &["onboard", &other]).succeeds();
    assert!(ground.api.find(SERVER, &other, "mlserver").is_some());
    ground.onboard(&[]).succeeds();
    assert!(ground.api.find(SERVER, &ground.tenant, &format!("{}-mlserver", ground.tenant)).is_some());
    assert!(ground.api.find(SERVER, &ground.tenant, "mlserver").is_none());
}

fn refused(server: &Server) {
    let ground = Ground::healthy(server);
    let other = unique("risk");
    seldon(server, &ground.control_plane, &["onboard", &other]).succeeds();
    let wanted = format!(
        "error: Server name `mlserver` for tenant `{0}` is already used by `{other}` on the same scheduler, where Server names are global; `{0}-mlserver` is free",
        ground.tenant
    );
    writing_nothing(&ground, || ground.onboard(&["--server-name", "mlserver"])).ends_with(2).says(&[&wanted]);
}

fn model(server: &Server) {
    let ground = Ground::healthy(server);
    let other = unique("risk");
    let income = "income=gs://bucket/income,sklearn";
    seldon(server, &ground.control_plane, &["onboard", &other, "--model", income]).succeeds();
    let output = writing_nothing(&ground, || ground.onboard(&["--model", income])).ends_with(2);
    output.says(&[&format!("already used by `{other}`"), &format!("`{}-income` is free", ground.tenant)]);
}

fn another_scheduler(server: &Server) {
    let (ground, elsewhere) = (Ground::healthy(server), Ground::healthy(server));
    elsewhere.onboard(&[]).succeeds();
    assert!(elsewhere.api.find(SERVER, &elsewhere.tenant, "mlserver").is_some());
    ground.onboard(&[]).succeeds();
    assert!(ground.api.find(SERVER, &ground.tenant, "mlserver").is_some());
}

fn cut_off(server: &Server) {
    let ground = Ground::healthy(server);
    let other = unique("risk");
    seldon(server, &ground.control_plane, &["onboard", &other]).succeeds();
    let output = writing_nothing(&ground, || ground.onboard(&["--control-plane-ingress"])).ends_with(2);
    output.says(&["would cut the scheduler off from", &other]);
    // Files are for a repository, so who would be cut off is said and stops nothing.
    let emit = ["--control-plane-ingress", "--emit", "yaml"];
    let says = format!("the policy for --control-plane-ingress would cut the scheduler off from {other}, ");
    let emitted = writing_nothing(&ground, || ground.onboard(&[&emit[..], &["--check-live"]].concat())).succeeds();
    emitted.says(&[&says]);
    ground.onboard(&emit).succeeds().says(&["shuts every tenant out of the scheduler", "--check-live names them"]);
    let both = ground.onboard(&[&[other.as_str(), "--check-live"], &emit[..]].concat()).succeeds();
    assert!(!both.stderr.contains("cut the scheduler off"), "{both}");
    ground.onboard(&[&other, "--control-plane-ingress"]).succeeds();
    let isolated = ground.onboard(&[&emit[..], &["--check-live"]].concat()).succeeds();
    assert!(!isolated.stderr.contains("cut the scheduler off"), "{isolated}");
}

fn check_live(server: &Server) {
    let ground = Ground::healthy(server);
    let other = unique("risk");
    seldon(server, &ground.control_plane, &["onboard", &other]).succeeds();
    ground.configure(&json!({"serviceConfig": {"grpcServicePrefix": "grpc-"}}));
    let arguments = ["--emit", "yaml", "--check-live", "--wiring", "relay"];
    let output = writing_nothing(&ground, || ground.onboard(&arguments)).succeeds();
    let emitted = objects(&output.stdout);
    let find = |kind: &str| emitted.iter().find(|object| object["kind"] == kind).unwrap();
    assert_eq!(find("Server")["metadata"]["name"], format!("{}-mlserver", ground.tenant));
    assert_eq!(find("Deployment")["spec"]["template"]["spec"]["containers"][0]["image"], "registry.test/envoy:1");
    assert_eq!(find("Service")["spec"]["ports"][0]["name"], "grpc-xds");
}
