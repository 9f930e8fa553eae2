//! What is shown instead of done, and in which format.

use serde_json::{Value, json};

use super::{everything_in, writing_nothing};
use crate::harness::{
    control_plane::Server,
    files::{identity, objects},
    plan::Plan,
    tenant::{Ground, NAMESPACE},
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("onboard::dry_run_on_the_server_writes_nothing", dry_run_on_the_server);
    plan.cluster("onboard::dry_run_of_the_client_asks_no_server", dry_run_of_the_client);
    plan.cluster("onboard::diff_of_a_new_tenant", diff_of_a_new_tenant);
    plan.cluster("onboard::diff_of_changes", diff_of_changes);
    plan.cluster("onboard::diff_masks_secrets", diff_masks_secrets);
    plan.cluster("onboard::output_as_yaml_json_and_names", output);
    plan.cluster("onboard::output_shows_no_value_that_others_put_into_a_secret", output_of_a_secret);
    plan.cluster("onboard::values_in_annotations_of_a_secret_are_not_shown", copied_values);
    plan.cluster("onboard::output_goes_with_dry_run", output_of_a_dry_run);
}

fn dry_run_on_the_server(server: &Server) {
    let ground = Ground::healthy(server);
    let new = writing_nothing(&ground, || ground.onboard(&["--dry-run=server"])).succeeds();
    assert!(new.stdout.lines().all(|line| line.ends_with(" created (server dry run)")), "{new}");
    assert_eq!(new.stdout.lines().count(), 9, "{new}");

    ground.onboard(&[]).succeeds();
    let changed = writing_nothing(&ground, || ground.onboard(&["--dry-run=server", "--replicas", "2"])).succeeds();
    let lines: Vec<&str> =
        changed.stdout.lines().filter(|line| !line.ends_with(" unchanged (server dry run)")).collect();
    assert_eq!(lines, [format!("server.mlops.seldon.io/mlserver -n {} configured (server dry run)", ground.tenant)]);
    // What the API server would refuse, it refuses.
    let label = ["--dry-run=server", "--wiring", "relay", "--relay-image", ""];
    let refused = writing_nothing(&ground, || ground.onboard(&label));
    assert_ne!(refused.status, 0, "{refused}");
}

fn dry_run_of_the_client(server: &Server) {
    let ground = Ground::healthy(server);
    for flag in ["--dry-run", "--dry-run=client"] {
        let output = writing_nothing(&ground, || ground.onboard(&[flag, "--server", "https://127.0.0.1:1"])).succeeds();
        assert!(output.stdout.lines().all(|line| line.ends_with(" built (client dry run)")), "{output}");
    }
}

fn diff_of_a_new_tenant(server: &Server) {
    let ground = Ground::healthy(server);
    let output = writing_nothing(&ground, || ground.onboard(&["--diff"])).ends_with(1);
    let heads: Vec<&str> = output.stdout.lines().filter(|line| line.starts_with("--- ")).collect();
    assert_eq!(heads, ["--- /dev/null"; 9], "{output}");
    assert!(output.stdout.contains("+  type: ExternalName\n"), "{output}");
    assert!(!output.stdout.contains('\u{1b}'), "colours in a pipe: {output}");
    let coloured = ground.onboard(&["--diff", "--color", "always"]).ends_with(1);
    assert!(coloured.stdout.contains("\u{1b}["), "{coloured}");
    ground.onboard(&[]).succeeds();
    let clean = writing_nothing(&ground, || ground.onboard(&["--diff"])).succeeds();
    assert_eq!(clean.stdout, "");
}

fn diff_of_changes(server: &Server) {
    let ground = Ground::healthy(server);
    ground.onboard(&[]).succeeds();
    let output = writing_nothing(&ground, || ground.onboard(&["--diff", "--replicas", "4"])).ends_with(1);
    let head = format!("{}/server.mlops.seldon.io/mlserver", ground.tenant);
    assert!(output.stdout.starts_with(&format!("--- a/{head}\n+++ b/{head}\n@@ ")), "{output}");
    assert!(output.stdout.contains("\n-  replicas: 1\n+  replicas: 4\n"), "{output}");
    let changed = output.stdout.lines().filter(|line| line.starts_with(['+', '-'])).count();
    assert_eq!(changed, 4, "bookkeeping is shown as a change: {output}");
}

/// A Secret with a value that nobody may see.
fn foreign_secret(ground: &Ground<'_>, key: &str) {
    ground.namespace(&ground.tenant);
    ground.api.create(&json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "seldon-rclone-gs-public", "namespace": ground.tenant},
        "stringData": {key: "hunter2"},
    }));
}

/// The values, plain and encoded, as no output may hold them.
const VALUES: [&str; 4] = ["hunter2", "aHVudGVyMg", "swordfish", "c3dvcmRmaXNo"];

