//! What would be done, and what was, for people and for pipes.

use seldon_central_core::{
    change::presentable,
    fix::{Bound, BoundWrite},
    text::printable,
    yaml,
};

use super::steps::{State, Step};
use crate::{
    render::diff::unified,
    ui::{DIM, GREEN, RED, YELLOW},
};

/// A line for each step that is only planned.
pub(super) fn lines(steps: &[Bound], suffix: &str) -> String {
    steps.iter().map(|step| line(step, word(step), suffix)).collect()
}

/// `service/seldon-scheduler -n fin changed for SCS0504`: what follows `kubectl get`, a word, and why.
pub(super) fn line(step: &Bound, word: &str, suffix: &str) -> String {
    let style = match word {
        "created" => GREEN,
        "unchanged" => DIM,
        "deleted" => RED,
        _ => YELLOW,
    };
    let object = &step.object;
    let namespace = object.namespace.as_ref().map(|namespace| format!(" -n {namespace}")).unwrap_or_default();
    let rules = step.rules();
    let why = if rules.is_empty() { String::new() } else { format!(" for {}", rules.join(", ")) };
    let name = format!("{}{namespace}", object.kubectl_name());
    format!("{} {style}{word}{style:#}{}{suffix}\n", printable(&name), printable(&why))
}

/// What happens to an object, in one word.
pub(super) const fn word(step: &Bound) -> &'static str {
    match step.write {
        BoundWrite::Create { .. } => "created",
        BoundWrite::Patch { .. } => "changed",
        BoundWrite::Delete { .. } => "deleted",
    }
}

/// The difference that steps make, values of Secrets masked.
pub(super) fn diff(steps: &[Step]) -> String {
    steps.iter().map(step_diff).collect()
}

fn step_diff(step: &Step) -> String {
    let new = match &step.state {
        State::Judged(result) | State::Written(result) => result.as_ref(),
        State::Pending | State::Same => return String::new(),
    };
    let old = step.live.as_ref().map(|live| yaml::write(&presentable(live, None)));
    let new = new.map(|new| yaml::write(&presentable(new, step.live.as_ref())));
    let name = step.bound.object.kubectl_name();
    let place = step.bound.object.namespace.as_ref().map_or_else(|| name.clone(), |home| format!("{home}/{name}"));
    unified(&place, old.as_deref(), new.as_deref())
}
