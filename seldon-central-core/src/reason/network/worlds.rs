//! Every way the unknown facts could be, so that a verdict is unknown only if they can change it.
//!
//! Rules that are each in doubt can still be certain together: one wants a label of a namespace,
//! another wants it absent. So all combinations are tried of what the doubtful rules mention: each
//! label with each value named, with another value and absent; an address from each part into which
//! the ranges divide their family; each port name given to the flow's port or not.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ipnet::IpNet;

use super::{
    end::{Families, Labels},
    flow::{Division, Facts, Flow},
    peer::Peer,
    port::{Names, Port, PortMatch},
};
use crate::{
    pattern::NAMESPACE_NAME_LABEL,
    reason::selector::{Requirement, Selector},
};

/// How often a rule is held against a world for one flow, at most: some milliseconds. Beyond, a
/// verdict may be unknown where no fact could change it; that takes about ten unrelated facts in
/// doubt at once, or hundreds of ranges.
const LIMIT: usize = 1 << 18;

/// Stands for every value that no selector names: no label can have it.
const ANOTHER_VALUE: &str = "\0";

/// Whose fact it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    From,
    To,
    /// Labels of the namespace that both ends share.
    Both,
}

#[derive(Debug)]
enum Unknown<'v> {
    Label { whose: Whose, key: &'v str, values: Vec<Option<&'v str>> },
    Address { whose: Whose, values: Vec<IpAddr> },
    Name { name: &'v str },
}

/// All combinations of the unknown facts that matter to a flow.
#[derive(Debug)]
pub(super) struct Worlds<'v> {
    unknowns: Vec<Unknown<'v>>,
    port: Port,
    /// How many rules are in doubt.
    rules: usize,
}

/// One combination.
#[derive(Debug, Default)]
pub(super) struct World<'v> {
    from_labels: Labels<'v>,
    to_labels: Labels<'v>,
    from_address: Option<IpAddr>,
    to_address: Option<IpAddr>,
    names: BTreeMap<&'v str, Port>,
}

#[derive(Debug, Default)]
struct Mentions<'v> {
    labels: BTreeMap<(Whose, &'v str), BTreeSet<&'v str>>,
    ranges: BTreeMap<Whose, BTreeSet<IpNet>>,
    names: BTreeSet<&'v str>,
}

impl<'v> Worlds<'v> {
    pub(super) fn new(flow: &Flow<'v>, egress: &Division<'v>, ingress: &Division<'v>, facts: Facts<'v>) -> Self {
        let mut mentions = Mentions::default();
        let shared = flow.within_a_namespace();
        for (division, whose, labels, address) in [
            (egress, Whose::To, facts.to_labels, facts.to_address),
            (ingress, Whose::From, facts.from_labels, facts.from_address),
        ] {
            let rules = || division.maybe.iter().map(|at| at.rule);
            for peer in rules().filter_map(|rule| rule.peers.as_ref()).flatten() {
                match peer {
                    Peer::Block(block) if address.is_none() => {
                        let ranges = mentions.ranges.entry(whose).or_default();
                        ranges.extend(block.except.iter().chain([&block.net]));
                    }
                    Peer::Pods { namespaces: Some(selector), .. } if labels.is_none() => {
                        mentions.labels(if shared { Whose::Both } else { whose }, selector);
                    }
                    _ => {}
                }
            }
            if matches!(facts.names, Names::Unseen) {
                mentions.names.extend(rules().filter_map(|rule| rule.ports.as_ref()).flatten().filter_map(name));
            }
        }
        let rules = egress.maybe.len() + ingress.maybe.len();
        Self { unknowns: mentions.unknowns(flow.families), port: flow.port, rules }
    }

    pub(super) fn are_too_many(&self) -> bool {
        self.count().and_then(|count| count.checked_mul(self.rules)).is_none_or(|work| work > LIMIT)
    }

