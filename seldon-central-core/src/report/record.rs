//! One line of a report.

use serde::Serialize;

use crate::{
    finding::{Evidence, Finding, Level, Outcome, Suppression, Verdict},
    object::ObjectId,
    resource::NAMESPACE,
    rules::{self, Rule},
    snapshot::{Origin, Unknown},
};

/// Where the pages of the rules are.
const PAGES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/rules");

/// The result of a rule on an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// The rule holds.
    Pass,
    /// It does not.
    Fail,
    /// It cannot be judged.
    Unknown,
    /// It does not hold, and somebody decided that this does not count.
    Suppressed,
    /// The rule had nothing to be judged on.
    NotApplicable,
}

/// Why a rule could not be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The input is not the whole world and says nothing of it.
    NotInInput,
    /// A read was attempted and failed, which makes the run incomplete.
    ReadFailed,
    /// The right to read it is optional and not there.
    Withheld,
}

impl From<&Unknown> for Why {
    fn from(reason: &Unknown) -> Self {
        match reason {
            Unknown::NotInInput { .. } => Self::NotInInput,
            Unknown::ReadFailed { .. } => Self::ReadFailed,
            Unknown::Withheld { .. } => Self::Withheld,
        }
    }
}

/// What a rule says about an object.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The rule's id, `SCS0204`.
    pub rule: &'static str,
    /// The rule's name, `local-scheduler-enabled`.
    pub name: &'static str,
    /// Level of the finding; where nothing was found, the rule's own.
    pub level: Level,
    /// The result.
    pub result: Judgement,
    /// The cluster, when several were judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The object that was judged, whether it exists or not; `null` when the result is
    /// `not-applicable`.
    pub object: Option<ObjectId>,
    /// Where what proves the finding is, or else the object; `null` when it does not exist.
    pub location: Option<Origin>,
    /// What is wrong; where nothing is, why not, or why that is not known. One sentence without a
    /// full stop, which names no other rule.
    pub message: String,
    /// What proves the finding.
    pub evidence: Vec<Evidence>,
    /// What to do about it, in one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The line of the file at `location`, shortened where it is long. Never one of a Secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// When the result is `unknown`: the kind of reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// When the result is `suppressed`: by what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppression: Option<Suppression>,
    /// The page that explains the rule.
    pub help: String,
}

impl Record {
    /// What an outcome says.
    pub fn new(outcome: &Outcome) -> Self {
        let rule = rules::find(outcome.rule);
        let record = Self {
            rule: outcome.rule,
            name: rule.map_or("", |rule| rule.name),
            level: rule.map_or(Level::Info, |rule| rule.level),
            result: Judgement::Pass,
            cluster: None,
            object: Some(outcome.object.clone()),
            location: outcome.origin.clone(),
            message: String::new(),
            evidence: Vec::new(),
            remedy: None,
            quote: None,
            why: None,
            suppression: None,
            help: page(outcome.rule),
        };
        match &outcome.verdict {
            Verdict::Pass => Self { message: "the rule holds".to_owned(), ..record },
            Verdict::Fail(finding) => record.found(Judgement::Fail, finding),
            Verdict::Suppressed { finding, by } => {
                Self { suppression: Some(by.clone()), ..record.found(Judgement::Suppressed, finding) }
            }
            Verdict::Unknown { reason } => {
                Self { result: Judgement::Unknown, message: reason.to_string(), why: Some(reason.into()), ..record }
            }
        }
    }

    /// A rule that had nothing to be judged on.
    pub(super) fn not_applicable(rule: &Rule, message: &str) -> Self {
        Self {
            rule: rule.id,
            name: rule.name,
            level: rule.level,
            result: Judgement::NotApplicable,
            cluster: None,
            object: None,
            location: None,
            message: message.to_owned(),
            evidence: Vec::new(),
            remedy: None,
            quote: None,
            why: None,
            suppression: None,
            help: page(rule.id),
        }
    }

    fn found(self, result: Judgement, finding: &Finding) -> Self {
        Self {
            result,
            level: finding.level,
            message: finding.message.clone(),
            evidence: finding.evidence.clone(),
            remedy: Some(finding.remedy.clone()),
            ..self
        }
    }

    pub(super) fn with_quote(self, quote: Option<String>) -> Self {
        Self { quote, ..self }
    }

    /// The namespace it is about: the object's, or the one that is the object. `None` for what
    /// belongs to the whole cluster.
    pub fn namespace(&self) -> Option<&str> {
        let object = self.object.as_ref()?;
        let own_name = (object.kind == NAMESPACE.kind).then_some(object.name.as_str());
        object.namespace.as_deref().or(own_name)
    }

    /// What tells this finding from others whatever line it is on: rule, object and the path of what
    /// proves it; and the cluster, when several were judged.
    pub fn fingerprint(&self) -> String {
        let object = self.object.as_ref();
        let group = object.and_then(|object| object.api_version.split_once('/')).map_or("", |(group, _)| group);
        let part = |part: Option<&str>| part.unwrap_or_default().to_owned();
        let (kind, name) = object.map_or(("", ""), |object| (object.kind.as_str(), object.name.as_str()));
        let namespace = part(object.and_then(|object| object.namespace.as_deref()));
        let path = part(self.evidence.first().map(|evidence| evidence.path.as_str()));
        let cluster = self.cluster.as_ref().map(|cluster| format!("{cluster}:")).unwrap_or_default();
        format!("{cluster}{}:{group}/{kind}:{namespace}/{name}:{path}", self.rule)
    }
}

fn page(rule: &str) -> String {
    format!("{PAGES}/{rule}.md")
}
