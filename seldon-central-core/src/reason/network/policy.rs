//! A policy, checked once so that it can be held against many flows.

use std::fmt;

use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort};
use serde::Serialize;

use super::{
    end::Workload,
    peer::{Peer, View},
    port::{Names, Port, PortMatch},
    problem::{Flaw, Problem},
    truth::Truth,
};
use crate::reason::selector::Selector;

/// A policy's name within its cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PolicyId {
    /// Namespace; empty for a manifest that leaves it out.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl PolicyId {
    /// The identity of a policy.
    pub fn of(policy: &NetworkPolicy) -> Self {
        Self {
            namespace: policy.metadata.namespace.clone().unwrap_or_default(),
            name: policy.metadata.name.clone().unwrap_or_default(),
        }
    }
}

impl fmt::Display for PolicyId {
    /// `financial-inference/financial-inference-app-policy`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// The way of a flow, as the pod sees it that a policy selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Direction {
    /// Connections that the pod opens.
    Egress,
    /// Connections that others open to the pod.
    Ingress,
}

impl Direction {
    /// As `policyTypes` writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Egress => "Egress",
            Self::Ingress => "Ingress",
        }
    }

    /// The field of a policy's spec that lists the rules.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Egress => "egress",
            Self::Ingress => "ingress",
        }
    }

    const fn peers_field(self) -> &'static str {
        match self {
            Self::Egress => "to",
            Self::Ingress => "from",
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, Clone)]
pub(super) struct Policy {
    pub(super) id: PolicyId,
    /// `None` for a malformed selector, which selects nothing.
    pub(super) selector: Option<Selector>,
    egress: Option<Vec<Rule>>,
    ingress: Option<Vec<Rule>>,
}

/// A rule; `None` is no restriction, an empty list (of malformed entries) admits nothing.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) peers: Option<Vec<Peer>>,
    pub(super) ports: Option<Vec<PortMatch>>,
}

impl Policy {
    pub(super) fn new(policy: &NetworkPolicy, problems: &mut Vec<Problem>) -> Self {
        let id = PolicyId::of(policy);
        let mut report = |path: String, flaw| problems.push(Problem { policy: id.clone(), path, flaw });
        if id.namespace.is_empty() {
            report("metadata.namespace".to_owned(), Flaw::NoNamespace);
        }
        // The API server stores a missing spec as an empty one: every pod, no ingress.
        let spec = policy.spec.clone().unwrap_or_default();
        let selector = Selector::new(&spec.pod_selector.unwrap_or_default());
        let selector = selector.map_err(|error| report("spec.podSelector".to_owned(), error.into())).ok();

        let types = spec.policy_types.unwrap_or_default();
        for (index, unknown) in types.iter().enumerate().filter(|(_, t)| !["Egress", "Ingress"].contains(&t.as_str())) {
            report(format!("spec.policyTypes[{index}]"), Flaw::PolicyType(unknown.clone()));
        }
        let egress = spec.egress.unwrap_or_default();
        let isolates = |direction: Direction| match direction {
            _ if !types.is_empty() => types.iter().any(|t| t == direction.as_str()),
            Direction::Ingress => true,
            Direction::Egress => !egress.is_empty(),
        };
        let (isolates_egress, isolates_ingress) = (isolates(Direction::Egress), isolates(Direction::Ingress));
        let egress = rules(Direction::Egress, egress.into_iter().map(|rule| (rule.to, rule.ports)), &mut report);
        let ingress = spec.ingress.into_iter().flatten().map(|rule| (rule.from, rule.ports));
        let ingress = rules(Direction::Ingress, ingress, &mut report);
        Self { selector, egress: isolates_egress.then_some(egress), ingress: isolates_ingress.then_some(ingress), id }
    }

    /// The rules of a direction, `None` when the policy leaves that direction alone.
    pub(super) fn rules(&self, direction: Direction) -> Option<&[Rule]> {
        match direction {
            Direction::Egress => self.egress.as_deref(),
            Direction::Ingress => self.ingress.as_deref(),
        }
    }

    /// Whether the pod selector matches; the namespace is the caller's to compare.
    pub(super) fn selects(&self, workload: &Workload<'_>) -> bool {
        self.selector.as_ref().is_some_and(|selector| selector.matches(&workload.labels))
    }

    /// The rules of both directions, those of a direction left alone excepted.
    pub(super) fn all_rules(&self) -> impl Iterator<Item = &Rule> {
        self.egress.iter().chain(&self.ingress).flatten()
    }
}

fn rules(
    direction: Direction,
    rules: impl Iterator<Item = (Option<Vec<NetworkPolicyPeer>>, Option<Vec<NetworkPolicyPort>>)>,
    report: &mut impl FnMut(String, Flaw),
) -> Vec<Rule> {
    rules
        .enumerate()
        .map(|(index, (peers, ports))| {
            let at = format!("spec.{}[{index}]", direction.field());
            let peers_at = format!("{at}.{}", direction.peers_field());
            Rule {
                peers: entries(peers.as_deref(), Peer::new, |index, (field, flaw)| {
                    report(format!("{peers_at}[{index}]{field}"), flaw);
                }),
                ports: entries(ports.as_deref(), PortMatch::new, |index, flaw| {
                    report(format!("{at}.ports[{index}]"), flaw);
                }),
            }
        })
        .collect()
}

/// Checks a list; missing and empty lists alike are no restriction.
fn entries<T, U, E>(
    list: Option<&[T]>,
    check: impl Fn(&T) -> Result<U, E>,
    mut report: impl FnMut(usize, E),
) -> Option<Vec<U>> {
    let list = list.filter(|list| !list.is_empty())?;
    let check = |(index, entry)| check(entry).map_err(|error| report(index, error)).ok();
    Some(list.iter().enumerate().filter_map(check).collect())
}

impl Rule {
    pub(super) fn admits(&self, view: &View<'_>) -> Truth {
        match self.admits_port(view.port, view.names) {
            Truth::No => Truth::No,
            port => port.and(self.admits_peer(view)),
        }
    }

    pub(super) fn admits_port(&self, port: Port, names: Names<'_>) -> Truth {
        let Some(ports) = &self.ports else { return Truth::Yes };
        Truth::any(ports.iter().map(|entry| entry.admits(port, names)))
    }

    pub(super) fn admits_peer(&self, view: &View<'_>) -> Truth {
        let Some(peers) = &self.peers else { return Truth::Yes };
        Truth::any(peers.iter().map(|peer| peer.admits(view)))
    }

    /// Whether there is anybody whom the rule admits.
    pub(super) fn has_peers(&self) -> bool {
        self.peers.as_ref().is_none_or(|peers| !peers.is_empty())
    }
}
