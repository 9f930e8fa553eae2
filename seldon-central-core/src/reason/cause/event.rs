//! Events about an object. They live for an hour, so that silence proves nothing, and an old one is
//! no proof by itself: whoever asks holds it against what is there now.

use serde_json::Value;

use super::beside;
use crate::{finding::Evidence, object::Object, resource::EVENT, snapshot::Snapshot};

/// What was reported of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event<'a>(&'a Object);

impl<'a> Event<'a> {
    /// `FailedCreate`, for example.
    pub(super) fn reason(self) -> &'a str {
        self.0.text("/reason").unwrap_or_default()
    }

    /// What it says.
    pub(super) fn message(self) -> &'a str {
        self.0.text("/message").unwrap_or_default()
    }

    fn last(self) -> &'a str {
        self.0.text("/lastTimestamp").unwrap_or_default()
    }

    /// As evidence, beside another object.
    pub(super) fn evidence(self) -> Evidence {
        let involved = |field: &str| self.0.text(&format!("/involvedObject/{field}")).unwrap_or_default();
        let count = self.0.pointer("/count").and_then(Value::as_u64).unwrap_or(1);
        let times = if count > 1 { format!(", {count} times") } else { String::new() };
        let (kind, name, reason) = (involved("kind"), involved("name"), self.reason());
        beside(format!("event {reason} of {kind} {name}, last at {}{times}: {}", self.last(), self.message()))
    }
}

/// The events about objects of a namespace for which this holds, the latest first.
pub(super) fn events<'a>(
    snapshot: &'a Snapshot,
    namespace: &str,
    is_about: impl Fn(&str, &str) -> bool,
) -> Vec<Event<'a>> {
    let is_meant = |event: &&'a Object| {
        let involved = |field: &str| event.text(&format!("/involvedObject/{field}")).unwrap_or_default();
        is_about(involved("kind"), involved("name"))
    };
    let all = snapshot.known_in(&EVENT, namespace).map(|seen| &seen.object);
    let mut events: Vec<Event<'_>> = all.filter(is_meant).map(Event).collect();
    events.sort_by(|a, b| b.last().cmp(a.last()));
    events
}
