#![expect(clippy::disallowed_methods, reason = "the schema is a file, and the tests of a pure library may read it")]

use std::collections::BTreeSet;

use super::*;
use crate::{
    finding::{SuppressedBy, Suppression, Verdict},
    manifest::{self, Texts},
    name::Namespace,
    profile::ControlPlane,
    rules::{self, RULES},
    snapshot::{Origin, Read, Scope as Where, Snapshot},
};

const TENANT: &str = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: runtime, namespace: fin}
spec:
  seldonConfig: other
  overrides:
  - name: seldon-scheduler
    replicas: 2
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: fin}
spec: {serverConfig: mlserver}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: own, namespace: elsewhere}
spec: {serverConfig: mlserver}
";

fn manifests(text: &str) -> Snapshot {
    let objects = manifest::read("a.yaml", text).unwrap().objects;
    let mut texts = Texts::default();
    texts.insert("a.yaml", text);
    Snapshot::from_manifests(objects, &ControlPlane::default().namespace).with_texts(texts)
}

fn report(snapshot: &Snapshot, change: impl Fn(&mut Vec<Outcome>)) -> Report {
    let control_plane = ControlPlane::default();
    let named = [Namespace::new("fin").unwrap()];
    let world = World::new(snapshot, &control_plane, &named);
    let mut outcomes = rules::run(RULES, &world);
    change(&mut outcomes);
    Report::new(
        &world,
        &outcomes,
        &Scope { rules: RULES, fail_on: Level::Error, level: Level::Info, other_documents: 3, namespaces: None },
    )
}

fn of<'a>(report: &'a Report, rule: &str) -> &'a Record {
    report.findings.iter().find(|record| record.rule == rule).unwrap()
}

#[test]
fn every_selected_rule_is_in_it_and_everything_is_counted_once() {
    let report = report(&manifests(TENANT), |_| ());
    let rules: BTreeSet<&str> = report.findings.iter().map(|record| record.rule).collect();
    assert_eq!(rules.len(), RULES.len());
    let Summary { rules, pass, fail, errors, warnings, infos, unknown, suppressed, not_applicable, objects, hidden } =
        report.summary;
    assert_eq!((rules, objects, suppressed, hidden), (RULES.len(), 3, 0, 0));
    assert_eq!(pass + fail + unknown + suppressed + not_applicable, report.findings.len());
    assert_eq!(errors + warnings + infos, fail);
    assert!(pass > 0 && fail > 0 && unknown > 0 && not_applicable > 0, "{:#?}", report.summary);
}

#[test]
fn what_is_below_the_level_is_counted_and_its_rule_was_judged() {
    let snapshot =
        manifests(&TENANT.replace("serverConfig: mlserver", "serverConfig: mlserver, capabilities: [sklearn]"));
    let control_plane = ControlPlane::default();
    let named = [Namespace::new("fin").unwrap()];
    let world = World::new(&snapshot, &control_plane, &named);
    let outcomes = rules::run(RULES, &world);
    let with = |level| {
        Report::new(
            &world,
            &outcomes,
            &Scope { rules: RULES, fail_on: level, level, other_documents: 0, namespaces: None },
        )
    };
    let (all, errors) = (with(Level::Info), with(Level::Error));
    let less = all.summary.warnings + all.summary.infos;
    assert!(less > 0, "{:#?}", all.summary);
    assert_eq!((errors.summary.fail, errors.summary.hidden), (all.summary.errors, less));
    assert_eq!(errors.summary.not_applicable, all.summary.not_applicable);
    assert_eq!(errors.alignment, all.alignment);
}

#[test]
fn a_rule_for_clusters_is_not_applicable_to_manifests() {
    let report = report(&manifests(TENANT), |_| ());
    let record = of(&report, "SCS0208");
    assert_eq!((record.result, &record.object), (Judgement::NotApplicable, &None));
    assert_eq!(record.message, "to be judged on a cluster only");
}

#[test]
fn a_finding_quotes_the_line_that_proves_it() {
    let report = report(&manifests(TENANT), |_| ());
    let record = of(&report, "SCS0203");
    assert_eq!(record.quote.as_deref(), Some("seldonConfig: other"));
    assert_eq!(record.location, Some(Origin::File { path: "a.yaml".into(), line: 5, column: 3 }));
    assert_eq!(record.fingerprint(), "SCS0203:mlops.seldon.io/SeldonRuntime:fin/runtime:/spec/seldonConfig");
}

#[test]
fn what_a_suppressed_finding_says_is_kept() {
    let report = report(&manifests(TENANT), |outcomes| {
        for outcome in outcomes.iter_mut().filter(|outcome| outcome.rule == "SCS0203") {
            let Verdict::Fail(finding) = outcome.verdict.clone() else { continue };
            let by = Suppression { source: SuppressedBy::Annotation, reason: Some("planned".to_owned()) };
            outcome.verdict = Verdict::Suppressed { finding, by };
        }
    });
    assert_eq!(report.summary.suppressed, 1);
    let record = report.with(Judgement::Suppressed).next().unwrap();
    assert_eq!(record.rule, "SCS0203");
    assert_eq!(record.quote.as_deref(), Some("seldonConfig: other"));
    assert!(record.suppression.is_some() && !record.message.is_empty());
}

#[test]
fn a_line_that_a_secret_may_be_on_is_never_quoted() {
    let list = r#"{"apiVersion": "v1", "kind": "List", "items": [
{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "fin"}, "data": {"a": "aGlkZGVu"}}, {"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "SeldonRuntime", "metadata": {"name": "r", "namespace": "fin"}, "spec": {"seldonConfig": "other"}}
]}"#;
    let report = report(&manifests(list), |_| ());
    let found: Vec<_> = report.with(Judgement::Fail).collect();
    assert!(found.iter().any(|record| record.rule == "SCS0204"), "{found:#?}");
    assert!(found.iter().all(|record| record.quote.is_none()), "{found:#?}");
}

