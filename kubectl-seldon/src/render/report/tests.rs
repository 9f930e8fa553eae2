//! Every form of one report that holds every result.

use seldon_central_core::{
    finding::{Evidence, Finding, Level, Outcome, SuppressedBy, Suppression, Verdict},
    object::ObjectId,
    profile::Wiring,
    reason::version::Clue,
    report::{
        Alignment, Checklist, Component, Judgement, NotLookedAt, Record, Report, Row, SCHEMA_VERSION, Seldon, Summary,
        Unread, Version, Why,
        checklist::{Because, Item, Line, Standing},
    },
    resource::{
        DEPLOYMENT, MODEL, NAMESPACE, NETWORK_POLICY, Resource, SELDON_CONFIG, SELDON_RUNTIME, SERVER, SERVICE,
    },
    rules,
    snapshot::{Origin, Unknown},
};

use super::{summary::unread_lines, *};

/// A form and its name.
type Form = (&'static str, fn(&Report) -> String);

const FORMS: [Form; 15] = [
    ("text", text),
    ("short", short),
    ("wide", wide),
    ("matrix", matrix),
    ("checklist", checklist),
    ("json", json),
    ("jsonl", jsonl),
    ("yaml", yaml),
    ("junit", junit),
    ("sarif", sarif),
    ("github", github),
    ("gitlab", gitlab),
    ("markdown", markdown),
    ("html", super::html::tests::own),
    ("policyreport", policyreport),
];

fn record(rule: &str, kind: &Resource, namespace: Option<&str>, name: &str, verdict: Verdict) -> Record {
    let rule = rules::find(rule).unwrap().id;
    Record::new(&Outcome { rule, object: ObjectId::of(kind, namespace, name), origin: None, verdict })
}

fn finding(level: Level, message: &str, evidence: &[(&str, &str)], remedy: &str) -> Finding {
    let evidence = evidence.iter().map(|(path, value)| Evidence::new(*path, *value)).collect();
    Finding { message: message.to_owned(), level, evidence, remedy: remedy.to_owned() }
}

fn at(line: u64, column: u64, quote: &str, record: Record) -> Record {
    let path = "overlays/fin/tenant.yaml".to_owned();
    let quote = (!quote.is_empty()).then(|| quote.to_owned());
    Record { location: Some(Origin::File { path, line, column }), quote, ..record }
}

fn failures() -> Vec<Record> {
    vec![
        at(
            12,
            5,
            "- name: seldon-scheduler",
            record(
                "SCS0204",
                &SELDON_RUNTIME,
                Some("fin"),
                "runtime",
                Verdict::Fail(finding(
                    Level::Error,
                    "this runtime starts a scheduler of its own, so the operator replaces the alias with that one's \
                     Service and no Server reaches the central scheduler",
                    &[("/spec/overrides/5", "replicas: 2"), ("/spec/overrides/5/name", "`seldon-scheduler`")],
                    "set `replicas: 0` for `seldon-scheduler` in `spec.overrides`, and leave `serviceType` out",
                )),
            ),
        ),
        record(
            "SCS0501",
            &SERVICE,
            Some("fin"),
            "seldon-scheduler",
            Verdict::Fail(finding(Level::Error, "there is no alias", &[], "create the Service")),
        ),
        at(
            40,
            3,
            &format!("podSelector: {{matchLabels: {{app: {}}}}}", "x".repeat(60)),
            record(
                "SCS0607",
                &NETWORK_POLICY,
                Some("fin"),
                "a-policy-whose-name-has-no-room-beside-its-rule",
                Verdict::Fail(finding(Level::Warning, "anyone may reach port 9000", &[("/spec", "{}")], "say who may")),
            ),
        ),
        record(
            "SCS0104",
            &SELDON_RUNTIME,
            Some("seldon-system"),
            "seldon",
            Verdict::Fail(finding(Level::Info, "100% of 2 | 3 replicas", &[], "keep <one>")),
        ),
    ]
}

fn others() -> Vec<Record> {
    let by = |source, reason: Option<&str>| Suppression { source, reason: reason.map(str::to_owned) };
    let planned = finding(Level::Warning, "not pinned", &[("/spec/server", "absent")], "set `spec.server`");
    let absent = Unknown::NotInInput { what: "seldonconfigs of namespace seldon-system".to_owned() };
    let refused = Unknown::ReadFailed { what: "services of namespace risk".to_owned(), reason: "forbidden".to_owned() };
    vec![
        record(
            "SCS0404",
            &MODEL,
            Some("fin"),
            "income",
            Verdict::Suppressed { finding: planned.clone(), by: by(SuppressedBy::Annotation, Some("moves next week")) },
        ),
        record(
            "SCS0404",
            &MODEL,
            Some("fin"),
            "risk",
            Verdict::Suppressed { finding: planned, by: by(SuppressedBy::Baseline, None) },
        ),
        record("SCS0203", &SELDON_CONFIG, Some("seldon-system"), "default", Verdict::Unknown { reason: absent }),
        record("SCS0501", &NAMESPACE, None, "risk", Verdict::Unknown { reason: refused }),
        record("SCS0301", &SERVER, Some("fin"), "mlserver", Verdict::Pass),
        Record {
            result: Judgement::NotApplicable,
            object: None,
            message: "to be judged on a cluster only".to_owned(),
            ..record("SCS0208", &SERVER, None, "-", Verdict::Pass)
        },
    ]
}

/// A proved line, a failed one and two that nobody knows of.
fn lines() -> Vec<Line> {
    let because = |rules: &[&'static str], says: &str| Because { rules: rules.to_vec(), says: says.to_owned() };
    let line = |item: Item, standing, because| Line {
        item,
        claim: item.claim(),
        standing,
        rules: item.rules(Wiring::ExternalName),
        because,
    };
    let bad = |number| because(&["SCS0409"], &format!("Model fin/m{number}: `sklearn` | <none> of 2. servers"));
    vec![
        line(
            Item::Scheduler,
            Standing::Proved,
            vec![because(&["SCS0102", "SCS0103"], "holds for SeldonRuntime seldon-system/seldon")],
        ),
        line(Item::Capabilities, Standing::Unknown, vec![because(&["SCS0305"], "fin has nothing to judge")]),
        line(Item::Agents, Standing::Unknown, vec![because(&["SCS0701", "SCS0703"], "needs a cluster")]),
        line(Item::Models, Standing::Failed, (1..=6).map(bad).collect()),
    ]
}

fn report() -> Report {
    let row = |component, control_plane: &str, tenant: &str, result, rules| Row {
        component,
        control_plane: control_plane.to_owned(),
        tenant: tenant.to_owned(),
        result,
        rules,
    };
    let rows = vec![
        row(Component::Scheduler, "on (replicas: 1)", "on (replicas: 2)", Judgement::Fail, vec!["SCS0204", "SCS0506"]),
        row(Component::SeldonConfig, "not in the input", "default", Judgement::Unknown, vec!["SCS0203"]),
        row(Component::ServerConfig, "mlserver, triton", "mlserver", Judgement::Pass, vec![]),
        row(
            Component::Service,
            "LoadBalancer",
            "ExternalName to seldon-scheduler.elsewhere.svc.cluster.local",
            Judgement::Suppressed,
            vec!["SCS0502"],
        ),
    ];
    Report {
        schema_version: SCHEMA_VERSION,
        version: "1.2.3",
        control_plane: "seldon-system".to_owned(),
        seldon: seldon(),
        tenants: vec!["fin".to_owned(), "risk".to_owned()],
        fail_on: Level::Error,
        findings: failures().into_iter().chain(others()).collect(),
        summary: Summary {
            objects: 9,
            rules: 57,
            pass: 1,
            fail: 4,
            errors: 2,
            warnings: 1,
            infos: 1,
            unknown: 2,
            suppressed: 2,
            not_applicable: 1,
            hidden: 3,
        },
        not_looked_at: NotLookedAt {
            other_documents: 6,
            other_namespaces: vec!["lab".to_owned()],
            unread: vec![Unread { what: "services of namespace risk".to_owned(), reason: "forbidden".to_owned() }],
            withheld: vec![Unread {
                what: "releases.helm.sh of namespace seldon-system".to_owned(),
                reason: "not allowed to list secrets\u{1b}[2J".to_owned(),
            }],
            not_in_input: vec!["seldonconfigs of namespace seldon-system".to_owned()],
        },
        alignment: vec![Alignment { cluster: None, tenant: "fin".to_owned(), rows }],
        checklist: vec![Checklist { cluster: None, tenant: "fin".to_owned(), lines: lines() }],
        clusters: Vec::new(),
    }
}

fn seldon() -> Seldon {
    let clue = Clue::of_image(
        &ObjectId::of(&DEPLOYMENT, Some("seldon-system"), "seldon-v2-controller-manager"),
        "/spec/template/spec/containers/0/image",
        "mirror.test/controller\u{1b}[31m:2.10.2",
    );
    let operator = Version {
        version: "2.10.2".to_owned(),
        at_least: Some("2.10.2".to_owned()),
        before: Some("2.10.3".to_owned()),
        evidence: clue.into_iter().collect(),
    };
    let agents = Version {
        version: "2.9.1 or later".to_owned(),
        at_least: Some("2.9.1".to_owned()),
        before: None,
        evidence: Vec::new(),
    };
    let notes = vec!["fin is watched by several operators: Deployment a/x, Deployment b/x".to_owned()];
    Seldon { operator: Some(operator), scheduler: None, agents: Some(agents), notes }
}

fn plain(form: fn(&Report) -> String, report: &Report) -> String {
    anstream::adapter::strip_str(&form(report)).to_string()
}

#[test]
fn every_form_shows_every_result_as_it_should() {
    for (name, form) in FORMS {
        insta::assert_snapshot!(name, plain(form, &report()));
    }
}

/// The report of two clusters, and of a third that could not be judged.
fn of_clusters() -> Report {
    let quiet = Report {
        findings: vec![record("SCS0301", &SERVER, Some("fin"), "mlserver", Verdict::Pass)],
        summary: Summary { objects: 1, rules: 57, pass: 1, ..Summary::default() },
        not_looked_at: NotLookedAt::default(),
        alignment: Vec::new(),
        checklist: Vec::new(),
        tenants: vec!["fin".to_owned()],
        ..report()
    };
    let gone = "cannot reach the API server at https://lab.test: connection refused".to_owned();
    let all = [("prod".to_owned(), Ok(report())), ("lab".to_owned(), Err(gone)), ("test".to_owned(), Ok(quiet))];
    Report::of_clusters(all.into()).unwrap()
}

#[test]
fn every_form_tells_several_clusters_apart() {
    let report = of_clusters();
    for (name, form) in FORMS {
        insta::assert_snapshot!(format!("clusters-{name}"), plain(form, &report));
    }
    let of_one = plain(short, &self::report());
    let of_several = plain(short, &report);
    assert_eq!(
        of_several.lines().filter_map(|line| line.strip_prefix("prod:")).collect::<Vec<_>>(),
        of_one.lines().collect::<Vec<_>>()
    );
    assert!(plain(text, &report).lines().all(|line| line.chars().count() <= 80), "{}", plain(text, &report));
}

#[test]
fn a_cluster_that_could_not_be_judged_is_named_with_the_reason_in_every_form() {
    let report = of_clusters();
    // Its objects are for one cluster, and it is refused for several.
    for (name, form) in FORMS.iter().filter(|(name, _)| *name != "policyreport") {
        let text = plain(*form, &report).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("lab") && text.contains("cannot reach the API server at https"), "{name}: {text}");
        // Markdown and XML say some characters otherwise.
        assert!(text.contains("connection refused"), "{name}: {text}");
    }
    let jsonl = plain(jsonl, &report);
    let lines: Vec<serde_json::Value> = jsonl.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (own, results): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.get("kind").is_some());
    assert_eq!((own.len(), results.len()), (1, report.findings.len()));
    assert_eq!((&own[0]["kind"], &own[0]["cluster"]), (&"unjudged-cluster".into(), &"lab".into()));
    let short = plain(short, &report);
    assert_eq!(short.lines().last().unwrap().split(' ').take(3).collect::<Vec<_>>(), ["lab:", "E", "-"]);
}

