//! What fixing does to the fixtures of the rules, and to tenants that were broken in many ways at
//! once.

pub(super) mod broken;
mod many;
mod migration;

use super::*;
use crate::{
    finding::Outcome,
    manifest,
    object::{Object, ObjectId},
    profile::ControlPlane,
    rules::{
        self, FixSafety, Judged, RULES, Rule, World,
        tests::{cluster, control_plane_objects, fixture},
    },
    snapshot::Snapshot,
};

/// Rules whose repair is a change to files that are no objects.
const OF_FILES: [&str; 2] = ["SCS0804", "SCS0807"];

#[test]
fn a_rule_says_how_it_is_repaired_if_and_only_if_it_is_not_manual() {
    for rule in RULES {
        let wanted = match (rule.fix_safety, OF_FILES.contains(&rule.id)) {
            (FixSafety::Manual, _) => matches!(rule.repair, Repair::None | Repair::Proposed(_)),
            (_, true) => matches!(rule.repair, Repair::Files(_)),
            (_, false) => matches!(rule.repair, Repair::Edits(_)),
        };
        assert!(wanted, "{rule:?} is {:?}: {:?}", rule.fix_safety, rule.repair);
    }
}

pub(super) fn of(world: &World<'_>, safety: FixSafety, wanted: &dyn Fn(&Outcome) -> bool) -> Plan {
    plan(world, &Limits { wanted, unsafe_too: safety == FixSafety::Unsafe, owned_too: false })
}

/// The world with a plan carried out by its patches alone, as an API server would.
fn after(snapshot: &Snapshot, plan: &Plan) -> Snapshot {
    let (mut changed, mut gone) = (Vec::new(), std::collections::BTreeSet::new());
    for step in plan.bound() {
        match step.write {
            BoundWrite::Create { manifest } => changed.push(manifest),
            BoundWrite::Patch { patch } => {
                let mut value = find(snapshot, &step.object).unwrap().object.to_value();
                json_patch::patch(&mut value, &patch).unwrap();
                changed.push(Object::new(value).unwrap());
            }
            BoundWrite::Delete { .. } => drop(gone.insert(step.object)),
        }
    }
    simulate::changed(snapshot, &changed, gone)
}

fn found(world: &World<'_>, rule: &str) -> Vec<ObjectId> {
    let outcomes = rules::run(RULES, world).into_iter();
    outcomes
        .filter(|outcome| outcome.rule == rule && outcome.finding().is_some())
        .map(|outcome| outcome.object)
        .collect()
}

/// Fixes what one rule finds in its bad fixture.
fn fixed(rule: &Rule, snapshot: &Snapshot) {
    let control_plane = ControlPlane::default();
    let world = World::new(snapshot, &control_plane, &[]);
    let wanted = |outcome: &Outcome| outcome.rule == rule.id;
    let plan = of(&world, FixSafety::Unsafe, &wanted);
    assert!(!plan.is_empty(), "{rule:?}: nothing is changed: {:#?}", plan.left);
    assert!(plan.left.is_empty(), "{rule:?}: {:#?}", plan.left);
    let repaired = after(snapshot, &plan);
    let world = world.over(&repaired);
    assert_eq!(found(&world, rule.id), [], "{rule:?} still fires");
    let again = of(&world, FixSafety::Unsafe, &wanted);
    assert!(again.is_empty(), "{rule:?} is fixed twice: {again:#?}");
}

#[test]
fn every_repair_makes_its_rules_bad_fixture_pass_and_does_nothing_twice() {
    for rule in RULES.iter().filter(|rule| matches!(rule.repair, Repair::Edits(_))) {
        fixed(rule, &fixture(rule, rule.bad));
        if rule.judged == Judged::Either {
            let objects = manifest::read("fixture.yaml", rule.bad).unwrap().objects;
            let own: Vec<Object> = objects.into_iter().map(|observed| observed.object).collect();
            let central = control_plane_objects(&ControlPlane::default(), "ClusterIP").into_iter();
            let beside = central.filter(|object| own.iter().all(|own| own.id() != object.id()));
            let whole = cluster(&beside.chain(own.clone()).collect::<Vec<_>>());
            // Beside a whole control plane, some are about nothing.
            if !found(&World::new(&whole, &ControlPlane::default(), &[]), rule.id).is_empty() {
                fixed(rule, &whole);
            }
        }
    }
}

#[test]
fn no_remedy_is_safer_than_its_rule() {
    for rule in RULES {
        let control_plane = ControlPlane::default();
        let snapshot = fixture(rule, rule.bad);
        let world = World::new(&snapshot, &control_plane, &[]);
        for outcome in rules::run([rule], &world).iter().filter(|outcome| outcome.finding().is_some()) {
            for way in rule.repair.ways(&world, outcome) {
                assert!(way.safety <= rule.fix_safety, "{rule:?}: {way:#?}");
            }
        }
    }
}

#[test]
fn safe_fixes_alone_change_nothing_that_is_unsafe() {
    for rule in RULES.iter().filter(|rule| rule.fix_safety == FixSafety::Unsafe) {
        let control_plane = ControlPlane::default();
        let snapshot = fixture(rule, rule.bad);
        let world = World::new(&snapshot, &control_plane, &[]);
        let plan = of(&world, FixSafety::Safe, &|outcome| outcome.rule == rule.id);
        assert!(plan.is_empty(), "{rule:?}: {plan:#?}");
        assert!(plan.left.iter().all(|left| left.why == Why::NeedsUnsafe), "{rule:?}: {:#?}", plan.left);
    }
}

#[test]
fn a_policy_that_shuts_out_several_tenants_admits_those_that_are_known() {
    let rule = rules::find("SCS0603").unwrap();
    let further = "\
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: risk-runtime, namespace: risk}
spec: {seldonConfig: default, overrides: [{name: seldon-scheduler, replicas: 0}]}
";
    let snapshot = fixture(rule, &format!("{}{further}", rule.bad));
    fixed(rule, &snapshot);
    // A tenant of which nothing is in the input.
    let (control_plane, absent) = (ControlPlane::default(), [crate::name::Namespace::new("absent").unwrap()]);
    let world = World::new(&snapshot, &control_plane, &absent);
    let plan = of(&world, FixSafety::Unsafe, &|outcome| outcome.rule == rule.id);
    assert!(!plan.is_empty() && plan.left.is_empty(), "{:#?}", plan.left);
    assert_eq!(found(&world.over(&after(&snapshot, &plan)), rule.id), []);
}
