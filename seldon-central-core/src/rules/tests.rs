//! What every rule must have, and that its fixtures prove it.

use std::collections::BTreeSet;

use super::*;
use crate::{
    manifest,
    object::Object,
    profile::ControlPlane,
    resource,
    snapshot::{Read, Scope, Snapshot},
};

/// A fixture as the rule is judged: manifests, or all the objects of a cluster. A cluster with
/// definitions of kinds serves no other kind of Seldon's.
fn fixture(rule: &Rule, text: &str) -> Snapshot {
    let objects = manifest::read("fixture.yaml", text).unwrap_or_else(|error| panic!("{}: {error}", rule.id)).objects;
    if rule.judged != Judged::Live {
        return Snapshot::from_manifests(objects, &ControlPlane::default().namespace);
    }
    cluster(objects.into_iter().map(|observed| observed.object).collect())
}

fn cluster(objects: Vec<Object>) -> Snapshot {
    let definitions: BTreeSet<&str> = objects.iter().filter(|o| o.is(&resource::CRD)).map(Object::name).collect();
    let mut snapshot = Snapshot::live();
    for kind in resource::ALL {
        let is_defined = definitions.contains(kind.to_string().as_str());
        let is_served = kind.group != resource::SELDON_GROUP || definitions.is_empty() || is_defined;
        let read = if is_served { Read::Complete } else { Read::NotServed };
        let of_kind = objects.iter().filter(|object| object.is(kind)).cloned().collect();
        snapshot.add_read(kind, Scope::Cluster, read, of_kind);
    }
    snapshot
}

fn failures(rule: &Rule, text: &str) -> BTreeSet<&'static str> {
    let control_plane = ControlPlane::default();
    let snapshot = fixture(rule, text);
    let world = World::new(&snapshot, &control_plane, &[]);
    run(RULES, &world).iter().filter(|outcome| outcome.finding().is_some()).map(|outcome| outcome.rule).collect()
}

/// What one rule finds, as level and message.
pub(in crate::rules) fn findings(id: &str, text: &str) -> Vec<String> {
    let rule = find(id).unwrap();
    let control_plane = ControlPlane::default();
    let snapshot = fixture(rule, text);
    let world = World::new(&snapshot, &control_plane, &[]);
    let outcomes = run([&rule], &world);
    let findings = outcomes.iter().filter_map(Outcome::finding);
    findings.map(|finding| format!("{} {}", finding.level.letter(), finding.message)).collect()
}

#[test]
fn every_rule_fires_on_its_bad_fixture_and_not_on_its_good_one() {
    for rule in RULES {
        assert!(failures(rule, rule.bad).contains(rule.id), "{rule:?} does not fire on its bad fixture");
        assert!(!failures(rule, rule.good).contains(rule.id), "{rule:?} fires on its good fixture");
    }
}

#[test]
fn ids_and_names_are_unique_ordered_and_complete() {
    assert!(RULES.is_sorted_by_key(|rule| rule.id), "{RULES:?}");
    let names: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), RULES.len());
    for rule in RULES {
        assert!(rule.id.starts_with("SCS") && rule.id.len() == 7, "{rule:?}");
        for (what, text) in [("summary", rule.summary), ("why", rule.why), ("fix", rule.fix)] {
            assert!(text.len() > 20 && text.ends_with(['.', '`']), "{rule:?} has no proper {what}: {text}");
        }
        assert!(!rule.reads.is_empty() && !rule.sources.is_empty(), "{rule:?}");
        assert_eq!(find(rule.id).map(|found| found.name), Some(rule.name));
        assert_eq!(find(rule.name).map(|found| found.id), Some(rule.id));
    }
}