#[test]
fn what_could_not_be_read_for_one_reason_is_said_once_with_the_rules_that_needed_it() {
    let unread = |name: &str| Unread { what: format!("Kustomization {name}"), reason: "kubectl is missing".to_owned() };
    let unknown = |rule: &str, name: &str| {
        let Unread { what, reason } = unread(name);
        record(rule, &MODEL, None, name, Verdict::Unknown { reason: Unknown::ReadFailed { what, reason } })
    };
    let report = Report {
        findings: vec![unknown("SCS0805", "a"), unknown("SCS0804", "a"), unknown("SCS0804", "b")],
        not_looked_at: NotLookedAt { unread: vec![unread("a"), unread("b")], ..NotLookedAt::default() },
        ..report()
    };
    let expected = "Kustomization a; Kustomization b could not be read: kubectl is missing (unknown: SCS0804, SCS0805)";
    assert_eq!(unread_lines(&report), [expected]);
    let text = plain(text, &report).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(text.matches("kubectl is missing").count(), 1, "{text}");
    assert!(text.contains(expected), "{text}");
}

#[test]
fn namespaces_of_another_topology_are_one_line() {
    let lines = |count: usize| {
        let names = (0..count).map(|number| format!("lab{number}")).collect();
        let report =
            Report { not_looked_at: NotLookedAt { other_namespaces: names, ..NotLookedAt::default() }, ..report() };
        let text = plain(text, &report);
        let (_, unseen) = text.split_once("not looked at:\n").unwrap();
        let lines: Vec<&str> = unseen.lines().take_while(|line| !line.contains("rule")).map(str::trim).collect();
        lines.join(" ")
    };
    assert_eq!(lines(1), "1 namespace that does not follow the pattern of one central scheduler: lab0");
    let many = "8 namespaces that do not follow the pattern of one central scheduler: ";
    assert_eq!(lines(8), format!("{many}lab0, lab1, lab2, lab3, lab4, lab5 and 2 more"));
}

