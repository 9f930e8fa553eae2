//! `verify NAMESPACE -f DIR`: a repository laid over the cluster.

use std::fs;

use serde_json::{Value, json};

use super::{outcomes, shown};
use crate::harness::{
    control_plane::Server,
    kubectl::Output,
    plan::Plan,
    tenant::{Ground, SERVER, SERVICE},
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("verify::over_live::each_finding_says_which_side_is_right", sides);
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
