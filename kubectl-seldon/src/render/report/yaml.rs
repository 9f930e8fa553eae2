//! The JSON document as YAML.

use seldon_central_core::{report::Report, text::printable, yaml as writer};
use serde_json::Value;

/// The document.
pub fn yaml(report: &Report) -> String {
    let mut value = super::json::value(report);
    escape(&mut value);
    writer::write(&value)
}

/// YAML escapes control characters, but not those that reorder a line.
pub(super) fn escape(value: &mut Value) {
    match value {
        Value::String(text)
            if text.chars().any(|c| !c.is_control() && printable(c.encode_utf8(&mut [0; 4])).len() > 4) =>
        {
            *text = printable(text).into_owned();
        }
        Value::Array(values) => values.iter_mut().for_each(escape),
        Value::Object(fields) => fields.values_mut().for_each(escape),
        _ => {}
    }
}
