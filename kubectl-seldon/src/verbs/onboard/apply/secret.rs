//! The Secret of rclone settings, which Seldon's agents take only with exactly one key.

use std::collections::BTreeSet;

use seldon_central_core::{object::Object, pattern, reason::rclone, resource::SECRET, text::printable};

use super::plan::{Plan, Step};
use crate::error::CliError;

/// Whether a Secret that is there has one key of its owner's, which does what ours would.
pub(super) fn is_left_alone(live: &Object) -> bool {
    let keys = keys(live);
    keys.len() == 1 && !keys.contains(pattern::RCLONE_SECRET_KEY)
}

/// Refuses Secrets that would have several keys: the agents would exit.
pub(super) fn refuse_crowded(plan: &Plan, refused: &str) -> Result<(), CliError> {
    let crowded: Vec<String> = plan.steps.iter().filter(|step| !step.is_left_alone()).filter_map(crowd).collect();
    if crowded.is_empty() {
        return Ok(());
    }
    Err(CliError::new(format!(
        "{refused}, because Seldon's agents take this Secret only with exactly one key:\n  {}",
        crowded.join("\n  ")
    ))
    .hint(format!("leave it one key; one that is not called `{}` is kept as it is", pattern::RCLONE_SECRET_KEY)))
}

/// Secrets that are left to their owners and hold what agents do not read.
pub(super) fn doubts(plan: &Plan) -> Vec<String> {
    let doubt = |step: &Step| {
        let live = step.live.as_ref().filter(|live| live.is(&SECRET) && !rclone::holds_remote(live))?;
        Some(format!(
            "{} is left as it is, but does not hold an rclone remote: `name`, `type` and `parameters` in YAML or JSON; \
             Seldon's agents exit on anything else",
            printable(&live.id().to_string())
        ))
    };
    plan.steps.iter().filter(|step| step.is_left_alone()).filter_map(doubt).collect()
}

/// What a Secret would hold, when that is too much.
fn crowd(step: &Step) -> Option<String> {
    let live = step.live.as_ref().filter(|live| live.is(&SECRET))?;
    let mut all = keys(live);
    all.extend(keys(&step.wanted));
    let names: Vec<String> = all.iter().map(|key| format!("`{}`", printable(key))).collect();
    (names.len() > 1).then(|| format!("{} would have {}", printable(&step.wanted.id().to_string()), names.join(", ")))
}

fn keys(secret: &Object) -> BTreeSet<&str> {
    let data = secret.pointer("/data").and_then(serde_json::Value::as_object);
    data.into_iter().flat_map(|data| data.keys().map(String::as_str)).collect()
}
