//! From findings to a plan: choose, merge, prove, and again on what is left.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Edit, Left, Plan, Remedy, Repair, Why,
    change::{Chosen, Drafts, contradict, may_spare},
    find, order,
    proof::{caused, prove},
};
use crate::{
    finding::Outcome,
    object::ObjectId,
    reason::ownership::owner_in,
    rules::{self, FixSafety, RULES, World},
    snapshot::Snapshot,
};

/// More rounds than these are not made. Each makes a change or gives up on a finding, and a finding
/// is taken up again only when something near it changed.
const ROUNDS: usize = 40;

/// Repairs of what a repair causes are followed so far.
const FOLLOWED: usize = 3;

/// What may be changed, and for what.
pub struct Limits<'l> {
    /// The findings that are to be put right.
    pub wanted: &'l dyn Fn(&Outcome) -> bool,
    /// Whether changes may interrupt somebody.
    pub unsafe_too: bool,
    /// Whether objects of Argo CD, Flux and Helm may be changed.
    pub owned_too: bool,
}

/// The changes that put right what is found in a world, as far as they can be proved, and what stays.
pub fn plan(world: &World<'_>, limits: &Limits<'_>) -> Plan {
    let outcomes = judged(world);
    let mut search = Search {
        world,
        limits,
        drafts: Drafts::default(),
        snapshot: world.snapshot.clone(),
        outcomes,
        doubts: BTreeMap::new(),
        touched: BTreeSet::new(),
    };
    for _ in 0..ROUNDS {
        let batch = search.batch();
        if batch.is_empty() {
            break;
        }
        search.touched.clear();
        search.settle(batch);
        search.forget();
    }
    search.plan()
}

fn judged(world: &World<'_>) -> Vec<Outcome> {
    world.suppressions().apply(rules::run(RULES, world))
}

