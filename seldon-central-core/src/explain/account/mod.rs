//! One object: what becomes of it, why, and what would change that.

mod change;
mod model;
mod page;
mod references;
mod runtime;
mod server;

use serde::Serialize;

pub use self::change::Way;

use crate::{
    finding::{Evidence, Level, Outcome, Verdict},
    object::ObjectId,
    resource::{EXPERIMENT, MODEL, PIPELINE, Resource, SELDON_RUNTIME, SERVER},
    rules::{self, RULES, World},
    snapshot::{Observed, Origin, Unknown},
};

/// The kinds whose objects can be accounted for, each with the words for it on a command line.
pub const ACCOUNTED: [(&Resource, &[&str]); 5] = [
    (&MODEL, &["model", "models", "mlm"]),
    (&SERVER, &["server", "servers", "mls"]),
    (&SELDON_RUNTIME, &["runtime", "runtimes", "seldonruntime", "seldonruntimes"]),
    (&PIPELINE, &["pipeline", "pipelines", "mlp"]),
    (&EXPERIMENT, &["experiment", "experiments", "mlx"]),
];

/// What is to be said about one object.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The object.
    pub object: ObjectId,
    /// Where it was found.
    pub origin: Origin,
    /// What becomes of it, in one sentence without a full stop.
    pub headline: String,
    /// How it comes to that, step by step.
    pub steps: Vec<Step>,
    /// The smallest change that would turn a bad end into a good one.
    pub change: Way,
    /// What rules find on it, and what of it they cannot judge.
    pub outcomes: Vec<Outcome>,
    /// What else rules find at level Error in its namespace and in the control plane.
    pub around: Vec<Outcome>,
}

/// One step of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What the step means for the object.
    pub standing: Standing,
    /// The step, in one sentence without a full stop.
    pub text: String,
    /// What proves it.
    pub evidence: Vec<Evidence>,
}

/// What a step means for the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It is so, for better or worse.
    Fact,
    /// It helps.
    Good,
    /// It stands in the way.
    Bad,
    /// It cannot be told.
    Unknown,
}

/// What one kind of object adds to its account.
#[derive(Debug, Default)]
struct Story {
    headline: String,
    steps: Vec<Step>,
}

impl Story {
    fn step(&mut self, standing: Standing, text: impl Into<String>) {
        self.proved(standing, text, Vec::new());
    }

    fn proved(&mut self, standing: Standing, text: impl Into<String>, evidence: Vec<Evidence>) {
        self.steps.push(Step { standing, text: text.into(), evidence });
    }
}

/// Accounts for an object; `None` when it is of no kind that can be.
pub fn account(world: &World<'_>, observed: &Observed) -> Option<Account> {
    let object = &observed.object;
    let story = match object.resource()? {
        kind if *kind == MODEL => model::story(world, observed),
        kind if *kind == SERVER => server::story(world, observed),
        kind if *kind == SELDON_RUNTIME => runtime::story(world, observed),
        kind if *kind == PIPELINE || *kind == EXPERIMENT => references::story(world, observed),
        _ => return None,
    };
    let id = object.id();
    let servers = change::servers_of(world, object);
    let (mut outcomes, mut around) = (Vec::new(), Vec::new());
    for outcome in world.suppressions().apply(rules::run(RULES, world)) {
        if outcome.object == id {
            if outcome.verdict != Verdict::Pass {
                outcomes.push(outcome);
            }
        } else if touches(world, &outcome, object.namespace())
            || (is_error(&outcome) && servers.contains(&outcome.object))
        {
            around.push(outcome);
        }
    }
    let change = change::way(world, observed);
    let Story { headline, steps, .. } = story;
    Some(Account { object: id, origin: observed.origin.clone(), headline, steps, change, outcomes, around })
}

impl Account {
    /// Whether a read failed that the account needs.
    pub fn is_incomplete(&self) -> bool {
        self.outcomes
            .iter()
            .any(|outcome| matches!(&outcome.verdict, Verdict::Unknown { reason } if reason.is_incomplete()))
    }
}

/// Whether an outcome about another object may stand in the way: an error on something that the
/// whole namespace, or every tenant, lives by.
fn touches(world: &World<'_>, outcome: &Outcome, namespace: Option<&str>) -> bool {
    let own = &outcome.object;
    let is_apart = ACCOUNTED.iter().any(|(kind, _)| kind.kind == own.kind && **kind != SELDON_RUNTIME);
    let home = own.home();
    let central = world.control_plane.namespace.as_str();
    is_error(outcome) && !is_apart && (home == namespace || home == Some(central))
}

fn is_error(outcome: &Outcome) -> bool {
    outcome.finding().is_some_and(|finding| finding.level == Level::Error)
}

/// Why something is not known, as a step.
fn unknown(story: &mut Story, what: &str, why: &Unknown) {
    story.step(Standing::Unknown, format!("{what}: {why}"));
}

/// A number of things for people.
fn count(number: u64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// Labels for people.
fn list<'a>(labels: impl IntoIterator<Item = &'a str>) -> String {
    let labels: Vec<String> = labels.into_iter().map(|label| format!("`{label}`")).collect();
    if labels.is_empty() { "nothing".to_owned() } else { labels.join(", ") }
}

#[cfg(test)]
mod tests;
