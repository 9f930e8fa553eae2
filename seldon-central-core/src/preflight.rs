//! What has to be in order before a tenant is onboarded: the control plane, and the objects that
//! are about to be written, judged as if they stood in the cluster already.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::networking::v1::NetworkPolicy;

use crate::{
    desired::Desired,
    finding::{Finding, Level, Outcome, Verdict},
    object::Object,
    pattern::{COMPONENT_LABEL, Component, SERVER_COMPONENT},
    profile::{ControlPlane, PolicySet, ResolvedProfile},
    reason::network::{Direction, PolicyIndex, Workload, parse, selects},
    resource::{MODEL, NAMESPACE, NETWORK_POLICY, POD, SELDON_CONFIG, SELDON_RUNTIME, SERVER},
    rules::{self, Judged, RULES, Rule, World},
    snapshot::{Origin, Snapshot, Unknown},
    suppress::Declared,
};

/// The rules about NetworkPolicies.
const NETWORK_FAMILY: &str = "SCS06";

/// The rule for kinds that are not served.
const MISSING_KINDS: &str = "SCS0101";

/// The rule for a `SeldonConfig` that is not there, and the one for another than the control plane's.
const MISSING_CONFIG: &str = "SCS0106";
const OTHER_CONFIG: &str = "SCS0203";

/// How a user chooses the set of policies.
const SET_CHOICE: &str = "--network-policy scheduler (`networkPolicy.set` in a profile)";

/// How a user chooses the `SeldonConfig`.
const CONFIG_CHOICE: &str = "--seldon-config (`controlPlane.seldonConfig` in a profile)";

/// The verdicts that matter for onboarding.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Preflight {
    /// Findings at level Error: onboarding would not give a working tenant.
    pub blocking: Vec<Outcome>,
    /// Other findings above level Info.
    pub warnings: Vec<Outcome>,
    /// What a rule needed and could not be read.
    pub incomplete: Vec<Unknown>,
}

/// Judges a profile's objects on top of what was observed. What is suppressed there, or by the profile's
/// own word, is no finding.
pub fn preflight(
    snapshot: &Snapshot,
    profile: &ResolvedProfile,
    desired: &Desired,
    declared: Option<&Declared>,
) -> Preflight {
    let next = snapshot.with_desired(desired.objects());
    let named: Vec<_> = profile.tenants.iter().map(|tenant| tenant.tenant.namespace.clone()).collect();
    let mut world = World::new(&next, &profile.control_plane, &named);
    if let Some(declared) = declared {
        world = world.with_declared(declared);
    }
    world.tenants.retain(|tenant| named.iter().any(|name| *name == *tenant.namespace));
    let namespaces: BTreeSet<&str> =
        named.iter().chain([&profile.control_plane.namespace]).map(crate::name::Namespace::as_str).collect();
    let mut result = Preflight::default();
    let outcomes = rules::run(RULES.iter().filter(|rule| matters(rule)), &world);
    for mut outcome in world.suppressions().apply(outcomes) {
        if let Some(remedy) = as_asked(&outcome, profile) {
            outcome.verdict = as_warning(outcome.verdict, remedy);
        }
        in_own_words(&mut outcome, snapshot, profile);
        let here = outcome.object.namespace.as_deref().is_none_or(|namespace| namespaces.contains(namespace));
        // Policies add up: one that is not ours can cut the tenant off as well as ours.
        let ours = outcome.origin == Some(Origin::Desired)
            || is_of_control_plane(outcome.rule)
            || outcome.rule.starts_with(NETWORK_FAMILY);
        // What could not be read might have been in the way of ours.
        let unknown = matches!(outcome.verdict, Verdict::Unknown { .. });
        if here && (ours || unknown) {
            result.sort_in(outcome);
        }
    }
    result.forget_what_follows_from_missing_kinds();
    result.forget_what_follows_from_two_runtimes();
    result.forget_what_follows_from_a_missing_config();
    // Names are global to a scheduler, so the part of a cluster that one may see proves nothing.
    for kind in [&SELDON_RUNTIME, &SERVER, &MODEL] {
        if let Err(reason) = snapshot.all(kind)
            && reason.is_incomplete()
            && !result.incomplete.contains(&reason)
        {
            result.incomplete.push(reason);
        }
    }
    result
}

