//! How far the operator has got with a `SeldonRuntime`, by the marks that it leaves.
//!
//! No kind of Seldon's says which generation of an object was reconciled, so these are all the marks
//! there are: the finalizer, which comes before anything else; the conditions, which come after the
//! Services of the namespace were compared and written; and the times of both. The status is a
//! subresource, so a runtime cannot be created with conditions that another one had.

use serde_json::Value;

use crate::{object::Object, pattern};

/// What the marks on a runtime show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reconciled {
    /// No finalizer and no condition: the operator has not seen it.
    Never,
    /// The finalizer alone: the operator has seen it, and not come to its workloads.
    Begun,
    /// Conditions: at least one reconcile went past the Services, so the operator has left alone, or
    /// replaced, what it found there.
    Once,
}

impl Reconciled {
    /// The marks on a live runtime.
    pub fn of(runtime: &Object) -> Self {
        let conditions = runtime.pointer("/status/conditions").and_then(Value::as_array);
        let mut finalizers = runtime.pointer("/metadata/finalizers").and_then(Value::as_array).into_iter().flatten();
        if conditions.is_some_and(|conditions| !conditions.is_empty()) {
            Self::Once
        } else if finalizers.any(|finalizer| finalizer.as_str() == Some(pattern::RUNTIME_FINALIZER)) {
            Self::Begun
        } else {
            Self::Never
        }
    }
}

/// Whether a mark on a runtime is as young as the last write of a Service, so that the operator has
/// probably compared what stands there now. A reconcile that changes no status leaves no mark.
pub fn is_marked_since(runtime: &Object, service: &Object) -> bool {
    match (last_mark(runtime), last_write(service)) {
        (Some(mark), Some(write)) => mark >= write,
        (_, None) => true,
        (None, Some(_)) => false,
    }
}

/// The youngest time in the status. All of Kubernetes' times are in UTC and of one length, so that
/// they are ordered as texts.
fn last_mark(runtime: &Object) -> Option<&str> {
    let transitions = entries(runtime, "/status/conditions").filter_map(|one| one.get("lastTransitionTime")?.as_str());
    let is_status = |one: &&Value| one.get("subresource").and_then(Value::as_str) == Some("status");
    let writes = entries(runtime, "/metadata/managedFields").filter(is_status).filter_map(time);
    // The API server's clock, which is the one that the Service's times are of; the conditions have the operator's.
    writes.max().or_else(|| transitions.max())
}

/// When anything but the status was written last, or else when it was made.
fn last_write(object: &Object) -> Option<&str> {
    let is_status = |one: &&Value| one.get("subresource").is_some();
    let writes = entries(object, "/metadata/managedFields").filter(|one| !is_status(one)).filter_map(time);
    writes.chain(object.text("/metadata/creationTimestamp")).max()
}

fn entries<'a>(object: &'a Object, pointer: &str) -> impl Iterator<Item = &'a Value> {
    object.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn time(entry: &Value) -> Option<&str> {
    entry.get("time")?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn runtime(metadata: &Value, status: &Value) -> Object {
        let mut value = json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "SeldonRuntime",
            "metadata": metadata, "status": status});
        value["metadata"]["name"] = "a".into();
        Object::new(value).unwrap()
    }

    #[test]
    fn the_marks_come_in_the_operators_order() {
        let seen = json!({"finalizers": ["other", "seldon.runtime.finalizer"]});
        let ready = json!({"conditions": [{"type": "Ready", "status": "False"}]});
        let none = json!({"conditions": []});
        assert_eq!(Reconciled::of(&runtime(&json!({"finalizers": ["other"]}), &json!({}))), Reconciled::Never);
        assert_eq!(Reconciled::of(&runtime(&json!({}), &none)), Reconciled::Never);
        assert_eq!(Reconciled::of(&runtime(&seen, &none)), Reconciled::Begun);
        assert_eq!(Reconciled::of(&runtime(&seen, &ready)), Reconciled::Once);
        // Somebody may have taken the finalizer away, to be rid of the runtime.
        assert_eq!(Reconciled::of(&runtime(&json!({}), &ready)), Reconciled::Once);
    }

    #[test]
    fn a_mark_counts_when_it_is_not_older_than_the_alias() {
        let alias = |fields: &Value| {
            Object::new(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "seldon-scheduler",
                "creationTimestamp": "2026-01-01T10:00:00Z", "managedFields": fields}}))
            .unwrap()
        };
        let at = |time: &str| {
            runtime(&json!({}), &json!({"conditions": [{"type": "Ready", "lastTransitionTime": time}, {"type": "x"}]}))
        };
        let made = alias(&json!([]));
        assert!(is_marked_since(&at("2026-01-01T10:00:00Z"), &made));
        assert!(!is_marked_since(&at("2026-01-01T09:59:59Z"), &made));
        assert!(!is_marked_since(&runtime(&json!({}), &json!({})), &made));
        // Changed later, by anybody.
        let changed = alias(&json!([{"manager": "kubectl-seldon", "time": "2026-01-01T12:00:00Z"}]));
        assert!(!is_marked_since(&at("2026-01-01T11:00:00Z"), &changed));
        // The operator's clock is ahead of the API server's, which saw the status written before the alias.
        let ahead = runtime(
            &json!({"managedFields": [{"manager": "manager", "subresource": "status", "time": "2026-01-01T11:00:00Z"}]}),
            &json!({"conditions": [{"type": "Ready", "lastTransitionTime": "2026-01-01T13:00:00Z"}]}),
        );
        assert!(!is_marked_since(&ahead, &changed));
        // A status that was written again, with conditions that did not turn.
        let written = runtime(
            &json!({"managedFields": [
                {"manager": "manager", "subresource": "status", "time": "2026-01-01T12:00:01Z"},
                {"manager": "somebody", "time": "2026-01-01T12:00:09Z"},
            ]}),
            &json!({"conditions": [{"type": "Ready", "lastTransitionTime": "2026-01-01T09:00:00Z"}]}),
        );
        assert!(is_marked_since(&written, &changed));
    }
}
