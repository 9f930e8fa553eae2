//! Several clusters in one report, each judged as if it were alone.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{NotLookedAt, Report, Seldon, Summary};

/// One of several clusters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Cluster {
    /// What it is called: the context of the kubeconfig, as it was given.
    pub name: String,
    /// What is known of the versions of Seldon Core 2 there.
    pub seldon: Seldon,
    /// Namespaces that were judged as tenants, sorted.
    pub tenants: Vec<String>,
    /// How many results there are of each kind.
    pub summary: Summary,
    /// What nothing is said about.
    pub not_looked_at: NotLookedAt,
    /// Why nothing of it could be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Report {
    /// The reports of several clusters as one, in their order; of some there may be only a reason why
    /// there is none. `None` when there is not one report.
    pub fn of_clusters(reports: Vec<(String, Result<Self, String>)>) -> Option<Self> {
        let first = reports.iter().find_map(|(_, report)| report.as_ref().ok())?;
        let mut all = Self {
            tenants: Vec::new(),
            findings: Vec::new(),
            summary: Summary { rules: first.summary.rules, ..Summary::default() },
            not_looked_at: NotLookedAt::default(),
            alignment: Vec::new(),
            checklist: Vec::new(),
            clusters: Vec::new(),
            control_plane: first.control_plane.clone(),
            seldon: Seldon::default(),
            ..*first
        };
        for (name, report) in reports {
            match report {
                Ok(report) => all.take(name, report),
                Err(error) => all.clusters.push(Cluster {
                    name,
                    seldon: Seldon::default(),
                    tenants: Vec::new(),
                    summary: Summary::default(),
                    not_looked_at: NotLookedAt::default(),
                    error: Some(error),
                }),
            }
        }
        Some(all)
    }

    fn take(&mut self, name: String, report: Self) {
        let cluster = Some(name.clone());
        let Self { seldon, tenants, findings, summary, not_looked_at, alignment, checklist, .. } = report;
        self.findings.extend(findings.into_iter().map(|mut one| {
            one.cluster.clone_from(&cluster);
            one
        }));
        self.alignment.extend(alignment.into_iter().map(|mut one| {
            one.cluster.clone_from(&cluster);
            one
        }));
        self.checklist.extend(checklist.into_iter().map(|mut one| {
            one.cluster.clone_from(&cluster);
            one
        }));
        self.tenants = union(&self.tenants, &tenants);
        self.summary = self.summary.plus(&summary);
        self.not_looked_at = self.not_looked_at.plus(&not_looked_at);
        self.seldon.notes.extend(seldon.notes.iter().map(|note| format!("{name}: {note}")));
        self.clusters.push(Cluster { name, seldon, tenants, summary, not_looked_at, error: None });
    }
}

impl Summary {
    /// Both together; the rules are the same ones.
    fn plus(&self, other: &Self) -> Self {
        Self {
            objects: self.objects + other.objects,
            rules: self.rules.max(other.rules),
            pass: self.pass + other.pass,
            fail: self.fail + other.fail,
            errors: self.errors + other.errors,
            warnings: self.warnings + other.warnings,
            infos: self.infos + other.infos,
            unknown: self.unknown + other.unknown,
            suppressed: self.suppressed + other.suppressed,
            not_applicable: self.not_applicable + other.not_applicable,
            hidden: self.hidden + other.hidden,
        }
    }
}

impl NotLookedAt {
    fn plus(&self, other: &Self) -> Self {
        Self {
            other_documents: self.other_documents + other.other_documents,
            other_namespaces: union(&self.other_namespaces, &other.other_namespaces),
            unread: union(&self.unread, &other.unread),
            withheld: union(&self.withheld, &other.withheld),
            not_in_input: union(&self.not_in_input, &other.not_in_input),
        }
    }
}

/// Each once, sorted.
fn union<T: Ord + Clone>(some: &[T], others: &[T]) -> Vec<T> {
    let all: BTreeSet<&T> = some.iter().chain(others).collect();
    all.into_iter().cloned().collect()
}