impl Preflight {
    /// The kinds of Seldon's that the cluster does not serve, `servers.mlops.seldon.io`; then nothing else is
    /// said.
    pub fn missing_kinds(&self) -> Vec<&str> {
        let missing = self.blocking.iter().filter(|outcome| outcome.rule == MISSING_KINDS);
        missing.map(|outcome| &*outcome.object.name).collect()
    }

    /// Without Seldon's kinds there is nothing else either, which is not worth a sentence each.
    fn forget_what_follows_from_missing_kinds(&mut self) {
        if self.blocking.iter().any(|outcome| outcome.rule == MISSING_KINDS) {
            self.blocking.retain(|outcome| outcome.rule == MISSING_KINDS);
            self.warnings.clear();
        }
    }

    /// Of two runtimes nobody knows which components run, and so which flows there are.
    fn forget_what_follows_from_two_runtimes(&mut self) {
        const TWO_RUNTIMES: &str = "SCS0202";
        let doubled: BTreeSet<_> = self
            .blocking
            .iter()
            .filter(|outcome| outcome.rule == TWO_RUNTIMES)
            .map(|outcome| outcome.object.namespace.clone())
            .collect();
        let follows =
            |outcome: &Outcome| outcome.rule.starts_with(NETWORK_FAMILY) && doubled.contains(&outcome.object.namespace);
        self.blocking.retain(|outcome| !follows(outcome));
        self.warnings.retain(|outcome| !follows(outcome));
    }

    /// That a `SeldonConfig` is another one does not matter when there is none of that name.
    fn forget_what_follows_from_a_missing_config(&mut self) {
        let is_missing = |outcome: &Outcome| outcome.rule == MISSING_CONFIG;
        let without: BTreeSet<_> =
            self.blocking.iter().filter(|outcome| is_missing(outcome)).map(|outcome| outcome.object.clone()).collect();
        let follows = |outcome: &Outcome| outcome.rule == OTHER_CONFIG && without.contains(&outcome.object);
        self.blocking.retain(|outcome| !follows(outcome));
        self.warnings.retain(|outcome| !follows(outcome));
    }

    fn sort_in(&mut self, outcome: Outcome) {
        match &outcome.verdict {
            Verdict::Fail(finding) if finding.level == Level::Error => self.blocking.push(outcome),
            Verdict::Fail(finding) if finding.level == Level::Warning => self.warnings.push(outcome),
            Verdict::Unknown { reason } if reason.is_incomplete() && !self.incomplete.contains(reason) => {
                self.incomplete.push(reason.clone());
            }
            Verdict::Pass | Verdict::Fail(_) | Verdict::Suppressed { .. } | Verdict::Unknown { .. } => {}
        }
    }
}

/// The remedy of a finding that is what the profile asks for. It names another `SeldonConfig` than the
/// usual one, so that the tenant's differs from the control plane's is no surprise; that it exists is
/// another rule's. Or it wants the set of policies that others are meant to join.
fn as_asked(outcome: &Outcome, profile: &ResolvedProfile) -> Option<String> {
    let of_partial = || {
        let mut partial = profile.tenants.iter().filter(|one| one.tenant.network_policy.set == PolicySet::Scheduler);
        partial.any(|one| outcome.object.home() == Some(one.tenant.namespace.as_str()))
    };
    match outcome.rule {
        OTHER_CONFIG if profile.control_plane.seldon_config != ControlPlane::default().seldon_config => {
            Some(format!("keep it if you mean it; otherwise leave out {CONFIG_CHOICE}"))
        }
        "SCS0605" | "SCS0606" if of_partial() => {
            Some(format!("admit it by policies of your own, or leave out {SET_CHOICE}"))
        }
        _ => None,
    }
}

fn as_warning(verdict: Verdict, remedy: String) -> Verdict {
    match verdict {
        Verdict::Fail(finding) => Verdict::Fail(Finding { level: Level::Warning, remedy, ..finding }),
        other => other,
    }
}

