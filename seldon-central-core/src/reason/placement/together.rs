//! Models that share the memory of a Server's replicas (facts 5.1: what is reserved for others is
//! not available). The order in which the scheduler places them is not known, so what is said is
//! only that not all of them can have a place, never which one goes without.

use std::collections::{BTreeMap, BTreeSet};

use super::{Fit, MemoryNeed, ModelNeeds, Scheduler, ServerView, fit};
use crate::{object::ObjectId, reason::model_status::ModelStatus, resource::MODEL, snapshot::Observed};

/// More different amounts of memory than these are not told apart.
const AMOUNTS: usize = 4096;

/// Up to so many Models are counted into one replica.
const SHARERS: u128 = 8;

/// Models of which each fits a Server, and all do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crowd {
    /// The Server.
    pub server: ObjectId,
    /// The other Models that name it and ask for memory.
    pub others: Vec<ObjectId>,
    /// Bytes that all of them ask for, on all their replicas.
    pub asked: u64,
    /// Bytes that the Server's replicas have altogether.
    pub has: u64,
}

/// What a Model that names a Server takes of it.
#[derive(Debug, Clone)]
pub(super) struct Load<'a> {
    model: &'a Observed,
    bytes: u64,
    replicas: u64,
}

/// What is asked of each Server by the Models that name it and fit it.
pub(super) type Loads<'a> = BTreeMap<&'a str, Vec<Load<'a>>>;

impl<'a> Scheduler<'a> {
    /// The others that a Model cannot share the Server with that it names; `None` where all fit, and
    /// where the Model has its place already.
    pub fn crowd(&self, needs: &ModelNeeds<'_>) -> Option<Crowd> {
        let name = needs.server?;
        let server = self.alone(name)?;
        let has = server.memory.as_ref().ok().copied()?;
        let loads = self.loads.get_or_init(|| self.read_loads()).get(name)?;
        let is_own = |load: &&Load<'_>| {
            load.model.object.name() == needs.name && load.model.object.namespace() == needs.namespace
        };
        let own = loads.iter().find(is_own)?;
        let is_placed =
            own.model.is_live() && ModelStatus::of(&own.model.object).is_some_and(|status| status.is_ready());
        let others: Vec<&Load<'_>> = loads.iter().filter(|load| !is_own(load)).collect();
        if is_placed || fits_together(loads, has, server.replicas) || !may_go_without(own, &others, has, server) {
            return None;
        }
        let asked: u128 = loads.iter().map(|load| u128::from(load.bytes) * u128::from(load.replicas)).sum();
        Some(Crowd {
            server: server.observed.object.id(),
            others: others.into_iter().map(|load| load.model.object.id()).collect(),
            asked: u64::try_from(asked).unwrap_or(u64::MAX),
            has: has.saturating_mul(server.replicas),
        })
    }

    /// Bytes that the other Models that name a Server ask for, on one replica each.
    pub fn asked_by_others(&self, needs: &ModelNeeds<'_>, server: &ServerView<'_>) -> u64 {
        let loads = self.loads.get_or_init(|| self.read_loads()).get(server.name()).into_iter().flatten();
        let is_other = |load: &&Load<'_>| {
            load.model.object.name() != needs.name || load.model.object.namespace() != needs.namespace
        };
        loads.filter(is_other).fold(0, |sum, load| sum.saturating_add(load.bytes))
    }

    /// The Server of a name that no other has.
    fn alone(&self, name: &str) -> Option<&ServerView<'a>> {
        let mut named = self.named(name);
        named.next().filter(|_| named.next().is_none())
    }

    fn read_loads(&self) -> Loads<'a> {
        let mut loads = Loads::new();
        for (_, model) in self.shared.objects(&MODEL) {
            let needs = ModelNeeds::of(&model.object);
            let (Some(name), MemoryNeed::Bytes(bytes)) = (needs.server, &needs.memory) else { continue };
            let Some(server) = self.alone(name) else { continue };
            let fits = super::admit(&needs, server) == super::Admission::Accepted && fit(&needs, server) == Fit::Fits;
            let is_deleted = model.object.text("/metadata/deletionTimestamp").is_some();
            if fits && *bytes > 0 && needs.replicas > 0 && !is_deleted {
                let load = Load { model, bytes: *bytes, replicas: needs.replicas };
                loads.entry(server.name()).or_default().push(load);
            }
        }
        loads
    }
}

/// Whether nothing speaks against a place for each: neither the sum of what they ask for, nor that
/// of two that are too big for one replica together each needs its own, and so on.
fn fits_together(loads: &[Load<'_>], has: u64, replicas: u64) -> bool {
    let (has, replicas) = (u128::from(has), u128::from(replicas));
    let asked: u128 = loads.iter().map(|load| u128::from(load.bytes) * u128::from(load.replicas)).sum();
    let too_many = |sharers: u128| {
        let is_big = |load: &&Load<'_>| u128::from(load.bytes) * (sharers + 1) > has;
        let big: u128 = loads.iter().filter(is_big).map(|load| u128::from(load.replicas)).sum();
        big > sharers * replicas
    };
    asked <= has * replicas && !(1..=SHARERS).any(too_many)
}

/// Whether some of the others can leave too little for a Model; asked of single replicas only, a
/// Model on several is taken to be one that may go without.
fn may_go_without(own: &Load<'_>, others: &[&Load<'_>], has: u64, server: &ServerView<'_>) -> bool {
    if server.replicas > 1 {
        return true;
    }
    let mut sums = BTreeSet::from([0_u64]);
    for other in others {
        let more: Vec<u64> = sums.iter().map(|sum| sum.saturating_add(other.bytes)).filter(|sum| *sum <= has).collect();
        sums.extend(more);
        if sums.len() > AMOUNTS {
            return true;
        }
    }
    sums.into_iter().any(|sum| sum.saturating_add(own.bytes) > has)
}
