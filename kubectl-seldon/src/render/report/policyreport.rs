//! `PolicyReports`, for the dashboards that show those of a cluster: one for each namespace, and a
//! `ClusterPolicyReport` for what is in none.

use std::{borrow::Cow, collections::BTreeMap};

use seldon_central_core::{
    finding::Level,
    object::ObjectId,
    pattern,
    report::{Judgement, Record, Report, Why},
    text::{fields, printable},
    yaml as writer,
};
use serde_json::{Value, json};

use super::{place, wide::suppressed_by, yaml::escape};

/// The version that every reader of these reports knows.
const API_VERSION: &str = "wgpolicyk8s.io/v1alpha2";
/// How many bytes of results one object holds at most. etcd takes 1.5 MiB.
const MAX_BYTES: usize = 1 << 20;
/// How many characters of a text are kept.
const MAX_TEXT: usize = 2_000;
/// The annotation that says how many results did not fit.
const LEFT_OUT: &str = "kubectl-seldon/left-out";

/// The reports as YAML documents. Rules that had nothing to look at are in none.
pub fn policyreport(report: &Report) -> String {
    let mut namespaces: BTreeMap<Option<&str>, Vec<&Record>> = BTreeMap::new();
    for record in report.findings.iter().filter(|record| record.object.is_some()) {
        namespaces.entry(record.namespace()).or_default().push(record);
    }
    let objects = namespaces.into_iter().map(|(namespace, records)| object(namespace, records, report.fail_on));
    let documents = objects.map(|mut object| {
        escape(&mut object);
        writer::write(&object)
    });
    documents.collect::<Vec<_>>().join("---\n")
}

fn object(namespace: Option<&str>, mut records: Vec<&Record>, fail_on: Level) -> Value {
    records.sort_by_key(|record| Outcome::of(record, fail_on));
    let mut summary: BTreeMap<&str, usize> = Outcome::ALL.map(|outcome| (outcome.name(), 0)).into();
    let (mut results, mut bytes) = (Vec::new(), 0);
    for record in &records {
        let outcome = Outcome::of(record, fail_on);
        *summary.entry(outcome.name()).or_default() += 1;
        let one = result(record, outcome);
        bytes += one.to_string().len();
        // The worst come first, so it is what passes that is left out.
        if bytes <= MAX_BYTES {
            results.push(one);
        }
    }
    let left_out = records.len() - results.len();
    let metadata = fields([
        ("name", Some(pattern::FIELD_MANAGER.into())),
        ("namespace", namespace.map(Into::into)),
        ("labels", Some(json!({"app.kubernetes.io/managed-by": pattern::FIELD_MANAGER}))),
        ("annotations", (left_out > 0).then(|| json!({LEFT_OUT: left_out.to_string()}))),
    ]);
    json!({
        "apiVersion": API_VERSION,
        "kind": if namespace.is_some() { "PolicyReport" } else { "ClusterPolicyReport" },
        "metadata": metadata,
        "summary": summary,
        "results": results,
    })
}

/// A result in these reports' words, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// A finding that makes the exit status 1.
    Fail,
    /// Something could not be read.
    Error,
    /// A finding that does not.
    Warn,
    /// Suppressed, or not to be told from the input.
    Skip,
    /// The rule holds.
    Pass,
}

impl Outcome {
    const ALL: [Self; 5] = [Self::Fail, Self::Error, Self::Warn, Self::Skip, Self::Pass];

    fn of(record: &Record, fail_on: Level) -> Self {
        match record.result {
            Judgement::Fail if record.level >= fail_on => Self::Fail,
            Judgement::Fail => Self::Warn,
            Judgement::Unknown if record.why == Some(Why::ReadFailed) => Self::Error,
            Judgement::Unknown | Judgement::Suppressed | Judgement::NotApplicable => Self::Skip,
            Judgement::Pass => Self::Pass,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Skip => "skip",
            Self::Pass => "pass",
        }
    }
}

fn result(record: &Record, outcome: Outcome) -> Value {
    let resource = record.object.as_ref().map(|object| {
        let ObjectId { api_version, kind, namespace, name } = object.clone();
        fields([
            ("apiVersion", Some(api_version.into())),
            ("kind", Some(kind.into())),
            ("namespace", namespace.map(Into::into)),
            ("name", Some(name.into())),
        ])
    });
    json!({
        "source": pattern::FIELD_MANAGER,
        "category": "Seldon Core 2",
        "policy": record.rule,
        "rule": record.name,
        "result": outcome.name(),
        "severity": severity(record.level),
        "scored": outcome != Outcome::Warn,
        "message": message(record),
        "resources": resource.into_iter().collect::<Vec<Value>>(),
        "properties": properties(record),
    })
}

fn message(record: &Record) -> String {
    let by = record.suppression.as_ref().map(|by| {
        let reason = by.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        format!("suppressed by {}{reason}: ", suppressed_by(by.source))
    });
    bounded(&format!("{}{}", by.unwrap_or_default(), record.message))
}

/// What else a reader wants to know; every value is a string.
fn properties(record: &Record) -> BTreeMap<String, String> {
    let mut properties = BTreeMap::from([("help".to_owned(), record.help.clone())]);
    let mut put = |key: &str, text: &str| drop(properties.insert(key.to_owned(), bounded(text)));
    if let Some(remedy) = &record.remedy {
        put("remedy", remedy);
    }
    if place::in_file(record).is_some() {
        put("location", &place::shown(record));
    }
    let evidence: Vec<String> = record.evidence.iter().map(|one| format!("{} {}", one.path, one.value)).collect();
    if !evidence.is_empty() {
        put("evidence", evidence.join("; ").trim());
    }
    properties
}

/// What is safe to print, and not longer than anybody reads.
fn bounded(text: &str) -> String {
    let text: Cow<'_, str> = printable(text);
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}

const fn severity(level: Level) -> &'static str {
    match level {
        Level::Error => "high",
        Level::Warning => "medium",
        Level::Info => "info",
    }
}

#[cfg(test)]
mod tests {
    use seldon_central_core::{finding::Verdict, resource::MODEL, rules};

    use super::*;

    #[test]
    fn a_report_is_bounded_and_keeps_the_findings() {
        let record = |name: String, verdict: Verdict| {
            let rule = rules::find("SCS0401").map_or("", |rule| rule.id);
            let object = ObjectId::of(&MODEL, Some("fin"), &name);
            Record::new(&seldon_central_core::finding::Outcome { rule, object, origin: None, verdict })
        };
        let finding = seldon_central_core::finding::Finding {
            level: Level::Error,
            message: "m".repeat(10_000),
            evidence: Vec::new(),
            remedy: "r".to_owned(),
        };
        let mut records: Vec<Record> = (0..5_000).map(|n| record(format!("model-{n}"), Verdict::Pass)).collect();
        records.push(record("wrong".to_owned(), Verdict::Fail(finding)));
        let built = object(Some("fin"), records.iter().collect(), Level::Error);
        assert!(built.to_string().len() < 1_500_000 - 200_000);
        assert_eq!(built["results"][0]["result"], "fail");
        assert!(built["results"][0]["message"].as_str().is_some_and(|text| text.chars().count() == MAX_TEXT + 1));
        assert_eq!(built["summary"], json!({"fail": 1, "error": 0, "warn": 0, "skip": 0, "pass": 5_000}));
        let kept = built["results"].as_array().map_or(0, Vec::len);
        assert_eq!(built["metadata"]["annotations"][LEFT_OUT], (5_001 - kept).to_string());
    }
}
