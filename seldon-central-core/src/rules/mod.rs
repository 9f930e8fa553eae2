//! The catalogue of rules.
//!
//! One file per rule, in a folder per family. Each holds the rule's text, its check and two
//! fixtures, and everything said about it anywhere is generated from that. [`RULES`] reads as the
//! table of contents.

mod belonging;
mod cause;
mod consequence;
mod denial;
mod logs;
mod proof;
mod released;
mod report;
mod service;
mod sides;
mod status;
mod world;

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

pub use self::{
    logs::{Agent, Place},
    proof::{AliasDoubt, Doubt, alias_doubts},
    report::{Report, Said},
    sides::sides,
    world::{Applied, TenantView, Wiring, World},
};
use crate::{
    finding::{Level, Outcome, Verdict},
    fix::Repair,
    guard::Guard,
    object::ObjectId,
    resource::{NAMESPACE, Resource},
    text,
};

macro_rules! catalogue {
    ($($family:ident: $($rule:ident),+;)+) => {
        $(mod $family { $(pub(super) mod $rule;)+ })+

        /// Every rule, ordered by id.
        pub static RULES: &[&Rule] = &[$($(&$family::$rule::RULE,)+)+];
    };
}

catalogue! {
    control_plane:
        scs0101_crds_missing,
        scs0102_central_scheduler_disabled,
        scs0103_central_scheduler_not_ready,
        scs0104_central_scheduler_replicated,
        scs0105_scheduler_service_incomplete,
        scs0106_seldonconfig_missing,
        scs0107_serverconfig_missing,
        scs0108_operator_not_watching,
        scs0109_control_ports_exposed,
        scs0110_helm_release_unhealthy;
    runtime:
        scs0201_runtime_missing,
        scs0202_runtime_duplicated,
        scs0203_seldonconfig_mismatch,
        scs0204_local_scheduler_enabled,
        scs0205_override_without_effect,
        scs0206_component_disabled,
        scs0207_scheduler_override_service_type,
        scs0208_runtime_not_ready,
        scs0209_runtime_not_reconciled,
        scs0210_mesh_service_type_implicit,
        scs0211_gateway_in_tenant,
        scs0212_outside_the_pattern;
    server:
        scs0301_server_missing,
        scs0302_serverconfig_not_central,
        scs0303_serverconfig_in_tenant,
        scs0304_server_name_collision,
        scs0305_capability_misspelled,
        scs0306_capabilities_drop_defaults,
        scs0307_server_not_ready,
        scs0308_server_without_replicas,
        scs0309_no_models_loaded,
        scs0310_rclone_secret_missing;
    model:
        scs0401_requirement_misspelled,
        scs0402_no_matching_server,
        scs0403_server_not_found,
        scs0404_server_not_pinned,
        scs0405_model_name_collision,
        scs0406_model_name_invalid,
        scs0407_requirement_order,
        scs0408_storage_secret_invalid,
        scs0409_model_not_ready,
        scs0410_model_does_not_fit,
        scs0411_storage_uri_unsupported,
        scs0412_reference_not_found;
    alias:
        scs0501_alias_missing,
        scs0502_alias_wrong_target,
        scs0503_alias_ports_incomplete,
        scs0504_alias_not_operator_stable,
        scs0505_alias_taken_by_operator,
        scs0506_local_scheduler_left_over,
        scs0507_alias_tls_name;
    network:
        scs0601_scheduler_flow_blocked,
        scs0602_dns_blocked,
        scs0603_control_plane_ingress_blocked,
        scs0604_namespace_selector_unmatched,
        scs0605_serving_flow_blocked,
        scs0606_storage_or_api_flow_unproven,
        scs0607_unauthenticated_port_open;
    connection:
        scs0701_agent_not_subscribed,
        scs0702_agent_at_another_scheduler,
        scs0703_agent_not_registered,
        scs0704_server_not_notified,
        scs0705_operator_cannot_reach_scheduler,
        scs0706_log_evidence_unavailable;
    manifest:
        scs0801_unknown_field,
        scs0802_explicit_null,
        scs0803_service_port_without_protocol,
        scs0804_not_in_kustomization,
        scs0805_kustomization_does_not_build,
        scs0806_patch_matches_nothing,
        scs0807_patch_stale,
        scs0808_repo_and_cluster_differ,
        scs0809_change_will_be_reverted,
        scs0810_suppression_unused;
}

