//! Every rule's two fixtures as objects of a real API server: the rule fires on the one and not on
//! the other, and about the objects that it names in manifests.

use std::{collections::BTreeSet, fs};

use seldon_central_core::{
    finding::Outcome,
    manifest,
    profile::ControlPlane,
    rules::{self, Judged, RULES, Rule, World},
    snapshot::Snapshot,
};
use serde_json::json;

use super::with_result;
use crate::harness::{
    control_plane::{self, Crds, Server},
    data::Data,
    files::objects,
    plan::Plan,
    stage::Stage,
};

pub(super) fn add(plan: &mut Plan) {
    plan.own_cluster("verify::fixtures::rules_judge_objects_as_they_judge_manifests", every_rule);
    plan.own_cluster_with_data("verify::fixtures::what_only_manifests_show_no_object_has", manifests_only);
    plan.once("verify::fixtures::missing_kinds_are_found_and_installed_ones_are_not", kinds);
}

/// Definitions of kinds are named alone in its fixtures, and have a test of their own.
const DEFINITIONS: &str = "SCS0101";

/// A fixture that the API server does not take.
struct Refused {
    rule: &'static str,
    fires: bool,
    /// What the server says of it.
    because: &'static str,
    /// What is there instead on a cluster.
    instead: &'static str,
}

/// The only ones.
const REFUSED: [Refused; 1] = [Refused {
    rule: "SCS0310",
    fires: false,
    // The kind of an operator that makes a Secret of it. The rule judges a cluster by that Secret.
    because: "ExternalSecret seldon-rclone-gs-public: 404 page not found",
    instead: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver}
---
apiVersion: v1
kind: Secret
metadata: {name: seldon-rclone-gs-public, namespace: financial-inference}
data: {gs: ''}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec: {seldonConfig: default, overrides: [{name: seldon-scheduler, replicas: 0}]}
",
}];

fn every_rule(server: &Server) {
    let stage = Stage::new(server);
    serve_certificates(server);
    let before = findings(server);
    let mut wrong = Vec::new();
    let is_of_objects = |rule: &&&Rule| matches!(rule.judged, Judged::Live | Judged::Either) && rule.id != DEFINITIONS;
    for rule in RULES.iter().filter(is_of_objects) {
        for (fixture, fires) in [(rule.bad, true), (rule.good, false)] {
            let complaint = judge(server, &stage, rule, fixture, fires);
            wrong.extend(complaint.err().map(|reason| format!("{} (fires: {fires}): {reason}", rule.id)));
            stage.clear();
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(findings(server), before, "the fixtures are not gone");
}

/// Installs cert-manager's kind, as far as the rules look at it.
fn serve_certificates(server: &Server) {
    let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "certificates.cert-manager.io"},
        "spec": {
            "group": "cert-manager.io", "scope": "Namespaced",
            "names": {"kind": "Certificate", "plural": "certificates", "singular": "certificate"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}],
        },
    });
    let dir = tempfile::TempDir::new().unwrap();
    let file = dir.path().join("certificates.json");
    fs::write(&file, definition.to_string()).unwrap();
    control_plane::install(server, &file);
}

/// Puts a fixture on the server and says what is wrong with what the rule finds there.
fn judge(server: &Server, stage: &Stage, rule: &'static Rule, fixture: &str, fires: bool) -> Result<(), String> {
    let refused = REFUSED.iter().find(|refused| refused.rule == rule.id && refused.fires == fires);
    match (stage.put(fixture), refused) {
        (Ok(()), None) => {}
        (Err(reason), Some(expected)) if reason.ends_with(expected.because) => {
            stage.clear();
            stage.put(expected.instead)?;
        }
        (Err(reason), _) => return Err(reason),
        (Ok(()), Some(_)) => return Err("the API server takes it, against what is listed".to_owned()),
    }
    let live: BTreeSet<String> = findings(server).into_iter().filter(|found| found.starts_with(rule.id)).collect();
    if live.is_empty() == fires {
        return Err(format!("found is {live:?}"));
    }
    let manifests = on_manifests(rule, fixture);
    if rule.judged == Judged::Either && live != manifests {
        return Err(format!("found is {live:?}, on manifests {manifests:?}"));
    }
    Ok(())
}

/// Rules for manifests alone judge what is written and never stored. Those about kustomizations have
/// files as fixtures, the first line a path, and a trial that builds them.
fn manifests_only(server: &Server) {
    let stage = Stage::new(server);
    let is_a_tree = |text: &str| text.starts_with("# ");
    for rule in RULES.iter().filter(|rule| rule.judged == Judged::Manifests && !is_a_tree(rule.bad)) {
        assert!(!on_manifests(rule, rule.bad).is_empty(), "{rule:?}");
        match stage.put(rule.bad) {
            Ok(()) => assert!(on_manifests(rule, &stage.stored()).is_empty(), "{rule:?}: {}", stage.stored()),
            Err(reason) => assert!(rule.id == "SCS0801" && reason.contains("unknown field"), "{rule:?}: {reason}"),
        }
        stage.clear();
    }
}

fn kinds() {
    let data = Data::find().unwrap();
    let crds = Crds::to_test(data.as_ref())[0];
    let server = control_plane::bare("verify-fixtures-kinds").unwrap();
    Stage::new(&server);
    let rule = rules::find(DEFINITIONS).unwrap();
    for (fixture, fires) in [(rule.bad, true), (rule.good, false)] {
        let dir = tempfile::TempDir::new().unwrap();
        let file = dir.path().join("definitions.json");
        let names: BTreeSet<String> = objects(fixture).iter().map(|crd| name(crd).to_owned()).collect();
        let definitions: Vec<_> =
            crds.definitions(data.as_ref()).into_iter().filter(|crd| names.contains(name(crd))).collect();
        assert_eq!(definitions.len(), names.len(), "{names:?}");
        fs::write(&file, serde_json::json!({"apiVersion": "v1", "kind": "List", "items": definitions}).to_string())
            .unwrap();
        control_plane::install(&server, &file);
        assert_eq!(findings(&server).iter().any(|found| found.starts_with(rule.id)), fires, "{names:?}");
    }
}

fn name(object: &serde_json::Value) -> &str {
    object["metadata"]["name"].as_str().unwrap()
}

/// All that is found in the cluster.
fn findings(server: &Server) -> BTreeSet<String> {
    let output = server.kubectl().seldon(["verify", "-A", "-o", "json"]);
    assert!([0, 1].contains(&output.status), "{output}");
    with_result(&output, "fail").into_iter().collect()
}

/// What a rule finds in manifests, after those before it.
fn on_manifests(rule: &'static Rule, text: &str) -> BTreeSet<String> {
    let control_plane = ControlPlane::default();
    let objects = manifest::read("-", text).unwrap().objects;
    let snapshot = Snapshot::from_manifests(objects, &control_plane.namespace);
    let outcomes = rules::run(RULES, &World::new(&snapshot, &control_plane, &[]));
    let failed = outcomes.iter().filter(|outcome| outcome.rule == rule.id && outcome.finding().is_some());
    failed.map(|Outcome { rule, object, .. }| format!("{rule} {object}")).collect()
}
