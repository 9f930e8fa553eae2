//! Suppressions over worlds of a few objects.

use proptest::prelude::*;

use super::*;
use crate::{
    manifest,
    profile::{ControlPlane, Profile},
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

/// The verdicts on a tenant, with a profile that was read on 2026-06-15.
fn with_profile(rules: &[&'static Rule], suppressions: &str, is_whole: bool) -> Vec<Outcome> {
    let text = format!("# a comment\nsuppressions:\n{suppressions}");
    let profile = Profile::from_yaml(&text).unwrap();
    let today = "2026-06-15".to_owned().try_into().unwrap();
    let declared = Declared::new(profile.suppressions, "p.yaml", &text, today);
    let declared = if is_whole { declared } else { declared.for_a_part() };
    let control_plane = ControlPlane::default();
    let objects = manifest::read("a.yaml", &tenant("", "")).unwrap().objects;
    let snapshot = Snapshot::from_manifests(objects, &control_plane.namespace);
    let named = ["fin".parse().unwrap()];
    let world = World::new(&snapshot, &control_plane, &named).with_declared(&declared);
    world.suppressions().apply(rules::run(rules, &world))
}

#[test]
fn a_profile_says_what_does_not_count_until_a_day() {
    let suppressed = |entry: &str| {
        let outcomes = with_profile(&[rules::find("SCS0205").unwrap()], &format!("- {entry}\n"), true);
        let [only] = outcomes.as_slice() else { panic!("{outcomes:?}") };
        only.suppressed().map(|(_, by)| (by.source, by.reason.clone().unwrap()))
    };
    let by_profile = Some((SuppressedBy::Profile, "r".to_owned()));
    for (entry, expected) in [
        ("{rule: SCS02, object: SeldonRuntime/fin/r, reason: r}", &by_profile),
        ("{rule: SCS02, object: '*/*/*', reason: r, until: 2026-06-15}", &by_profile),
        ("{rule: SCS02, object: '*/*/*', reason: r, until: 2026-06-14}", &None),
        ("{rule: SCS03, object: '*/*/*', reason: r}", &None),
        ("{rule: SCS0205, object: SeldonRuntime/fin/other, reason: r}", &None),
    ] {
        assert_eq!(&suppressed(entry), expected, "{entry}");
    }
}

#[test]
fn a_profiles_suppressions_are_unused_only_where_they_were_looked_at() {
    let rules = ["SCS0203", "SCS0205", "SCS0603", "SCS0810"].map(|id| rules::find(id).unwrap());
    let found = |entry: &str, is_whole: bool| {
        let outcomes = with_profile(&rules, &format!("- {entry}\n"), is_whole);
        let flawed: Vec<&Outcome> =
            outcomes.iter().filter(|outcome| outcome.rule == "SCS0810" && outcome.finding().is_some()).collect();
        flawed.first().map(|outcome| {
            let finding = outcome.finding().unwrap();
            assert_eq!((outcome.object.to_string().as_str(), flawed.len()), ("Profile p.yaml", 1));
            let Some(Origin::File { path, line, column }) = &outcome.origin else { panic!("{outcome:?}") };
            assert_eq!(finding.evidence[0].path, "/suppressions/0");
            format!("{path}:{line}:{column}: {}: {}", finding.message, finding.evidence[0].value)
        })
    };
    let unused = |what: &str| Some(format!("p.yaml:3:3: the suppression matches no finding: {what} -- r"));
    for (entry, whole, part) in [
        ("{rule: SCS0205, object: SeldonRuntime/fin/r, reason: r}", None, None),
        (
            "{rule: SCS0203, object: SeldonRuntime/fin/r, reason: r}",
            unused("SCS0203 SeldonRuntime/fin/r"),
            unused("SCS0203 SeldonRuntime/fin/r"),
        ),
        // No such object in a namespace that was looked at.
        (
            "{rule: SCS0205, object: SeldonRuntime/fin/x, reason: r}",
            unused("SCS0205 SeldonRuntime/fin/x"),
            unused("SCS0205 SeldonRuntime/fin/x"),
        ),
        ("{rule: SCS0203, object: '*/*/*', reason: r}", unused("SCS0203 */*/*"), None),
        // Another namespace, one that is no tenant, and a rule that does not know.
        ("{rule: SCS0203, object: SeldonRuntime/risk/r, reason: r}", None, None),
        ("{rule: SCS0203, object: SeldonRuntime/apart/elsewhere, reason: r}", None, None),
        ("{rule: SCS0603, object: '*/*/*', reason: r}", None, None),
        // What has expired has expired, also for rules that are not judged.
        (
            "{rule: SCS04, object: Model/risk/x, reason: r, until: 2020-01-01}",
            Some("p.yaml:3:3: the suppression expired on 2020-01-01: SCS04 Model/risk/x -- r".to_owned()),
            Some("p.yaml:3:3: the suppression expired on 2020-01-01: SCS04 Model/risk/x -- r".to_owned()),
        ),
    ] {
        assert_eq!((found(entry, true), found(entry, false)), (whole, part), "{entry}");
    }
}

#[test]
fn a_profiles_suppression_is_unused_in_several_clusters_only_when_it_is_in_all() {
    let rules = ["SCS0203", "SCS0205", "SCS0810"].map(|id| rules::find(id).unwrap());
    let unused = with_profile(&rules, "- {rule: SCS0203, object: SeldonRuntime/fin/r, reason: r}\n", true);
    let is_flaw = |outcome: &&Outcome| outcome.rule == "SCS0810" && outcome.finding().is_some();
    let used: Vec<Outcome> = unused.iter().filter(|outcome| !is_flaw(outcome)).cloned().collect();
    assert_eq!(unused.len(), used.len() + 1);
    let left = |clusters: Vec<Option<&Vec<Outcome>>>| -> Vec<Option<usize>> {
        let judged = in_all(clusters.into_iter().map(Option::<&Vec<Outcome>>::cloned).collect());
        judged.iter().map(|all| Some(all.as_ref()?.iter().filter(is_flaw).count())).collect()
    };
    assert_eq!(left(vec![Some(&unused), Some(&unused)]), [Some(1), Some(1)]);
    assert_eq!(left(vec![Some(&unused), Some(&used)]), [Some(0), Some(0)]);
    assert_eq!(left(vec![Some(&used), Some(&unused)]), [Some(0), Some(0)]);
    assert_eq!(left(vec![Some(&unused), None]), [Some(0), None]);
}
