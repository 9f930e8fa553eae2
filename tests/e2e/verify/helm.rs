//! `verify` and Helm's releases, which it reads only as far as that is of use and allowed.

use std::fs;

use seldon_central_core::helm::MAX_BYTES;
use serde_json::{Value, json};

use super::{
    outcomes,
    rights::{grant, printed, until},
    with_result,
};
use crate::harness::{
    control_plane::Server,
    helm::{content, gzip, secret},
    kubectl::{Kubectl, Output},
    plan::Plan,
    tenant::{Ground, unique},
};

const SETUP: &str = "seldon-core-v2-setup";

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("verify::helm::release_that_is_not_deployed_is_found_and_nothing_of_it_told", failed_upgrade);
    plan.cluster("verify::helm::values_are_held_against_what_is_live", values);
    plan.cluster("verify::helm::hostile_releases_are_unknown_and_harmless", hostile);
    plan.cluster("verify::helm::who_may_not_list_secrets_is_told_and_judged_by_the_rest", without_the_right);
    plan.cluster("verify::helm::versions_are_shown_with_their_evidence", versions);
    plan.cluster("verify::helm::certificate_names_are_judged_where_tls_is_on", certificate);
}

fn release(ground: &Ground<'_>, name: &str, revision: u64, status: &str, values: &Value) {
    let content = gzip(content(SETUP, status, values).to_string().as_bytes());
    ground.api.create(&secret(&ground.control_plane, name, revision, status, &content));
}

/// What is said of releases.
fn said(output: &Output) -> Vec<Value> {
    outcomes(output).into_iter().filter(|outcome| outcome["rule"] == "SCS0110").collect()
}

fn failed_upgrade(server: &Server) {
    let ground = Ground::serving(server);
    release(&ground, "any", 1, "superseded", &json!({}));
    release(&ground, "any", 2, "deployed", &json!({"controller": {"clusterwide": true}}));
    ground.verify(&[&ground.tenant, "--fail-on=warning"]).succeeds();
    release(&ground, "any", 10, "failed", &json!({"controller": {"clusterwide": true}}));
    let other = gzip(content("grafana", "failed", &json!({})).to_string().as_bytes());
    ground.api.create(&secret(&ground.control_plane, "other", 1, "failed", &other));
    let removed = gzip(content(SETUP, "uninstalled", &json!({})).to_string().as_bytes());
    ground.api.create(&secret(&ground.control_plane, "gone", 1, "uninstalled", &removed));

    let dir = tempfile::TempDir::new().unwrap();
    let file = dir.path().join("snapshot.json").display().to_string();
    let live = ground.verify(&[&ground.tenant, "-o", "json", "--save-snapshot", &file]).succeeds();
    let object = format!("SCS0110 Release {}/any", ground.control_plane);
    assert_eq!(said(&live).len(), 1, "{live}");
    assert!(with_result(&live, "fail").contains(&object), "{live}");
    let message = said(&live)[0]["message"].as_str().unwrap().to_owned();
    assert_eq!(
        message,
        format!("Helm did not get through on release any of {SETUP} 2.10.2: it is failed, not deployed")
    );
    ground.verify(&[&ground.tenant, "--fail-on=warning"]).ends_with(1);

    let saved = fs::read_to_string(&file).unwrap();
    let offline = Kubectl::new().seldon(["verify", "--snapshot", &file, "-o", "json"]).succeeds();
    assert_eq!(offline.stdout, live.stdout);
    for format in ["text", "wide", "yaml", "sarif", "markdown", "html"] {
        let output = ground.verify(&[&ground.tenant, "-o", format]).succeeds();
        assert!(!output.stdout.contains("hunter2") && !output.stderr.contains("hunter2"), "{output}");
    }
    // Neither as it is, nor encoded, nor as part of the release.
    for hidden in ["hunter2", "aHVudGVyMg", "H4sI", "stringData", "grafana"] {
        assert!(!saved.contains(hidden) && !live.stdout.contains(hidden), "{hidden}: {saved}");
    }
    // The rule is asked for by name, or left out, and then no Secret of Helm's is read.
    let without = ground.verify(&[&ground.tenant, "--ignore=SCS0110", "-v=6"]).succeeds();
    assert!(!without.stderr.contains("owner%3Dhelm"), "{without}");
}

