//! What others put into a tenant's namespace, and what they wrote on it.

use serde_json::{Value, json};

use super::writing_nothing;
use crate::harness::{
    control_plane::Server,
    operator,
    plan::Plan,
    tenant::{Ground, RUNTIME, SERVICE},
};

const SECRET: &str = "seldon-rclone-gs-public";

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("onboard::secret_with_one_key_of_its_owner_is_left_alone", secret);
    plan.cluster("onboard::secret_with_keys_of_others_is_refused", crowded_secret);
    plan.cluster("onboard::secret_with_another_value_is_refused_with_the_way_out", other_value);
    plan.cluster("onboard::pods_of_others_that_a_policy_selects_are_named", touched_pods);
    plan.cluster("onboard::operators_service_among_objects_of_a_controller_is_refused", siblings);
    plan.cluster("onboard::escapes_in_marks_do_not_reach_the_terminal", escapes);
}

/// A second key would make the agents refuse it.
fn secret(server: &Server) {
    let ground = Ground::healthy(server);
    ground.namespace(&ground.tenant);
    let metadata = json!({"name": SECRET, "namespace": ground.tenant});
    let made = ground.api.create(
        &json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"s3": "[s3]\ntype = s3"}}),
    );
    let diff = ground.onboard(&["--diff"]).ends_with(1);
    assert!(!diff.stdout.contains(SECRET), "{diff}");
    let line = format!("secret/{SECRET} -n {} unchanged", ground.tenant);
    let doubt = format!("note: Secret {}/{SECRET} is left as it is, but does not hold an rclone remote", ground.tenant);
    diff.says(&[&doubt]);
    let output = ground.onboard(&[]).succeeds();
    let output = output.says(&[&doubt]);
    assert!(!output.stderr.contains("[s3]"), "{output}");
    assert!(output.stdout.lines().any(|one| one == line), "{output}");
    assert_eq!(ground.api.get("v1/Secret", &ground.tenant, SECRET), made);
    writing_nothing(&ground, || ground.onboard(&["--force-conflicts", "--force-live"])).succeeds();
    // Without its values it would be another Secret, so it is not printed.
    let printed = ground.onboard(&["--dry-run=server", "-o", "yaml"]).succeeds();
    assert!(printed.stdout.contains("kind: Server") && !printed.stdout.contains("kind: Secret"), "{printed}");
    printed.says(&["is left alone and not printed"]);
    let remote = json!({"stringData": {"s3": "{\"name\": \"s3\", \"type\": \"s3\", \"parameters\": {}}"}});
    ground.api.merge("v1/Secret", &ground.tenant, SECRET, &remote);
    let output = ground.onboard(&[]).succeeds();
    assert!(!output.stderr.contains("rclone remote"), "{output}");
}

/// The agents exit when the Secret has more keys than one, whoever wrote them.
fn crowded_secret(server: &Server) {
    for (keys, said) in
        [(&["a", "b"][..], "`a`, `b`, `gs`"), (&["gs", "token"], "`gs`, `token`"), (&["a", "b", "c"], "`c`")]
    {
        let ground = Ground::healthy(server);
        ground.namespace(&ground.tenant);
        let data: serde_json::Map<_, _> = keys.iter().map(|key| ((*key).to_owned(), json!("swordfish"))).collect();
        let metadata = json!({"name": SECRET, "namespace": ground.tenant});
        let made =
            ground.api.create(&json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}));
        for arguments in [&[][..], &["--force-conflicts"], &["--diff"], &["--dry-run=server"]] {
            let output = writing_nothing(&ground, || ground.onboard(arguments)).ends_with(2);
            let object = format!("  Secret {}/{SECRET} would have ", ground.tenant);
            let output = output.says(&["only with exactly one key:\n", &object, said, "hint: leave it one key"]);
            assert!(!output.stderr.contains("swordfish"), "{output}");
        }
        assert_eq!(ground.api.get("v1/Secret", &ground.tenant, SECRET), made);
        // One key of any other name will do.
        let only = json!({"data": {"a": null, "b": null, "gs": null, "token": "c2VjcmV0"}});
        ground.api.merge("v1/Secret", &ground.tenant, SECRET, &only);
        if keys.len() == 2 {
            ground.onboard(&[]).succeeds();
        }
    }
}

fn other_value(server: &Server) {
    let ground = Ground::healthy(server);
    ground.namespace(&ground.tenant);
    let metadata = json!({"name": SECRET, "namespace": ground.tenant});
    let made = ground
        .api
        .create(&json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"gs": "theirs"}}));
    let refused = writing_nothing(&ground, || ground.onboard(&[])).ends_with(2);
    refused.says(&[".data.gs", "--force-conflicts", "`rcloneSecret: external` in a profile"]);
    let dir = tempfile::TempDir::new().unwrap();
    let file = dir.path().join("profile.yaml");
    let tenant = json!({"namespace": ground.tenant, "rcloneSecret": "external"});
    let profile = json!({"controlPlane": {"namespace": ground.control_plane}, "tenants": [tenant]});
    std::fs::write(&file, profile.to_string()).unwrap();
    server.kubectl().seldon(["onboard", "-f", &file.display().to_string()]).succeeds();
    assert_eq!(ground.api.get("v1/Secret", &ground.tenant, SECRET), made);
}

