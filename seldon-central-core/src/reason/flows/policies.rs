//! The policies of one namespace, each beside the object it was read from.

use std::collections::BTreeMap;

use k8s_openapi::{
    api::networking::v1::{NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort},
    apimachinery::pkg::{apis::meta::v1::LabelSelector, util::intstr::IntOrString},
};

use super::super::{
    network::{Direction, PolicyId, PolicyIndex, Port, RuleRef, Workload},
    selector::{Condition, Selector},
};
use crate::{
    pattern::{self, Component},
    resource::NETWORK_POLICY,
    snapshot::{Observed, Snapshot, Unknown},
};

/// Policies of one namespace.
#[derive(Debug, Clone)]
pub struct Policies<'a> {
    index: PolicyIndex,
    parsed: BTreeMap<PolicyId, (&'a Observed, NetworkPolicy)>,
    gap: Option<Unknown>,
}

/// A rule as it is written. No peers admit everybody, no ports every port.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RawRule<'p> {
    /// Position in its list.
    pub index: usize,
    /// `from` or `to`.
    pub peers: &'p [NetworkPolicyPeer],
    /// `ports`.
    pub ports: &'p [NetworkPolicyPort],
}

impl<'a> Policies<'a> {
    /// Those policies of a namespace that the snapshot holds.
    pub(super) fn known(snapshot: &'a Snapshot, namespace: &str) -> Self {
        let mut gap = snapshot.all_in(&NETWORK_POLICY, namespace).err();
        let mut parsed = BTreeMap::new();
        for observed in snapshot.known_in(&NETWORK_POLICY, namespace) {
            match observed.object.read::<NetworkPolicy>() {
                Ok(policy) => {
                    parsed.insert(PolicyId::of(&policy), (observed, policy));
                }
                Err(error) => {
                    let (what, reason) = (observed.object.id().to_string(), error.to_string());
                    gap.get_or_insert(Unknown::ReadFailed { what, reason });
                }
            }
        }
        Self { index: PolicyIndex::new(parsed.values().map(|(_, policy)| policy)), parsed, gap }
    }

    /// Why these may not be all.
    pub const fn gap(&self) -> Option<&Unknown> {
        self.gap.as_ref()
    }

    /// The engine that judges flows by these policies.
    pub const fn index(&self) -> &PolicyIndex {
        &self.index
    }

    /// The object of a policy.
    pub fn observed(&self, id: &PolicyId) -> Option<&'a Observed> {
        self.parsed.get(id).map(|(observed, _)| *observed)
    }

    /// The policies and their objects.
    pub fn objects(&self) -> impl Iterator<Item = (&PolicyId, &'a Observed)> {
        self.parsed.iter().map(|(id, (observed, _))| (id, *observed))
    }

    /// The rules for a pod of the policies that isolate it; `None` when none does.
    pub fn rules(&self, workload: &Workload<'_>, direction: Direction) -> Option<Vec<RawRule<'_>>> {
        let isolating = self.index.isolates(workload, direction);
        let policies = isolating.iter().filter_map(|id| self.parsed.get(id));
        (!isolating.is_empty()).then(|| policies.flat_map(|(_, policy)| raw_rules(policy, direction)).collect())
    }

    /// The rules for a pod that open a port, to whomever, of the policies that isolate it; each with
    /// its policy.
    pub fn rules_on_port(
        &self,
        workload: &Workload<'_>,
        direction: Direction,
        port: Port,
    ) -> Vec<(PolicyId, RawRule<'_>)> {
        let refs = self.index.rules_on_port(workload, direction, port);
        refs.into_iter().filter_map(|at| self.rule(&at).map(|rule| (at.policy, rule))).collect()
    }

    fn rule(&self, at: &RuleRef) -> Option<RawRule<'_>> {
        let (_, policy) = self.parsed.get(&at.policy)?;
        raw_rules(policy, at.direction).into_iter().find(|rule| rule.index == at.index)
    }
}

