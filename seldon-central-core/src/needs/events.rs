//! Which events rules want, and what of one is kept.

use serde_json::{Value, json};

use super::built;
use crate::{
    object::Object,
    resource::{DEPLOYMENT, MODEL, POD, SELDON_RUNTIME, SERVER, STATEFUL_SET},
};

/// The field selector of the events that tell of failures. An API server selects by these fields only, and every
/// condition has to hold, so that kinds can be left out and not chosen: nodes and jobs have most of the warnings that
/// no rule asks for.
/// Source: `pkg/registry/core/event/strategy.go` of Kubernetes.
pub const EVENTS_SELECTOR: &str =
    "type=Warning,involvedObject.kind!=Node,involvedObject.kind!=Job,involvedObject.kind!=CronJob";
/// So many events are read of a scope, in whole pages; an API server forgets them after an hour.
/// Source: this tool.
pub const MOST_EVENTS: usize = 2_000;
/// Characters of an event's message that are kept; the API server takes a thousand.
const LONGEST: usize = 500;

/// An event with what rules ask of it, and nothing else; `None` where it is about something that no
/// rule asks about.
#[must_use]
pub fn event_kept(event: &Object) -> Option<Object> {
    let kind = event.text("/involvedObject/kind")?;
    let known = [&POD, &STATEFUL_SET, &DEPLOYMENT, &SELDON_RUNTIME, &SERVER, &MODEL].map(|known| known.kind);
    // A Deployment's pods are refused to its ReplicaSet.
    if !known.contains(&kind) && kind != "ReplicaSet" {
        return None;
    }
    let text = |pointer: &str| event.text(pointer).map(|text| text.chars().take(LONGEST).collect::<String>());
    let number = |pointer: &str| event.pointer(pointer).and_then(Value::as_u64);
    let times = ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"];
    Some(built(json!({
        "apiVersion": event.api_version(),
        "kind": event.kind(),
        "metadata": {"name": event.name(), "namespace": event.namespace()},
        "involvedObject": {
            "kind": kind, "namespace": event.text("/involvedObject/namespace"), "name": text("/involvedObject/name"),
        },
        "type": text("/type"),
        "reason": text("/reason"),
        "message": text("/message"),
        "count": number("/series/count").or_else(|| number("/count")).unwrap_or(1),
        "lastTimestamp": times.into_iter().find_map(text),
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(involved: &str) -> Object {
        Object::new(json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": "a.1", "namespace": "fin", "managedFields": [{"manager": "x"}], "annotations": {"a": "b"}},
            "involvedObject": {"kind": involved, "namespace": "fin", "name": "a", "uid": "u", "fieldPath": "spec"},
            "type": "Warning", "reason": "FailedCreate", "message": "ä".repeat(2_000), "count": 1,
            "series": {"count": 7, "lastObservedTime": "2026-03-01T10:00:00.000000Z"},
            "lastTimestamp": null, "source": {"component": "c", "host": "h"},
        }))
        .unwrap()
    }

    #[test]
    fn what_happened_is_kept_and_who_saw_it_is_not() {
        let kept = event_kept(&event("StatefulSet")).unwrap();
        assert_eq!(
            kept.to_value(),
            json!({
                "apiVersion": "v1", "kind": "Event", "metadata": {"name": "a.1", "namespace": "fin"},
                "involvedObject": {"kind": "StatefulSet", "namespace": "fin", "name": "a"},
                "type": "Warning", "reason": "FailedCreate", "message": "ä".repeat(LONGEST), "count": 7,
                "lastTimestamp": "2026-03-01T10:00:00.000000Z",
            })
        );
        assert_eq!(event_kept(&kept), Some(kept.clone()), "what is kept loses nothing more");
    }

    #[test]
    fn events_of_strangers_are_not_kept() {
        assert_eq!(event_kept(&event("PersistentVolumeClaim")), None);
        assert!(event_kept(&event("ReplicaSet")).is_some());
    }
}
