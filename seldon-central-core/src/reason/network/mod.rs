//! What `NetworkPolicies` let pass, and what it takes to let a flow pass that they drop.
//!
//! The engine follows the documentation of `networking.k8s.io/v1` and nothing else: no network
//! plugin's policies of its own, no `AdminNetworkPolicy`. A connection needs the consent of the
//! source pod's policies for [`Direction::Egress`] and of the destination pod's for
//! [`Direction::Ingress`]; answers to an admitted connection pass by themselves.
//!
//! [`PolicyIndex::new`] takes the policies, [`PolicyIndex::evaluate`] a flow between two [`End`]s.
//! Facts that were not observed (the labels of a namespace, the address of a pod, the names of its
//! ports) are `None`, and the [`Verdict`] is unknown only if they could change it.

mod end;
mod flow;
mod index;
mod missing;
mod nearest;
mod parse;
mod peer;
mod policy;
mod port;
mod problem;
mod truth;
mod verdict;
mod worlds;

#[cfg(test)]
mod tests;

pub use self::{
    end::{End, Labels, Workload},
    index::{PolicyIndex, selects},
    nearest::{Mismatch, NearMiss},
    parse::{ParseError, parse},
    policy::{Direction, PolicyId},
    port::{Port, PortMatch, Protocol},
    problem::{Flaw, Problem},
    verdict::{Admission, AnyRule, Denial, Doubt, Gap, MissingRule, RuleRef, Verdict},
};
