//! A baseline: the findings that were there before, so that only new ones count.
//!
//! A finding is known again by its rule, its object and the paths of its evidence, and never by a
//! line, so that edits around it change nothing. The file is sorted, and nothing in it depends on
//! when or where it was written.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    finding::{Finding, Outcome, SuppressedBy, Suppression, Verdict},
    object::ObjectId,
    resource::NAMESPACE,
    rules::{self, Rule},
    yaml::{self, YamlError},
};

/// Why a finding that was there before does not count.
const BEFORE: Suppression = Suppression { source: SuppressedBy::Baseline, reason: None };

/// Version of the file; it grows when a field changes its meaning or goes.
const SCHEMA_VERSION: u64 = 1;

const HEAD: &str = "\
# Findings that were there before: `kubectl seldon verify --baseline` does not count them.
# Written by --write-baseline.
";

/// What a finding is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// Of a run over several clusters: which of them.
    cluster: Option<String>,
    rule: String,
    object: String,
    evidence: BTreeSet<String>,
}

impl Key {
    /// The namespace that its object is in.
    fn home(&self) -> Option<&str> {
        match self.object.split('/').collect::<Vec<_>>().as_slice() {
            [_, namespace, _] => Some(namespace),
            [kind, name] if *kind == NAMESPACE.kind => Some(name),
            _ => None,
        }
    }

    fn of(outcome: &Outcome, finding: &Finding) -> Self {
        Self {
            cluster: None,
            rule: outcome.rule.to_owned(),
            object: written(&outcome.object),
            evidence: finding.evidence.iter().map(|evidence| evidence.path.clone()).collect(),
        }
    }
}

/// An object as a suppression in a profile names it; the version of its API is no part of it.
fn written(object: &ObjectId) -> String {
    match &object.namespace {
        Some(namespace) => format!("{}/{namespace}/{}", object.kind, object.name),
        None => format!("{}/{}", object.kind, object.name),
    }
}

/// Findings that were there before, and how many there are of each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Baseline(BTreeMap<Key, usize>);

/// A text that is no baseline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// It is no YAML, or not of that shape.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// Another release wrote it.
    #[error("`schemaVersion` is {0}, and this release reads {SCHEMA_VERSION} only")]
    Version(u64),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    schema_version: u64,
    #[serde(default)]
    findings: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cluster: Option<String>,
    rule: String,
    object: String,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    evidence: BTreeSet<String>,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    count: usize,
}

const fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_one(count: &usize) -> bool {
    *count == 1
}

impl Baseline {
    /// Reads a file's text.
    ///
    /// # Errors
    /// [`BaselineError`] with the place where it is no baseline.
    pub fn from_yaml(text: &str) -> Result<Self, BaselineError> {
        let file: File = yaml::read_typed(text).map_err(|(error, _)| error)?;
        if file.schema_version != SCHEMA_VERSION {
            return Err(BaselineError::Version(file.schema_version));
        }
        let mut all = Self::default();
        for Entry { cluster, rule, object, evidence, count } in file.findings {
            *all.0.entry(Key { cluster, rule, object, evidence }).or_default() += count;
        }
        Ok(all)
    }

    /// The file's text, sorted by rule, object and evidence.
    pub fn to_yaml(&self) -> String {
        let entry = |(key, count): (&Key, &usize)| {
            let Key { cluster, rule, object, evidence } = key.clone();
            Entry { cluster, rule, object, evidence, count: *count }
        };
        let file = File { schema_version: SCHEMA_VERSION, findings: self.0.iter().map(entry).collect() };
        format!("{HEAD}{}", yaml::write_typed(&file))
    }

    /// What it holds of one of several clusters, as if that were the only one; with `None`, of a run
    /// over a single one.
    #[must_use]
    pub fn of_cluster(&self, name: Option<&str>) -> Self {
        let own = self.0.iter().filter(|(key, _)| key.cluster.as_deref() == name);
        Self(own.map(|(key, count)| (Key { cluster: None, ..key.clone() }, *count)).collect())
    }