#[test]
fn a_clean_report_says_so() {
    let clean = Report {
        findings: vec![record("SCS0301", &SERVER, Some("fin"), "mlserver", Verdict::Pass)],
        summary: Summary { objects: 1, rules: 1, pass: 1, ..Summary::default() },
        not_looked_at: NotLookedAt::default(),
        seldon: Seldon::default(),
        ..report()
    };
    assert_eq!(plain(text, &clean), "no findings; 1 passed, 0 unknown, 0 suppressed\nlooked at: 1 object, 1 rule\n");
    assert_eq!(plain(short, &clean), "");
    assert_eq!(plain(github, &clean), "");
    assert_eq!(plain(gitlab, &clean), "[]\n");
    let nothing = Report { findings: vec![], summary: Summary::default(), ..clean };
    assert!(plain(text, &nothing).starts_with("nothing could be judged; "), "{}", plain(text, &nothing));
}

/// Names and values come from anywhere.
#[test]
fn nothing_that_is_quoted_leaves_its_place() {
    let evil = "a\u{1b}[2Jb\u{9b}c\u{202e}d\r\n::error::e | <script> `%0A ]]> \"\n| f";
    let mut record =
        record("SCS0301", &SERVER, Some(evil), evil, Verdict::Fail(finding(Level::Error, evil, &[(evil, evil)], evil)));
    record.location = Some(Origin::File { path: evil.to_owned(), line: 1, column: 1 });
    record.quote = Some(evil.to_owned());
    let suppression = Some(Suppression { source: SuppressedBy::Profile, reason: Some(evil.to_owned()) });
    let suppressed = Record { result: Judgement::Suppressed, suppression, ..record.clone() };
    let unknown = Record { result: Judgement::Unknown, why: Some(Why::ReadFailed), ..record.clone() };
    let mut report = report();
    report.findings = vec![record, suppressed, unknown];
    report.not_looked_at.unread = vec![Unread { what: evil.to_owned(), reason: evil.to_owned() }];
    report.not_looked_at.other_namespaces = vec![evil.to_owned()];
    report.alignment[0].tenant = evil.to_owned();
    report.alignment[0].rows[0].tenant = evil.to_owned();
    report.checklist[0].tenant = evil.to_owned();
    report.checklist[0].lines[0].because[0].says = evil.to_owned();
    let several =
        Report::of_clusters(vec![(evil.to_owned(), Ok(report.clone())), (evil.to_owned(), Err(evil.to_owned()))]);
    for (name, form, report) in
        FORMS.iter().flat_map(|(name, form)| [(name, form, &report), (name, form, several.as_ref().unwrap())])
    {
        let text = plain(*form, report);
        let is_unsafe = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(is_unsafe), "{name}: {text:?}");
    }
    assert_eq!(plain(short, &report).lines().count(), 1);
    assert_eq!(plain(github, &report).lines().count(), 2);
    assert_eq!(plain(github, several.as_ref().unwrap()).lines().count(), 3);
    assert_eq!(plain(short, several.as_ref().unwrap()).lines().count(), 2);
    let commands = plain(github, &report);
    assert!(commands.contains("::error file=a\\u{1b}[2Jb\\u{9b}c\\u{202e}d%0A%3A%3Aerror%3A%3Ae | "), "{commands}");
    let table = plain(markdown, &report);
    assert!(!table.contains("<script>") && table.lines().all(|line| !line.starts_with("| f")), "{table}");
    for form in [json, gitlab, sarif] {
        serde_json::from_str::<serde_json::Value>(&form(&report)).unwrap();
    }
}

#[test]
fn what_people_read_fits_into_80_columns() {
    for form in [text, matrix] {
        for line in plain(form, &report()).lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

#[test]
fn json_is_as_its_schema_says() {
    let validator = jsonschema::validator_for(&seldon_central_core::report::json_schema()).unwrap();
    assert!(validator.is_valid(&super::json::value(&of_clusters())));
    let value = super::json::value(&report());
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let mut wrong = value.clone();
    wrong["findings"][0]["result"] = "failed".into();
    assert!(!validator.is_valid(&wrong));
    let line: serde_json::Value = serde_json::from_str(jsonl(&report()).lines().next().unwrap()).unwrap();
    assert_eq!(line, value["findings"][0]);
    assert_eq!(seldon_central_core::yaml::read(&yaml(&report())).unwrap(), value);
}

#[test]
fn the_fixture_counts_right() {
    let report = report();
    for (result, count) in [
        (Judgement::Pass, report.summary.pass),
        (Judgement::Fail, report.summary.fail),
        (Judgement::Unknown, report.summary.unknown),
        (Judgement::Suppressed, report.summary.suppressed),
        (Judgement::NotApplicable, report.summary.not_applicable),
    ] {
        assert_eq!(report.with(result).count(), count, "{result:?}");
    }
}
