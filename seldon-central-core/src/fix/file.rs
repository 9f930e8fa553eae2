//! A plan as a file, to be looked at by others and carried out exactly, or taken back.

use json_patch::Patch;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Plan, Step, Write};
use crate::{
    object::{Object, ObjectId},
    profile::ControlPlane,
    resource::Resource,
    rules::FixSafety,
};

/// Version of the file; it grows when a field changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;

/// Steps bound to the objects that they were made for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanFile {
    /// Version of the file.
    schema_version: u32,
    /// The uid of the control plane's namespace, by which a cluster is told from another; absent where
    /// it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The control plane that it was made for.
    pub control_plane: ControlPlane,
    /// The steps, in the order in which they are taken.
    pub steps: Vec<Bound>,
}

/// One step, bound to one object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bound {
    /// The object.
    pub object: ObjectId,
    /// What is done to it.
    pub write: BoundWrite,
    /// What that may do.
    pub safety: FixSafety,
    /// The findings that it answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<BoundAnswer>,
}

/// What is done to an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum BoundWrite {
    /// It is made, unless it is there.
    Create {
        /// The object.
        manifest: Object,
    },
    /// It is patched, if it is still what the patch tests.
    Patch {
        /// The patch, as in RFC 6902.
        patch: Patch,
    },
    /// It is deleted, if it is still this.
    Delete {
        /// The object as it was read. Without a resource version it is what the object has to hold at
        /// least.
        manifest: Object,
    },
}

/// A finding that a step answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BoundAnswer {
    /// Id of the rule.
    pub rule: String,
    /// The object that it was found on.
    pub object: ObjectId,
    /// What was found.
    pub message: String,
}

/// A text that is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanFileError {
    /// It is no JSON, or a field of it is missing or of another type.
    #[error("it is no plan: {0}")]
    Malformed(String),
    /// It was written by a version that means something else by it.
    #[error("it has schemaVersion {0}, and only {SCHEMA_VERSION} is understood; make it again with this version")]
    Version(u64),
    /// It changes a kind that is none of the pattern's, or names another object than it changes.
    #[error("step {step} is about {object}, which is not what it changes")]
    Strange {
        /// Number of the step, from 1.
        step: usize,
        /// The object that it names.
        object: String,
    },
}

impl PlanFile {
    /// Steps for a control plane.
    pub const fn new(cluster: Option<String>, control_plane: ControlPlane, steps: Vec<Bound>) -> Self {
        Self { schema_version: SCHEMA_VERSION, cluster, control_plane, steps }
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        // Everything in it is text, numbers and maps of them, which JSON always takes.
        let value = serde_json::to_value(self).unwrap_or_default();
        format!("{value:#}\n")
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// [`PlanFileError`] when it is no plan, one of another version, or one whose steps contradict
    /// themselves.
    pub fn from_json(text: &str) -> Result<Self, PlanFileError> {
        let malformed = |error: serde_json::Error| PlanFileError::Malformed(error.to_string());
        let value: Value = serde_json::from_str(text).map_err(malformed)?;
        match value.get("schemaVersion").and_then(Value::as_u64) {
            Some(version) if version != u64::from(SCHEMA_VERSION) => return Err(PlanFileError::Version(version)),
            _ => {}
        }
        let file: Self = serde_json::from_value(value).map_err(malformed)?;
        for (index, step) in file.steps.iter().enumerate() {
            if !step.is_consistent() {
                let object = step.object.to_string();
                return Err(PlanFileError::Strange { step: index.saturating_add(1), object });
            }
        }
        Ok(file)
    }
}

impl Bound {
    /// The kind of its object; `None` when it is none of the pattern's.
    pub fn resource(&self) -> Option<&'static Resource> {
        Resource::find(&self.object.api_version, &self.object.kind)
    }

    /// Whether the step changes the object that it names, and one of the pattern's.
    fn is_consistent(&self) -> bool {
        let is_own = match &self.write {
            BoundWrite::Create { manifest } | BoundWrite::Delete { manifest } => manifest.id() == self.object,
            BoundWrite::Patch { .. } => true,
        };
        is_own && self.resource().is_some_and(|kind| kind.namespaced == self.object.namespace.is_some())
    }

    /// The finding's rules, each once.
    pub fn rules(&self) -> Vec<&str> {
        let mut rules: Vec<&str> = self.answers.iter().map(|answer| answer.rule.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }
}

impl Plan {
    /// The steps, bound to the objects that were seen.
    pub fn bound(&self) -> Vec<Bound> {
        self.steps.iter().filter_map(Step::bound).collect()
    }
}

impl Step {
    fn bound(&self) -> Option<Bound> {
        let write = match &self.write {
            Write::Create => BoundWrite::Create { manifest: self.after.clone()? },
            Write::Patch(patch) => BoundWrite::Patch { patch: patch.clone() },
            Write::Delete => BoundWrite::Delete { manifest: self.before.clone()?.without_managed_fields() },
        };
        let answers = self.answers.iter().map(|answer| BoundAnswer {
            rule: answer.rule.to_owned(),
            object: answer.object.clone(),
            message: answer.message.clone(),
        });
        Some(Bound { object: self.object.clone(), write, safety: self.safety, answers: answers.collect() })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn step(name: &str) -> Bound {
        let manifest = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": "fin"}});
        let manifest = Object::new(manifest).unwrap();
        let object = ObjectId { name: name.to_owned(), ..manifest.id() };
        Bound { object, write: BoundWrite::Create { manifest }, safety: FixSafety::Unsafe, answers: Vec::new() }
    }

    #[test]
    fn a_plan_comes_back_as_it_was_written() {
        let file = PlanFile::new(Some("u".to_owned()), ControlPlane::default(), vec![step("s")]);
        assert_eq!(PlanFile::from_json(&file.to_json()), Ok(file));
    }

    #[test]
    fn what_is_no_plan_is_refused() {
        let text = PlanFile::new(None, ControlPlane::default(), vec![step("other")]).to_json();
        assert_eq!(
            PlanFile::from_json(&text),
            Err(PlanFileError::Strange { step: 1, object: "Service fin/other".to_owned() })
        );
        assert!(matches!(PlanFile::from_json("[]"), Err(PlanFileError::Malformed(_))));
        let later = text.replace("\"schemaVersion\": 1", "\"schemaVersion\": 2");
        assert_eq!(PlanFile::from_json(&later), Err(PlanFileError::Version(2)));
        let no_object = text.replace("\"kind\": \"Service\"", "\"kind\": 1");
        assert!(matches!(PlanFile::from_json(&no_object), Err(PlanFileError::Malformed(_))));
    }
}
