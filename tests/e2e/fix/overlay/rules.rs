//! Every rule with a repair: its failing fixture as a base, an overlay over it, and what that builds.

use std::collections::BTreeMap;

use seldon_central_core::{
    fix::{self, Limits, Plan as Repairs, Repair},
    manifest,
    profile::ControlPlane,
    rules::{Judged, RULES, Rule, World},
    snapshot::Snapshot,
};
use serde_json::Value;
use tempfile::TempDir;

use super::{build, verify, write};
use crate::harness::{
    files::{by_identity, identity, objects, tree},
    kubectl::Kubectl,
    plan::Plan,
};

pub(super) fn add(plan: &mut Plan) {
    plan.local("fix::overlay::every_failing_fixture_passes_under_its_overlay", every_rule);
}

fn every_rule() {
    let mut wrong = Vec::new();
    let mut done = 0;
    let of_manifests = |rule: &&&Rule| rule.judged != Judged::Live && !rule.bad.starts_with("# ");
    for rule in RULES.iter().filter(|rule| matches!(rule.repair, Repair::Edits(_))).filter(of_manifests) {
        let repairs = repairs(rule);
        if repairs.is_empty() {
            wrong.push(format!("{}: nothing is repaired in manifests", rule.id));
            continue;
        }
        for form in ["kustomize", "component"] {
            match laid(rule, form, &repairs) {
                Ok(()) => done += 1,
                Err(reason) => wrong.push(format!("{} {form}: {reason}", rule.id)),
            }
        }
    }
    assert!(wrong.is_empty() && done >= 60, "{} are well, not:\n{}", done, wrong.join("\n"));
}

/// What is done about a fixture on a cluster, as far as manifests show it.
fn repairs(rule: &Rule) -> Repairs {
    let control_plane = ControlPlane::default();
    let objects = manifest::read("-", rule.bad).unwrap().objects;
    let snapshot = Snapshot::from_manifests(objects, &control_plane.namespace);
    let wanted = |outcome: &seldon_central_core::finding::Outcome| outcome.rule == rule.id;
    let limits = Limits { wanted: &wanted, unsafe_too: true, owned_too: true };
    fix::plan(&World::new(&snapshot, &control_plane, &[]), &limits)
}

fn laid(rule: &Rule, form: &str, repairs: &Repairs) -> Result<(), String> {
    let dir = TempDir::new().unwrap();
    write(dir.path(), &[("base/kustomization.yaml", "resources: [all.yaml]\n"), ("base/all.yaml", rule.bad)]);
    let before = tree(&dir.path().join("base"));
    let arguments = ["fix", "-f", "base", "--unsafe", "--select", rule.id, "--emit", form, "--out", "over"];
    let output = Kubectl::new().dir(dir.path()).seldon(arguments);
    if ![0, 1].contains(&output.status) || !dir.path().join("over").exists() {
        return Err(output.to_string());
    }
    assert!(tree(&dir.path().join("base")) == before, "the base was touched");
    let entry = if form == "component" {
        write(dir.path(), &[("user/kustomization.yaml", "resources: [../base]\ncomponents: [../over]\n")]);
        "user"
    } else {
        "over"
    };
    let built = build(dir.path(), entry);
    if built.status != 0 {
        return Err(built.to_string());
    }
    let found = verify(dir.path(), &[entry, "-f", "base", "--select", rule.id, "--fail-on", "info"]);
    if found.status != 0 {
        return Err(found.to_string());
    }
    let (built, wanted) = (by_identity(objects(&built.stdout)), wanted(rule, repairs));
    if built != wanted {
        return Err(format!("{built:#?}\nis not\n{wanted:#?}"));
    }
    Ok(())
}

/// The objects of a fixture as repairs leave them.
fn wanted(rule: &Rule, repairs: &Repairs) -> BTreeMap<String, Value> {
    let mut wanted = by_identity(objects(rule.bad));
    for step in &repairs.steps {
        match (&step.before, &step.after) {
            (_, Some(after)) => drop(wanted.insert(identity(&after.to_value()), after.to_value())),
            (Some(before), None) => drop(wanted.remove(&identity(&before.to_value()))),
            (None, None) => {}
        }
    }
    wanted
}
