//! The rule that admits nearly a flow, because it tells what its author meant.

use std::cmp::Reverse;

use ipnet::IpNet;

use super::{
    end::End,
    index::Isolation,
    peer::{Block, Peer, View},
    policy::Rule,
    port::PortMatch,
    truth::Truth,
    verdict::RuleRef,
};
use crate::{
    pattern::NAMESPACE_NAME_LABEL,
    reason::selector::{Requirement, Selector},
};

/// A rule that would admit a flow but for one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss {
    /// The rule.
    pub rule: RuleRef,
    /// What is in the way.
    pub but: Mismatch,
}

/// The one thing in which a rule and a flow differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// The `namespaceSelector` wants labels that the other end's namespace lacks.
    NamespaceLabels {
        /// The namespace.
        namespace: String,
        /// The requirements it does not meet; at least one.
        unmet: Vec<Requirement>,
    },
    /// The rule admits the other end, on other ports.
    Port {
        /// The ports it admits.
        admitted: Vec<PortMatch>,
    },
    /// The pods match, but the rule means those of another namespace by its name; with a
    /// `podSelector` alone, those of the policy's own.
    Namespace {
        /// The other end's namespace.
        namespace: String,
    },
    /// The `podSelector` wants labels that the other end lacks.
    PodLabels {
        /// The requirements it does not meet; at least one.
        unmet: Vec<Requirement>,
    },
    /// The other end's address lies outside the `ipBlock`, or in one of its exceptions.
    Address {
        /// The range.
        cidr: IpNet,
        /// The exception.
        except: Option<IpNet>,
    },
}

/// The nearest rule of a side that denies a flow: first by what differs, in the order of
/// [`Mismatch`], then by how many requirements do, then by policy and position.
pub(super) fn nearest(isolation: &Isolation<'_>, view: &View<'_>) -> Option<NearMiss> {
    let near = isolation.rules().flat_map(|at| mismatches(at.rule, view).into_iter().map(move |but| (at, but)));
    let (at, but) = near.min_by_key(|(_, but)| rank(but))?;
    Some(NearMiss { rule: at.reference(isolation.direction()), but })
}

fn rank(but: &Mismatch) -> (u8, Reverse<bool>, usize) {
    match but {
        Mismatch::NamespaceLabels { namespace, unmet } => {
            // `name: seldon-system` on the way to `seldon-system` is meant for nothing else.
            let meant = unmet.iter().any(|requirement| requirement.values().contains(namespace));
            (0, Reverse(meant), unmet.len())
        }
        Mismatch::Port { .. } => (1, Reverse(false), 0),
        Mismatch::Namespace { .. } => (2, Reverse(false), 0),
        Mismatch::PodLabels { unmet } => (3, Reverse(false), unmet.len()),
        Mismatch::Address { .. } => (4, Reverse(false), 0),
    }
}

fn mismatches(rule: &Rule, view: &View<'_>) -> Vec<Mismatch> {
    match (rule.admits_port(view.port, view.names), rule.admits_peer(view), &rule.ports) {
        (Truth::No, Truth::Yes, Some(ports)) if !ports.is_empty() => vec![Mismatch::Port { admitted: ports.clone() }],
        (Truth::Yes, Truth::No, _) => rule.peers.iter().flatten().filter_map(|peer| mismatch(peer, view)).collect(),
        _ => Vec::new(),
    }
}

fn mismatch(peer: &Peer, view: &View<'_>) -> Option<Mismatch> {
    match (peer, view.other) {
        (Peer::Block(block), End::Address(_)) => address_mismatch(block, view),
        (Peer::Pods { namespaces, pods }, End::Pod(workload)) => {
            let unmet: Vec<_> = pods.unmet(&workload.labels).cloned().collect();
            let namespace = namespace_mismatch(namespaces.as_ref(), workload.namespace, view);
            match (unmet.is_empty(), namespace) {
                (true, mismatch) => mismatch,
                (false, None) => Some(Mismatch::PodLabels { unmet }),
                (false, Some(_)) => None,
            }
        }
        _ => None,
    }
}

fn address_mismatch(block: &Block, view: &View<'_>) -> Option<Mismatch> {
    let address = view.other_address?;
    Some(Mismatch::Address { cidr: block.net, except: block.exception(address) })
}

fn namespace_mismatch(namespaces: Option<&Selector>, namespace: &str, view: &View<'_>) -> Option<Mismatch> {
    let Some(selector) = namespaces else {
        return (namespace != view.own).then(|| Mismatch::Namespace { namespace: namespace.to_owned() });
    };
    let unmet = selector.requirements().iter().filter(|requirement| view.namespace_meets(requirement) == Truth::No);
    let unmet: Vec<_> = unmet.cloned().collect();
    if unmet.iter().any(|requirement| requirement.key == NAMESPACE_NAME_LABEL) {
        return Some(Mismatch::Namespace { namespace: namespace.to_owned() });
    }
    (!unmet.is_empty()).then(|| Mismatch::NamespaceLabels { namespace: namespace.to_owned(), unmet })
}
