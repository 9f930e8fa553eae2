//! `verify NAMESPACE -f DIR`: a repository laid over the cluster.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{outcomes, shown, with_result};
use crate::harness::{
    control_plane::Server,
    kubectl::Output,
    plan::Plan,
    tenant::{Ground, SERVER, SERVICE},
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("verify::over_live::each_finding_says_which_side_is_right", sides);
    // Which fields are unknown is what the real definitions say.
    plan.cluster_with_data("verify::over_live::manifests_are_judged_by_the_rules_for_them", |server, _| {
        of_manifests(server);
    });
    plan.cluster("verify::over_live::what_does_not_build_is_found", of_builds);
}

/// What a rule says about the tenant, with its level.
fn says(output: &Output, rule: &str) -> Vec<(String, String)> {
    let failed = outcomes(output).into_iter().filter(|outcome| outcome["result"] == "fail" && outcome["rule"] == rule);
    let text = |value: &Value| value.as_str().unwrap().split(':').next().unwrap().to_owned();
    failed.map(|outcome| (shown(&outcome), text(&outcome["message"]))).collect()
}

fn sides(server: &Server) {
    let ground = Ground::serving(server);
    let tenant = &ground.tenant;
    let name = format!("{tenant}-mlserver");
    let dir = tempfile::TempDir::new().unwrap();
    let repo = dir.path().display().to_string();
    ground.onboard(&["--emit", "kustomize", "--out", &repo, "--server-name", &name]).succeeds();

    // Both are right.
    ground.verify(&[tenant, "-f", &repo]).succeeds();

    // The repository brings back what is gone.
    ground.api.delete(SERVICE, tenant, "seldon-scheduler");
    ground.verify(&[tenant]).ends_with(1);
    let output = ground.verify(&[tenant, "-f", &repo, "-o", "json"]).succeeds();
    let alias = format!("SCS0501 Service {tenant}/seldon-scheduler");
    assert_eq!(says(&output, "SCS0501"), [(alias, "repo right, live wrong".to_owned())], "{output}");

    // The repository would break what works.
    let file = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path());
    let file = file
        .into_iter()
        .find(|path| path.to_string_lossy().contains("server-") && path.to_string_lossy().ends_with("mlserver.yaml"));
    let file = file.unwrap();
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("- sklearn\n", "- scikit-learn\n")).unwrap();
    let output = ground.verify(&[tenant, "-f", &repo, "-o", "json"]).ends_with(1);
    let misspelled = format!("SCS0305 Server {tenant}/{name}");
    assert_eq!(says(&output, "SCS0305"), [(misspelled.clone(), "repo wrong, live right".to_owned())], "{output}");
    let differs = || [(format!("SCS0808 Server {tenant}/{name}"), "repo wrong, live right".to_owned())];
    assert_eq!(says(&output, "SCS0808"), differs(), "{output}");

    // And what is broken already.
    let spec = json!({"spec": {"capabilities": ["scikit-learn"]}});
    ground.api.merge(SERVER, tenant, &name, &spec);
    let output = ground.verify(&[tenant, "-f", &repo, "-o", "json"]).ends_with(1);
    assert_eq!(says(&output, "SCS0305"), [(misspelled.clone(), "both wrong".to_owned())], "{output}");
    assert_eq!(says(&output, "SCS0808"), [], "they do not differ: {output}");

    // Once it is right, applying repairs.
    fs::write(&file, &text).unwrap();
    let output = ground.verify(&[tenant, "-f", &repo, "-o", "json"]).succeeds();
    assert_eq!(says(&output, "SCS0305"), [(misspelled, "repo right, live wrong".to_owned())], "{output}");
    assert_eq!(
        says(&output, "SCS0808"),
        differs().map(|(what, _)| (what, "repo right, live wrong".to_owned())),
        "{output}"
    );
    // Alone, the rule has nothing to be judged on.
    let alone = ground.verify(&[tenant, "--select", "SCS0808", "-o", "json"]).succeeds();
    assert!(alone.stdout.contains("to be judged of what manifests change in a cluster only"), "{alone}");
}

/// `place rule message` of what is found in files, sorted.
fn found(output: &Output, dir: &Path) -> Vec<String> {
    let failed = outcomes(output).into_iter().filter(|outcome| outcome["result"] == "fail");
    let in_file = failed.filter(|outcome| outcome["location"]["from"] == "file");
    let mut lines: Vec<String> = in_file
        .map(|outcome| {
            let place = &outcome["location"];
            let path = Path::new(place["path"].as_str().unwrap()).strip_prefix(dir).unwrap().display().to_string();
            let text = |field: &str| outcome[field].as_str().unwrap().to_owned();
            format!("{path}:{}:{} {} {}", place["line"], place["column"], text("rule"), text("message"))
        })
        .collect();
    lines.sort();
    lines
}

fn write(dir: &Path, files: &[(&str, String)]) {
    for (name, text) in files {
        fs::write(dir.join(name), text).unwrap();
    }
}

