//! `JUnit` XML, for what shows tests: a suite for each namespace, a case for each rule and object.

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, Report as Suites, TestCase, TestCaseStatus, TestSuite};
use seldon_central_core::{
    report::{Judgement, Record, Report, Why},
    text::printable,
};

use super::{group::groups, place, summary, wide::suppressed_by};

/// The document. What fails, fails the run: a finding below the threshold of the exit status is a
/// case that passes and says so.
pub fn junit(report: &Report) -> String {
    let mut suites = Suites::new("kubectl seldon verify");
    let (idle, judged): (Vec<&Record>, Vec<&Record>) =
        report.findings.iter().partition(|record| record.result == Judgement::NotApplicable);
    for (group, records) in groups(report, judged.into_iter()) {
        suites.add_test_suite(suite(&group.title(), &records, report));
    }
    for cluster in &report.clusters {
        if let Some(error) = &cluster.error {
            suites.add_test_suite(unjudged(&cluster.name, error));
        }
    }
    let mut idle_in: BTreeMap<Option<&str>, Vec<&Record>> = BTreeMap::new();
    for record in idle {
        idle_in.entry(record.cluster.as_deref()).or_default().push(record);
    }
    for (cluster, records) in idle_in {
        let whose = cluster.map(|cluster| format!("{cluster}: ")).unwrap_or_default();
        suites.add_test_suite(suite(&format!("{whose}not applicable"), &records, report));
    }
    // A string takes whatever is written to it, so this cannot fail.
    suites.to_string().unwrap_or_default()
}

/// A cluster that could not be judged: that is an error of the run.
fn unjudged(name: &str, error: &str) -> TestSuite {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(printable(error).into_owned()).set_type("unknown");
    let mut suite = TestSuite::new(&*printable(name));
    suite.add_test_case(TestCase::new("the cluster could be judged", status));
    suite
}

fn suite(name: &str, records: &[&Record], report: &Report) -> TestSuite {
    let mut suite = TestSuite::new(&*printable(name));
    suite.add_test_cases(records.iter().map(|record| case(record, report)));
    suite
}

fn case(record: &Record, report: &Report) -> TestCase {
    let rule = format!("{} {}", record.rule, record.name);
    let name = if record.object.is_some() { place::object(record) } else { rule.clone() };
    let message = printable(&record.message).into_owned();
    let status = match record.result {
        Judgement::Fail if record.level >= report.fail_on => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(message).set_type(summary::level(record.level)).set_description(details(record));
            status
        }
        Judgement::Pass | Judgement::Fail => TestCaseStatus::success(),
        // That something could not be read is an error of the run, not of what was judged.
        Judgement::Unknown if record.why == Some(Why::ReadFailed) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(message).set_type("unknown");
            status
        }
        Judgement::Unknown | Judgement::NotApplicable => skipped(message),
        Judgement::Suppressed => skipped(suppression(record)),
    };
    let mut case = TestCase::new(name, status);
    case.set_classname(rule);
    if record.result == Judgement::Fail && record.level < report.fail_on {
        case.set_system_out(format!("{}: {}", summary::level(record.level), details(record)));
    }
    if let Some(at) = place::in_file(record) {
        case.extra.insert("file".into(), (&*printable(at.path)).into());
        case.extra.insert("line".into(), at.line.to_string().into());
    }
    case
}

fn skipped(message: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}

fn suppression(record: &Record) -> String {
    let by = record.suppression.as_ref();
    let source = by.map_or("", |by| suppressed_by(by.source));
    let reason = by.and_then(|by| by.reason.as_ref()).map(|reason| format!(" ({reason})")).unwrap_or_default();
    printable(&format!("suppressed by {source}{reason}: {}", record.message)).into_owned()
}

/// The whole finding.
fn details(record: &Record) -> String {
    let evidence = record.evidence.iter().map(|evidence| format!("{} {}", evidence.path, evidence.value));
    let quote = record.quote.iter().cloned();
    let hint = record.remedy.iter().map(|remedy| format!("hint: {remedy}"));
    let lines = [record.message.clone(), place::shown(record)].into_iter().chain(quote).chain(evidence).chain(hint);
    lines.map(|line| printable(&line).into_owned()).collect::<Vec<_>>().join("\n")
}