fn raw_rules(policy: &NetworkPolicy, direction: Direction) -> Vec<RawRule<'_>> {
    let Some(spec) = &policy.spec else { return Vec::new() };
    let (egress, ingress) = (spec.egress.as_deref().unwrap_or_default(), spec.ingress.as_deref().unwrap_or_default());
    let lists: Vec<_> = match direction {
        Direction::Egress => egress.iter().map(|rule| (rule.to.as_deref(), rule.ports.as_deref())).collect(),
        Direction::Ingress => ingress.iter().map(|rule| (rule.from.as_deref(), rule.ports.as_deref())).collect(),
    };
    let rule = |(index, (peers, ports)): (usize, (Option<_>, Option<_>))| RawRule {
        index,
        peers: Option::unwrap_or_default(peers),
        ports: Option::unwrap_or_default(ports),
    };
    lists.into_iter().enumerate().map(rule).collect()
}

impl RawRule<'_> {
    /// Whether the rule admits everybody, or somebody for whom this holds.
    pub fn admits(&self, is_meant: impl Fn(&NetworkPolicyPeer) -> bool) -> bool {
        self.peers.is_empty() || self.peers.iter().any(is_meant)
    }

    /// The numbers of the TCP ports that the rule lists, as ranges; `None` where it admits more
    /// than numbers tell: every port, or a port by its name.
    pub fn tcp_ports(&self) -> Option<Vec<std::ops::RangeInclusive<u16>>> {
        if self.ports.is_empty() {
            return None;
        }
        let is_tcp = |port: &&NetworkPolicyPort| port.protocol.as_deref().is_none_or(|protocol| protocol == "TCP");
        self.ports.iter().filter(is_tcp).map(numbers).collect()
    }
}

fn numbers(port: &NetworkPolicyPort) -> Option<std::ops::RangeInclusive<u16>> {
    let Some(IntOrString::Int(first)) = &port.port else { return None };
    let number = |number: i32| u16::try_from(number).unwrap_or_default();
    Some(number(*first)..=number(port.end_port.unwrap_or(*first)))
}

/// Whether a peer is pods, of whatever namespace.
pub fn is_pods(peer: &NetworkPolicyPeer) -> bool {
    peer.ip_block.is_none()
}

/// Whether a peer is pods of the policy's own namespace.
pub fn is_own_namespace(peer: &NetworkPolicyPeer) -> bool {
    is_pods(peer) && peer.namespace_selector.is_none()
}

/// Whether a peer is Seldon's own pods of the policy's namespace and no others.
pub fn is_own_seldon(peer: &NetworkPolicyPeer) -> bool {
    let is_seldons = |value: &String| *value == pattern::SERVER_COMPONENT || Component::from_name(value).is_some();
    let names = |selector| values(selector, |key| key == pattern::COMPONENT_LABEL);
    let names = peer.pod_selector.as_ref().map(names).unwrap_or_default();
    is_own_namespace(peer) && !names.is_empty() && names.iter().all(is_seldons)
}

/// The namespaces that a peer selects by their names, with either of the two labels in use.
pub fn namespaces(peer: &NetworkPolicyPeer) -> Vec<String> {
    let is_name = |key: &str| matches!(key, "name" | pattern::NAMESPACE_NAME_LABEL);
    peer.namespace_selector.as_ref().map(|selector| values(selector, is_name)).unwrap_or_default()
}

/// The values that a selector wants of labels with such a key.
fn values(selector: &LabelSelector, is_key: impl Fn(&str) -> bool) -> Vec<String> {
    let selector = Selector::new(selector).unwrap_or_default();
    let wanted = selector.requirements().iter().filter(|requirement| is_key(&requirement.key));
    let values = wanted.filter_map(|requirement| match &requirement.condition {
        Condition::In(values) => Some(values.clone()),
        _ => None,
    });
    values.flatten().collect()
}
