//! The smallest change that puts an object right, tried before it is proposed.
//!
//! ```text
//! what stands in the way → remedies as edits → snapshot with them → what still stands in the way?
//! ```

#[cfg(test)]
mod tests;
mod words;

use serde::Serialize;

use self::words::say;
pub(super) use self::words::{Said, said};
use super::touches;
use crate::{
    finding::{Finding, Level, Outcome, Verdict},
    fix::{Edit, applied},
    object::{Object, ObjectId},
    reason::placement::{ModelNeeds, Outcome as Placement},
    resource::{MODEL, SERVER},
    rules::{self, Judged, RULES, World},
    snapshot::Observed,
};

/// More steps than these are not tried: whatever needs them is past one change.
const STEPS: usize = 24;

/// More changes than these are not searched for a smaller set.
const SHORTENED: usize = 24;

/// A warning that is as good as an error: no rule could admit what the tenant lives by.
const UNPROVEN: &str = "SCS0606";

/// What it takes to put an object right.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "result")]
pub enum Way {
    /// Nothing is known to stand in its way.
    Clear,
    /// These changes, with which no rule finds an error in its way any more.
    #[serde(rename_all = "camelCase")]
    Change {
        /// The changes in words, in one sentence without a full stop.
        text: String,
        /// The same as data.
        edits: Vec<Edit>,
    },
    /// Whether a Server takes it, or a Model that it names, is not known, so that no change can be tried.
    #[serde(rename_all = "camelCase")]
    Unproved {
        /// What would have to be known, each in one sentence without a full stop.
        missing: Vec<String>,
        /// What stands in its way whatever comes of that, with what to do about it, likewise.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        remains: Vec<String>,
    },
    /// No change is known that would do.
    #[serde(rename_all = "camelCase")]
    NotKnown {
        /// What would remain, with what to do about it, each in one sentence without a full stop.
        remains: Vec<String>,
        /// What can be changed of the rest, in words.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// The same as data.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        edits: Vec<Edit>,
    },
}

/// One thing that stands in the way.
#[derive(Debug, Clone, PartialEq)]
struct Trouble {
    rule: &'static str,
    object: ObjectId,
    finding: Finding,
}

impl Trouble {
    /// Whether it is the same trouble, however it is put now.
    fn is(&self, other: &Self) -> bool {
        (self.rule, &self.object) == (other.rule, &other.object)
    }

    /// What may do away with it, the best first; each is to be tried.
    fn remedies(&self, world: &World<'_>) -> Vec<Vec<Edit>> {
        let Some(rule) = rules::find(self.rule) else { return Vec::new() };
        let verdict = Verdict::Fail(self.finding.clone());
        let outcome = Outcome { rule: self.rule, object: self.object.clone(), origin: None, verdict };
        rule.repair.ways(world, &outcome).into_iter().map(|remedy| remedy.edits).collect()
    }

    /// Whether it is about the state that others write, which no change to an object alters by itself.
    fn is_observed(&self) -> bool {
        rules::can_heal(self.rule) || rules::find(self.rule).is_some_and(|rule| rule.judged == Judged::Live)
    }
}

/// Finds the smallest change.
pub(super) fn way(world: &World<'_>, observed: &Observed) -> Way {
    let search = Search { world, id: observed.object.id(), namespace: observed.object.namespace() };
    search.way()
}

struct Search<'w, 'a> {
    world: &'w World<'a>,
    id: ObjectId,
    namespace: Option<&'w str>,
}

impl Search<'_, '_> {
    fn way(&self) -> Way {
        let start = self.troubles(self.world);
        let (mut edits, mut left) = (Vec::new(), start.clone());
        for _ in 0..STEPS {
            let Some((next, remaining)) = self.step(&edits, &left) else { break };
            (edits, left) = (next, remaining);
        }
        let edits = self.shortened(edits, &left);
        let missing = self.missing(&edits);
        let says_nothing = edits.is_empty() && !left.is_empty();
        if !missing.is_empty() && !says_nothing {
            let remains = start.iter().map(|trouble| self.remains(trouble)).collect();
            return Way::Unproved { missing, remains };
        }
        let text = (!edits.is_empty()).then(|| say(&edits, &self.id));
        match (text, left.is_empty()) {
            (None, true) => Way::Clear,
            (Some(text), true) => Way::Change { text, edits },
            (text, false) => {
                let remains = left.iter().map(|trouble| self.remains(trouble)).collect();
                Way::NotKnown { remains, text, edits }
            }
        }
    }

    /// One more remedy that leaves fewer troubles than there are; what is found on the object first.
    fn step(&self, edits: &[Edit], left: &[Trouble]) -> Option<(Vec<Edit>, Vec<Trouble>)> {
        let snapshot = applied(self.world.snapshot, edits)?;
        let world = self.world.over(&snapshot);
        for trouble in left.iter().filter(|trouble| !trouble.is_observed()) {
            for remedy in trouble.remedies(&world) {
                let mut next = edits.to_vec();
                next.extend(remedy);
                if let Some(remaining) = self.after(&next)
                    && is_better(&remaining, left, trouble)
                {
                    return Some((next, remaining));
                }
            }
        }
        None
    }

    /// The changes without those that make no difference to the end.
    fn shortened(&self, mut edits: Vec<Edit>, left: &[Trouble]) -> Vec<Edit> {
        if edits.len() > SHORTENED {
            return edits;
        }
        for index in (0..edits.len()).rev() {
            let mut fewer = edits.clone();
            fewer.remove(index);
            if self.after(&fewer).is_some_and(|now| now.len() <= left.len()) {
                edits = fewer;
            }
        }
        edits
    }