/// What a rule can be judged from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Judged {
    /// Manifests, also those that are laid over a cluster; a live object never shows it.
    Manifests,
    /// A live cluster alone.
    Live,
    /// Either.
    Either,
    /// A cluster together with manifests that are to be applied to it.
    Applied,
}

impl Judged {
    /// Whether something can be said about a cluster, alone or with manifests laid over it, or else
    /// about manifests alone.
    pub const fn applies(self, live: bool, over: bool) -> bool {
        match self {
            Self::Either => true,
            Self::Live | Self::Applied => live,
            Self::Manifests => !live || over,
        }
    }
}

/// What the repair of a finding may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FixSafety {
    /// There is no automatic repair; the tool says what to do.
    Manual,
    /// Right, but it rolls or stops pods, changes what outside the tenant and the control plane can
    /// reach, or takes an object over.
    Unsafe,
    /// Changes only what the rule names and cannot interrupt serving.
    Safe,
}

/// One rule: its text, its check, its fixtures.
pub struct Rule {
    /// Stable id, never reused: `SCS0204`.
    pub id: &'static str,
    /// Stable name after the bad pattern: `local-scheduler-enabled`.
    pub name: &'static str,
    /// Level of its findings, unless a finding says otherwise.
    pub level: Level,
    /// What it can be judged from.
    pub judged: Judged,
    /// When it fires, in one sentence.
    pub summary: &'static str,
    /// Why that matters, in Markdown.
    pub why: &'static str,
    /// How to repair it by hand, in Markdown.
    pub fix: &'static str,
    /// What an automatic repair may do.
    pub fix_safety: FixSafety,
    /// What puts its findings right.
    pub repair: Repair,
    /// The kinds it reads.
    pub reads: &'static [&'static Resource],
    /// Where the facts behind it are to be found.
    pub sources: &'static [&'static str],
    /// The check.
    pub check: fn(&World<'_>, &mut Report),
    /// What of the check an API server can do by itself, where it can.
    pub guard: Option<Guard>,
    /// Manifests on which the rule fires. For a [`Judged::Live`] rule, all objects of a cluster; for a
    /// [`Judged::Applied`] one, what is in the cluster and what is in the repository.
    pub bad: &'static str,
    /// The same, put right.
    pub good: &'static str,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.name)
    }
}

/// The rule with this id or name, whatever the case.
pub fn find(id_or_name: &str) -> Option<&'static Rule> {
    let is_meant = |known: &str| known.eq_ignore_ascii_case(id_or_name);
    RULES.iter().copied().find(|rule| is_meant(rule.id) || is_meant(rule.name))
}

/// The rules whose ids begin so, whatever the case: `SCS05` for those of the alias. Nothing has no
/// beginning.
pub fn with_prefix(prefix: &str) -> Vec<&'static Rule> {
    let begins = |rule: &&&Rule| rule.id.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    RULES.iter().filter(|rule| !prefix.is_empty() && begins(rule)).copied().collect()
}

/// The ids and names that are spelled most like a word which is neither. Of an id that is like none,
/// those whose numbers are nearest.
pub fn nearest(word: &str) -> Vec<&'static str> {
    let alike = text::nearest_few(word, RULES.iter().flat_map(|rule| [rule.id, rule.name]));
    if alike.is_empty() { nearest_number(word) } else { alike }
}

fn nearest_number(word: &str) -> Vec<&'static str> {
    const FEW: usize = 3;
    let number = |id: &str| {
        let (letters, digits) = id.trim().split_at_checked(3)?;
        letters.eq_ignore_ascii_case("SCS").then(|| digits.parse::<u64>().ok())?
    };
    let Some(asked) = number(word) else { return Vec::new() };
    let mut ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    ids.sort_by_key(|id| number(id).map_or(u64::MAX, |own| own.abs_diff(asked)));
    ids.truncate(FEW);
    ids
}

/// The rules whose findings pass by themselves once controllers have done their work: they judge
/// conditions and replicas that somebody is about to write, and connections that are tried again.
const HEALING: [&str; 11] = [
    "SCS0103", "SCS0208", "SCS0209", "SCS0307", "SCS0309", "SCS0409", "SCS0506", "SCS0701", "SCS0703", "SCS0704",
    "SCS0705",
];

