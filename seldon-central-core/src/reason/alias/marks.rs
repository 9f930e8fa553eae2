//! What a Service shows of the operator having written it (facts 3.4).

use serde_json::Value;

use crate::{finding::Evidence, object::Object, pattern};

/// What shows that the operator wrote the Service; nothing for one that is still an alias, and for
/// one that somebody else made.
pub fn marks(service: &Object) -> Vec<Evidence> {
    let kind = service.text("/spec/type").unwrap_or("ClusterIP");
    let mut marks = Vec::new();
    let owners = service.pointer("/metadata/ownerReferences").and_then(Value::as_array).into_iter().flatten();
    for (index, owner) in owners.enumerate().filter(|(_, owner)| text(owner, "kind") == "SeldonRuntime") {
        let path = format!("/metadata/ownerReferences/{index}");
        marks.push(Evidence::new(path, format!("SeldonRuntime {}", text(owner, "name"))));
    }
    if service.annotation(pattern::OPERATOR_LAST_APPLIED).is_some() {
        marks.push(Evidence::new("/metadata/annotations/seldon.io~1last-applied", "the operator's note is there"));
    }
    if kind == "ExternalName" || marks.is_empty() {
        return Vec::new();
    }
    marks.insert(0, Evidence::new("/spec/type", kind));
    if let Some(selector) = service.pointer("/spec/selector") {
        marks.push(Evidence::new("/spec/selector", selector.to_string()));
    }
    marks
}

fn text<'a>(owner: &'a Value, field: &str) -> &'a str {
    owner.get(field).and_then(Value::as_str).unwrap_or_default()
}
