//! What a rule has to say about an object.

use serde::Serialize;

use crate::{
    object::ObjectId,
    snapshot::{Origin, Unknown, redact},
};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing.
    Info,
    /// Works today, breaks or surprises later.
    Warning,
    /// The pattern does not work.
    Error,
}

impl Level {
    /// `E`, `W` or `I`.
    pub const fn letter(self) -> char {
        match self {
            Self::Error => 'E',
            Self::Warning => 'W',
            Self::Info => 'I',
        }
    }
}

/// One thing that proves a finding: a field of an object and its value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// JSON pointer into the object, `/spec/overrides/5`; empty for the object as a whole.
    pub path: String,
    /// What is there, for people.
    pub value: String,
}

impl Evidence {
    /// A field and what it holds.
    pub fn new(path: impl Into<String>, value: impl Into<String>) -> Self {
        Self { path: path.into(), value: value.into() }
    }
}

/// What a rule found on one object.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Level of this finding; the rule's own unless the rule says otherwise.
    pub level: Level,
    /// What proves it.
    pub evidence: Vec<Evidence>,
    /// What to do about this very object, in one sentence.
    pub remedy: String,
}

impl Finding {
    /// Hides credentials: reports are passed on.
    pub(crate) fn hide_credentials(&mut self) {
        let values = self.evidence.iter_mut().map(|one| &mut one.value);
        for text in values.chain([&mut self.message, &mut self.remedy]) {
            redact::hide_in(text);
        }
    }
}

/// What a finding is suppressed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SuppressedBy {
    /// An annotation of the object, or of its namespace.
    Annotation,
    /// An entry of the profile.
    Profile,
    /// A baseline: it was there before.
    Baseline,
}

/// Why a finding does not count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Suppression {
    /// Where it says so.
    pub source: SuppressedBy,
    /// The reason that is given there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The verdict of a rule on an object.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "result")]
pub enum Verdict {
    /// The rule holds.
    Pass,
    /// It does not.
    Fail(Finding),
    /// It does not, and somebody decided that this does not count.
    Suppressed {
        /// What was found.
        #[serde(flatten)]
        finding: Finding,
        /// By what, and why.
        by: Suppression,
    },
    /// It cannot be judged.
    Unknown {
        /// Why.
        reason: Unknown,
    },
}

/// A rule's verdict on one object or, where the object is missing, on the place it should be.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The rule's id, `SCS0204`.
    pub rule: &'static str,
    /// The object that was judged.
    pub object: ObjectId,
    /// Where it was found; `None` when it does not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The verdict.
    #[serde(flatten)]
    pub verdict: Verdict,
}

impl Outcome {
    /// The finding, when the rule failed and that counts.
    pub const fn finding(&self) -> Option<&Finding> {
        match &self.verdict {
            Verdict::Fail(finding) => Some(finding),
            Verdict::Pass | Verdict::Suppressed { .. } | Verdict::Unknown { .. } => None,
        }
    }

    /// Level of the finding, whether it counts or not.
    pub const fn level(&self) -> Option<Level> {
        match &self.verdict {
            Verdict::Fail(finding) | Verdict::Suppressed { finding, .. } => Some(finding.level),
            Verdict::Pass | Verdict::Unknown { .. } => None,
        }
    }

    /// The finding that does not count, with what suppresses it.
    pub const fn suppressed(&self) -> Option<(&Finding, &Suppression)> {
        match &self.verdict {
            Verdict::Suppressed { finding, by } => Some((finding, by)),
            Verdict::Pass | Verdict::Fail(_) | Verdict::Unknown { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resource::SERVER;

    #[test]
    fn a_suppressed_finding_says_what_was_found_and_why_it_does_not_count() {
        let finding = Finding { message: "m".into(), level: Level::Error, evidence: Vec::new(), remedy: "r".into() };
        let by = Suppression { source: SuppressedBy::Annotation, reason: Some("planned".into()) };
        let outcome = Outcome {
            rule: "SCS0301",
            object: ObjectId::of(&SERVER, Some("fin"), "a"),
            origin: None,
            verdict: Verdict::Suppressed { finding, by },
        };
        assert_eq!(outcome.finding(), None);
        assert_eq!(
            serde_json::to_value(&outcome).unwrap(),
            json!({
                "rule": "SCS0301", "result": "suppressed",
                "object": {"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Server", "namespace": "fin", "name": "a"},
                "message": "m", "level": "error", "evidence": [], "remedy": "r",
                "by": {"source": "annotation", "reason": "planned"},
            })
        );
    }
}
