//! `verify -o checklist`.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{
    control_plane::Server,
    kubectl::{Kubectl, Output},
    plan::Plan,
    tenant::{Ground, MODEL, SELDON_CONFIG, SERVER, SERVICE},
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("verify::checklist::what_the_cluster_shows_is_proved", proved);
    plan.cluster("verify::checklist::what_is_wrong_fails_its_line", failed);
    plan.cluster("verify::checklist::what_may_not_be_read_is_unknown", unread);
    plan.local("verify::checklist::manifests_alone_leave_what_needs_a_cluster_unknown", manifests);
}

/// A line for each item, `x` or a blank, and its standing.
#[track_caller]
fn lines(output: &Output) -> Vec<(bool, String)> {
    let tasks = output.stdout.lines().filter_map(|line| line.strip_prefix("- ["));
    let lines: Vec<(bool, String)> = tasks
        .map(|task| {
            let (done, rest) = task.split_once("] ").unwrap();
            (done == "x", rest.split_once(": ").unwrap().0.trim_matches('*').to_owned())
        })
        .collect();
    assert_eq!(lines.len(), 9, "{output}");
    assert!(lines.iter().all(|(done, standing)| *done == (standing == "proved")), "{output}");
    lines
}

#[track_caller]
fn standings(output: &Output) -> Vec<String> {
    lines(output).into_iter().map(|(_, standing)| standing).collect()
}

/// A tenant with a Model, all as the operator leaves it.
fn serving(server: &Server) -> Ground<'_> {
    let ground = Ground::serving(server);
    let (tenant, model) = (&ground.tenant, format!("{}-income", ground.tenant));
    ground.api.create(&json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Model",
        "metadata": {"name": model, "namespace": tenant},
        "spec": {"storageUri": "gs://bucket/income", "requirements": ["sklearn"], "server": format!("{tenant}-mlserver")}}));
    ground.ready(MODEL, &model);
    let status = json!({"conditions": [{"type": "Ready", "status": "True"}], "replicas": 1, "loadedModels": 1,
        "selector": ""});
    ground.api.set_status(SERVER, tenant, &format!("{tenant}-mlserver"), &status);
    ground
}

/// The places of the lines about logs, whose rules need pods.
const OF_LOGS: [usize; 2] = [6, 7];

fn proved(server: &Server) {
    let ground = serving(server);
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("ticket.md");
    let to_file = format!("checklist={}", file.display());
    let output = ground.verify(&[&ground.tenant, "-o", "checklist"]).succeeds();
    for (place, standing) in standings(&output).into_iter().enumerate() {
        let expected = if OF_LOGS.contains(&place) { "unknown" } else { "proved" };
        assert_eq!(standing, expected, "{place}: {output}");
    }
    let tenant = &ground.tenant;
    for expected in [
        format!("\n## {tenant}: 7 proved, 0 failed, 2 unknown\n\n- [x] proved: "),
        format!("  - SCS0501, SCS0502, SCS0503, SCS0504: holds for Service\n    {tenant}/seldon-scheduler\n"),
    ] {
        let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat(&output.stdout).contains(&flat(&expected)), "{expected} is not in {output}");
    }
    // The same in a file, beside the report for machines.
    let both = ground.verify(&[tenant, "-o", "json", "-o", &to_file]).succeeds();
    assert_eq!(fs::read_to_string(&file).unwrap(), output.stdout);
    let report: Value = serde_json::from_str(&both.stdout).unwrap();
    let list = &report["checklist"][0];
    assert_eq!(list["tenant"], **tenant);
    let from_json: Vec<&str> =
        list["lines"].as_array().unwrap().iter().map(|line| line["standing"].as_str().unwrap()).collect();
    assert_eq!(from_json, standings(&output));
    // Nobody asked for all rules.
    let some = ground.verify(&[tenant, "-o", "checklist", "--select", "SCS05"]).succeeds();
    assert!(!some.stdout.contains("[x]") && some.stdout.contains("not selected"), "{some}");
}

fn failed(server: &Server) {
    let ground = serving(server);
    let spec = json!({"spec": {"ports": [{"name": "xds", "port": 9002, "protocol": "TCP", "targetPort": "xds"}]}});
    ground.api.merge(SERVICE, &ground.tenant, "seldon-scheduler", &spec);
    ground.api.delete(SELDON_CONFIG, &ground.control_plane, "default");
    let output = ground.verify(&[&ground.tenant, "-o", "checklist"]).ends_with(1);
    let failed: Vec<usize> =
        standings(&output).iter().enumerate().filter(|(_, one)| *one == "failed").map(|(place, _)| place).collect();
    assert_eq!(failed, [1, 4], "{output}");
    assert!(output.stdout.contains("the alias does not list"), "{output}");
}

fn unread(server: &Server) {
    let ground = serving(server);
    let output = ground.verify(&[&ground.tenant, "-o", "checklist", "--as", "bob"]).ends_with(3);
    assert!(standings(&output).iter().all(|standing| standing == "unknown"), "{output}");
    output.says(&["--allow-incomplete is content with the others"]);
}

fn manifests() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out").display().to_string();
    Kubectl::new().seldon(["onboard", "fin", "--emit", "yaml", "--out", &out]).succeeds();
    let output = Kubectl::new().seldon(["verify", "-f", &out, "-o", "checklist"]).succeeds();
    let standings = standings(&output);
    for place in [0, 6, 7, 8] {
        assert_eq!(standings[place], "unknown", "{place}: {output}");
    }
    assert_eq!(standings[4], "proved", "{output}");
    assert!(output.stdout.contains("SCS0409: needs a cluster\n"), "{output}");
    assert!(!standings.contains(&"failed".to_owned()), "{output}");
}