fn of_manifests(server: &Server) {
    let ground = Ground::serving(server);
    let tenant = &ground.tenant;
    let dir = tempfile::TempDir::new().unwrap();
    let repo = dir.path().display().to_string();
    let files = [
        (
            "runtime.yaml",
            format!(
                "apiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonRuntime\nmetadata:\n  name: {tenant}-runtime\n  \
             namespace: {tenant}\n  annotations: {{kubectl-seldon/ignore: SCS0205}}\nspec:\n  seldonConfig: default\n  \
             overrides:\n  - name: seldon-scheduler\n    replica: 0\n    replicas: 0\n    podSpec: null\n"
            ),
        ),
        (
            "service.yaml",
            "apiVersion: v1\nkind: Service\nmetadata: {name: mine}\nspec:\n  ports:\n  - {name: a, port: 1}\n".to_owned(),
        ),
        (
            "models.yaml",
            format!(
                "apiVersion: mlops.seldon.io/v1alpha1\nkind: Model\nmetadata: {{name: {tenant}-m, namespace: {tenant}}}\n\
             spec: {{storageUri: 'gs://b/m', requirements: [sklearn], server: {tenant}-mlserver}}\n"
            ),
        ),
        ("more.yaml", "- {op: add, path: /spec/replicas, value: 1}\n".to_owned()),
        (
            "kustomization.yaml",
            "resources: [runtime.yaml, service.yaml]\npatches:\n- path: more.yaml\n  target: {kind: Server, name: nobody}\n".to_owned(),
        ),
    ];
    write(dir.path(), &files);
    let output = ground.verify(&[tenant, "-f", &repo, "-o", "json"]).ends_with(1);
    let of_manifests: Vec<String> =
        found(&output, dir.path()).into_iter().filter(|line| line.contains(" SCS08")).collect();
    let wrong = "repo wrong, live right";
    let expected = [
        format!(
            "kustomization.yaml:3:3 SCS0806 {wrong}: a patch is for kind Server, name nobody, and there is no such \
             object, so it changes nothing"
        ),
        format!(
            "models.yaml:1:1 SCS0804 {wrong}: kustomization.yaml beside it does not list models.yaml, so it is not \
             deployed with the rest"
        ),
        format!(
            "runtime.yaml:11:5 SCS0801 {wrong}: SeldonRuntime has no field /spec/overrides/0/replica; `replicas` is \
             meant"
        ),
        format!("runtime.yaml:13:5 SCS0802 {wrong}: /spec/overrides/0/podSpec is null"),
        format!(
            "runtime.yaml:13:5 SCS0808 {wrong}: the cluster and the repository differ in /spec/overrides/0/podSpec, \
             /spec/overrides/0/replica"
        ),
        format!("runtime.yaml:6:17 SCS0810 {wrong}: the suppression matches no finding"),
        format!("service.yaml:6:5 SCS0803 {wrong}: no protocol on port a"),
    ];
    assert_eq!(of_manifests, expected, "{output}");
    // What is chosen alone reads no more of the cluster than it needs, and is no error.
    let alone = ground.verify(&[tenant, "-f", &repo, "--select", "SCS0801,SCS0802", "-o", "json"]).ends_with(1);
    assert_eq!(found(&alone, dir.path()).len(), 2, "{alone}");
    // The cluster alone is judged as before.
    let live = ground.verify(&[tenant, "-o", "json"]).succeeds();
    assert!(!with_result(&live, "pass").iter().any(|line| line.starts_with("SCS080")), "{live}");
    ground.verify(&[tenant, "--select", "SCS0801,SCS0802"]).ends_with(2).says(&["they need manifests, with --file"]);
}

fn of_builds(server: &Server) {
    let ground = Ground::serving(server);
    let tenant = &ground.tenant;
    let dir = tempfile::TempDir::new().unwrap();
    let repo = dir.path().display().to_string();
    let files = [
        (
            "runtime.yaml",
            format!(
                "apiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonRuntime\nmetadata: {{name: {tenant}-runtime, namespace: \
             {tenant}}}\nspec:\n  seldonConfig: default\n  overrides:\n  - {{name: seldon-scheduler, replicas: 0}}\n"
            ),
        ),
        (
            "off.yaml",
            "# kubectl-seldon: SCS0204\n- {op: test, path: /spec/overrides/0/replicas, value: 1}\n\
             - {op: replace, path: /spec/overrides/0/replicas, value: 0}\n"
                .to_owned(),
        ),
        (
            "kustomization.yaml",
            "resources: [runtime.yaml]\npatches:\n- path: off.yaml\n  target: {kind: \
             SeldonRuntime}\n"
                .to_owned(),
        ),
    ];
    write(dir.path(), &files);
    let output = ground.verify(&[tenant, "-f", &repo, "-o", "json"]).ends_with(1);
    let builds = found(&output, dir.path());
    assert_eq!(builds.len(), 2, "{output}");
    let expected = [
        "kustomization.yaml:1:1 SCS0805 repo wrong, live right: it does not build: testing value \
         /spec/overrides/0/replicas failed: test failed",
        "kustomization.yaml:3:3 SCS0807 repo wrong, live right: off.yaml expects /spec/overrides/0/replicas of \
         SeldonRuntime",
    ];
    for (line, expected) in builds.iter().map(|line| line.replace(&format!("{repo}/"), "")).zip(expected) {
        assert!(line.starts_with(expected), "{line}");
    }
    let unsaid = ["-f", &repo, "--ignore", "SCS0805", tenant];
    ground.verify(&unsaid).ends_with(2).says(&["does not build, so it cannot be applied"]);
}