fn values(server: &Server) {
    let ground = Ground::serving(server);
    let values = json!({
        "controller": {"clusterwide": false}, "scheduler": {"replicas": 7},
        "services": {"defaultServiceType": "ClusterIP", "serviceGRPCPrefix": ""},
        "serverConfig": {"mlserver": {"serverCapabilities": "mlserver"}},
    });
    release(&ground, "any", 1, "deployed", &values);
    let said = said(&ground.verify(&[&ground.tenant, "-o", "json"]).succeeds());
    assert_eq!(said.len(), 1, "{said:#?}");
    assert_eq!(said[0]["message"], format!("3 values of Helm release any of {SETUP} are not what is live"));
    let paths: Vec<&str> =
        said[0]["evidence"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!(
        paths,
        [
            "/spec/values/controller.clusterwide",
            "/spec/values/services.defaultServiceType",
            "/spec/values/serverConfig.mlserver.serverCapabilities",
        ]
    );
}

fn hostile(server: &Server) {
    let ground = Ground::serving(server);
    let good = gzip(content(SETUP, "failed", &json!({})).to_string().as_bytes());
    let escapes = json!({"controller": {"watchNamespaces": "\u{1b}[31mred"}, "seldonConfig": "\u{1b}]0;x\u{7}"});
    let mut escaping = content(SETUP, "\u{1b}[2J", &escapes);
    escaping["chart"]["metadata"]["version"] = json!("\u{1b}[31m2");
    for (name, content) in [
        ("cut", good[..good.len() / 2].to_vec()),
        ("bomb", gzip(&vec![b' '; MAX_BYTES + 1])),
        ("text", b"no gzip, no JSON".to_vec()),
        ("escapes", gzip(escaping.to_string().as_bytes())),
    ] {
        ground.api.create(&secret(&ground.control_plane, name, 1, "deployed", &content));
    }
    let mut not_base64 = secret(&ground.control_plane, "raw", 1, "deployed", b"");
    not_base64["data"]["release"] = json!("4pi64pi6");
    ground.api.create(&not_base64);
    let mut empty = secret(&ground.control_plane, "empty", 1, "deployed", b"");
    empty["data"] = Value::Null;
    ground.api.create(&empty);

    let output = ground.verify(&[&ground.tenant, "-o", "json"]).succeeds();
    let results: Vec<(String, String)> = said(&output)
        .iter()
        .map(|one| (one["object"]["name"].as_str().unwrap().to_owned(), one["result"].as_str().unwrap().to_owned()))
        .collect();
    let expected = [
        ("bomb", "unknown"),
        ("cut", "unknown"),
        ("empty", "unknown"),
        ("escapes", "fail"),
        ("raw", "unknown"),
        ("text", "unknown"),
    ];
    assert_eq!(results, expected.map(|(name, result)| (name.to_owned(), result.to_owned())));
    for format in ["text", "wide", "json", "short"] {
        let output = ground.verify(&[&ground.tenant, "-o", format]).succeeds();
        assert!(!output.stdout.contains('\u{1b}') && !output.stderr.contains('\u{1b}'), "{output}");
        assert!(!output.stdout.contains("[31m"), "{output}");
    }
    let wide = ground.verify(&[&ground.tenant, "-o", "wide"]).succeeds();
    for reason in ["the release has more than 16 MiB", "the release is cut off"] {
        assert!(wide.stdout.contains(reason), "{wide}");
    }
}

fn without_the_right(server: &Server) {
    let ground = Ground::serving(server);
    release(&ground, "any", 1, "failed", &json!({}));
    let marks = json!({"metadata": {"annotations": {
        "meta.helm.sh/release-name": "any", "meta.helm.sh/release-namespace": ground.control_plane}}});
    ground.api.merge("apps/v1/Deployment", &ground.control_plane, "seldon-v2-controller-manager", &marks);
    let user = unique("heidi");
    let (optional, needed): (Vec<Value>, Vec<Value>) =
        printed(&ground, &[&ground.tenant], &user).into_iter().partition(super::rights::is_optional);
    assert_eq!((optional.len(), needed.is_empty()), (2, false));
    grant(&ground, &user, &needed);
    let arguments = [ground.tenant.as_str(), "-o", "json", "--as", &user];
    let refused = until("the needed roles are not enough", || {
        let own = ground.verify(&arguments);
        (own.status == 0).then_some(own)
    });
    let said = said(&refused);
    assert_eq!((said.len(), &said[0]["result"], &said[0]["why"]), (1, &json!("unknown"), &json!("withheld")));
    assert_eq!(said[0]["object"]["name"], "any", "the label names it");
    assert_eq!(with_result(&refused, "unknown").len(), 1, "{refused}");
    let text = ground.verify(&[&ground.tenant, "--as", &user]).succeeds();
    assert!(text.stdout.contains("(optional): not allowed to"), "{text}");

    grant(&ground, &user, &optional);
    until("the optional roles are not enough", || {
        let own = ground.verify(&arguments);
        let object = format!("SCS0110 Release {}/any", ground.control_plane);
        with_result(&own, "fail").contains(&object).then_some(())
    });
}

fn versions(server: &Server) {
    let ground = Ground::serving(server);
    let image = |kind: &str, name: &str, container: &str, image: &str| {
        let mut object = ground.api.get(kind, &ground.control_plane, name);
        let containers = object["spec"]["template"]["spec"]["containers"].as_array_mut().unwrap();
        containers.iter_mut().find(|one| one["name"] == container).unwrap()["image"] = json!(image);
        ground.api.replace(&object, "test");
    };
    let (operator, scheduler) = ("apps/v1/Deployment", "apps/v1/StatefulSet");
    image(operator, "seldon-v2-controller-manager", "manager", "mirror.test/controller:2.10.2");
    image(scheduler, "seldon-scheduler", "scheduler", "mirror.test/scheduler:v2.9.1");
    let output = ground.verify(&[&ground.tenant, "-o", "json"]).succeeds();
    let report: Value = serde_json::from_str(&output.stdout).unwrap();
    let seldon = &report["seldon"];
    assert_eq!((&seldon["operator"]["version"], &seldon["scheduler"]["version"]), (&json!("2.10.2"), &json!("2.9.1")));
    let evidence = &seldon["operator"]["evidence"][0];
    assert_eq!(evidence["path"], "/spec/template/spec/containers/0/image");
    assert_eq!(seldon["notes"].as_array().unwrap().len(), 1, "{seldon:#}");
    let text = ground.verify(&[&ground.tenant]).succeeds();
    assert!(text.stdout.contains("note: versions of Seldon are mixed: operator 2.10.2, scheduler 2.9.1\n"), "{text}");

    image(operator, "seldon-v2-controller-manager", "manager", "mirror.test/controller:latest");
    let output = ground.verify(&[&ground.tenant, "-o", "json"]).succeeds();
    let report: Value = serde_json::from_str(&output.stdout).unwrap();
    let clues = report["seldon"]["operator"]["evidence"].as_array().cloned().unwrap_or_default();
    assert!(clues.iter().all(|clue| clue["path"] != "/spec/template/spec/containers/0/image"), "{clues:#?}");
}

fn certificate(server: &Server) {
    let ground = Ground::serving(server);
    let mut operator = ground.api.get("apps/v1/Deployment", &ground.control_plane, "seldon-v2-controller-manager");
    let env = operator["spec"]["template"]["spec"]["containers"][0]["env"].as_array_mut().unwrap();
    env.push(json!({"name": "CONTROL_PLANE_SECURITY_PROTOCOL", "value": "SSL"}));
    ground.api.replace(&operator, "test");
    // cert-manager is not there, so nothing tells.
    let output = ground.verify(&[&ground.tenant, "-o", "json"]).succeeds();
    assert_eq!(
        with_result(&output, "unknown"),
        [format!("SCS0507 Certificate {}/seldon-controlplane-server", ground.control_plane)]
    );
}
