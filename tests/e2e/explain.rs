//! `kubectl seldon explain` on real API servers; its sessions without one are golden files.

use serde_json::json;

use crate::harness::{
    control_plane::Server,
    kubectl::Output,
    plan::Plan,
    tenant::{Ground, SERVICE},
};

pub(crate) fn add(plan: &mut Plan) {
    plan.cluster("explain::model_is_told_where_it_goes", model);
    plan.cluster("explain::graph_shows_where_the_alias_leads", graph);
    plan.cluster("explain::rights_that_are_missing_make_it_incomplete", rights);
}

fn explain(ground: &Ground<'_>, arguments: &[&str]) -> Output {
    let mut all = vec!["explain", "--control-plane-namespace", &ground.control_plane];
    all.extend(arguments);
    ground.server.kubectl().seldon(all)
}

fn create(ground: &Ground<'_>, name: &str, requirement: &str) {
    let server = format!("{}-mlserver", ground.tenant);
    ground.api.create(&json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Model",
        "metadata": {"name": name, "namespace": ground.tenant},
        "spec": {"storageUri": "gs://b/m", "server": server, "requirements": [requirement]}}));
}

fn model(server: &Server) {
    let ground = Ground::serving(server);
    let (good, bad) = (format!("{}-good", ground.tenant), format!("{}-bad", ground.tenant));
    create(&ground, &good, "sklearn");
    create(&ground, &bad, "scikit-learn");
    let placed = explain(&ground, &[&format!("model/{good}"), "-n", &ground.tenant, "-o", "markdown"]).succeeds();
    let expected = format!("The scheduler would place it on Server {0}/{0}-mlserver.", ground.tenant);
    assert!(placed.stdout.contains(&expected), "{placed}");
    let refused = explain(&ground, &[&format!("model/{bad}"), "-n", &ground.tenant]).succeeds();
    assert!(refused.stdout.contains("does not declare"), "{refused}");
    assert!(refused.stdout.contains("Set `spec.requirements[0]` to `sklearn`"), "{refused}");
    explain(&ground, &[&format!("model/{good}x"), "-n", &ground.tenant]).ends_with(2).says(&["did you mean", &good]);
}

fn graph(server: &Server) {
    let ground = Ground::serving(server);
    let drawn = explain(&ground, &["--graph", &ground.tenant]).succeeds();
    assert!(drawn.stdout.contains("t0servers -->|\"9005\"| t0entry"), "{drawn}");
    assert!(drawn.stdout.contains("t0entry --> scheduler"), "{drawn}");
    ground.api.delete(SERVICE, &ground.tenant, "seldon-scheduler");
    let drawn = explain(&ground, &["--graph", "-n", &ground.tenant]).succeeds();
    assert!(drawn.stdout.contains("t0entry --x|\"blocked\"| scheduler"), "{drawn}");
}

fn rights(server: &Server) {
    let ground = Ground::serving(server);
    let nobody = ["--as", "nobody", "-n", &ground.tenant];
    let runtime = format!("runtime/{}-runtime", ground.tenant);
    let output = explain(&ground, &[&[runtime.as_str()], &nobody[..]].concat()).ends_with(3);
    assert_eq!(output.stdout, "", "{output}");
    explain(&ground, &[runtime.as_str(), "-A", "--as", "nobody"]).ends_with(3).says(&["is not known"]);
    explain(&ground, &[&["--graph"], &nobody[..]].concat()).ends_with(3).says(&["could not be read"]);
}