/// What tells one finding from another.
type Key = (&'static str, ObjectId, String);

fn key(outcome: &Outcome) -> Key {
    let message = outcome.finding().map(|finding| finding.message.clone()).unwrap_or_default();
    (outcome.rule, outcome.object.clone(), message)
}

struct Search<'s, 'a> {
    world: &'s World<'a>,
    limits: &'s Limits<'s>,
    drafts: Drafts,
    /// The world's snapshot with the drafts.
    snapshot: Snapshot,
    /// What the rules say about it.
    outcomes: Vec<Outcome>,
    /// Why the remedies of a finding were turned down so far.
    doubts: BTreeMap<Key, Vec<Why>>,
    /// Objects that this round has changed.
    touched: BTreeSet<ObjectId>,
}

impl Search<'_, '_> {
    /// The next remedy of each finding, as far as they do not contradict each other, and none may be
    /// needless after another.
    fn batch(&self) -> Vec<Chosen> {
        let world = self.world.over(&self.snapshot);
        let next = |outcome: &Outcome| {
            let turned_down = self.doubts.get(&key(outcome)).map_or(0, Vec::len);
            let remedy = self.ways(&world, outcome).ok()?.into_iter().nth(turned_down)?;
            Some(Chosen { outcome: outcome.clone(), remedy })
        };
        let mut waiting: Vec<Chosen> = self.wanted().filter_map(next).collect();
        waiting.sort_by_key(|chosen| chosen.remedy.edits.iter().any(Edit::appends));
        let mut edits: BTreeMap<ObjectId, Vec<Edit>> = BTreeMap::new();
        let mut batch = Vec::new();
        for chosen in waiting {
            let fits = chosen.remedy.edits.iter().all(|edit| {
                let others = edits.get(&edit.object).into_iter().flatten();
                others.into_iter().all(|other| !contradict(edit, other) && !may_spare(other, edit))
            });
            if !fits {
                continue;
            }
            for edit in &chosen.remedy.edits {
                edits.entry(edit.object.clone()).or_default().push(edit.clone());
            }
            batch.push(chosen);
        }
        batch
    }

    fn wanted(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| outcome.finding().is_some() && (self.limits.wanted)(outcome))
    }

    /// The remedies of a finding that may be taken, or why there is none.
    fn ways(&self, world: &World<'_>, outcome: &Outcome) -> Result<Vec<Remedy>, Box<Why>> {
        let ways = match rules::find(outcome.rule).map(|rule| rule.repair) {
            Some(repair @ Repair::Edits(_)) => repair.ways(world, outcome),
            Some(Repair::Files(_)) => return Err(Box::new(Why::OfFiles)),
            Some(Repair::None | Repair::Proposed(_)) | None => return Err(Box::new(Why::Manual)),
        };
        let mut why = Why::Manual;
        let mut allowed = Vec::new();
        for way in ways {
            if let Some(owned) = self.owned(&way) {
                why = owned;
            } else if way.safety == FixSafety::Safe || self.limits.unsafe_too {
                allowed.push(way);
            } else {
                why = Why::NeedsUnsafe;
            }
        }
        if allowed.is_empty() { Err(Box::new(why)) } else { Ok(allowed) }
    }

    /// The first object of a remedy that somebody would change back.
    fn owned(&self, way: &Remedy) -> Option<Why> {
        if self.limits.owned_too {
            return None;
        }
        way.edits.iter().find_map(|edit| {
            let object = &find(self.world.snapshot, &edit.object)?.object;
            let ownership = owner_in(self.world.snapshot, object)?;
            Some(Why::Owned { object: edit.object.clone(), ownership, edits: way.edits.clone() })
        })
    }

    /// Keeps what can be proved of a batch: all of it or, where that fails, of each half.
    fn settle(&mut self, mut batch: Vec<Chosen>) {
        // Places in an object that has changed may have moved.
        batch.retain(|chosen| chosen.objects().all(|object| !self.touched.contains(object)));
        if batch.is_empty() {
            return;
        }
        let why = match self.attempt(&batch) {
            Ok(()) => return,
            Err(why) => why,
        };
        if let [chosen] = batch.as_slice() {
            self.doubts.entry(key(&chosen.outcome)).or_default().push(*why);
            return;
        }
        let rest = batch.split_off(batch.len() / 2);
        self.settle(batch);
        self.settle(rest);
    }

    /// Takes a batch, if it does what it is for. What a repair would cause and can be repaired itself is
    /// repaired along with it: a new Server needs its Secret.
    fn attempt(&mut self, batch: &[Chosen]) -> Result<(), Box<Why>> {
        let targets: Vec<&Outcome> = batch.iter().map(|chosen| &chosen.outcome).collect();
        let mut drafts = self.drafts.with(self.world.snapshot, batch).map_err(|_| Box::new(Why::Remains))?;
        let mut taken: Vec<Chosen> = batch.to_vec();
        for _ in 0..=FOLLOWED {
            let snapshot = drafts.applied(self.world.snapshot);
            let outcomes = judged(&self.world.over(&snapshot));
            let why = match prove(&targets, &self.outcomes, &outcomes) {
                Ok(()) => {
                    self.touched.extend(taken.iter().flat_map(Chosen::objects).cloned());
                    (self.drafts, self.snapshot, self.outcomes) = (drafts, snapshot, outcomes);
                    return Ok(());
                }
                Err(why) => why,
            };
            let along = self.along(&targets, &snapshot, &outcomes).ok_or(why)?;
            drafts = drafts.with(self.world.snapshot, &along).map_err(|_| Box::new(Why::Remains))?;
            taken.extend(along);
        }
        Err(Box::new(Why::Remains))
    }

    /// The repairs of everything that a batch would cause in the same namespaces; `None` when it causes
    /// nothing, or something that cannot be repaired.
    fn along(&self, targets: &[&Outcome], snapshot: &Snapshot, outcomes: &[Outcome]) -> Option<Vec<Chosen>> {
        let world = self.world.over(snapshot);
        let homes: BTreeSet<Option<&str>> = targets.iter().map(|target| target.object.home()).collect();
        let mut along: Vec<Chosen> = Vec::new();
        for outcome in caused(&self.outcomes, outcomes) {
            let remedy = self.ways(&world, outcome).ok()?.into_iter().next()?;
            let others = || along.iter().flat_map(|chosen| &chosen.remedy.edits);
            let contradicts = remedy.edits.iter().any(|edit| others().any(|other| contradict(edit, other)));
            if contradicts || !homes.contains(&outcome.object.home()) {
                return None;
            }
            along.push(Chosen { outcome: outcome.clone(), remedy });
        }
        (!along.is_empty()).then_some(along)
    }

    /// What was turned down may do where something has changed since.
    fn forget(&mut self) {
        let changed: BTreeSet<Option<&str>> = self.touched.iter().map(ObjectId::home).collect();
        let everywhere = changed.contains(&Some(self.world.control_plane.namespace.as_str()));
        self.doubts.retain(|(_, object, _), _| !everywhere && !changed.contains(&object.home()));
    }

    fn plan(self) -> Plan {
        let world = self.world.over(&self.snapshot);
        let left = self.wanted().map(|outcome| {
            let why = match self.ways(&world, outcome) {
                Err(why) => *why,
                Ok(_) => {
                    self.doubts.get(&key(outcome)).and_then(|doubts| doubts.first()).cloned().unwrap_or(Why::Remains)
                }
            };
            Left { outcome: outcome.clone(), why }
        });
        let left = left.collect();
        let mut steps = self.drafts.into_steps();
        order::sort(&mut steps, self.world.control_plane.namespace.as_str());
        Plan { steps, left }
    }
}
