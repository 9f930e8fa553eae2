//! Baselines over worlds of a few objects.

use proptest::prelude::*;

use super::baseline::{Baseline, Run};
use crate::{
    finding::{Outcome, Verdict},
    manifest,
    profile::ControlPlane,
    rules::{self, RULES, World},
    snapshot::Snapshot,
};

/// What every rule says about its own failing fixture.
fn judge(text: &str) -> Vec<Outcome> {
    let control_plane = ControlPlane::default();
    let objects = manifest::read("a.yaml", text).unwrap().objects;
    let mut texts = manifest::Texts::default();
    texts.insert("a.yaml", text);
    let snapshot = Snapshot::from_manifests(objects, &control_plane.namespace).with_texts(texts);
    rules::run(RULES, &World::new(&snapshot, &control_plane, &[]))
}

const ALL: Run<'static> = Run { rules: RULES, namespaces: None };

fn failing(outcomes: &[Outcome]) -> usize {
    outcomes.iter().filter(|outcome| outcome.finding().is_some()).count()
}

const TENANT: &str = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: r, namespace: fin}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
  - {name: mlserver, replicas: 3}
  - {name: hodometer, disable: true}
";

#[test]
fn a_baseline_is_sorted_and_reads_as_it_was_written() {
    let outcomes: Vec<Outcome> =
        judge(TENANT).into_iter().filter(|outcome| ["SCS0205", "SCS0206"].contains(&outcome.rule)).collect();
    let baseline = Baseline::default().renewed(&outcomes, &ALL);
    let text = baseline.to_yaml();
    insta::assert_snapshot!(text, @r"
    # Findings that were there before: `kubectl seldon verify --baseline` does not count them.
    # Written by --write-baseline.
    schemaVersion: 1
    findings:
    - rule: SCS0205
      object: SeldonRuntime/fin/r
      evidence:
      - /spec/overrides/1
    - rule: SCS0206
      object: SeldonRuntime/fin/r
      evidence:
      - /spec/overrides/2/disable
    ");
    assert_eq!(Baseline::from_yaml(&text).unwrap(), baseline);
    assert_eq!(Baseline::from_yaml(&Baseline::default().to_yaml()).unwrap(), Baseline::default());
}

#[test]
fn what_is_no_baseline_is_refused_with_its_place() {
    let message = |text: &str| Baseline::from_yaml(text).unwrap_err().to_string();
    assert_eq!(message("schemaVersion: 2\n"), "`schemaVersion` is 2, and this release reads 1 only");
    assert!(message("schemaVersion: 1\nfindings:\n- {rule: a, objct: b}\n").starts_with("line 3, column"));
    assert!(message("findings: []\n").contains("schemaVersion"), "{}", message("findings: []\n"));
    assert!(message("[").starts_with("line 1"), "{}", message("["));
}

#[test]
fn of_the_same_finding_no_more_count_as_old_than_there_were() {
    let outcomes = judge(TENANT);
    let one = outcomes.iter().find(|outcome| outcome.rule == "SCS0206").unwrap();
    let two = vec![one.clone(), one.clone()];
    let baseline = Baseline::default().renewed(&two[..1], &ALL);
    assert_eq!(failing(&baseline.apply(two.clone())), 1);
    let both = Baseline::default().renewed(&two, &ALL);
    assert_eq!(both.len(), 2);
    assert_eq!(failing(&Baseline::from_yaml(&both.to_yaml()).unwrap().apply(two)), 0);
}

#[test]
fn only_what_a_run_would_have_found_is_gone() {
    let text = "schemaVersion: 1\nfindings:\n\
                - {rule: SCS0205, object: SeldonRuntime/fin/r, evidence: [/spec/overrides/7]}\n\
                - {rule: SCS0206, object: SeldonRuntime/fin/r, evidence: [/spec/overrides/2/disable]}\n\
                - {rule: SCS0206, object: SeldonRuntime/risk/r, evidence: [/spec/overrides/2/disable]}\n\
                - {rule: SCS0603, object: Namespace/fin}\n\
                - {rule: SCS9999, object: Namespace/fin}\n";
    let baseline = Baseline::from_yaml(text).unwrap();
    let gone = |ids: &[&str], namespaces: Option<&[&str]>| {
        let rules: Vec<_> = ids.iter().map(|id| rules::find(id).unwrap()).collect();
        let namespaces = namespaces.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        let run = Run { rules: &rules, namespaces: namespaces.as_ref() };
        let outcomes = baseline.apply(judge(TENANT));
        let gone = baseline.gone(&outcomes, &run);
        let renewed = baseline.renewed(&outcomes, &run);
        assert_eq!(failing(&renewed.apply(judge(TENANT))), 0);
        assert!(renewed.gone(&renewed.apply(judge(TENANT)), &run).is_empty(), "{renewed:?}");
        gone.len()
    };
    // SCS0603 is unknown, SCS9999 is no rule any more.
    assert_eq!(gone(&["SCS0205", "SCS0206", "SCS0603"], None), 3);
    assert_eq!(gone(&["SCS0205", "SCS0206", "SCS0603"], Some(&["fin"])), 2);
    assert_eq!(gone(&["SCS0206"], Some(&["fin"])), 1);
    assert_eq!(gone(&["SCS0204"], None), 1);
}

#[test]
fn clusters_are_told_apart_only_when_several_are_judged() {
    let (prod, lab) = (judge(TENANT), judge(&TENANT.replace("disable: true", "disable: false")));
    let none = Baseline::default();
    let part = |name, outcomes: &[Outcome]| none.of_cluster(name).renewed(outcomes, &ALL);
    let both = none.clone().with_cluster(Some("prod"), part(Some("prod"), &prod));
    let both = both.with_cluster(Some("test"), part(Some("test"), &lab));
    let text = both.to_yaml();
    assert!(text.contains("cluster: prod") && text.contains("cluster: test"), "{text}");
    assert_eq!(Baseline::from_yaml(&text), Ok(both.clone()));
    // Each counts in its own cluster, and none in another or in a run over one alone.
    assert_eq!(failing(&both.of_cluster(Some("prod")).apply(prod.clone())), 0);
    assert!(failing(&both.of_cluster(Some("test")).apply(prod.clone())) > 0);
    assert_eq!(both.of_cluster(None), none);
    // A run over one alone keeps what is there of several, and the other way round.
    let all = both.clone().with_cluster(None, part(None, &prod));
    assert_eq!(all.len(), both.len() + failing(&prod));
    assert_eq!(all.of_cluster(Some("test")), both.of_cluster(Some("test")));
    assert!(!none.clone().with_cluster(None, part(None, &prod)).to_yaml().contains("cluster:"));
}

#[test]
fn a_baseline_of_all_that_is_found_leaves_nothing_that_fails() {
    for rule in RULES {
        for text in [rule.bad, rule.good] {
            let outcomes = judge(text);
            let baseline = Baseline::default().renewed(&outcomes, &ALL);
            assert_eq!(baseline.len(), failing(&outcomes), "{rule:?}");
            let again = Baseline::from_yaml(&baseline.to_yaml()).unwrap();
            let judged = again.apply(outcomes);
            assert_eq!(failing(&judged), 0, "{rule:?}");
            assert!(again.gone(&judged, &ALL).is_empty(), "{rule:?}");
        }
    }
}

/// A text with lines of comments after some of its lines: the objects stay what they are, at other
/// places.
fn moved(text: &str, gaps: &[usize]) -> String {
    let gap = |line: usize| "# moved\n".repeat(gaps[line % gaps.len()]);
    text.lines().enumerate().map(|(number, line)| format!("{}{line}\n", gap(number))).collect()
}

proptest! {
    #[test]
    fn moving_lines_never_invalidates_a_baseline(
        rule in prop::sample::select(RULES.to_vec()),
        gaps in prop::collection::vec(0..3_usize, 1..9),
    ) {
        prop_assume!(!rule.bad.contains("|\n") && !rule.bad.contains("|-\n"));
        let baseline = Baseline::default().renewed(&judge(rule.bad), &ALL);
        let after = judge(&moved(rule.bad, &gaps));
        let is_suppressed = |outcome: &Outcome| matches!(outcome.verdict, Verdict::Suppressed { .. });
        let judged = baseline.apply(after);
        prop_assert_eq!(failing(&judged), 0);
        prop_assert_eq!(judged.iter().filter(|outcome| is_suppressed(outcome)).count(), baseline.len());
    }
}
