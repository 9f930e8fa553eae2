//! Suppressions over worlds of a few objects.

use proptest::prelude::*;

use super::*;
use crate::{
    manifest,
    profile::ControlPlane,
    rules::{self, RULES, Rule, World},
};

/// A tenant with an annotation, and with another on its Namespace.
fn tenant(namespace: &str, own: &str) -> String {
    let annotation = |value: &str| format!("annotations: {{kubectl-seldon/ignore: {value:?}}}");
    format!(
        "\
apiVersion: v1
kind: Namespace
metadata: {{name: fin, {}}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {{name: r, namespace: fin, {}}}
spec:
  seldonConfig: default
  overrides:
  - {{name: seldon-scheduler, replicas: 2}}
  - {{name: mlserver, replicas: 3}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {{name: s, namespace: fin}}
spec: {{serverConfig: mlserver}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {{name: elsewhere, namespace: apart, annotations: {{kubectl-seldon/ignore: SCS0205}}}}
spec: {{seldonConfig: default}}
",
        annotation(namespace),
        annotation(own)
    )
}

fn judge(rules: &[&'static Rule], text: &str) -> Vec<Outcome> {
    let control_plane = ControlPlane::default();
    let objects = manifest::read("a.yaml", text).unwrap().objects;
    let snapshot = Snapshot::from_manifests(objects, &control_plane.namespace);
    let world = World::new(&snapshot, &control_plane, &["fin".parse().unwrap()]);
    world.suppressions().apply(rules::run(rules, &world))
}

/// `SCS0205 fail`, or `SCS0205 suppressed: reason`, of the findings about the runtime and its Service.
fn verdicts(namespace: &str, own: &str) -> Vec<String> {
    let said = |outcome: &Outcome| match (outcome.finding(), outcome.suppressed()) {
        (Some(_), _) => Some(format!("{} {} fail", outcome.rule, outcome.object.kind)),
        (_, Some((_, by))) => {
            let reason = by.reason.as_deref().unwrap_or("-");
            Some(format!("{} {} suppressed: {reason}", outcome.rule, outcome.object.kind))
        }
        (None, None) => None,
    };
    let rules = ["SCS0204", "SCS0205", "SCS0501", "SCS0810"].map(|id| rules::find(id).unwrap());
    let mut said: Vec<String> = judge(&rules, &tenant(namespace, own)).iter().filter_map(said).collect();
    said.sort();
    said
}

#[test]
fn an_object_and_its_namespace_say_what_does_not_count() {
    let failing = ["SCS0204 SeldonRuntime fail", "SCS0205 SeldonRuntime fail", "SCS0501 Service fail"];
    assert_eq!(verdicts("", ""), failing);
    assert_eq!(verdicts("", "SCS0205 -- why"), [failing[0], "SCS0205 SeldonRuntime suppressed: why", failing[2]]);
    assert_eq!(
        verdicts("", "SCS02"),
        ["SCS0204 SeldonRuntime suppressed: -", "SCS0205 SeldonRuntime suppressed: -", failing[2]],
    );
    // What is missing has no annotations; its namespace has.
    assert_eq!(
        verdicts("alias-missing -- relay\nSCS0205", ""),
        [failing[0], "SCS0205 SeldonRuntime suppressed: -", "SCS0501 Service suppressed: relay"]
    );
    // The first word counts, and the other one is of use as well.
    assert_eq!(verdicts("SCS0205 -- all", "SCS0205 -- own")[1..2], ["SCS0205 SeldonRuntime suppressed: all"]);
}

#[test]
fn what_is_of_no_use_is_found_at_what_says_it() {
    let findings = |namespace: &str, own: &str| {
        let outcomes = judge(RULES, &tenant(namespace, own));
        let of_rule = outcomes.into_iter().filter(|outcome| outcome.rule == "SCS0810");
        let shown = of_rule.filter_map(|outcome| {
            let finding = outcome.finding()?;
            let evidence = finding.evidence.first()?;
            assert_eq!(evidence.path, "/metadata/annotations/kubectl-seldon~1ignore");
            Some(format!("{}: {}: {}; {}", outcome.object, finding.message, evidence.value, finding.remedy))
        });
        shown.collect::<Vec<_>>()
    };
    assert_eq!(findings("SCS0501", "SCS0204, SCS0205 -- both"), [""; 0]);
    assert_eq!(
        findings("SCS0203", "SCS0205, SCS0206 -- x"),
        [
            "Namespace fin: the suppression matches no finding: SCS0203; remove it",
            "SeldonRuntime fin/r: the suppression matches no finding: SCS0206 -- x; remove it",
        ]
    );
    assert_eq!(
        findings("quux", "alias-mising"),
        [
            "Namespace fin: the suppression names no rule: quux; name a rule, or remove it",
            "SeldonRuntime fin/r: the suppression names no rule: alias-mising; name `alias-missing`, or remove it",
        ]
    );
    // A rule that needs a cluster, and one that says nothing certain of these manifests, decide nothing.
    assert_eq!(findings("SCS0409", "SCS0603"), [""; 0]);
    assert_eq!(findings("SCS0810", ""), [""; 0]);
}

#[test]
fn a_rule_that_was_not_selected_makes_no_suppression_unused() {
    let text = tenant("SCS0203", "SCS0206");
    let fails = |ids: &[&str]| {
        let rules: Vec<&'static Rule> = ids.iter().map(|id| rules::find(id).unwrap()).collect();
        judge(&rules, &text).iter().filter(|outcome| outcome.finding().is_some()).count()
    };
    assert_eq!(fails(&["SCS0810"]), 0);
    assert_eq!(fails(&["SCS0810", "SCS0206"]), 1);
    assert_eq!(fails(&["SCS0810", "SCS0206", "SCS0203"]), 2);
}

proptest! {
    /// Whatever annotations say, nothing is found that is not found without them, but for what is said
    /// of themselves; and nothing that is found goes unmentioned.
    #[test]
    fn suppressing_changes_nothing_but_whether_it_counts(
        namespace in "(SCS0(2|20|205|501|8)?(, | -- |\n)?){0,4}",
        own in "(SCS0(2|20|205|501|8)?(, | -- |\n)?){0,4}",
    ) {
        let findings = |text: &str| {
            let outcomes = judge(RULES, text);
            let own = outcomes.into_iter().filter(|outcome| outcome.rule != "SCS0810");
            let found = own.filter_map(|outcome| {
                let finding = outcome.finding().or_else(|| outcome.suppressed().map(|(finding, _)| finding))?;
                Some((outcome.rule, outcome.object.clone(), finding.clone()))
            });
            found.collect::<Vec<_>>()
        };
        prop_assert_eq!(findings(&tenant(&namespace, &own)), findings(&tenant("", "")));
    }
}
