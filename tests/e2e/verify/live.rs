//! `verify` on real API servers.

use std::time::Duration;

use serde_json::json;

use super::with_result;
use crate::harness::{
    control_plane::Server,
    plan::Plan,
    proxy::Proxy,
    tenant::{Ground, MODEL, NAMESPACE, SERVER, SERVICE, unique},
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("verify::live::serving_tenant_is_clean", serving);
    plan.cluster("verify::live::missing_alias_is_found", missing_alias);
    plan.cluster("verify::live::only_what_was_asked_about_is_judged", only_what_was_asked_about);
    plan.cluster("verify::live::name_that_another_tenant_has_is_found", collision);
    plan.cluster("verify::live::profile_names_tenants_and_control_plane", profile);
    plan.cluster("verify::live::secret_is_looked_for_by_name", secrets);
    plan.cluster("verify::live::misspelled_namespace_is_one_error", misspelled);
    plan.cluster("verify::live::unreachable_server_is_one_error", unreachable);
    plan.own_cluster("verify::live::requests_grow_with_kinds_and_not_with_tenants", requests);
}

fn serving(server: &Server) {
    let ground = Ground::serving(server);
    let output = ground.verify(&[&ground.tenant, "--fail-on", "warning", "-o", "json"]).succeeds();
    assert_eq!(with_result(&output, "unknown"), [""; 0], "{output}");
    let passed = with_result(&output, "pass");
    for expected in [
        format!("SCS0504 Service {}/seldon-scheduler", ground.tenant),
        format!("SCS0310 Secret {}/seldon-rclone-gs-public", ground.tenant),
        format!("SCS0208 SeldonRuntime {0}/{0}-runtime", ground.tenant),
        format!("SCS0103 StatefulSet {}/seldon-scheduler", ground.control_plane),
    ] {
        assert!(passed.contains(&expected), "{expected} is not among {passed:#?}");
    }
    // The namespace may be named as kubectl has it.
    let by_flag = ground.verify(&["-n", &ground.tenant, "--fail-on", "warning", "-o", "json"]).succeeds();
    assert_eq!(by_flag.stdout, output.stdout);
}

fn missing_alias(server: &Server) {
    let ground = Ground::serving(server);
    ground.api.delete(SERVICE, &ground.tenant, "seldon-scheduler");
    let output = ground.verify(&[&ground.tenant]).ends_with(1);
    assert!(output.stdout.contains("E SCS0501 alias-missing"), "{output}");
    assert!(output.stdout.contains(&ground.tenant), "{output}");
    // What the operator made of it instead.
    let output = ground.verify(&[&ground.tenant, "-o", "json"]).ends_with(1);
    let expected = format!("SCS0501 Service {}/seldon-scheduler", ground.tenant);
    assert!(with_result(&output, "fail").contains(&expected), "{output}");
}

fn only_what_was_asked_about(server: &Server) {
    let ground = Ground::serving(server);
    let other = unique("risk");
    ground.namespace(&other);
    ground.onboard_also(&other);
    ground.api.delete(SERVICE, &other, "seldon-scheduler");
    ground.verify(&[&ground.tenant]).succeeds();
    let both = ground.verify(&[&ground.tenant, &other, "-o", "json"]).ends_with(1);
    assert!(with_result(&both, "fail").contains(&format!("SCS0501 Service {other}/seldon-scheduler")), "{both}");
    let all = ground.verify(&["-A", "-o", "json"]);
    assert!(with_result(&all, "fail").contains(&format!("SCS0501 Service {other}/seldon-scheduler")), "{all}");
    assert!(
        with_result(&all, "pass").contains(&format!("SCS0501 Service {}/seldon-scheduler", ground.tenant)),
        "{all}"
    );
}

fn collision(server: &Server) {
    let ground = Ground::serving(server);
    let other = unique("risk");
    ground.onboard_also(&other);
    let name = format!("{}-mlserver", ground.tenant);
    let spec = json!({"serverConfig": "mlserver", "replicas": 1});
    ground.api.create(&json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Server",
        "metadata": {"name": name, "namespace": other}, "spec": spec}));
    let output = ground.verify(&[&ground.tenant, "-o", "json"]).ends_with(1);
    assert!(with_result(&output, "fail").contains(&format!("SCS0304 Server {}/{name}", ground.tenant)), "{output}");
    ground.api.delete(SERVER, &other, &name);
    ground.verify(&[&ground.tenant]).succeeds();
}

fn profile(server: &Server) {
    let ground = Ground::serving(server);
    let dir = tempfile::TempDir::new().unwrap();
    let file = dir.path().join("profile.yaml");
    let control_plane = &ground.control_plane;
    let text = format!("controlPlane: {{namespace: {control_plane}}}\ntenants: [{{namespace: {}}}]\n", ground.tenant);
    std::fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    let kubectl = || server.kubectl();
    let by_profile = kubectl().seldon(["verify", "--profile", &file, "-o", "json"]).succeeds();
    assert_eq!(by_profile.stdout, ground.verify(&[&ground.tenant, "-o", "json"]).stdout);
    kubectl().seldon(["verify", "--profile", &file, &ground.tenant]).succeeds();
    let stranger = kubectl().seldon(["verify", "--profile", &file, "elsewhere"]).ends_with(2);
    stranger.says(&["error: the profile declares no tenant `elsewhere`"]);
}

