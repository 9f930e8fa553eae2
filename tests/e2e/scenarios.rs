//! Failures of real clusters as files: `tests/scenarios/README.md` says how to add one.

mod file;
mod judge;
mod place;
mod refused;
mod stage;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use self::{file::Scenario, place::Place};
use crate::harness::{control_plane::Server, plan::Plan, workspace};

pub(crate) fn add(plan: &mut Plan) {
    for file in files() {
        let name = file.file_stem().unwrap().to_string_lossy().replace('-', "_");
        plan.any_cluster(&format!("scenarios::{name}"), move |server| run(server, &file));
    }
    plan.local("scenarios::the_table_names_every_file", table);
    plan.any_cluster("scenarios::an_account_of_an_object_reads_the_logs", account);
    refused::add(plan);
}

/// What an agent logs is part of why its Server does not take a Model.
fn account(server: &Server) {
    let place = Place::new();
    let file = folder().join("no-server-agent-never-connected.yaml");
    let scenario: Scenario = file::read(&file, &place).unwrap_or_else(|error| panic!("{error}"));
    let ground = stage::build(server, &place, &scenario);
    let model = format!("model/{}-fraud", place.tenant);
    let explain = |more: &[&str]| {
        let words = ["explain", &model, "-n", &place.tenant, "--control-plane-namespace", &ground.control_plane];
        ground.server.kubectl().seldon([&words, more].concat()).succeeds()
    };
    let proof = "10.43.7.12:9005";
    let (read, unread) = (explain(&[]), explain(&["--no-logs"]));
    assert!(read.stdout.contains(proof), "{read}");
    assert!(!unread.stdout.contains(proof), "{unread}");
}

/// Each failure is found in the README by what one sees of it.
fn table() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let table = readme.split("## Which failure is where").nth(1).unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what one sees"));
    let named: BTreeSet<&str> = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).collect();
    let files = files();
    let there: BTreeSet<&str> = files.iter().map(|file| file.file_stem().unwrap().to_str().unwrap()).collect();
    assert_eq!(named, there);
}

/// `tests/scenarios`.
fn folder() -> PathBuf {
    workspace().join("tests/scenarios")
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
}

fn run(server: &Server, file: &Path) {
    let place = Place::new();
    let scenario: Scenario = file::read(file, &place).unwrap_or_else(|error| panic!("{error}"));
    let ground = stage::build(server, &place, &scenario);
    let arguments: Vec<&str> = scenario.arguments.iter().map(String::as_str).collect();
    let output = ground.verify(&[&[&place.tenant, "-o", "json"], arguments.as_slice()].concat());
    let complaints = judge::complaints(scenario.expect.as_ref().unwrap(), &output);
    assert!(complaints.is_empty(), "{}: {}\n{complaints:#?}", file.display(), scenario.description.trim());
}
