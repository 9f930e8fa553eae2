//! What is known of the Seldon that runs, so that a finding is read for the right version.

use serde::Serialize;

use super::Scope;
use crate::{
    object::ObjectId,
    reason::{
        operator::Operator,
        version::{Clue, Detected},
    },
    rules::World,
};

/// What is known of the Seldon that runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Seldon {
    /// The operator; `null` when its version is not known.
    pub operator: Option<Version>,
    /// The central scheduler; `null` when its version is not known.
    pub scheduler: Option<Version>,
    /// The agents of the `ServerConfigs`, all together; `null` when their version is not known.
    pub agents: Option<Version>,
    /// What is unusual about these and is no finding, a sentence each without a full stop.
    pub notes: Vec<String>,
}

/// A version, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// For people: `2.10.2`, `2.9.1 or later`.
    pub version: String,
    /// The earliest that it can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<String>,
    /// The first that it can no longer be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What proves that.
    pub evidence: Vec<Clue>,
}

impl Version {
    fn new(detected: &Detected) -> Option<Self> {
        let range = detected.range;
        (!range.is_any()).then(|| Self {
            version: range.to_string(),
            at_least: range.at_least().map(|version| version.to_string()),
            before: range.before().map(|version| version.to_string()),
            evidence: detected.clues.clone(),
        })
    }
}

impl Seldon {
    pub(super) fn new(world: &World<'_>, scope: &Scope<'_>) -> Self {
        let versions = world.versions();
        Self {
            operator: Version::new(&versions.operator),
            scheduler: Version::new(&versions.scheduler),
            agents: Version::new(&versions.agents),
            notes: versions.mixed().into_iter().chain(overlaps(world, scope)).collect(),
        }
    }

    /// The versions that are known, each with what has it.
    pub fn versions(&self) -> impl Iterator<Item = (&'static str, &Version)> {
        let all = [("operator", &self.operator), ("scheduler", &self.scheduler), ("agents", &self.agents)];
        all.into_iter().filter_map(|(what, version)| Some((what, version.as_ref()?)))
    }
}

/// The tenants that several operators look after, which undo each other's work: operators in namespaces
/// that were asked about, because whether others are seen depends on the rights of who asks.
fn overlaps(world: &World<'_>, scope: &Scope<'_>) -> Vec<String> {
    let note = |namespace: &str| {
        let is_asked = |operator: &Operator<'_>| scope.holds(&operator.observed.object);
        let watching = world.operators().iter().filter(|one| is_asked(one) && one.watches(namespace));
        let name = |operator: &Operator<'_>| ObjectId::to_string(&operator.observed.object.id());
        let names: Vec<String> = watching.map(name).collect();
        (names.len() > 1).then(|| format!("{namespace} is watched by several operators: {}", names.join(", ")))
    };
    scope.tenants(world).into_iter().filter_map(|tenant| note(&tenant.namespace)).collect()
}
