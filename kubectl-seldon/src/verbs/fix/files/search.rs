//! Repairs, one after the other, each tried on the files as they would be before it counts.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use seldon_central_core::{
    finding::{Level, Outcome},
    fix::{
        Answer, Left, Plan, Why, file_repairs,
        files::{self, ByHand, Changes, Edited, Repository},
        settled,
    },
    manifest::Texts,
    object::ObjectId,
    rules::{self, RULES},
    snapshot::Snapshot,
};

use super::{
    super::look::Look,
    apart::Apart,
    bounds::{Bounds, exists},
    path,
};
use crate::{
    error::CliError,
    sink::edit::Edit,
    source::{manifests::Builds, unwritten::Unwritten},
    verbs::verify::gather::{self, Input},
};

/// No more rounds than these; each puts something right or gives something up.
const ROUNDS: usize = 2_000;

/// The API group of kustomizations.
const KUSTOMIZE: &str = "kustomize.config.k8s.io/";

/// A finding as it stays the same while others go.
type Key = (&'static str, ObjectId);

/// A finding that stays because of how the files are.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) outcome: Outcome,
    /// Why, and where to look.
    pub(super) why: String,
}

/// The findings that stay.
#[derive(Debug)]
pub(super) struct Rest {
    /// Something is known to do about them, and not in these files.
    pub(super) kept: Vec<Kept>,
    /// Nothing is known to do about them.
    pub(super) left: Vec<Left>,
}

impl Rest {
    /// Whether there is an error among them.
    pub(super) fn has_error(&self) -> bool {
        let outcomes = self.kept.iter().map(|kept| &kept.outcome).chain(self.left.iter().map(|left| &left.outcome));
        outcomes.into_iter().any(|outcome| outcome.level() == Some(Level::Error))
    }
}

/// The files as they would be by now.
#[derive(Debug)]
pub(super) struct Search<'l> {
    pub(super) look: &'l Look,
    /// What was read last.
    pub(super) input: Input,
    bounds: Bounds,
    builds: Builds,
    /// The texts at the beginning.
    texts: Texts,
    unwritten: Unwritten,
    rules: BTreeMap<String, BTreeSet<&'static str>>,
    given_up: BTreeMap<Key, String>,
    /// Findings that are tried apart, because together they did not do.
    apart: Apart<Key>,
}

impl<'l> Search<'l> {
    /// Reads the files.
    ///
    /// # Errors
    /// When they cannot be read, or hold nothing.
    pub(super) fn begin(look: &'l Look) -> Result<Self, CliError> {
        let mut builds = Builds::default();
        let input = gather::from_unwritten(&look.ask, &Unwritten::default(), &mut builds)?;
        let texts = input.snapshot.texts().clone();
        // Standard input is there once.
        let own = texts.get("-").map(|text| ("-".to_owned(), Some(text.to_owned())));
        Ok(Self {
            look,
            bounds: Bounds::of(&look.ask.files),
            builds,
            unwritten: Unwritten::default().with(&own.into_iter().collect()),
            texts,
            input,
            rules: BTreeMap::new(),
            given_up: BTreeMap::new(),
            apart: Apart::new(),
        })
    }

    /// Puts right what can be.
    pub(super) fn run(&mut self) {
        for _ in 0..ROUNDS {
            if !(self.repair_kustomization() || self.repair_objects()) && self.apart.is_empty() {
                break;
            }
        }
    }

    /// Whether there is no tenant in the files, as far as one can tell.
    pub(super) fn is_idle(&self) -> bool {
        self.snapshots().all(|snapshot| {
            let world = self.look.world(&self.input, snapshot);
            world.tenants.is_empty() && world.doubtful().is_empty()
        })
    }

    /// The files that differ from what was read, by path.
    pub(super) fn edits(&self) -> Vec<Edit> {
        let edit = |(name, new): (&String, &Option<String>)| {
            let old = self.texts.get(name).map(str::to_owned);
            (old != *new).then(|| Edit { path: path(name), old, new: new.clone() })
        };
        self.unwritten.changes().iter().filter_map(edit).collect()
    }