/// Whoever is about to write a runtime changes the word that names its `SeldonConfig`, not the runtime.
fn in_own_words(outcome: &mut Outcome, snapshot: &Snapshot, profile: &ResolvedProfile) {
    let is_ours = outcome.rule == MISSING_CONFIG && outcome.origin == Some(Origin::Desired);
    let (true, Verdict::Fail(finding)) = (is_ours, &mut outcome.verdict) else { return };
    let there = snapshot.known_in(&SELDON_CONFIG, profile.control_plane.namespace.as_str());
    let there: BTreeSet<String> = there.map(|known| format!("`{}`", known.object.name())).collect();
    if !there.is_empty() {
        let there = there.into_iter().collect::<Vec<_>>().join(", ");
        finding.remedy = format!("name one that is there ({there}) with {CONFIG_CHOICE}");
    }
}

/// Rules that judge state (is it ready?) say nothing about what is yet to be written.
fn matters(rule: &Rule) -> bool {
    rule.judged != Judged::Live || is_of_control_plane(rule.id)
}

/// The control plane's family, and the policy that shuts tenants out of it.
fn is_of_control_plane(rule: &str) -> bool {
    rule.starts_with("SCS01") || rule == "SCS0603"
}

/// The namespaces of a profile that are being deleted: the API server takes nothing new into them.
pub fn being_deleted<'a>(snapshot: &Snapshot, profile: &'a ResolvedProfile) -> Vec<&'a crate::name::Namespace> {
    let is_leaving = |object: &Object| {
        object.pointer("/metadata/deletionTimestamp").is_some() || object.text("/status/phase") == Some("Terminating")
    };
    let leaving = |name: &&crate::name::Namespace| {
        snapshot.known(&NAMESPACE).any(|known| known.object.name() == name.as_str() && is_leaving(&known.object))
    };
    profile.tenants.iter().map(|tenant| &tenant.tenant.namespace).filter(leaving).collect()
}

/// Tenants that the control plane's new policies would cut off from the scheduler: they share it,
/// no policy isolates its pods yet, and the profile does not admit them.
pub fn cut_off(snapshot: &Snapshot, profile: &ResolvedProfile, desired: &Desired) -> Vec<String> {
    let own = profile.control_plane.namespace.as_str();
    let is_isolated = || {
        let scheduler = Workload {
            namespace: own,
            labels: [(COMPONENT_LABEL, Component::Scheduler.name())].into(),
            ..Workload::default()
        };
        let policies: Vec<_> = policies(snapshot.known_in(&NETWORK_POLICY, own).map(|observed| &observed.object));
        !PolicyIndex::new(&policies).isolates(&scheduler, Direction::Ingress).is_empty()
    };
    if desired.control_plane.is_empty() || is_isolated() {
        return Vec::new();
    }
    let admitted = |namespace: &str| {
        profile
            .tenants
            .iter()
            .map(|tenant| &tenant.tenant)
            .any(|tenant| tenant.namespace == *namespace && tenant.network_policy.control_plane_ingress)
    };
    let world = World::new(snapshot, &profile.control_plane, &[]);
    world.tenants.into_iter().map(|tenant| tenant.namespace).filter(|namespace| !admitted(namespace)).collect()
}

/// Pods in the tenants' namespaces that are not Seldon's and that the wanted policies select, by
/// namespace.
pub fn touched_pods(snapshot: &Snapshot, desired: &Desired) -> BTreeMap<String, Vec<String>> {
    let policies = policies(desired.objects());
    let mut touched: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pod in snapshot.known(&POD).map(|observed| &observed.object) {
        let Some(namespace) = pod.namespace() else { continue };
        let labels = pod.labels();
        let is_seldons = labels
            .get(COMPONENT_LABEL)
            .is_some_and(|name| *name == SERVER_COMPONENT || Component::from_name(name).is_some());
        let workload = Workload { namespace, labels, ..Workload::default() };
        if !is_seldons && policies.iter().any(|policy| selects(policy, &workload)) {
            touched.entry(namespace.to_owned()).or_default().push(pod.name().to_owned());
        }
    }
    touched
}

fn policies<'a>(objects: impl Iterator<Item = &'a Object>) -> Vec<NetworkPolicy> {
    objects.filter(|object| object.is(&NETWORK_POLICY)).filter_map(|object| parse(&object.to_value()).ok()).collect()
}

#[cfg(test)]
mod tests;
