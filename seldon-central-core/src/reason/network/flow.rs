//! One flow, held against the policies of its two ends.

use std::net::IpAddr;

use super::{
    end::{End, Families, Labels},
    index::{Isolation, RuleAt, Side},
    missing::missing,
    nearest::nearest,
    peer::{Peer, View},
    port::{Names, Port, PortMatch},
    truth::Truth,
    verdict::{Admission, Denial, Doubt, Gap, Verdict},
    worlds::Worlds,
};
use crate::reason::selector::Selector;

/// A flow and the policies at either end.
#[derive(Debug)]
pub(super) struct Flow<'v> {
    pub(super) egress: Side<'v>,
    pub(super) ingress: Side<'v>,
    pub(super) families: Families,
    pub(super) from: &'v End<'v>,
    pub(super) to: &'v End<'v>,
    pub(super) port: Port,
}

/// What is known about the ends, or in one of the [`Worlds`], supposed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'v> {
    pub(super) from_labels: Option<&'v Labels<'v>>,
    pub(super) to_labels: Option<&'v Labels<'v>>,
    pub(super) from_address: Option<IpAddr>,
    pub(super) to_address: Option<IpAddr>,
    pub(super) names: Names<'v>,
}

/// How one side's rules divide over a flow.
#[derive(Debug)]
pub(super) struct Division<'v> {
    side: &'v Side<'v>,
    yes: Vec<RuleAt<'v>>,
    pub(super) maybe: Vec<RuleAt<'v>>,
}

/// Whether something holds in some world, and fails in some world.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) yes: bool,
    pub(super) no: bool,
}

/// The outcome of a flow over all worlds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outcome {
    egress: Tally,
    ingress: Tally,
    flow: Tally,
}

impl Outcome {
    /// Adds what both sides say in some worlds.
    pub(super) fn add(&mut self, egress: Truth, ingress: Truth) {
        self.egress.add(egress);
        self.ingress.add(ingress);
        self.flow.add(egress.and(ingress));
    }
}

impl Tally {
    fn add(&mut self, truth: Truth) {
        self.yes |= truth != Truth::No;
        self.no |= truth != Truth::Yes;
    }
}

impl<'v> Flow<'v> {
    pub(super) fn verdict(&self) -> Verdict {
        let facts = self.observed();
        let (egress_view, ingress_view) = (self.egress_view(facts), self.ingress_view(facts));
        let egress = Division::new(&self.egress, &egress_view);
        let ingress = Division::new(&self.ingress, &ingress_view);
        let outcome = self.outcome(&egress, &ingress, facts);
        if !outcome.flow.no {
            return Verdict::Allowed { egress: egress.admission(), ingress: ingress.admission() };
        }
        if outcome.flow.yes {
            let mut doubts = Vec::new();
            let undecided = |tally: Tally| tally.yes && tally.no;
            if undecided(outcome.egress) {
                egress.doubts(&egress_view, &mut doubts);
            }
            if undecided(outcome.ingress) {
                ingress.doubts(&ingress_view, &mut doubts);
            }
            return Verdict::Unknown { doubts };
        }
        // Where each side admits the flow in some world but never the same, both are to blame.
        let neither = outcome.egress.yes && outcome.ingress.yes;
        let denial = |tally: Tally, division: &Division<'_>, view| {
            (!tally.yes || neither).then(|| division.denial(view)).flatten()
        };
        Verdict::Denied {
            egress: denial(outcome.egress, &egress, &egress_view),
            ingress: denial(outcome.ingress, &ingress, &ingress_view),
        }
    }

    fn outcome(&self, egress: &Division<'v>, ingress: &Division<'v>, facts: Facts<'v>) -> Outcome {
        let mut outcome = Outcome::default();
        let worlds = Worlds::new(self, egress, ingress, facts);
        if worlds.are_too_many() {
            outcome.add(egress.truth(), ingress.truth());
            return outcome;
        }
        for world in worlds.iter() {
            let facts = world.facts(facts);
            outcome.add(egress.truth_in(&self.egress_view(facts)), ingress.truth_in(&self.ingress_view(facts)));
        }
        outcome
    }

    fn observed(&self) -> Facts<'v> {
        let (from, to) = (self.from.workload(), self.to.workload());
        let mut facts = Facts {
            from_labels: from.and_then(|workload| workload.namespace_labels.as_ref()),
            to_labels: to.and_then(|workload| workload.namespace_labels.as_ref()),
            from_address: self.from.address(),
            to_address: self.to.address(),
            names: match to.map(|workload| workload.named_ports.as_ref()) {
                None => Names::Nameless,
                Some(None) => Names::Unseen,
                Some(Some(names)) => Names::Seen(names),
            },
        };
        if self.within_a_namespace() {
            facts.from_labels = facts.from_labels.or(facts.to_labels);
            facts.to_labels = facts.to_labels.or(facts.from_labels);
        }
        facts
    }

    pub(super) fn within_a_namespace(&self) -> bool {
        let namespace = |end: &'v End<'v>| end.workload().map(|workload| workload.namespace);
        namespace(self.from).is_some_and(|from| namespace(self.to) == Some(from))
    }

    fn egress_view<'w>(&self, facts: Facts<'w>) -> View<'w>
    where
        'v: 'w,
    {
        View {
            own: self.from.workload().map_or("", |workload| workload.namespace),
            other: self.to,
            other_labels: facts.to_labels,
            other_address: facts.to_address,
            port: self.port,
            names: facts.names,
            families: self.families,
        }
    }

    fn ingress_view<'w>(&self, facts: Facts<'w>) -> View<'w>
    where
        'v: 'w,
    {
        View {
            own: self.to.workload().map_or("", |workload| workload.namespace),
            other: self.from,
            other_labels: facts.from_labels,
            other_address: facts.from_address,
            port: self.port,
            names: facts.names,
            families: self.families,
        }
    }
}

