//! The README's transcript, held against what a real run prints.

use std::fs;

use crate::harness::{control_plane::Server, plan::Plan, tenant::Ground, workspace};

/// The tenant of the README.
const TENANT: &str = "financial-inference";
const ASKED: &str = "Go on? ";

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("onboard::readme_shows_what_it_prints", transcript);
}

/// The first console session of the README, without its command and the question that only a terminal is asked.
fn recorded() -> String {
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    let session = readme.split("```console\n").nth(1).unwrap().split("```").next().unwrap();
    let mut lines = session.lines();
    assert_eq!(lines.next(), Some(format!("$ kubectl seldon onboard {TENANT}").as_str()));
    lines.filter(|line| !line.starts_with(ASKED)).map(|line| format!("{line}\n")).collect()
}

fn transcript(server: &Server) {
    let ground = Ground::healthy(server);
    let output = ground.onboard(&[]).succeeds();
    // Only the tests have a control plane of another name.
    let is_of_a_reader = |line: &&str| !line.contains("--control-plane-namespace=");
    let printed: String = [output.stderr, output.stdout]
        .iter()
        .flat_map(|text| text.lines())
        .filter(is_of_a_reader)
        .map(|line| format!("{line}\n"))
        .collect();
    let printed = printed.replace(&ground.tenant, TENANT);
    let recorded = recorded();
    let diff = similar::TextDiff::from_lines(&recorded, &printed);
    assert!(recorded == printed, "{}", diff.unified_diff().header("README.md", "printed"));
}