    /// What stands in the way after some changes.
    fn after(&self, edits: &[Edit]) -> Option<Vec<Trouble>> {
        let snapshot = applied(self.world.snapshot, edits)?;
        Some(self.troubles(&self.world.over(&snapshot)))
    }

    /// What is not known about the placement of the object, or of the Models that it names, after some
    /// changes.
    fn missing(&self, edits: &[Edit]) -> Vec<String> {
        let Some(snapshot) = applied(self.world.snapshot, edits) else { return Vec::new() };
        let world = self.world.over(&snapshot);
        let scheduler = world.scheduler();
        let models = models_of(&world, &self.id).into_iter();
        let unknown = models.filter_map(|model| match scheduler.place(&ModelNeeds::of(model)) {
            Placement::Unknown(why) if model.id() == self.id => Some(format!("whether a Server takes it: {why}")),
            Placement::Unknown(why) => Some(format!("whether a Server takes {}: {why}", model.id())),
            _ => None,
        });
        unknown.collect()
    }

    /// What stands in the way of the object: errors on it, on what it needs, and around it.
    fn troubles(&self, world: &World<'_>) -> Vec<Trouble> {
        let needed = needed(world, &self.id);
        let mut troubles: Vec<(u8, Trouble)> = Vec::new();
        for outcome in world.suppressions().apply(rules::run(RULES, world)) {
            let Some(distance) = self.distance(world, &outcome, &needed) else { continue };
            let Some(finding) = outcome.finding().cloned() else { continue };
            troubles.push((distance, Trouble { rule: outcome.rule, object: outcome.object, finding }));
        }
        troubles.sort_by_key(|(distance, _)| *distance);
        troubles.into_iter().map(|(_, trouble)| trouble).collect()
    }

    /// How near an outcome is, if it stands in the way at all.
    fn distance(&self, world: &World<'_>, outcome: &Outcome, needed: &[ObjectId]) -> Option<u8> {
        let is_error = outcome.finding().is_some_and(|finding| finding.level == Level::Error);
        let is_unproven = outcome.rule == UNPROVEN && outcome.finding().is_some();
        if is_error && outcome.object == self.id {
            Some(0)
        } else if is_error && needed.contains(&outcome.object) {
            Some(1)
        } else if touches(world, outcome, self.namespace) || (is_unproven && outcome.object.home() == self.namespace) {
            Some(2)
        } else {
            None
        }
    }

    fn remains(&self, trouble: &Trouble) -> String {
        let about = if trouble.object == self.id { String::new() } else { format!("{}: ", trouble.object) };
        format!("{about}{}; {}", trouble.finding.message, trouble.finding.remedy)
    }
}

/// Whether a remedy did away with its trouble and made none that was not there.
fn is_better(now: &[Trouble], before: &[Trouble], remedied: &Trouble) -> bool {
    let is_gone = now.iter().all(|trouble| !trouble.is(remedied) || trouble.finding != remedied.finding);
    let count = |all: &[Trouble], one: &Trouble| all.iter().filter(|trouble| trouble.is(one)).count();
    is_gone && now.len() < before.len() && now.iter().all(|trouble| count(now, trouble) <= count(before, trouble))
}

/// The objects whose end is the object's own: the Models it names, the Models that name it, and the
/// Servers that those name.
fn needed(world: &World<'_>, id: &ObjectId) -> Vec<ObjectId> {
    let Some(observed) = world.snapshot.objects().iter().find(|observed| observed.object.id() == *id) else {
        return Vec::new();
    };
    let object = &observed.object;
    if object.is(&MODEL) {
        return servers_of(world, object);
    }
    if object.is(&SERVER) {
        let models = world.snapshot.known_in(&MODEL, object.namespace().unwrap_or_default());
        let models = models.map(|observed| &observed.object);
        let names_it = |model: &&Object| model.text("/spec/server") == Some(object.name());
        return models.filter(names_it).map(Object::id).collect();
    }
    let models = models_of(world, id);
    let servers = models.iter().flat_map(|model| servers_of(world, model));
    servers.chain(models.iter().map(|model| model.id())).collect()
}

/// The Models whose placement is the object's end: itself, or those that it names.
fn models_of<'w>(world: &'w World<'_>, id: &ObjectId) -> Vec<&'w Object> {
    let Some(observed) = world.snapshot.objects().iter().find(|observed| observed.object.id() == *id) else {
        return Vec::new();
    };
    let object = &observed.object;
    if object.is(&MODEL) {
        return vec![object];
    }
    if object.text("/spec/resourceType") == Some("pipeline") {
        return Vec::new();
    }
    let named: Vec<String> = super::references::names(object).into_iter().map(|(_, name)| name).collect();
    let models = world.snapshot.known_in(&MODEL, object.namespace().unwrap_or_default());
    models.map(|observed| &observed.object).filter(|model| named.iter().any(|name| name == model.name())).collect()
}

/// The Servers that a Model may mean: more than one, where names collide on the scheduler.
pub(super) fn servers_of(world: &World<'_>, model: &Object) -> Vec<ObjectId> {
    let Some(name) = model.text("/spec/server") else { return Vec::new() };
    let shared = world.shared();
    let servers = shared.objects(&SERVER).map(|(_, observed)| &observed.object);
    servers.filter(|server| server.name() == name).map(Object::id).collect()
}
