//! Tenants that were broken in many ways at once.

use proptest::prelude::*;

use super::{
    broken::{BREAKS, Break, Cluster},
    *,
};
use crate::{finding::Verdict, resource::NETWORK_POLICY};

/// Whether a finding is one that fixing has to do away with.
fn fixable(outcome: &Outcome) -> bool {
    matches!(rules::find(outcome.rule).unwrap().repair, Repair::Edits(_))
}

fn check(breaks: &[Break]) -> Result<(), TestCaseError> {
    let mut cluster = Cluster::whole();
    for way in breaks {
        cluster.break_it(*way);
    }
    let snapshot = cluster.snapshot();
    let control_plane = ControlPlane::default();
    let fin = [crate::name::Namespace::new("fin").unwrap()];
    let world = World::new(&snapshot, &control_plane, &fin);

    let safe = of(&world, FixSafety::Safe, &|_| true);
    prop_assert!(safe.steps.iter().all(|step| step.safety == FixSafety::Safe), "{:#?}", safe.steps);

    let plan = of(&world, FixSafety::Unsafe, &|_| true);
    let repaired = after(&snapshot, &plan);
    let world = world.over(&repaired);
    let outcomes = rules::run(RULES, &world);
    let left: Vec<String> = outcomes
        .iter()
        .filter(|outcome| fixable(outcome))
        .filter_map(|outcome| match &outcome.verdict {
            Verdict::Fail(finding) => Some(format!("{} {}: {}", outcome.rule, outcome.object, finding.message)),
            _ => None,
        })
        .collect();
    prop_assert!(left.is_empty(), "{breaks:?} leaves {left:#?}: {:#?}", plan.left);
    let again = of(&world, FixSafety::Unsafe, &|_| true);
    prop_assert!(again.is_empty(), "{breaks:?} is fixed twice: {again:#?}");
    Ok(())
}

#[test]
fn what_is_whole_is_left_alone() {
    let snapshot = Cluster::whole().snapshot();
    let control_plane = ControlPlane::default();
    let plan = of(&World::new(&snapshot, &control_plane, &[]), FixSafety::Unsafe, &|_| true);
    assert_eq!(plan, Plan { left: plan.left.clone(), ..Plan::default() });
    assert!(plan.left.iter().all(|left| left.why == Why::Manual), "{:#?}", plan.left);
}

#[test]
fn every_single_break_is_fixed_and_breaks_something() {
    for way in BREAKS {
        let mut cluster = Cluster::whole();
        cluster.break_it(way);
        let snapshot = cluster.snapshot();
        let control_plane = ControlPlane::default();
        let fin = [crate::name::Namespace::new("fin").unwrap()];
        let plan = of(&World::new(&snapshot, &control_plane, &fin), FixSafety::Unsafe, &|_| true);
        assert!(!plan.is_empty(), "{way:?}: {:#?}", plan.left);
        check(&[way]).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn a_policy_whose_selectors_are_put_right_gets_no_needless_rules() {
    let mut cluster = Cluster::whole();
    let rules = |snapshot: &Snapshot| {
        let policies = snapshot.known_in(&NETWORK_POLICY, "fin").map(|seen| seen.object.clone());
        let count =
            |policy: &Object, field: &str| policy.pointer(field).and_then(|rules| Some(rules.as_array()?.len()));
        policies.map(|policy| (count(&policy, "/spec/ingress"), count(&policy, "/spec/egress"))).collect::<Vec<_>>()
    };
    let whole = rules(&cluster.snapshot());
    cluster.break_it(Break::SelectorByName);
    let snapshot = cluster.snapshot();
    let control_plane = ControlPlane::default();
    let plan = of(&World::new(&snapshot, &control_plane, &[]), FixSafety::Unsafe, &|_| true);
    assert!(!plan.is_empty());
    assert_eq!(rules(&after(&snapshot, &plan)), whole, "{plan:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn tenants_that_are_broken_in_many_ways_are_put_right_and_stay_so(
        breaks in proptest::sample::subsequence(&BREAKS[..], 1..8).prop_shuffle()
    ) {
        check(&breaks)?;
    }
}