fn secrets(server: &Server) {
    let ground = Ground::serving(server);
    let secret = |name: &str, data: serde_json::Value| {
        ground.api.create(&json!({"apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": name, "namespace": ground.tenant}, "data": data}));
    };
    let model = |name: &str, secret: &str| {
        let name = format!("{}-{name}", ground.tenant);
        let spec = json!({"storageUri": "s3://a/b", "requirements": ["sklearn"], "secretName": secret,
            "server": format!("{}-mlserver", ground.tenant)});
        ground.api.create(&json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Model",
            "metadata": {"name": name, "namespace": ground.tenant}, "spec": spec}));
        ground.ready(MODEL, &name);
    };
    secret("two-keys", json!({"a": "c2VjcmV0LXZhbHVl", "b": "c2VjcmV0LXZhbHVl"}));
    secret("one-key", json!({"a": "c2VjcmV0LXZhbHVl"}));
    model("a", "two-keys");
    model("b", "one-key");
    model("c", "none");
    ground.api.delete("v1/Secret", &ground.tenant, "seldon-rclone-gs-public");
    let output = ground.verify(&[&ground.tenant, "-o", "json"]).ends_with(1);
    let tenant = &ground.tenant;
    let expected = [format!("SCS0408 Model {tenant}/{tenant}-a"), format!("SCS0408 Model {tenant}/{tenant}-c")];
    let failed = with_result(&output, "fail");
    assert_eq!(failed.iter().filter(|one| one.starts_with("SCS0408")).cloned().collect::<Vec<_>>(), expected);
    assert!(failed.contains(&format!("SCS0310 Secret {tenant}/seldon-rclone-gs-public")), "{output}");
    assert!(with_result(&output, "pass").contains(&format!("SCS0408 Model {tenant}/{tenant}-b")), "{output}");
    assert!(!output.to_string().contains("c2VjcmV0LXZhbHVl"), "{output}");
}

fn misspelled(server: &Server) {
    let ground = Ground::serving(server);
    let nearly = format!("{}x", ground.tenant);
    let output = ground.verify(&[&nearly]).ends_with(2);
    output.says(&[
        &format!("error: the cluster has no namespace `{nearly}`\n"),
        &format!("hint: did you mean `{}`?\n", ground.tenant),
    ]);
    let output =
        server.kubectl().seldon(["verify", &ground.tenant, "--control-plane-namespace", "nowhere"]).ends_with(2);
    output.says(&["error: the cluster has no namespace `nowhere`, so there is no control plane in it\n"]);
}

fn unreachable(server: &Server) {
    let ground = Ground::empty(server);
    let output = ground.verify(&[&ground.tenant, "--server", "https://127.0.0.1:1"]).ends_with(2);
    output.says(&["error: cannot reach the API server at https://127.0.0.1:1"]);
}

/// Fifty tenants take as many requests as one, but for the pages of long lists.
fn requests(server: &Server) {
    let ground = Ground::serving(server);
    let proxy = Proxy::start(server, Duration::ZERO);
    let count = |arguments: &[&str]| {
        ground.verify(&[arguments, &["--server", &proxy.url]].concat());
        let requests = proxy.requests();
        assert!(requests.iter().all(|request| request.starts_with("GET ")), "{requests:#?}");
        requests
    };
    let one = count(&["-A"]);
    assert!(one.len() <= 20, "{one:#?}");
    let single = count(&[&ground.tenant]);
    assert!(single.len() <= 26, "{single:#?}");

    let others: Vec<String> = (0..50).map(|_| unique("many")).collect();
    for other in &others {
        ground.namespace(other);
        let alias = ground.api.get(SERVICE, &ground.tenant, "seldon-scheduler");
        let spec = json!({"type": "ExternalName", "externalName": alias["spec"]["externalName"]});
        ground.api.create(&json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "seldon-scheduler", "namespace": other}, "spec": spec}));
        ground.api.create(&json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Server",
            "metadata": {"name": format!("{other}-mlserver"), "namespace": other}, "spec": {"serverConfig": "mlserver"}}));
    }
    let many = count(&["-A"]);
    assert_eq!(many.len(), one.len(), "{many:#?}");

    // Pages: 500 objects each.
    for index in 0..500 {
        let name = format!("page-{index}");
        ground.api.create(&json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": name, "namespace": others[0]}, "spec": {"type": "ExternalName", "externalName": "a.test"}}));
    }
    let paged = count(&["-A"]);
    assert_eq!(paged.len(), many.len() + 1, "{paged:#?}");
    assert_eq!(
        paged.iter().filter(|request| request.contains("/services?") && request.contains("continue=")).count(),
        1
    );
    assert!(ground.api.find(NAMESPACE, "", &ground.tenant).is_some());
}
