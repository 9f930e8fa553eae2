//! What the rules say, and what of it counts.

use seldon_central_core::{
    finding::{Level, Outcome},
    rules::{self, Rule, World},
    snapshot::Snapshot,
    version::SeldonVersion,
};

use super::gather::Input;
use crate::{cli::verify::JudgeArgs, error::CliError};

/// By what is judged.
#[derive(Debug)]
pub(super) struct Judge {
    /// The rules, ordered by id.
    pub(super) rules: Vec<&'static Rule>,
    version: SeldonVersion,
}

impl Judge {
    /// Reads the flags.
    ///
    /// # Errors
    /// When they leave no rule.
    pub(super) fn new(args: &JudgeArgs) -> Result<Self, CliError> {
        Ok(Self { rules: args.rules()?, version: args.seldon_version })
    }

    /// A run that judges nothing is no success.
    ///
    /// # Errors
    /// When no rule applies to what was read.
    pub(super) fn has_work(&self, input: &Input) -> Result<(), CliError> {
        let live = input.snapshot.is_live();
        if self.rules.iter().any(|rule| rule.judged.applies(live)) {
            return Ok(());
        }
        let (from, needed) =
            if live { ("a cluster", "manifests, with --file") } else { ("manifests alone", "a cluster") };
        Err(CliError::new(format!("none of the selected rules can be judged from {from}; they need {needed}")))
    }

    /// The verdicts on what was asked about, and which of them do not count.
    pub(super) fn verdicts(&self, input: &Input) -> Vec<Outcome> {
        let verdicts = |snapshot| {
            let world = self.world(input, snapshot);
            world.suppressions().apply(run(&self.rules, &world, input))
        };
        input.elsewhere.iter().map(verdicts).fold(verdicts(&input.snapshot), rules::merged)
    }

    /// The same on a cluster as it would be, with the side of each finding that is right.
    pub(super) fn verdicts_after(&self, live: &Input, after: &Input) -> Vec<Outcome> {
        let world = self.world(after, &after.snapshot);
        let now = run(&self.rules, &self.world(live, &live.snapshot), live);
        world.suppressions().apply(rules::sides(&now, run(&self.rules, &world, after)))
    }

    fn world<'a>(&self, input: &'a Input, snapshot: &'a Snapshot) -> World<'a> {
        World::new(snapshot, &input.control_plane, &input.tenants).with_seldon_version(self.version)
    }
}

fn run(rules: &[&'static Rule], world: &World<'_>, input: &Input) -> Vec<Outcome> {
    let mut outcomes = rules::run(rules, world);
    outcomes.retain(|outcome| input.concerns(outcome));
    outcomes
}

/// The outcomes without the findings below a level, and how many those are.
pub(super) fn from_level(level: Level, mut outcomes: Vec<Outcome>) -> (Vec<Outcome>, usize) {
    let all = outcomes.len();
    outcomes.retain(|outcome| outcome.level().is_none_or(|own| own >= level));
    let hidden = all - outcomes.len();
    (outcomes, hidden)
}
