//! Models that share the memory of a Server's replicas
//! (`scheduler/pkg/scheduler/scheduler.go:231-261`: what is reserved for others is not available).
//! The order in which the scheduler places them is not known, so what is said is only that not all
//! of them can have a place, never which one goes without.

use std::{cell::OnceCell, collections::BTreeMap};

use super::{
    Fit, MemoryNeed, ModelNeeds, Scheduler, ServerView, fit,
    packing::{Need, Room, asked, cannot_all_fit, may_go_without},
};
use crate::{object::ObjectId, reason::model_status::ModelStatus, resource::MODEL, snapshot::Observed};

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
    need: Need,
}

/// What the Models that name a Server and fit it ask of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Demand<'a> {
    loads: Vec<Load<'a>>,
    /// Whether not all of them can have a place; asked for at most once.
    is_too_small: OnceCell<bool>,
}

/// The same for each Server by its name.
pub(super) type Loads<'a> = BTreeMap<&'a str, Demand<'a>>;

impl Load<'_> {
    fn is_of(&self, needs: &ModelNeeds<'_>) -> bool {
        self.model.object.name() == needs.name && self.model.object.namespace() == needs.namespace
    }
}

impl<'a> Scheduler<'a> {
    /// The others that a Model cannot share the Server with that it names; `None` where all fit, and
    /// where the Model has its place already.
    pub fn crowd(&self, needs: &ModelNeeds<'_>) -> Option<Crowd> {
        let name = needs.server?;
        let server = self.alone(name)?;
        let room = Room { bytes: server.memory.as_ref().ok().copied()?, replicas: server.replicas };
        let demand = self.loads.get_or_init(|| self.read_loads()).get(name)?;
        let own = demand.loads.iter().find(|load| load.is_of(needs))?;
        let is_placed =
            own.model.is_live() && ModelStatus::of(&own.model.object).is_some_and(|status| status.is_ready());
        let all = || demand.loads.iter().map(|load| load.need).collect::<Vec<_>>();
        if is_placed || !*demand.is_too_small.get_or_init(|| cannot_all_fit(&all(), room)) {
            return None;
        }
        let others: Vec<&Load<'_>> = demand.loads.iter().filter(|load| !load.is_of(needs)).collect();
        let theirs: Vec<Need> = others.iter().map(|load| load.need).collect();
        if !may_go_without(own.need, &theirs, room) {
            return None;
        }
        Some(Crowd {
            server: server.observed.object.id(),
            others: others.into_iter().map(|load| load.model.object.id()).collect(),
            asked: u64::try_from(asked(&all())).unwrap_or(u64::MAX),
            has: room.bytes.saturating_mul(room.replicas),
        })
    }

    /// Bytes that the other Models that name a Server ask for, on one replica each.
    pub fn asked_by_others(&self, needs: &ModelNeeds<'_>, server: &ServerView<'_>) -> u64 {
        let demand = self.loads.get_or_init(|| self.read_loads()).get(server.name());
        let others = demand.into_iter().flat_map(|demand| &demand.loads).filter(|load| !load.is_of(needs));
        others.fold(0, |sum, load| sum.saturating_add(load.need.bytes))
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
                let need = Need { bytes: *bytes, replicas: needs.replicas };
                loads.entry(server.name()).or_default().loads.push(Load { model, need });
            }
        }
        loads
    }
}
