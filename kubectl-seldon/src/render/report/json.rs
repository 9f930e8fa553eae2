//! One JSON document, as `docs/report.schema.json` describes it.

use seldon_central_core::{report::Report, text};
use serde_json::Value;

/// The document.
pub fn json(report: &Report) -> String {
    text::json(&value(report))
}

/// The report as a value. It holds no map whose keys are no strings, so that cannot fail.
pub(super) fn value(report: &Report) -> Value {
    serde_json::to_value(report).unwrap_or_default()
}
