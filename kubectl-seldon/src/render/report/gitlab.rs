//! A code quality report for GitLab.

use std::collections::BTreeMap;

use seldon_central_core::{
    finding::Level,
    report::{Cluster, Judgement, Report},
    text,
};
use serde_json::{Value, json};

use super::place;

/// A JSON array with an entry for each finding, and for each cluster that could not be judged.
pub fn gitlab(report: &Report) -> String {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let entries = report.with(Judgement::Fail).map(|record| {
        // GitLab drops entries without a file and a line.
        let (path, line) = match place::in_file(record) {
            Some(at) => (at.path.strip_prefix("./").unwrap_or(at.path).to_owned(), at.line),
            None => (place::qualified_path(record), 1),
        };
        let key = format!("{}@{path}", record.fingerprint());
        let times = seen.entry(key.clone()).or_default();
        *times += 1;
        let fingerprint = if *times == 1 { key } else { format!("{key}#{times}") };
        let object = place::qualified(record);
        json!({
            "description": format!("{object}: {}", record.message),
            "check_name": format!("{} {}", record.rule, record.name),
            "fingerprint": fingerprint,
            "severity": severity(record.level),
            "location": {"path": path, "lines": {"begin": line}},
        })
    });
    let entries: Vec<Value> = entries.chain(report.clusters.iter().filter_map(unjudged)).collect();
    text::json(&Value::Array(entries))
}

/// A cluster that could not be judged, at a place named like those of its findings would be.
fn unjudged(cluster: &Cluster) -> Option<Value> {
    let error = cluster.error.as_ref()?;
    let name = &cluster.name;
    Some(json!({
        "description": format!("{name} could not be judged: {error}"),
        "check_name": "the cluster could be judged",
        "fingerprint": format!("{name}:unjudged"),
        "severity": severity(Level::Error),
        "location": {"path": name, "lines": {"begin": 1}},
    }))
}

const fn severity(level: Level) -> &'static str {
    match level {
        Level::Error => "critical",
        Level::Warning => "minor",
        Level::Info => "info",
    }
}
