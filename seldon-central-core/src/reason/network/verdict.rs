//! What the policies say about a flow, and why.

use std::fmt;

use k8s_openapi::api::networking::v1::{NetworkPolicyEgressRule, NetworkPolicyIngressRule};

use super::{
    nearest::NearMiss,
    policy::{Direction, PolicyId},
};
use crate::reason::selector::Requirement;

/// What the policies say about a flow. Both ends have a say: the source's policies in
/// [`Direction::Egress`], the destination's in [`Direction::Ingress`].
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The flow passes, whatever the unknown facts are.
    Allowed {
        /// Why the source may send it.
        egress: Admission,
        /// Why the destination may receive it.
        ingress: Admission,
    },
    /// The flow is dropped, whatever the unknown facts are. At least one side is there.
    Denied {
        /// What the source's policies lack.
        egress: Option<Box<Denial>>,
        /// What the destination's policies lack.
        ingress: Option<Box<Denial>>,
    },
    /// Facts that were not observed decide.
    Unknown {
        /// The rules that would admit the flow if the facts were right; at least one.
        doubts: Vec<Doubt>,
    },
}

impl Verdict {
    /// Whether the flow certainly passes.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }

    /// Whether the flow is certainly dropped.
    pub const fn is_denied(&self) -> bool {
        matches!(self, Self::Denied { .. })
    }
}

/// Why one side lets a flow pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// That end lies outside the pod network, where no policy applies.
    OutsideCluster,
    /// No policy isolates that pod in this direction.
    NotIsolated,
    /// These rules admit it; at least one. Each does so by itself, except where facts are unknown
    /// and only together they cover every possibility.
    Rules(Vec<RuleRef>),
}

/// A rule of a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleRef {
    /// The policy.
    pub policy: PolicyId,
    /// Which of its two lists.
    pub direction: Direction,
    /// Index in that list.
    pub index: usize,
}

impl fmt::Display for RuleRef {
    /// `app/allow-dns spec.egress[0]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} spec.{}[{}]", self.policy, self.direction.field(), self.index)
    }
}

/// Why one side drops a flow, and what would let it pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Denial {
    /// The policies that isolate the pod in this direction, by name; none has a rule for the flow.
    pub isolating: Vec<PolicyId>,
    /// The smallest rule that would admit the flow.
    pub missing: MissingRule,
    /// The rule that admits nearly this flow.
    pub nearest: Option<NearMiss>,
}

/// A rule to add.
#[derive(Debug, Clone, PartialEq)]
pub struct MissingRule {
    /// The policy it could go into: of those that isolate the pod, the one with the most particular
    /// pod selector, because the rule opens the flow to every pod of the policy.
    pub policy: PolicyId,
    /// The rule.
    pub rule: AnyRule,
}

/// A rule of either list.
#[derive(Debug, Clone, PartialEq)]
pub enum AnyRule {
    /// For `spec.egress`.
    Egress(NetworkPolicyEgressRule),
    /// For `spec.ingress`.
    Ingress(NetworkPolicyIngressRule),
}

impl AnyRule {
    /// The list it belongs to.
    pub const fn direction(&self) -> Direction {
        match self {
            Self::Egress(_) => Direction::Egress,
            Self::Ingress(_) => Direction::Ingress,
        }
    }
}

/// A rule that would admit the flow if an unknown fact were right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The rule.
    pub rule: RuleRef,
    /// What is unknown.
    pub gap: Gap,
}

/// A fact that was not observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// The labels of a namespace.
    NamespaceLabels {
        /// The namespace.
        namespace: String,
        /// What the rule asks of its labels, as far as the name does not settle it.
        wanted: Vec<Requirement>,
    },
    /// The address of a pod, which an `ipBlock` would have to contain.
    PodAddress {
        /// The pod, as `namespace/name`.
        workload: String,
    },
    /// The address of an end outside the pod network.
    OutsideAddress,
    /// Which container port of the destination has a name.
    NamedPort {
        /// The name.
        port: String,
    },
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NamespaceLabels { namespace, wanted } => {
                write!(f, "the labels of namespace {namespace} are unknown; wanted: ")?;
                for (index, requirement) in wanted.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(f, "{comma}{requirement}")?;
                }
                Ok(())
            }
            Self::PodAddress { workload } => write!(f, "the address of {workload} is unknown"),
            Self::OutsideAddress => f.write_str("the address outside the cluster is unknown"),
            Self::NamedPort { port } => write!(f, "which port of the destination is named {port} is unknown"),
        }
    }
}