    /// The worlds; exactly one when nothing is unknown.
    pub(super) fn iter(&self) -> impl Iterator<Item = World<'v>> {
        (0..self.count().unwrap_or_default()).map(|number| self.world(number))
    }

    fn count(&self) -> Option<usize> {
        self.unknowns.iter().try_fold(1_usize, |count, unknown| count.checked_mul(unknown.choices()))
    }

    /// The number, read with one digit for each unknown fact.
    fn world(&self, mut number: usize) -> World<'v> {
        let mut world = World::default();
        for unknown in &self.unknowns {
            let choices = unknown.choices().max(1);
            let digit = number % choices;
            number /= choices;
            match unknown {
                Unknown::Label { whose, key, values } => {
                    let Some(value) = values.get(digit).copied().flatten() else { continue };
                    if *whose != Whose::To {
                        world.from_labels.insert(key, value);
                    }
                    if *whose != Whose::From {
                        world.to_labels.insert(key, value);
                    }
                }
                Unknown::Address { whose: Whose::From, values } => world.from_address = values.get(digit).copied(),
                Unknown::Address { values, .. } => world.to_address = values.get(digit).copied(),
                Unknown::Name { name } if digit == 0 => {
                    world.names.insert(name, self.port);
                }
                Unknown::Name { .. } => {}
            }
        }
        world
    }
}

impl World<'_> {
    /// The observed facts, with this world's in the place of the unknown ones.
    pub(super) fn facts<'w>(&'w self, observed: Facts<'w>) -> Facts<'w> {
        Facts {
            from_labels: observed.from_labels.or(Some(&self.from_labels)),
            to_labels: observed.to_labels.or(Some(&self.to_labels)),
            from_address: observed.from_address.or(self.from_address),
            to_address: observed.to_address.or(self.to_address),
            names: match observed.names {
                Names::Unseen => Names::Seen(&self.names),
                known => known,
            },
        }
    }
}

impl Unknown<'_> {
    fn choices(&self) -> usize {
        match self {
            Self::Label { values, .. } => values.len(),
            Self::Address { values, .. } => values.len(),
            Self::Name { .. } => 2,
        }
    }
}

impl<'v> Mentions<'v> {
    fn labels(&mut self, whose: Whose, selector: &'v Selector) {
        let unsettled = |requirement: &&Requirement| requirement.key != NAMESPACE_NAME_LABEL;
        for requirement in selector.requirements().iter().filter(unsettled) {
            let values = self.labels.entry((whose, &requirement.key)).or_default();
            values.extend(requirement.values().iter().map(String::as_str));
        }
    }

    fn unknowns(self, families: Families) -> Vec<Unknown<'v>> {
        let labels = self.labels.into_iter().map(|((whose, key), values)| {
            let values = values.into_iter().chain([ANOTHER_VALUE]).map(Some).chain([None]).collect();
            Unknown::Label { whose, key, values }
        });
        let addresses = self
            .ranges
            .into_iter()
            .map(|(whose, ranges)| Unknown::Address { whose, values: representatives(&ranges, families) });
        let names = self.names.into_iter().map(|name| Unknown::Name { name });
        labels.chain(addresses).chain(names).collect()
    }
}

fn name(port: &PortMatch) -> Option<&str> {
    match port {
        PortMatch::Named { name, .. } => Some(name),
        PortMatch::Every(_) | PortMatch::Range { .. } => None,
    }
}

/// One address at least of each part into which ranges divide their families: membership changes
/// only where a range begins and right behind its end.
fn representatives(ranges: &BTreeSet<IpNet>, families: Families) -> Vec<IpAddr> {
    let v4 = families.v4.then_some(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let v6 = families.v6.then_some(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    let edges = ranges.iter().flat_map(|range| [Some(range.network()), behind(range.broadcast())]);
    edges.flatten().chain(v4).chain(v6).collect::<BTreeSet<_>>().into_iter().collect()
}

fn behind(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => v4.to_bits().checked_add(1).map(|bits| Ipv4Addr::from_bits(bits).into()),
        IpAddr::V6(v6) => v6.to_bits().checked_add(1).map(|bits| Ipv6Addr::from_bits(bits).into()),
    }
}