    /// The text of a file as it would be.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.input.snapshot.texts().get(name)
    }

    /// The rules for which a file changes.
    pub(super) fn rules_of(&self, path: &Path) -> Vec<&'static str> {
        let rules = self.rules.get(&path.display().to_string());
        rules.into_iter().flatten().copied().collect()
    }

    /// What stays, once nothing more can be put right.
    pub(super) fn rest(&self) -> Rest {
        Rest { kept: self.kept(), left: self.left() }
    }

    fn kept(&self) -> Vec<Kept> {
        let found = self.snapshots().flat_map(|snapshot| self.outcomes(snapshot));
        let mut told = BTreeSet::new();
        let kept = found.filter_map(|outcome| {
            outcome.finding()?;
            let why = self.given_up.get(&key(&outcome)).filter(|_| self.look.wants(&self.input, &outcome))?.clone();
            Some(Kept { outcome, why })
        });
        kept.filter(|kept| told.insert(key(&kept.outcome))).collect()
    }

    fn left(&self) -> Vec<Left> {
        let also = |outcome: &Outcome| !self.given_up.contains_key(&key(outcome));
        let mut left: Vec<Left> = Vec::new();
        for one in self.snapshots().flat_map(|snapshot| self.look.plan(&self.input, snapshot, &also).left) {
            let is_same = |other: &Left| other.outcome == one.outcome;
            if !left.iter().any(is_same) {
                left.push(one);
            }
        }
        left
    }

    fn snapshots(&self) -> impl Iterator<Item = &Snapshot> {
        std::iter::once(&self.input.snapshot).chain(&self.input.elsewhere)
    }

    fn outcomes(&self, snapshot: &Snapshot) -> Vec<Outcome> {
        outcomes(self.look, &self.input, snapshot)
    }

    /// Repairs one kustomization; whether there was one to repair.
    fn repair_kustomization(&mut self) -> bool {
        let world = self.look.world(&self.input, &self.input.snapshot);
        let found = self.outcomes(&self.input.snapshot).into_iter().filter(|outcome| outcome.finding().is_some());
        let mut wanted =
            found.filter(|one| self.look.wants(&self.input, one) && !self.given_up.contains_key(&key(one)));
        let next = wanted.find_map(|outcome| Some((file_repairs(&world, &outcome).into_iter().next()?, outcome)));
        let Some((repair, outcome)) = next else { return false };
        let edited = self.edit(&self.input.snapshot, |repository| files::repaired(&outcome, &repair, repository));
        let key = key(&outcome);
        let before = self.count(&key);
        if let Some(by_hand) = edited.by_hand.first() {
            self.given_up.insert(key, by_hand.to_string());
        } else if let Err(why) = self.attempt(&edited, 0, None) {
            self.given_up.insert(key, why);
        } else if self.count(&key) >= before {
            self.given_up.insert(key, Why::Remains.to_string());
        }
        true
    }

    /// How many findings there are of a rule about an object: a kustomization may have several.
    fn count(&self, wanted: &Key) -> usize {
        let found = self.outcomes(&self.input.snapshot).into_iter();
        found.filter(|outcome| outcome.finding().is_some() && key(outcome) == *wanted).count()
    }

    /// Carries out a plan for one cluster's objects; whether there was one, or something was given up.
    fn repair_objects(&mut self) -> bool {
        let only = self.apart.next();
        let also = |outcome: &Outcome| {
            let key = key(outcome);
            !self.given_up.contains_key(&key) && only.as_ref().is_none_or(|only| only.contains(&key))
        };
        let plans = self.snapshots().enumerate();
        let mut plans = plans.map(|(index, snapshot)| (index, self.look.plan(&self.input, snapshot, &also)));
        let Some((index, plan)) = plans.find(|(_, plan)| !plan.is_empty()) else { return only.is_some() };
        drop(plans);
        let Some(snapshot) = self.snapshots().nth(index) else { return false };
        let edited = self.edit(snapshot, |repository| files::edited(&plan, repository));
        let by_hand = edited.by_hand.iter().flat_map(|one| &one.answers).map(key_of).collect();
        let why = match edited.by_hand.as_slice() {
            [] if edited.files.is_empty() => Err("no file would change by its repair".to_owned()),
            [] => self.attempt(&edited, index, Some(&plan)),
            by_hand => Err(told(by_hand)),
        };
        let Err(why) = why else { return true };
        let tried = only.unwrap_or_else(|| answers(&plan).map(key_of).collect());
        if let Some(alone) = self.apart.part(tried, &by_hand) {
            let why = if by_hand.contains(&alone) { told_of(&edited.by_hand, &alone) } else { why };
            self.given_up.insert(alone, why);
        }
        true
    }

    fn edit(&self, snapshot: &Snapshot, how: impl FnOnce(&Repository<'_>) -> Edited) -> Edited {
        let may_edit = |path: &str| self.bounds.hold(path);
        how(&Repository { snapshot, tree: &self.input.tree, may_edit: &may_edit, exists: &exists })
    }

    /// Takes edits, if the files are then as a plan makes them, and nothing else is found in them; else
    /// says why not.
    fn attempt(&mut self, edited: &Edited, index: usize, plan: Option<&Plan>) -> Result<(), String> {
        let unwritten = self.unwritten.with(&edited.files);
        let input = match gather::from_unwritten(&self.look.ask, &unwritten, &mut self.builds) {
            Ok(input) => input,
            Err(error) => return Err(format!("its repair would make the files unreadable: {error}")),
        };
        self.proved(&input, index, plan.map(|plan| (plan, &edited.files)))?;
        (self.unwritten, self.input) = (unwritten, input);
        for (path, rules) in &edited.rules {
            self.rules.entry(path.clone()).or_default().extend(rules);
        }
        Ok(())
    }

    fn proved(&self, input: &Input, index: usize, plan: Option<(&Plan, &Changes)>) -> Result<(), String> {
        let unread = |input: &Input| input.snapshot.kustomizations().unread().count();
        if unread(input) > unread(&self.input) {
            return Err("the kustomization could not be built with its repair".to_owned());
        }
        let now: Vec<&Snapshot> = std::iter::once(&input.snapshot).chain(&input.elsewhere).collect();
        let before: Vec<&Snapshot> = self.snapshots().collect();
        let answers: Vec<Answer> = plan.into_iter().flat_map(|(plan, _)| answers(plan)).cloned().collect();
        let failed = |input: &Input| input.snapshot.kustomizations().failed().count();
        let reveals = plan.is_none() && failed(input) < failed(&self.input);
        let judge = |input: &Input, snapshot: &Snapshot| {
            let mut outcomes = outcomes(self.look, input, snapshot);
            // What was not built before is seen for the first time, and not caused.
            outcomes.retain(|outcome| !reveals || outcome.object.api_version.starts_with(KUSTOMIZE));
            outcomes
        };
        if now.len() != before.len() {
            let all = |input: &Input, snapshots: &[&Snapshot]| {
                snapshots.iter().map(|snapshot| judge(input, snapshot)).fold(Vec::new(), rules::merged)
            };
            return settled(&answers, &all(&self.input, &before), &all(input, &now)).map_err(|why| why.to_string());
        }
        for (place, (before, now)) in before.into_iter().zip(now).enumerate() {
            let (own, plan) = if place == index { (answers.as_slice(), plan) } else { (&[][..], None) };
            if let Some(object) = plan.and_then(|(plan, files)| files::differs(plan, files, before, now)) {
                return Err(format!("with its repair in the files, {object} would not be what it has to be"));
            }
            settled(own, &judge(&self.input, before), &judge(input, now)).map_err(|why| why.to_string())?;
        }
        Ok(())
    }
}

fn outcomes(look: &Look, input: &Input, snapshot: &Snapshot) -> Vec<Outcome> {
    let world = look.world(input, snapshot);
    let mut outcomes = world.suppressions().apply(rules::run(RULES, &world));
    // Where a finding is, is in its text; which finding it is, is not.
    snapshot.texts().place(&mut outcomes);
    outcomes
}

fn key(outcome: &Outcome) -> Key {
    (outcome.rule, outcome.object.clone())
}

fn answers(plan: &Plan) -> impl Iterator<Item = &Answer> {
    plan.steps.iter().flat_map(|step| &step.answers)
}

fn key_of(answer: &Answer) -> Key {
    (answer.rule, answer.object.clone())
}

/// What has to be edited by hand for one finding.
fn told_of(by_hand: &[ByHand], key: &Key) -> String {
    let own = by_hand.iter().filter(|one| one.answers.iter().any(|answer| key_of(answer) == *key));
    told(&own.cloned().collect::<Vec<_>>())
}

fn told(by_hand: &[ByHand]) -> String {
    by_hand.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