/// Whether a finding of this rule may pass without anybody changing anything.
pub fn can_heal(rule: &str) -> bool {
    HEALING.contains(&rule)
}

/// Whether one of these rules says that a kustomization does not build.
pub fn tell_of_builds(rules: &[&'static Rule]) -> bool {
    rules.iter().any(|rule| rule.id == "SCS0805")
}

/// The first of the rules that look at what those before them said; they come last.
const FIRST_TO_LOOK_BACK: &str = "SCS0808";

/// Runs rules over a snapshot, those that look at what others said after the others. The outcomes are sorted, by object, then by rule, and where the snapshot has the texts of
/// its objects each finding is placed at what proves it. Nothing is suppressed; that is for
/// [`crate::suppress::Suppressions::apply`].
pub fn run<'a>(rules: impl IntoIterator<Item = &'a &'static Rule>, world: &World<'_>) -> Vec<Outcome> {
    let mut rules: Vec<&'static Rule> = rules.into_iter().copied().filter(|rule| world.judges(rule)).collect();
    rules.sort_by_key(|rule| rule.id);
    let (first, last) = rules.split_at(rules.partition_point(|rule| rule.id < FIRST_TO_LOOK_BACK));
    let said = apart(first, world).into_iter().fold(Said::default(), Said::then);
    let said = last.iter().fold(said, |said, rule| judge(rule, world, said));
    let mut outcomes = consequence::settle(said.into_outcomes());
    sort(&mut outcomes);
    world.snapshot.texts().place(&mut outcomes);
    outcomes
}

/// What each of some rules says, none of which looks at what another said.
#[cfg(feature = "parallel")]
fn apart(rules: &[&'static Rule], world: &World<'_>) -> Vec<Said> {
    use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
    rules.par_iter().map(|rule| judge(rule, world, Said::default())).collect()
}

/// What each of some rules says, none of which looks at what another said.
#[cfg(not(feature = "parallel"))]
fn apart(rules: &[&'static Rule], world: &World<'_>) -> Vec<Said> {
    rules.iter().map(|rule| judge(rule, world, Said::default())).collect()
}

/// What a rule says after others.
fn judge(rule: &'static Rule, world: &World<'_>, before: Said) -> Said {
    let mut report = Report::new(rule, before);
    (rule.check)(world, &mut report);
    for (namespace, reason) in world.doubtful() {
        report.unknown(ObjectId::of(&NAMESPACE, None, namespace), reason.clone());
    }
    report.into_said()
}

/// What was found in two views of one repository. What one knows of an object goes before what the
/// other does not.
pub fn merged(mut outcomes: Vec<Outcome>, others: Vec<Outcome>) -> Vec<Outcome> {
    let known: BTreeSet<(&str, ObjectId)> = outcomes.iter().map(|one| (one.rule, one.object.clone())).collect();
    let is_new = |other: &Outcome| {
        !matches!(other.verdict, Verdict::Unknown { .. }) || !known.contains(&(other.rule, other.object.clone()))
    };
    outcomes.extend(others.into_iter().filter(is_new));
    sort(&mut outcomes);
    outcomes
}

fn sort(outcomes: &mut Vec<Outcome>) {
    outcomes.sort_by(|a, b| {
        key(a).cmp(&key(b)).then_with(|| message(a).cmp(message(b))).then_with(|| a.origin.cmp(&b.origin))
    });
    outcomes.dedup();
}

fn key(outcome: &Outcome) -> (Option<&str>, &str, &str, &str) {
    let ObjectId { namespace, kind, name, .. } = &outcome.object;
    (namespace.as_deref(), kind, name, outcome.rule)
}

fn message(outcome: &Outcome) -> &str {
    match &outcome.verdict {
        Verdict::Fail(finding) | Verdict::Suppressed { finding, .. } => &finding.message,
        Verdict::Pass | Verdict::Unknown { .. } => "",
    }
}

#[cfg(test)]
mod applied_tests;
#[cfg(test)]
mod belonging_tests;
#[cfg(test)]
mod connection_tests;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod network_tests;
#[cfg(test)]
mod proof_tests;
#[cfg(test)]
mod proposal_tests;
#[cfg(test)]
mod runtime_tests;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
pub(crate) use tests::outcomes as outcomes_of_fixture;
