//! Whether an object says of itself that it is ready, and what it says when it is not.

use serde_json::Value;

use crate::{
    object::Object,
    resource::{DEPLOYMENT, MODEL, SELDON_RUNTIME, SERVER},
};

/// What an object says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// Objects of this kind do not become ready.
    NotApplicable,
    /// Its condition `Ready` is True; of a Deployment, such as the relay, `Available`.
    Ready,
    /// It is not, or not yet.
    Waiting {
        /// The condition that is awaited: the one that is False, else `Ready`.
        condition: String,
        /// What the condition says; empty when it is not there at all.
        says: String,
    },
}

/// Reads an object's conditions.
///
/// A Model's conditions carry the sentence in `reason` and the state in `message`, so both are
/// given (`operator/apis/mlops/v1alpha1/model_conditions.go:18-24`).
pub fn readiness(object: &Object) -> Readiness {
    let wanted = if object.is(&DEPLOYMENT) { "Available" } else { "Ready" };
    if ![&SELDON_RUNTIME, &SERVER, &MODEL, &DEPLOYMENT].into_iter().any(|kind| object.is(kind)) {
        return Readiness::NotApplicable;
    }
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let field =
        |condition: &Value, field: &str| condition.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let ready = conditions.iter().find(|condition| field(condition, "type") == wanted);
    if ready.is_some_and(|condition| field(condition, "status") == "True") {
        return Readiness::Ready;
    }
    let is_false = |condition: &&Value| field(condition, "status") == "False" && field(condition, "type") != wanted;
    let Some(awaited) = conditions.iter().find(is_false).or(ready) else {
        return Readiness::Waiting { condition: wanted.to_owned(), says: String::new() };
    };
    let texts = [field(awaited, "reason"), field(awaited, "message")];
    let says: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    Readiness::Waiting { condition: field(awaited, "type"), says: says.join(": ") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn model(conditions: &Value) -> Readiness {
        let object = json!({
            "apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Model",
            "metadata": {"name": "m"}, "status": {"conditions": conditions},
        });
        readiness(&Object::new(object).unwrap())
    }

    #[test]
    fn the_condition_that_is_false_is_the_one_to_wait_for() {
        assert_eq!(model(&json!([{"type": "Ready", "status": "True"}])), Readiness::Ready);
        let waiting =
            |condition: &str, says: &str| Readiness::Waiting { condition: condition.into(), says: says.into() };
        assert_eq!(model(&json!([])), waiting("Ready", ""));
        assert_eq!(
            model(&json!([
                {"type": "Ready", "status": "False", "reason": "x"},
                {"type": "ModelReady", "status": "False", "reason": "no server", "message": "ScheduleFailed"},
            ])),
            waiting("ModelReady", "no server: ScheduleFailed")
        );
        assert_eq!(model(&json!([{"type": "Ready", "status": "Unknown", "reason": "r"}])), waiting("Ready", "r"));
    }

    #[test]
    fn a_deployment_is_ready_when_it_is_available() {
        let relay = |status: &str| {
            let conditions = json!([{"type": "Available", "status": status, "reason": "MinimumReplicasUnavailable"}]);
            let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
                "status": {"conditions": conditions}});
            readiness(&Object::new(object).unwrap())
        };
        assert_eq!(relay("True"), Readiness::Ready);
        let says = "MinimumReplicasUnavailable".to_owned();
        assert_eq!(relay("False"), Readiness::Waiting { condition: "Available".to_owned(), says });
    }

    #[test]
    fn a_service_does_not_become_ready() {
        let service = Object::new(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}})).unwrap();
        assert_eq!(readiness(&service), Readiness::NotApplicable);
    }
}
