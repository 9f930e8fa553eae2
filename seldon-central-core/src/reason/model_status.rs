//! What a Model's status says, and what is behind it.
//!
//! The operator writes the two texts of the condition the other way round: `reason` carries the
//! sentence and `message` the state (`operator/apis/mlops/v1alpha1/model_conditions.go:57-76`).
//! Both are looked at, so that a version that mends this is read just as well.

use serde_json::Value;

use crate::object::Object;

/// The states a Model can be in, as the operator spells them.
const STATES: [&str; 11] = [
    "ModelStateUnknown",
    "ModelProgressing",
    "ModelAvailable",
    "ModelFailed",
    "ModelTerminating",
    "ModelTerminated",
    "ModelTerminateFailed",
    "ScheduleFailed",
    "ModelScaledDown",
    "ModelCreate",
    "ModelTerminate",
];

/// The condition that tells whether a Model serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelStatus<'a> {
    /// JSON pointer to the condition.
    pub path: String,
    /// `True`, `False` or `Unknown`.
    pub status: &'a str,
    /// The scheduler's state of the Model, `ScheduleFailed` for example.
    pub state: Option<&'a str>,
    /// The sentence beside it, possibly empty.
    pub sentence: &'a str,
}

impl<'a> ModelStatus<'a> {
    /// Reads `ModelReady`, or `Ready` where that is missing. `None` when the operator wrote neither.
    pub fn of(model: &'a Object) -> Option<Self> {
        let conditions = model.pointer("/status/conditions")?.as_array()?;
        let find = |kind: &str| {
            let is = |condition: &Value| condition.get("type").and_then(Value::as_str) == Some(kind);
            conditions.iter().enumerate().find(|(_, condition)| is(condition))
        };
        let (index, condition) = find("ModelReady").or_else(|| find("Ready"))?;
        let text = |field: &str| condition.get(field).and_then(Value::as_str).unwrap_or_default();
        let texts = [text("message"), text("reason")];
        Some(Self {
            path: format!("/status/conditions/{index}"),
            status: text("status"),
            state: texts.into_iter().find(|text| STATES.contains(text)),
            sentence: texts.into_iter().rev().find(|text| !STATES.contains(text)).unwrap_or_default(),
        })
    }

    /// Whether the Model serves.
    pub fn is_ready(&self) -> bool {
        self.status == "True"
    }
}

/// What is behind a sentence in a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The server filters left no Server.
    NoServer,
    /// The replica filters left too few replicas.
    NoReplicas,
    /// A known error, in words.
    Known {
        /// What it means, without a full stop.
        meaning: &'static str,
        /// What to do, in one sentence.
        remedy: &'static str,
    },
}

