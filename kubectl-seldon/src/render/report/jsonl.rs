//! A line of JSON for each result, as in the report's `findings`.

use seldon_central_core::{report::Report, text};

/// The lines.
pub fn jsonl(report: &Report) -> String {
    report.findings.iter().map(|record| text::json_line(&serde_json::to_value(record).unwrap_or_default())).collect()
}