#[track_caller]
fn is_silent(texts: [&str; 2]) {
    for value in VALUES {
        for text in texts {
            assert!(!text.contains(value), "{value} is shown: {text}");
        }
    }
}

fn diff_masks_secrets(server: &Server) {
    let ground = Ground::healthy(server);
    foreign_secret(&ground, "gs");
    let output = writing_nothing(&ground, || ground.onboard(&["--diff", "--force-conflicts"])).ends_with(1);
    assert!(output.stdout.contains("\n-  gs: \"***\"\n+  gs: \"*** (differs)\"\n"), "{output}");
    is_silent([&output.stdout, &output.stderr]);
    let conflict = writing_nothing(&ground, || ground.onboard(&[])).ends_with(2).says(&[".data.gs", "test"]);
    is_silent([&conflict.stdout, &conflict.stderr]);
}

fn output_of_a_secret(server: &Server) {
    for key in ["gs", "token"] {
        let ground = Ground::healthy(server);
        foreign_secret(&ground, key);
        for format in ["yaml", "json"] {
            let output = ground.onboard(&["--force-conflicts", "-o", format]).succeeds();
            // One that stays its owner's is not printed at all.
            assert_eq!(output.stdout.contains("seldon-rclone-gs-public"), key == "gs", "{output}");
            is_silent([&output.stdout, &output.stderr]);
        }
    }
}

/// A Secret as `kubectl apply` leaves it, with its values in an annotation as well, and as a tool that
/// copies Secrets may leave it.
fn copied_values(server: &Server) {
    for keys in [&["token"][..], &["a", "b"], &["gs"]] {
        let ground = Ground::healthy(server);
        ground.namespace(&ground.tenant);
        let data: Value =
            keys.iter().map(|key| ((*key).to_owned(), json!("swordfish"))).collect::<serde_json::Map<_, _>>().into();
        let metadata = json!({
            "name": "seldon-rclone-gs-public",
            "namespace": ground.tenant,
            "annotations": {"copy.example.com/values": "hunter2"},
        });
        let object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data});
        let dir = tempfile::TempDir::new().unwrap();
        let file = dir.path().join("secret.json");
        std::fs::write(&file, object.to_string()).unwrap();
        server.kubectl().run(["apply", "-f", &file.display().to_string()]).succeeds();
        let live = ground.api.get("v1/Secret", &ground.tenant, "seldon-rclone-gs-public");
        assert!(live["metadata"]["annotations"].to_string().contains("swordfish"), "{live:#}");
        for arguments in [
            &["--diff"][..],
            &["--diff", "--force-conflicts"],
            &["--dry-run=server", "-o", "yaml", "--force-conflicts"],
            &["--dry-run=server", "-o", "json"],
            &["-o", "yaml", "--force-conflicts"],
            &["-o", "json", "--force-conflicts"],
        ] {
            let output = ground.onboard(arguments);
            is_silent([&output.stdout, &output.stderr]);
        }
    }
}

fn identities(list: &[Value]) -> Vec<String> {
    list.iter().map(identity).collect()
}

fn output(server: &Server) {
    let ground = Ground::healthy(server);
    let yaml = ground.onboard(&["-o", "yaml"]).succeeds();
    let written = objects(&yaml.stdout);
    assert_eq!(written.len(), 9, "{yaml}");
    for object in &written {
        let metadata = &object["metadata"];
        assert!(
            metadata["uid"].is_string() && metadata["resourceVersion"].is_string(),
            "not what was written: {object:#}"
        );
        assert_eq!(metadata.get("managedFields"), None);
    }
    let json = writing_nothing(&ground, || ground.onboard(&["-o", "json"])).succeeds();
    let list: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&list["kind"], &list["apiVersion"]), (&json!("List"), &json!("v1")));
    assert_eq!(list["items"].as_array().unwrap().as_slice(), written.as_slice());

    let names = ground.onboard(&["-o", "name"]).succeeds();
    assert_eq!(names.stdout.lines().next(), Some(format!("namespace/{}", ground.tenant).as_str()));
    // kubectl understands each of them.
    let arguments = ["get", "-n", &ground.tenant, "-o", "json"];
    let found = server.kubectl().run(arguments.into_iter().chain(names.stdout.lines())).succeeds();
    let found: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(identities(found["items"].as_array().unwrap()), identities(&written));
}

fn output_of_a_dry_run(server: &Server) {
    let ground = Ground::healthy(server);
    for place in ["--dry-run=server", "--dry-run=client"] {
        let yaml = writing_nothing(&ground, || ground.onboard(&[place, "-o", "yaml"])).succeeds();
        assert_eq!(objects(&yaml.stdout).len(), 9, "{yaml}");
    }
    assert!(ground.api.find(NAMESPACE, "", &ground.tenant).is_none());
    assert!(everything_in(&ground, &[&ground.tenant]).is_empty());
}