/// Sentences by what they contain, all of it, in lower case; the first that matches counts.
const CAUSES: &[(&[&str], Cause)] = &[
    (&["no matching servers are available"], Cause::NoServer),
    (&["enough suitable replicas"], Cause::NoReplicas),
    (
        &["client connection is closing"],
        Cause::Known {
            meaning: "the operator holds on to a connection from before the SeldonRuntime was made anew",
            remedy: "restart the operator's Deployment",
        },
    ),
    (
        &["no such host"],
        Cause::Known {
            meaning: "the operator cannot resolve the scheduler's name in the namespace",
            remedy: "create the Service `seldon-scheduler` in the namespace",
        },
    ),
    (
        &["produced zero addresses"],
        Cause::Known {
            meaning: "the scheduler's name in the namespace resolves to nothing",
            remedy: "let the Service `seldon-scheduler` of the namespace lead to the central scheduler",
        },
    ),
    (
        &["connection refused"],
        Cause::Known {
            meaning: "nothing listens behind `seldon-scheduler` of the namespace",
            remedy: "look whether the Service still leads to the central scheduler and whether that runs",
        },
    ),
    (
        &["operation not permitted"],
        Cause::Known {
            meaning: "a network policy rejects the operator's connection to the scheduler",
            remedy: "admit the operator to the scheduler's port 9004",
        },
    ),
    (
        &["i/o timeout"],
        Cause::Known {
            meaning: "the operator's packets to the scheduler are dropped",
            remedy: "look for a network policy around the scheduler, then for a Service that leads nowhere",
        },
    ),
    (
        &["context deadline exceeded"],
        Cause::Known {
            meaning: "the scheduler did not answer the operator in time",
            remedy: "look whether the scheduler runs and whether a network policy drops the connection",
        },
    ),
    (
        &["tls:"],
        Cause::Known {
            meaning: "the operator and the scheduler do not agree on TLS",
            remedy: "let the scheduler's certificate name `seldon-scheduler.` and the namespace",
        },
    ),
    (
        &["does not have 1 key"],
        Cause::Known {
            meaning: "the Secret with the store's settings does not hold exactly one key",
            remedy: "keep one key in the Secret, with one rclone remote",
        },
    ),
    (
        &["secrets \"", "forbidden"],
        Cause::Known {
            meaning: "the agent may not read the Secret, as happens on a Server of another namespace",
            remedy: "name a Server of the Model's own namespace in `spec.server`",
        },
    ),
    (
        &["secrets \"", "not found"],
        Cause::Known {
            meaning: "the Secret is not in the namespace of the Server that has the Model",
            remedy: "create the Secret there, or name a Server of the Model's own namespace in `spec.server`",
        },
    ),
    (
        &["does not match secret"],
        Cause::Known {
            meaning: "the URI names another rclone remote than the Secret describes",
            remedy: "begin `spec.storageUri` with the remote's name in the Secret",
        },
    ),
    (
        &["valid name"],
        Cause::Known {
            meaning: "the scheduler refuses the name",
            remedy: "rename the Model with lower-case letters, digits and `-` only",
        },
    ),
    (
        &["can't create model-settings"],
        Cause::Known {
            meaning: "no requirement tells the agent which MLServer runtime the artifact needs",
            remedy: "require the runtime's label, or put a `model-settings.json` beside the artifact",
        },
    ),
    (
        &["can't convert model memory"],
        Cause::Known {
            meaning: "`spec.memory` is no whole number of bytes",
            remedy: "write the memory as a whole number with a unit such as `Mi`",
        },
    ),
    (
        &["failed to sync/copy"],
        Cause::Known {
            meaning: "rclone could not fetch the artifact",
            remedy: "look at the URI, the Secret and the way to the store; the rclone container's log has the details",
        },
    ),
    (
        &["failed to download"],
        Cause::Known {
            meaning: "rclone found nothing at the URI",
            remedy: "look whether the artifact is where `spec.storageUri` says",
        },
    ),
    (
        &["rpc error"],
        Cause::Known {
            meaning: "the operator's call to the scheduler failed",
            remedy: "look whether `seldon-scheduler` of the namespace leads to the central scheduler",
        },
    ),
];

impl Cause {
    /// What is behind a sentence, if it is a known one.
    pub fn of(sentence: &str) -> Option<Self> {
        let sentence = sentence.to_lowercase();
        let all_in = |needles: &[&str]| needles.iter().all(|needle| sentence.contains(needle));
        CAUSES.iter().find(|(needles, _)| all_in(needles)).map(|(_, cause)| *cause)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn model(conditions: &Value) -> Object {
        Object::new(json!({
            "apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Model", "metadata": {"name": "m"},
            "status": {"conditions": conditions},
        }))
        .unwrap()
    }

    #[test]
    fn the_state_and_the_sentence_are_told_apart_wherever_they_are() {
        let sentence = "Failed to schedule model as no matching servers are available";
        for (reason, message) in [(sentence, "ScheduleFailed"), ("ScheduleFailed", sentence)] {
            let model = model(&json!([
                {"type": "Ready", "status": "False"},
                {"type": "ModelReady", "status": "False", "reason": reason, "message": message},
            ]));
            let status = ModelStatus::of(&model).unwrap();
            assert_eq!((status.state, status.sentence), (Some("ScheduleFailed"), sentence));
            assert_eq!((status.path.as_str(), status.is_ready()), ("/status/conditions/1", false));
        }
        assert_eq!(ModelStatus::of(&model(&json!([]))), None);
    }

    #[test]
    fn known_sentences_have_a_cause_and_others_none() {
        let known = |sentence: &str| match Cause::of(sentence) {
            Some(Cause::Known { meaning, .. }) => meaning,
            other => panic!("{sentence}: {other:?}"),
        };
        assert_eq!(Cause::of("Failed to schedule model as no matching servers are available"), Some(Cause::NoServer));
        assert_eq!(
            Cause::of("Failed to schedule model as no matching server had enough suitable replicas"),
            Some(Cause::NoReplicas)
        );
        let unavailable = "rpc error: code = Unavailable desc = connection error: dial tcp 10.43.0.1:9004:";
        assert!(known(&format!("{unavailable} i/o timeout")).contains("dropped"));
        assert!(known(&format!("{unavailable} connect: connection refused")).contains("listens"));
        assert!(known("rpc error: code = Canceled desc = grpc: the client connection is closing").contains("anew"));
        assert!(known("rpc error: code = Internal").contains("call"));
        assert!(known("Secret does not have 1 key minio").contains("one key"));
        assert!(known("secrets \"minio\" is forbidden: User cannot get").contains("another namespace"));
        assert_eq!(Cause::of("something else"), None);
    }
}
