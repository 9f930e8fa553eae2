//! A line of JSON for each result, as in the report's `findings`; when several clusters were judged, one
//! for each that could not be, with `kind`, which no result has.

use seldon_central_core::{report::Report, text};
use serde_json::{Value, json};

/// The lines.
pub fn jsonl(report: &Report) -> String {
    let results = report.findings.iter().map(|record| serde_json::to_value(record).unwrap_or_default());
    let unjudged = report.clusters.iter().filter_map(|cluster| {
        let error = cluster.error.as_ref()?;
        Some(json!({"kind": "unjudged-cluster", "cluster": cluster.name, "error": error}))
    });
    results.chain(unjudged).map(|line: Value| text::json_line(&line)).collect()
}
