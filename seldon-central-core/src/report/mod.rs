//! A run of rules as one value, the contract with whatever reads it.
//!
//! ```text
//! outcomes + catalogue + world → Report → JSON, or any other form
//! ```
//!
//! `docs/report.schema.json` is the schema of its JSON.

mod alignment;
pub mod checklist;
mod clusters;
mod homes;
mod looked;
mod quote;
mod record;
mod seldon;

use std::collections::BTreeSet;

use serde::Serialize;

use self::quote::Quotes;
pub use self::{
    alignment::{Alignment, Component, Row},
    checklist::Checklist,
    clusters::Cluster,
    looked::{NotLookedAt, Unread},
    record::{Judgement, Record, Why},
    seldon::{Seldon, Version},
};
use crate::{
    finding::{Level, Outcome},
    object::Object,
    resource::NAMESPACE,
    rules::{Judged, Rule, TenantView, World},
};

/// Version of the JSON; it grows when a field changes its meaning or goes, not when one is added.
/// Source: this tool.
pub const SCHEMA_VERSION: u32 = 1;

/// What a run has to say.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Version of this shape; it grows when a field changes its meaning or goes.
    pub schema_version: u32,
    /// Version of the rules.
    pub version: &'static str,
    /// Namespace of the control plane.
    pub control_plane: String,
    /// What is known of the Seldon that runs there.
    pub seldon: Seldon,
    /// Namespaces that were judged as tenants, sorted.
    pub tenants: Vec<String>,
    /// Level from which a finding makes the exit status 1.
    pub fail_on: Level,
    /// What each rule says about each object it looked at, sorted by namespace, kind, name and rule;
    /// at the end, the rules that had nothing to look at.
    pub findings: Vec<Record>,
    /// How many results there are of each kind.
    pub summary: Summary,
    /// What nothing is said about.
    pub not_looked_at: NotLookedAt,
    /// How each tenant is aligned with the control plane, sorted by tenant.
    pub alignment: Vec<Alignment>,
    /// How each tenant stands against the specification's checklist before production, sorted by tenant.
    pub checklist: Vec<Checklist>,
    /// When several clusters were judged: each of them, in the order in which they were asked about. The
    /// other members then hold what is in any of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<Cluster>,
}

/// How many results there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Objects that were seen in the namespaces that were asked about.
    pub objects: usize,
    /// Rules that were selected.
    pub rules: usize,
    /// A rule holds for an object.
    pub pass: usize,
    /// It does not.
    pub fail: usize,
    /// Of those that fail: at level Error.
    pub errors: usize,
    /// Of those that fail: at level Warning.
    pub warnings: usize,
    /// Of those that fail: at level Info.
    pub infos: usize,
    /// It cannot be judged.
    pub unknown: usize,
    /// It does not hold, and somebody decided that this does not count.
    pub suppressed: usize,
    /// Rules that had nothing to be judged on.
    pub not_applicable: usize,
    /// Findings below the level that was asked for; they are in no other number.
    pub hidden: usize,
}

/// What a report cannot tell from the outcomes and the world.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The rules that were selected.
    pub rules: &'a [&'static Rule],
    /// Level from which a finding makes the exit status 1.
    pub fail_on: Level,
    /// Findings below this are left out and only counted.
    pub level: Level,
    /// Documents of the input that are no Kubernetes objects.
    pub other_documents: usize,
    /// The namespaces that were asked about; `None` for every one. Of others it depends on the rights
    /// of who asks how much is seen, so nothing is said of them.
    pub namespaces: Option<&'a BTreeSet<String>>,
}

impl Scope<'_> {
    fn holds(&self, object: &Object) -> bool {
        let own_name = object.is(&NAMESPACE).then(|| object.name());
        let namespace = object.namespace().or(own_name);
        self.namespaces.is_none() || namespace.is_some_and(|namespace| self.holds_namespace(namespace))
    }

    fn holds_namespace(&self, namespace: &str) -> bool {
        self.namespaces.is_none_or(|asked| asked.contains(namespace))
    }

    /// The tenants that were asked about.
    fn tenants<'w>(&self, world: &'w World<'_>) -> Vec<&'w TenantView> {
        world.tenants.iter().filter(|tenant| self.holds_namespace(&tenant.namespace)).collect()
    }
}

impl Report {
    /// The report of a run.
    pub fn new(world: &World<'_>, outcomes: &[Outcome], scope: &Scope<'_>) -> Self {
        let mut quotes = Quotes::of(world.snapshot);
        let mut findings: Vec<Record> =
            outcomes.iter().map(|outcome| Record::new(outcome).with_quote(quotes.find(outcome))).collect();
        let judged: BTreeSet<&str> = outcomes.iter().map(|outcome| outcome.rule).collect();
        let idle = scope.rules.iter().filter(|rule| !judged.contains(rule.id));
        findings.extend(idle.map(|rule| Record::not_applicable(rule, why_idle(rule, world))));
        let tenants = scope.tenants(world);
        let alignment = alignment::all(world, &tenants, &findings);
        let checklist = checklist::all(world, &tenants, &findings, scope);
        let all = findings.len();
        let is_finding = |record: &Record| matches!(record.result, Judgement::Fail | Judgement::Suppressed);
        findings.retain(|record| !is_finding(record) || record.level >= scope.level);
        let summary = Summary {
            objects: world.snapshot.objects().iter().filter(|seen| scope.holds(&seen.object)).count(),
            rules: scope.rules.len(),
            hidden: all - findings.len(),
            ..Summary::default()
        };
        Self {
            schema_version: SCHEMA_VERSION,
            version: env!("CARGO_PKG_VERSION"),
            control_plane: world.control_plane.namespace.to_string(),
            seldon: Seldon::new(world, scope),
            tenants: tenants.iter().map(|tenant| tenant.namespace.clone()).collect(),
            fail_on: scope.fail_on,
            summary: summary.count(&findings),
            not_looked_at: NotLookedAt::new(world, outcomes, scope),
            alignment,
            checklist,
            clusters: Vec::new(),
            findings,
        }
    }

    /// The records with this result, in their order.
    pub fn with(&self, result: Judgement) -> impl Iterator<Item = &Record> {
        self.findings.iter().filter(move |record| record.result == result)
    }
}

/// The JSON Schema of a [`Report`].
#[cfg(feature = "schema")]
pub fn json_schema() -> serde_json::Value {
    schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Report>()
        .to_value()
}

fn why_idle(rule: &Rule, world: &World<'_>) -> &'static str {
    match rule.judged {
        Judged::Applied => "to be judged of what manifests change in a cluster only",
        _ if world.judges(rule) => "nothing here to judge",
        Judged::Live => "to be judged on a cluster only",
        Judged::Manifests | Judged::Either => "to be judged in manifests only",
    }
}

impl Summary {
    fn count(self, findings: &[Record]) -> Self {
        findings.iter().fold(self, |mut summary, record| {
            match record.result {
                Judgement::Pass => summary.pass += 1,
                Judgement::Fail => {
                    summary.fail += 1;
                    match record.level {
                        Level::Error => summary.errors += 1,
                        Level::Warning => summary.warnings += 1,
                        Level::Info => summary.infos += 1,
                    }
                }
                Judgement::Unknown => summary.unknown += 1,
                Judgement::Suppressed => summary.suppressed += 1,
                Judgement::NotApplicable => summary.not_applicable += 1,
            }
            summary
        })
    }
}

#[cfg(test)]
mod tests;
