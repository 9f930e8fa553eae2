//! SARIF 2.1.0, for code scanning. It holds findings and suppressed ones; whoever reads SARIF takes
//! every result for an alert.

use std::collections::BTreeMap;

use seldon_central_core::{
    finding::{Level, SuppressedBy},
    report::{Judgement, Record, Report},
    rules::{self, Rule},
    text,
};
use serde_json::{Map, Value, json};

use super::{place, summary};

const SCHEMA: &str = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json";

/// The document.
pub fn sarif(report: &Report) -> String {
    let mut ids: Vec<&str> = report.findings.iter().map(|record| record.rule).collect();
    ids.sort_unstable();
    ids.dedup();
    let index: BTreeMap<&str, usize> = ids.iter().enumerate().map(|(index, id)| (*id, index)).collect();
    let rules: Vec<Value> = ids.iter().filter_map(|id| rules::find(id)).map(descriptor).collect();
    let found =
        report.findings.iter().filter(|record| matches!(record.result, Judgement::Fail | Judgement::Suppressed));
    let results: Vec<Value> = found.map(|record| result(record, index.get(record.rule).copied())).collect();
    let missing = summary::unread(report).into_iter().chain(summary::unjudged(report));
    let unread: Vec<Value> = missing.map(|message| json!({"level": "error", "message": {"text": message}})).collect();
    text::json(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "kubectl-seldon",
                "semanticVersion": report.version,
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": unread.is_empty(),
                "toolExecutionNotifications": unread,
            }],
            "results": results,
        }],
    }))
}

/// A rule as the tool describes it.
fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.fix, "markdown": rule.fix},
        "helpUri": format!("{}/blob/main/docs/rules/{}.md", env!("CARGO_PKG_REPOSITORY"), rule.id),
        "defaultConfiguration": {"level": level(rule.level)},
    })
}

fn result(record: &Record, index: Option<usize>) -> Value {
    let mut result = Map::new();
    let object = place::qualified(record);
    result.insert("ruleId".to_owned(), record.rule.into());
    if let Some(index) = index {
        result.insert("ruleIndex".to_owned(), index.into());
    }
    result.insert("level".to_owned(), level(record.level).into());
    result.insert("message".to_owned(), json!({"text": format!("{object}: {}", record.message)}));
    result.insert("locations".to_owned(), json!([location(record)]));
    result.insert("partialFingerprints".to_owned(), json!({"ruleObjectPath/v1": record.fingerprint()}));
    if let Some(by) = &record.suppression {
        let kind = match by.source {
            SuppressedBy::Annotation => "inSource",
            SuppressedBy::Profile | SuppressedBy::Baseline => "external",
        };
        let mut suppression = Map::new();
        suppression.insert("kind".to_owned(), kind.into());
        // Without a state it is accepted; the editions of the schema do not agree on that field's name.
        if let Some(reason) = &by.reason {
            suppression.insert("justification".to_owned(), reason.as_str().into());
        }
        result.insert("suppressions".to_owned(), json!([suppression]));
    }
    let evidence: Vec<Value> =
        record.evidence.iter().map(|evidence| json!({"path": evidence.path, "value": evidence.value})).collect();
    result.insert("properties".to_owned(), json!({"evidence": evidence, "remedy": record.remedy}));
    Value::Object(result)
}

/// The object and, where it is in a file, the place.
fn location(record: &Record) -> Value {
    let mut location = Map::new();
    if let Some(at) = place::in_file(record) {
        let mut region = Map::new();
        region.insert("startLine".to_owned(), at.line.into());
        region.insert("startColumn".to_owned(), at.column.into());
        // GitLab refuses an empty snippet.
        if let Some(quote) = record.quote.as_ref().filter(|quote| !quote.is_empty()) {
            region.insert("snippet".to_owned(), json!({"text": quote}));
        }
        let physical = json!({"artifactLocation": {"uri": uri(at.path)}, "region": region});
        location.insert("physicalLocation".to_owned(), physical);
    }
    let name = place::qualified_path(record);
    location.insert("logicalLocations".to_owned(), json!([{"fullyQualifiedName": name, "kind": "resource"}]));
    Value::Object(location)
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "note",
    }
}

/// A path as a reference: relative to the root of the sources, or absolute.
fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path).replace('\\', "/");
    let encoded: String = path
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    if encoded.starts_with('/') { format!("file://{encoded}") } else { encoded }
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_are_references() {
        assert_eq!(uri("./a b/ü:1.yaml"), "a%20b/%C3%BC%3A1.yaml");
        assert_eq!(uri("/a/b.yaml"), "file:///a/b.yaml");
        assert_eq!(uri("-"), "-");
    }
}
