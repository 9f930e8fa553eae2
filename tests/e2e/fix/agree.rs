//! Every rule's failing fixture put right in a cluster, in its files, and under an overlay: what an API server
//! then holds is the same.

use std::{collections::BTreeMap, path::Path, thread};

use seldon_central_core::{
    fix::Repair,
    pattern,
    rules::{Judged, RULES, Rule},
};
use serde_json::Value;
use tempfile::TempDir;

use super::overlay::{build, write};
use crate::harness::{
    control_plane::Server, files::tree, kubectl::Kubectl, plan::Plan, stage::Stage, tenant::control_plane_objects,
};

pub(super) fn add(plan: &mut Plan) {
    plan.own_cluster_with_data("fix::a_cluster_its_files_and_an_overlay_come_to_the_same_objects", every_rule);
}

/// Rules whose repair builds an object of what the control plane has.
const BUILT: [&str; 3] = ["SCS0201", "SCS0301", "SCS0304"];

type Contents = BTreeMap<String, Value>;

fn every_rule(server: &Server) {
    let stage = Stage::new(server);
    let (mut wrong, mut done) = (Vec::new(), 0);
    let is_of_objects = |rule: &&&Rule| matches!(rule.repair, Repair::Edits(_)) && !rule.bad.starts_with("# ");
    for rule in RULES.iter().filter(is_of_objects) {
        match compared(server, &stage, rule) {
            Ok(()) => done += 1,
            Err(reason) => wrong.push(format!("{}: {reason}", rule.id)),
        }
    }
    assert!(wrong.is_empty() && done >= 35, "{done} agree, not:\n{}", wrong.join("\n"));
}

/// The failing fixture. A cluster shows that nothing is beside it, so that nothing can be built of what it
/// names, where a file leaves that open.
fn fixture(rule: &Rule) -> String {
    let configs = control_plane_objects(pattern::CONTROL_PLANE_NAMESPACE).into_iter();
    let configs = configs.filter(|object| object["kind"] == "SeldonConfig" || object["kind"] == "ServerConfig");
    let beside = configs.filter(|_| BUILT.contains(&rule.id)).map(|object| format!("---\n{object}\n"));
    format!("{}{}", rule.bad, beside.collect::<String>())
}

/// Puts a fixture right in every way that there is for its rule.
fn compared(server: &Server, stage: &Stage, rule: &Rule) -> Result<(), String> {
    let dir = TempDir::new().unwrap();
    let fixture = fixture(rule);
    let kustomization = ("base/kustomization.yaml", "resources: [all.yaml]\n");
    write(dir.path(), &[("files/all.yaml", &fixture), ("base/all.yaml", &fixture), kustomization]);
    // Files need no server, so they are put right beside it; what only a cluster shows, they do not have.
    let is_live = rule.judged == Judged::Live;
    let (live, overlay, files) = thread::scope(|scope| {
        let files = scope.spawn(|| (!is_live).then(|| edited(rule, dir.path())).transpose());
        let overlay = scope.spawn(|| (!is_live).then(|| laid(rule, dir.path(), None)).transpose());
        let mut from_cluster = None;
        let live = live(server, stage, rule, &fixture, || {
            from_cluster = is_live.then(|| laid(rule, dir.path(), Some(server)));
        });
        let overlay = overlay.join().unwrap();
        (live, from_cluster.map_or(overlay, |laid| laid.map(Some)), files.join().unwrap())
    });
    let mut results: Vec<(&str, Contents)> = live?.map(|held| ("cluster", held)).into_iter().collect();
    for (way, text) in [("files", files?), ("overlay", overlay?)] {
        let Some(text) = text else { continue };
        results.push((way, held(stage, &text).map_err(|reason| format!("{way}: {reason}"))?));
    }
    let Some(((first, expected), others)) = results.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Err("there is nothing to compare".to_owned());
    };
    match others.iter().find(|(_, held)| held != expected) {
        Some((way, held)) => Err(format!("by {first} {expected:#?}\nis not, by {way}, {held:#?}")),
        None => Ok(()),
    }
}

/// What a server holds of manifests.
fn held(stage: &Stage, text: &str) -> Result<Contents, String> {
    let put = stage.put(text);
    let contents = stage.contents();
    stage.empty();
    put.map(|()| contents)
}

/// What a server holds after its objects were put right; nothing of a fixture that no server takes.
fn live(
    server: &Server,
    stage: &Stage,
    rule: &Rule,
    fixture: &str,
    before: impl FnOnce(),
) -> Result<Option<Contents>, String> {
    if let Err(reason) = stage.put(fixture) {
        stage.empty();
        return if rule.judged == Judged::Manifests { Ok(None) } else { Err(reason) };
    }
    before();
    let output = server.kubectl().seldon(["fix", "-A", "--unsafe", "-y", "--select", rule.id]);
    let contents = stage.contents();
    stage.empty();
    if output.status != 0 || output.stdout.is_empty() != (rule.judged == Judged::Manifests) {
        return Err(output.to_string());
    }
    Ok(Some(contents))
}

/// The files, put right.
fn edited(rule: &Rule, dir: &Path) -> Result<String, String> {
    let output = Kubectl::new().dir(dir).seldon(["fix", "-f", "files", "--unsafe", "-y", "--select", rule.id]);
    if output.status != 0 || output.stdout.is_empty() {
        return Err(output.to_string());
    }
    let files = tree(&dir.join("files")).into_values().map(|text| String::from_utf8(text).unwrap());
    Ok(files.collect::<Vec<_>>().join("---\n"))
}

/// What the overlay builds, laid for the files or for what a cluster shows of them.
fn laid(rule: &Rule, dir: &Path, cluster: Option<&Server>) -> Result<String, String> {
    let (kubectl, source) = match cluster {
        Some(server) => (server.kubectl(), &["-A", "--base", "base"][..]),
        None => (Kubectl::new(), &["-f", "base"][..]),
    };
    let emit = ["--unsafe", "--select", rule.id, "--emit", "kustomize", "--out", "over"];
    let output = kubectl.dir(dir).seldon(["fix"].iter().chain(source).chain(&emit));
    if output.status != 0 || !dir.join("over").exists() {
        return Err(output.to_string());
    }
    let built = build(dir, "over");
    if built.status == 0 { Ok(built.stdout) } else { Err(built.to_string()) }
}