#[test]
fn a_long_line_is_cut_around_what_proves_the_finding() {
    let pad = "x".repeat(200);
    let text = format!(
        "{{\"apiVersion\": \"mlops.seldon.io/v1alpha1\", \"kind\": \"SeldonRuntime\", \"metadata\": {{\"name\": \"r\", \
         \"namespace\": \"fin\", \"annotations\": {{\"a\": \"{pad}\"}}}}, \"spec\": {{\"seldonConfig\": \"other\", \
         \"overrides\": [], \"config\": {{\"note\": \"{pad}\"}}}}}}\n"
    );
    let report = report(&manifests(&text), |_| ());
    let quote = of(&report, "SCS0203").quote.clone().unwrap();
    assert!(quote.starts_with("… \"seldonConfig\": \"other\", \"overrides\"") && quote.ends_with(" …"), "{quote}");
    assert!(quote.chars().count() <= 104, "{quote}");
}

#[test]
fn what_was_not_looked_at_is_said() {
    let report = report(&manifests(TENANT), |_| ());
    let NotLookedAt { other_documents, other_namespaces, unread, not_in_input } = &report.not_looked_at;
    assert_eq!((*other_documents, other_namespaces.as_slice(), unread.len()), (3, &["elsewhere".to_owned()][..], 0));
    assert!(not_in_input.iter().any(|what| what.contains("seldonconfigs")), "{not_in_input:#?}");

    let mut live = Snapshot::live();
    live.add_read(&crate::resource::SERVICE, Where::Cluster, Read::Failed("it is forbidden".to_owned()), vec![]);
    let report = self::report(&live, |_| ());
    let unread = &report.not_looked_at.unread;
    assert!(unread.iter().any(|unread| unread.reason == "it is forbidden"), "{unread:#?}");
    assert!(report.findings.iter().any(|record| record.why == Some(Why::ReadFailed)));
}

/// Whoever may see more is told the same.
#[test]
fn nothing_is_said_of_namespaces_that_were_not_asked_about() {
    let snapshot = manifests(TENANT);
    let control_plane = ControlPlane::default();
    let asked = BTreeSet::from(["fin".to_owned()]);
    let world = World::new(&snapshot, &control_plane, &[Namespace::new("fin").unwrap()]);
    let scope =
        Scope { rules: RULES, fail_on: Level::Error, level: Level::Info, other_documents: 0, namespaces: Some(&asked) };
    let report = Report::new(&world, &[], &scope);
    assert_eq!(report.summary.objects, 2);
    assert!(!report.not_looked_at.other_namespaces.contains(&"elsewhere".to_owned()));
    assert_eq!((report.tenants.len(), report.alignment.len()), (1, 1));

    let asked = BTreeSet::from(["elsewhere".to_owned()]);
    let report = Report::new(&world, &[], &Scope { namespaces: Some(&asked), ..scope });
    assert_eq!((report.tenants, report.alignment), (vec![], vec![]));
}

#[test]
fn the_matrix_has_the_rows_of_the_specification() {
    let report = report(&manifests(TENANT), |_| ());
    let rows: Vec<_> = report
        .alignment
        .iter()
        .flat_map(|alignment| &alignment.rows)
        .map(|row| {
            (row.component.name(), row.control_plane.as_str(), row.tenant.as_str(), row.result, row.rules.clone())
        })
        .collect();
    let absent = "not in the input";
    assert_eq!(
        rows,
        [
            ("Scheduler", absent, "on (replicas: 2)", Judgement::Fail, vec!["SCS0204"]),
            ("SeldonConfig", absent, "other", Judgement::Fail, vec!["SCS0203"]),
            ("ServerConfig", absent, "mlserver", Judgement::Unknown, vec!["SCS0107"]),
            ("Service", absent, "none", Judgement::Fail, vec!["SCS0501"]),
        ]
    );
}

#[test]
fn the_matrix_knows_its_rules() {
    for rule in Component::ALL.iter().flat_map(|component| component.rules()) {
        assert!(rules::find(rule).is_some(), "{rule}");
    }
}

/// Whoever reads a message knows which rule it is of; another's id would mislead filters.
#[test]
fn nothing_that_is_said_names_a_rule() {
    let id = regex::Regex::new(r"SCS\d{4}").unwrap();
    let mut results = BTreeSet::new();
    for rule in RULES {
        for text in [rule.bad, rule.good] {
            for record in rules::outcomes_of_fixture(rule, text).iter().map(Record::new) {
                for said in [Some(&record.message), record.remedy.as_ref()].into_iter().flatten() {
                    assert!(!id.is_match(said), "{}: {said}", record.rule);
                }
                results.insert(record.result);
            }
        }
    }
    assert_eq!(results, BTreeSet::from([Judgement::Pass, Judgement::Fail, Judgement::Unknown]));
}

#[cfg(feature = "schema")]
#[test]
fn the_published_schema_is_current() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report.schema.json");
    let schema = crate::text::json(&json_schema());
    if std::env::var("SELDON_TESTS_UPDATE").is_ok_and(|value| value == "1") {
        std::fs::write(file, &schema).unwrap();
        return;
    }
    let hint = "SELDON_TESTS_UPDATE=1 cargo test -p seldon-central-core --features schema report writes it anew";
    assert!(std::fs::read_to_string(file).is_ok_and(|written| written == schema), "{file} is not current; {hint}");
}
