//! The specification's checklist before production, line by line for each tenant: proved, failed or
//! not known, with the rules behind each line.
//!
//! A line is never better than what was looked at: a rule that was not selected, that this version
//! does not have, or that had nothing to judge leaves it unknown.

mod item;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use self::item::Behind;
pub use self::item::Item;
use super::{Judgement, Record, Scope, homes::Homes};
use crate::{
    rules::{self, Judged, TenantView, World},
    text,
};

/// What is known of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Every rule that proves it was judged for the tenant and holds, and none contradicts it.
    Proved,
    /// A rule behind it does not hold, even if somebody decided that this does not count.
    Failed,
    /// Neither.
    Unknown,
}

/// The checklist of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Checklist {
    /// The cluster, when several were judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The tenant's namespace.
    pub tenant: String,
    /// The lines, in the specification's order.
    pub lines: Vec<Line>,
}

/// A line of a tenant's checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Which.
    pub item: Item,
    /// What it claims, in one sentence without a full stop.
    pub claim: &'static str,
    /// What is known of it.
    pub standing: Standing,
    /// The rules behind it, sorted.
    pub rules: Vec<&'static str>,
    /// Why it stands so, in a few words each.
    pub because: Vec<Because>,
}

/// What some rules say about a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Because {
    /// The rules, sorted.
    pub rules: Vec<&'static str>,
    /// What they found, or why they could not be judged.
    pub says: String,
}

/// The checklists of these tenants.
pub(super) fn all(world: &World<'_>, tenants: &[&TenantView], records: &[Record], scope: &Scope<'_>) -> Vec<Checklist> {
    let behind = tenants.iter().flat_map(|tenant| Item::ALL.into_iter().flat_map(|item| item.behind(tenant.wiring)));
    let rules: BTreeSet<&str> = behind.map(|behind| behind.rule).collect();
    let relevant = Homes::of(records.iter().filter(|record| rules.contains(record.rule)));
    let (central, live) = (world.control_plane.namespace.as_str(), world.snapshot.is_live());
    let list = |tenant: &&TenantView| {
        let records = relevant.within(&[None, Some(central), Some(tenant.namespace.as_str())]);
        let view = View { central, live, records, scope };
        let lines = Item::ALL.into_iter().map(|item| view.line(item, tenant)).collect();
        Checklist { cluster: None, tenant: tenant.namespace.clone(), lines }
    };
    tenants.iter().map(list).collect()
}

/// What lines are judged by.
struct View<'a> {
    /// Namespace of the control plane.
    central: &'a str,
    /// Whether a cluster was looked at.
    live: bool,
    /// Those of the control plane, of the tenant, and of no namespace.
    records: Vec<&'a Record>,
    scope: &'a Scope<'a>,
}

impl View<'_> {
    fn line(&self, item: Item, tenant: &TenantView) -> Line {
        let mut said = Said::default();
        for behind in item.behind(tenant.wiring) {
            self.ask(*behind, &tenant.namespace, &mut said);
        }
        let (standing, because) = said.sum();
        Line { item, claim: item.claim(), standing, rules: item.rules(tenant.wiring), because }
    }

    fn ask(&self, behind: Behind, namespace: &str, said: &mut Said) {
        let rule = behind.rule;
        let records: Vec<&Record> =
            self.records.iter().copied().filter(|record| behind.is_about(record, self.central, namespace)).collect();
        let mut holds = Vec::new();
        for record in &records {
            let object = record.object.as_ref().map(ToString::to_string).unwrap_or_default();
            match record.result {
                Judgement::Pass => holds.push(object),
                Judgement::Fail => add(&mut said.fails, rule, format!("{object}: {}", record.message)),
                Judgement::Suppressed => {
                    add(&mut said.fails, rule, format!("{object}: {} (suppressed)", record.message));
                }
                Judgement::Unknown | Judgement::NotApplicable => {
                    add(&mut said.doubts, rule, record.message.clone());
                }
            }
        }
        if let Some(reason) = self.unasked(rule) {
            add(&mut said.doubts, rule, reason.to_owned());
        } else if records.is_empty() && behind.proves {
            add(&mut said.doubts, rule, self.why_silent(rule, namespace));
        } else if behind.proves && !holds.is_empty() {
            add(&mut said.holds, rule, format!("holds for {}", text::enumerate(holds.iter().map(String::as_str))));
        }
    }

    /// Why nobody asked a rule.
    fn unasked(&self, rule: &str) -> Option<&'static str> {
        match rules::find(rule) {
            None => Some("this version does not have the rule"),
            Some(_) if !self.scope.rules.iter().any(|selected| selected.id == rule) => Some("not selected"),
            Some(_) => None,
        }
    }

    fn why_silent(&self, rule: &str, namespace: &str) -> String {
        if !self.live && rules::find(rule).is_some_and(|rule| rule.judged == Judged::Live) {
            return "needs a cluster".to_owned();
        }
        format!("{namespace} has nothing to judge")
    }
}

/// What the rules behind a line say, each text once, with the rules that say so.
#[derive(Default)]
struct Said {
    holds: Texts,
    fails: Texts,
    doubts: Texts,
}

/// Texts in the order in which they were said.
type Texts = Vec<Because>;

fn add(texts: &mut Texts, rule: &'static str, says: String) {
    match texts.iter_mut().find(|known| known.says == says) {
        Some(known) if known.rules.contains(&rule) => {}
        Some(known) => known.rules.push(rule),
        None => texts.push(Because { rules: vec![rule], says }),
    }
}

impl Said {
    fn sum(self) -> (Standing, Vec<Because>) {
        let (standing, mut because) = if !self.fails.is_empty() {
            (Standing::Failed, self.fails)
        } else if !self.doubts.is_empty() {
            (Standing::Unknown, self.doubts)
        } else {
            (Standing::Proved, self.holds)
        };
        for one in &mut because {
            one.rules.sort_unstable();
        }
        (standing, because)
    }
}

/// How many lines stand how.
pub fn count<'a>(lists: impl IntoIterator<Item = &'a Checklist>) -> BTreeMap<Standing, usize> {
    let mut counts = BTreeMap::from([Standing::Proved, Standing::Failed, Standing::Unknown].map(|one| (one, 0)));
    for line in lists.into_iter().flat_map(|list| &list.lines) {
        *counts.entry(line.standing).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests;
