//! What the rules say, and what of it counts.

use seldon_central_core::{
    finding::Outcome,
    rules::{self, AliasDoubt, Rule, World, alias_doubts},
    snapshot::Snapshot,
    suppress::{Declared, baseline::Baseline},
    version::SeldonVersion,
};

use super::{gather::Input, wait::Seen};
use crate::error::CliError;

/// By what is judged.
#[derive(Debug)]
pub(super) struct Judge<'a> {
    /// The rules, ordered by id.
    pub(super) rules: &'a [&'static Rule],
    /// The version that manifests are for.
    pub(super) version: SeldonVersion,
    /// What a profile says does not count.
    pub(super) declared: Option<&'a Declared>,
    /// What was there before.
    pub(super) baseline: Option<&'a Baseline>,
}

impl Judge<'_> {
    /// A run that judges nothing is no success.
    ///
    /// # Errors
    /// When no rule applies to what was read.
    pub(super) fn has_work(&self, input: &Input) -> Result<(), CliError> {
        if !self.applicable(input).is_empty() {
            return Ok(());
        }
        let (from, needed) = if input.snapshot.is_live() {
            ("a cluster", "manifests, with --file")
        } else {
            ("manifests alone", "a cluster")
        };
        Err(CliError::new(format!("none of the selected rules can be judged from {from}; they need {needed}")))
    }

    /// The verdicts on what was asked about, and which of them do not count.
    pub(super) fn verdicts(&self, input: &Input) -> Vec<Outcome> {
        let verdicts = |snapshot| {
            let world = self.view(input, snapshot);
            world.suppressions().apply(run(self.rules, &world, input))
        };
        self.without_old(input.elsewhere.iter().map(verdicts).fold(verdicts(&input.snapshot), rules::merged))
    }

    /// The verdicts, and what is not known of the aliases.
    pub(super) fn seen(&self, input: &Input) -> Seen {
        Seen { outcomes: self.verdicts(input), doubts: self.doubts(input) }
    }

    /// What is not known of the aliases that were asked about.
    pub(super) fn doubts(&self, input: &Input) -> Vec<AliasDoubt> {
        let mut doubts = alias_doubts(&self.world(input), self.rules);
        doubts.retain(|doubt| input.concerns_object(&doubt.runtime));
        doubts
    }

    /// The verdicts on a cluster as it would be, with the side of each finding that is right.
    pub(super) fn verdicts_after(&self, live: &Input, after: &Input) -> Vec<Outcome> {
        let now = run(self.rules, &self.world(live), live);
        let world = self.world(after).with_applied_over(&live.snapshot, &now);
        self.without_old(world.suppressions().apply(rules::sides(&now, run(self.rules, &world, after))))
    }

    /// The rules that say something about an input of this kind.
    pub(super) fn applicable(&self, input: &Input) -> Vec<&'static Rule> {
        let (live, over) = (input.snapshot.is_live(), input.files.is_some());
        self.rules.iter().copied().filter(|rule| rule.judged.applies(live, over)).collect()
    }

    fn without_old(&self, outcomes: Vec<Outcome>) -> Vec<Outcome> {
        match self.baseline {
            Some(baseline) => baseline.apply(outcomes),
            None => outcomes,
        }
    }

    /// What the rules look at.
    pub(super) fn world<'a>(&'a self, input: &'a Input) -> World<'a> {
        self.view(input, &input.snapshot)
    }

    fn view<'a>(&'a self, input: &'a Input, snapshot: &'a Snapshot) -> World<'a> {
        let world = World::new(snapshot, &input.control_plane, &input.tenants);
        let world = world.with_seldon_version(self.version);
        let world = match &input.files {
            Some(files) => world.with_files(files),
            None => world,
        };
        let world = match &input.namespaces {
            Some(asked) => world.with_asked(asked),
            None => world,
        };
        match self.declared {
            Some(declared) => world.with_declared(declared),
            None => world,
        }
    }
}

fn run(rules: &[&'static Rule], world: &World<'_>, input: &Input) -> Vec<Outcome> {
    let mut outcomes = rules::run(rules, world);
    outcomes.retain(|outcome| input.concerns(outcome));
    outcomes
}
