//! Conditions in the status of Seldon's kinds.

use serde_json::Value;

use crate::{finding::Evidence, object::Object};

/// One entry of `status.conditions`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Condition<'a> {
    /// Its index.
    pub(super) index: usize,
    /// Its type, `Ready`.
    pub(super) kind: &'a str,
    /// `True`, `False` or `Unknown`.
    pub(super) status: &'a str,
    /// Its reason, which Seldon's operator fills with whole sentences.
    pub(super) reason: &'a str,
    /// Its message.
    pub(super) message: &'a str,
}

impl Condition<'_> {
    /// The condition as evidence: `EnvoyReady is False: reason`.
    pub(super) fn evidence(&self) -> Evidence {
        let texts: Vec<&str> = [self.reason, self.message].into_iter().filter(|text| !text.is_empty()).collect();
        let said = if texts.is_empty() { "no reason given".to_owned() } else { texts.join("; ") };
        let value = format!("{} is {}: {said}", self.kind, self.status);
        Evidence::new(format!("/status/conditions/{}", self.index), value)
    }
}

/// The conditions of an object.
pub(super) fn conditions(object: &Object) -> impl Iterator<Item = Condition<'_>> {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    conditions.enumerate().map(|(index, condition)| {
        let text = |field| condition.get(field).and_then(Value::as_str).unwrap_or_default();
        Condition {
            index,
            kind: text("type"),
            status: text("status"),
            reason: text("reason"),
            message: text("message"),
        }
    })
}

/// The conditions that are not met, without the summary `Ready` where another one says why.
pub(super) fn unmet<'a>(object: &'a Object, is_unmet: impl Fn(&Condition<'a>) -> bool) -> Vec<Condition<'a>> {
    let unmet: Vec<Condition<'a>> = conditions(object).filter(is_unmet).collect();
    let causes: Vec<Condition<'a>> = unmet.iter().filter(|condition| condition.kind != "Ready").copied().collect();
    if causes.is_empty() { unmet } else { causes }
}

/// Whether an object is being deleted.
pub(super) fn is_deleting(object: &Object) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some()
}