impl<'v> Division<'v> {
    fn new(side: &'v Side<'v>, view: &View<'_>) -> Self {
        let mut division = Self { side, yes: Vec::new(), maybe: Vec::new() };
        for at in division.isolation().into_iter().flat_map(Isolation::rules) {
            match at.rule.admits(view) {
                Truth::Yes => division.yes.push(at),
                Truth::Maybe => division.maybe.push(at),
                Truth::No => {}
            }
        }
        division
    }

    fn isolation(&self) -> Option<&'v Isolation<'v>> {
        match self.side {
            Side::Isolated(isolation) => Some(isolation),
            Side::Outside | Side::Open => None,
        }
    }

    pub(super) fn truth(&self) -> Truth {
        match (self.isolation(), self.yes.is_empty(), self.maybe.is_empty()) {
            (None, _, _) | (Some(_), false, _) => Truth::Yes,
            (Some(_), true, false) => Truth::Maybe,
            (Some(_), true, true) => Truth::No,
        }
    }

    /// The truth under more facts than the division was made with: only the rules that were in
    /// doubt can change.
    fn truth_in(&self, view: &View<'_>) -> Truth {
        match self.truth() {
            Truth::Maybe => Truth::any(self.maybe.iter().map(|at| at.rule.admits(view))),
            settled => settled,
        }
    }

    fn admission(&self) -> Admission {
        match self.side {
            Side::Outside => Admission::OutsideCluster,
            Side::Open => Admission::NotIsolated,
            Side::Isolated(isolation) => {
                let rules = if self.yes.is_empty() { &self.maybe } else { &self.yes };
                Admission::Rules(rules.iter().map(|at| at.reference(isolation.direction())).collect())
            }
        }
    }

    fn denial(&self, view: &View<'_>) -> Option<Box<Denial>> {
        let isolation = self.isolation()?;
        Some(Box::new(Denial {
            isolating: isolation.policies().map(|policy| policy.id.clone()).collect(),
            missing: missing(isolation, view)?,
            nearest: nearest(isolation, view),
        }))
    }

    fn doubts(&self, view: &View<'_>, doubts: &mut Vec<Doubt>) {
        let Some(isolation) = self.isolation() else { return };
        for at in &self.maybe {
            let in_doubt = |truth| truth == Truth::Maybe;
            let ports = at.rule.ports.iter().filter(|_| in_doubt(at.rule.admits_port(view.port, view.names)));
            let ports = ports.flatten().filter_map(|port| port_gap(port, view));
            let peers = at.rule.peers.iter().filter(|_| in_doubt(at.rule.admits_peer(view)));
            let peers = peers.flatten().filter_map(|peer| peer_gap(peer, view));
            let mut gaps: Vec<Gap> = Vec::new();
            for gap in ports.chain(peers) {
                if !gaps.contains(&gap) {
                    gaps.push(gap);
                }
            }
            let rule = at.reference(isolation.direction());
            doubts.extend(gaps.into_iter().map(|gap| Doubt { rule: rule.clone(), gap }));
        }
    }
}

fn port_gap(port: &PortMatch, view: &View<'_>) -> Option<Gap> {
    match port {
        PortMatch::Named { name, .. } if port.admits(view.port, view.names) == Truth::Maybe => {
            Some(Gap::NamedPort { port: name.clone() })
        }
        _ => None,
    }
}

fn peer_gap(peer: &Peer, view: &View<'_>) -> Option<Gap> {
    if peer.admits(view) != Truth::Maybe {
        return None;
    }
    match (peer, view.other.workload()) {
        (Peer::Block(_), None) => Some(Gap::OutsideAddress),
        (Peer::Block(_), Some(workload)) => Some(Gap::PodAddress { workload: workload.to_string() }),
        (Peer::Pods { namespaces, .. }, workload) => {
            let requirements = namespaces.iter().flat_map(Selector::requirements);
            Some(Gap::NamespaceLabels {
                namespace: workload?.namespace.to_owned(),
                wanted: requirements.filter(|r| view.namespace_meets(r) == Truth::Maybe).cloned().collect(),
            })
        }
    }
}