fn touched_pods(server: &Server) {
    let ground = Ground::healthy(server);
    ground.namespace(&ground.tenant);
    for (name, component) in [("web", "web"), ("mlserver-0", "seldon-server")] {
        let metadata =
            json!({"name": name, "namespace": ground.tenant, "labels": {"app.kubernetes.io/name": component}});
        let spec = json!({"containers": [{"name": "c", "image": "registry.test/c:1"}]});
        ground.api.create(&json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}));
    }
    let says = format!("note: {}: the policies also select pods that are not Seldon's: web\n", ground.tenant);
    let every_pod = ["--network-policy-scope", "namespace"];
    for arguments in [&["--dry-run=server"][..], &[]] {
        let seldons = ground.onboard(arguments).succeeds();
        assert!(!seldons.stderr.contains("also select pods"), "{seldons}");
        ground.onboard(&[&every_pod[..], arguments].concat()).succeeds().says(&[&says]);
    }
}

/// While a tenant has no alias, every control plane takes its names for taken.
const OWN_NAME: [&str; 2] = ["--server-name", "{namespace}-s"];

/// The operator's Service carries no mark of whoever owns the runtime that made it.
fn siblings(server: &Server) {
    for (marks, owner, form) in [
        (
            json!({"annotations": {"argocd.argoproj.io/tracking-id": "team-a:mlops.seldon.io/SeldonRuntime:TENANT/TENANT-runtime"}}),
            "Argo CD application `team-a` (annotation `argocd.argoproj.io/tracking-id`)",
            "argocd",
        ),
        (
            json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "tenants", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}),
            "Flux Kustomization `flux-system/tenants` (labels `kustomize.toolkit.fluxcd.io/*`)",
            "flux",
        ),
    ] {
        let ground = Ground::healthy(server);
        ground.onboard(&OWN_NAME).succeeds();
        let runtime = format!("{}-runtime", ground.tenant);
        let marks = marks.to_string().replace("TENANT", &ground.tenant);
        let marks: Value = serde_json::from_str(&marks).unwrap();
        ground.api.merge(RUNTIME, &ground.tenant, &runtime, &json!({"metadata": marks}));
        ground.api.delete(SERVICE, &ground.tenant, "seldon-scheduler");
        assert_eq!(operator::reconcile(&ground).action, "Create");
        let service = ground.api.get(SERVICE, &ground.tenant, "seldon-scheduler");
        assert_eq!(service["metadata"]["ownerReferences"][0]["kind"], "SeldonRuntime");
        assert!(!service.to_string().contains("argocd") && !service.to_string().contains("fluxcd"), "{service:#}");

        let output = writing_nothing(&ground, || ground.onboard(&OWN_NAME)).ends_with(2);
        output.says(&[
            &format!("  Service {}/seldon-scheduler is owned by {owner}\n", ground.tenant),
            &format!("--emit {form} --out"),
            "hint: --force-live changes them all the same\n",
        ]);
        let forced = ground.onboard(&[&OWN_NAME[..], &["--force-live"]].concat()).succeeds();
        let adopted = format!("service/seldon-scheduler -n {} adopted", ground.tenant);
        assert!(forced.stdout.lines().any(|line| line == adopted), "{forced}");
    }
}

/// Sequences that change a terminal's title, clear it and ring its bell.
const ESCAPES: &str = "pwned\u{1b}]0;pwned\u{7}\u{1b}[2J\u{9b}2J";

fn escapes(server: &Server) {
    for (annotation, value) in [
        ("argocd.argoproj.io/tracking-id", format!("{ESCAPES}:mlops.seldon.io/SeldonRuntime:TENANT/TENANT-runtime")),
        ("meta.helm.sh/release-name", ESCAPES.to_owned()),
        ("contact", ESCAPES.to_owned()),
    ] {
        let ground = Ground::healthy(server);
        ground.onboard(&[]).succeeds();
        let runtime = format!("{}-runtime", ground.tenant);
        let value = value.replace("TENANT", &ground.tenant);
        ground.api.merge(RUNTIME, &ground.tenant, &runtime, &json!({"metadata": {"annotations": {annotation: value}}}));
        let mut shown = 0;
        for arguments in [
            &[][..],
            &["--diff"],
            &["--diff", "--force-live"],
            &["--dry-run=server", "--force-live", "-o", "yaml"],
            &["--dry-run=server", "--force-live", "-o", "json"],
            &["--dry-run=server", "--force-live"],
            &["--force-live"],
        ] {
            let change = ["--component", "hodometer=0", "--color", "always"];
            let output = ground.onboard(&[&change, arguments].concat());
            for text in [&output.stdout, &output.stderr] {
                for raw in ["\u{1b}]", "\u{1b}[2J", "\u{7}", "\u{9b}"] {
                    assert!(!text.contains(raw), "{raw:?} is printed by {arguments:?}: {text:?}");
                }
                shown += usize::from(text.contains("pwned"));
            }
        }
        assert!(shown > 1, "{annotation} was hardly shown");
    }
}