    /// The same with another part in the place of the one that [`Baseline::of_cluster`] gives.
    #[must_use]
    pub fn with_cluster(self, name: Option<&str>, part: Self) -> Self {
        let mut all = self;
        all.0.retain(|key, _| key.cluster.as_deref() != name);
        all.0.extend(part.0.into_iter().map(|(key, count)| (Key { cluster: name.map(str::to_owned), ..key }, count)));
        all
    }

    /// How many findings it holds.
    pub fn len(&self) -> usize {
        self.0.values().sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The outcomes, with the findings suppressed that were there before.
    #[must_use]
    pub fn apply(&self, outcomes: Vec<Outcome>) -> Vec<Outcome> {
        let mut left = self.clone();
        let judged = |outcome: Outcome| {
            let is_old = outcome.finding().is_some_and(|finding| left.take(&Key::of(&outcome, finding)));
            let verdict = match outcome.verdict {
                Verdict::Fail(finding) if is_old => Verdict::Suppressed { finding, by: BEFORE },
                verdict => verdict,
            };
            Outcome { verdict, ..outcome }
        };
        outcomes.into_iter().map(judged).collect()
    }

    /// What it holds and a run did not find any more: of the rules that were judged without a doubt, on
    /// what the run was about. The outcomes are those of [`Baseline::apply`].
    #[must_use]
    pub fn gone(&self, outcomes: &[Outcome], run: &Run<'_>) -> Self {
        self.left_by(outcomes).only(|key| run.decides(outcomes, key))
    }

    /// What it is to hold after a run: all that the run found and that is not suppressed otherwise, and
    /// what the run says nothing of. The outcomes are those of [`Baseline::apply`].
    #[must_use]
    pub fn renewed(&self, outcomes: &[Outcome], run: &Run<'_>) -> Self {
        let mut next = self.left_by(outcomes).only(|key| !run.decides(outcomes, key));
        for (outcome, finding) in outcomes.iter().filter_map(|outcome| Some((outcome, counted(outcome)?))) {
            *next.0.entry(Key::of(outcome, finding)).or_default() += 1;
        }
        next
    }

    /// What is left of it when all is taken that outcomes hold.
    fn left_by(&self, outcomes: &[Outcome]) -> Self {
        let mut left = self.clone();
        for outcome in outcomes {
            if let Some((finding, by)) = outcome.suppressed()
                && *by == BEFORE
            {
                left.take(&Key::of(outcome, finding));
            }
        }
        left
    }

    fn only(self, wanted: impl Fn(&Key) -> bool) -> Self {
        Self(self.0.into_iter().filter(|(key, count)| *count > 0 && wanted(key)).collect())
    }

    /// Takes one of a kind, if any is left.
    fn take(&mut self, key: &Key) -> bool {
        match self.0.get_mut(key) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }
}

/// What a run was about.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The rules that were judged, those that do not apply to the input left out.
    pub rules: &'a [&'static Rule],
    /// The namespaces that were asked about; `None` for all.
    pub namespaces: Option<&'a BTreeSet<String>>,
}

impl Run<'_> {
    /// Whether the run would have found it if it were there.
    fn decides(&self, outcomes: &[Outcome], key: &Key) -> bool {
        let is_unknown =
            |outcome: &Outcome| outcome.rule == key.rule && matches!(outcome.verdict, Verdict::Unknown { .. });
        let exists = rules::find(&key.rule).is_some();
        let was_judged = self.rules.iter().any(|rule| rule.id == key.rule);
        let is_about = self.namespaces.is_none_or(|asked| key.home().is_none_or(|home| asked.contains(home)));
        !exists || (was_judged && is_about && !outcomes.iter().any(is_unknown))
    }
}

/// The finding of an outcome, unless an annotation or a profile suppresses it.
fn counted(outcome: &Outcome) -> Option<&Finding> {
    match &outcome.verdict {
        Verdict::Fail(finding) => Some(finding),
        Verdict::Suppressed { finding, by } if *by == BEFORE => Some(finding),
        Verdict::Pass | Verdict::Suppressed { .. } | Verdict::Unknown { .. } => None,
    }
}
