//! Policies, sorted by the namespace they apply to.

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::NetworkPolicy;

use super::{
    end::{End, Families, Workload},
    flow::Flow,
    peer::Peer,
    policy::{Direction, Policy, PolicyId, Rule},
    port::{Names, Port},
    problem::Problem,
    truth::Truth,
    verdict::{RuleRef, Verdict},
};

/// All `NetworkPolicies` that count, checked once. A question costs the policies of the two
/// namespaces it is about, however many others there are.
#[derive(Debug, Clone, Default)]
pub struct PolicyIndex {
    namespaces: BTreeMap<String, Vec<Policy>>,
    problems: Vec<Problem>,
    families: Families,
}

impl PolicyIndex {
    /// Checks and sorts policies. Each must carry its namespace; one without applies nowhere and is
    /// among the [`problems`](Self::problems).
    pub fn new<'p>(policies: impl IntoIterator<Item = &'p NetworkPolicy>) -> Self {
        let mut index = Self::default();
        for policy in policies {
            let policy = Policy::new(policy, &mut index.problems);
            let peers = policy.all_rules().filter_map(|rule| rule.peers.as_ref()).flatten();
            let blocks = peers.filter_map(|peer| match peer {
                Peer::Block(block) => Some(block.net),
                Peer::Pods { .. } => None,
            });
            blocks.for_each(|net| index.families.add(net));
            if !policy.id.namespace.is_empty() {
                index.namespaces.entry(policy.id.namespace.clone()).or_default().push(policy);
            }
        }
        for policies in index.namespaces.values_mut() {
            policies.sort_by(|a, b| a.id.cmp(&b.id));
        }
        index.problems.sort_by(|a, b| a.policy.cmp(&b.policy));
        index
    }

    /// What the API server would refuse in the policies, by policy and in the order of its fields.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What the policies say about a connection from one end to a port of another. The port is the
    /// one the destination *pod* listens on: policies are applied after Services are resolved.
    pub fn evaluate(&self, from: &End<'_>, to: &End<'_>, port: Port) -> Verdict {
        let flow = Flow {
            egress: self.side(from, Direction::Egress),
            ingress: self.side(to, Direction::Ingress),
            families: self.families,
            from,
            to,
            port,
        };
        flow.verdict()
    }

    /// The policies that isolate a pod in a direction, by name. With none, everything passes.
    pub fn isolates(&self, workload: &Workload<'_>, direction: Direction) -> Vec<&PolicyId> {
        self.isolation(workload, direction).policies().map(|policy| &policy.id).collect()
    }

    /// The rules of the policies that isolate a pod which open a port, to whomever: that port of
    /// the pod itself in [`Direction::Ingress`], of others in [`Direction::Egress`]. Named ports
    /// whose number is unknown count as open.
    pub fn rules_on_port(&self, workload: &Workload<'_>, direction: Direction, port: Port) -> Vec<RuleRef> {
        let names = match (direction, &workload.named_ports) {
            (Direction::Ingress, Some(names)) => Names::Seen(names),
            _ => Names::Unseen,
        };
        let opens = |rule: &Rule| rule.has_peers() && rule.admits_port(port, names) != Truth::No;
        let isolation = self.isolation(workload, direction);
        isolation.rules().filter(|at| opens(at.rule)).map(|at| at.reference(direction)).collect()
    }

    fn side(&self, end: &End<'_>, direction: Direction) -> Side<'_> {
        let Some(workload) = end.workload() else { return Side::Outside };
        let isolation = self.isolation(workload, direction);
        if isolation.policies.is_empty() { Side::Open } else { Side::Isolated(isolation) }
    }

    fn isolation(&self, workload: &Workload<'_>, direction: Direction) -> Isolation<'_> {
        let policies = self.namespaces.get(workload.namespace).into_iter().flatten();
        let isolates = |policy: &&Policy| policy.rules(direction).is_some() && policy.selects(workload);
        Isolation { policies: policies.filter(isolates).collect(), direction }
    }
}

/// Whether a policy selects a pod: same namespace, matching `podSelector`.
pub fn selects(policy: &NetworkPolicy, workload: &Workload<'_>) -> bool {
    let policy = Policy::new(policy, &mut Vec::new());
    policy.id.namespace == workload.namespace && policy.selects(workload)
}

/// What policies there are at one end of a flow.
#[derive(Debug)]
pub(super) enum Side<'p> {
    /// The end is no pod.
    Outside,
    /// No policy isolates the pod.
    Open,
    Isolated(Isolation<'p>),
}

/// The policies that isolate a pod in a direction, in the order of their names.
#[derive(Debug)]
pub(super) struct Isolation<'p> {
    policies: Vec<&'p Policy>,
    direction: Direction,
}

/// A rule where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct RuleAt<'p> {
    pub(super) policy: &'p Policy,
    pub(super) index: usize,
    pub(super) rule: &'p Rule,
}

impl<'p> Isolation<'p> {
    pub(super) fn policies(&self) -> impl DoubleEndedIterator<Item = &'p Policy> + use<'p, '_> {
        self.policies.iter().copied()
    }

    pub(super) fn rules(&self) -> impl Iterator<Item = RuleAt<'p>> + use<'p, '_> {
        self.policies().flat_map(|policy| {
            let rules = policy.rules(self.direction).unwrap_or_default();
            rules.iter().enumerate().map(move |(index, rule)| RuleAt { policy, index, rule })
        })
    }

    pub(super) const fn direction(&self) -> Direction {
        self.direction
    }
}

impl RuleAt<'_> {
    pub(super) fn reference(&self, direction: Direction) -> RuleRef {
        RuleRef { policy: self.policy.id.clone(), direction, index: self.index }
    }
}
