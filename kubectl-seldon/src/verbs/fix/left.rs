//! What stays as it is, why, and what its owner can do about it.

use std::collections::BTreeSet;

use seldon_central_core::{
    finding::{Level, Outcome},
    fix::{Edit, Left, Why, find, values},
    object::ObjectId,
    reason::ownership::Owner,
    snapshot::Snapshot,
    text::printable,
    yaml,
};

use super::owners::Owners;
use crate::ui::{Ui, YELLOW};

/// Says it, on standard error. What is only worth knowing is left to `verify`.
pub(super) fn tell(left: &[Left], snapshot: &Snapshot, ui: &Ui) {
    tell_owners(left, snapshot, &Owners::default(), ui);
}

/// The same with what is known of owners.
pub(super) fn tell_owners(left: &[Left], snapshot: &Snapshot, owners: &Owners, ui: &Ui) {
    let counts = left.iter().filter(|left| left.outcome.level() > Some(Level::Info));
    let counts: Vec<&Left> = counts.collect();
    for Left { outcome, why } in &counts {
        say(outcome, &why.to_string(), ui);
    }
    if counts.iter().any(|left| matches!(left.why, Why::NeedsUnsafe)) {
        ui.notice("--unsafe makes the changes too that may interrupt somebody");
    }
    let mut told = BTreeSet::new();
    for left in left {
        let Why::Owned { object, ownership, edits } = &left.why else { continue };
        if told.insert(format!("{object} {edits:?}")) {
            way_to_go((object, &ownership.owner), edits, snapshot, owners, ui);
        }
    }
    if !told.is_empty() {
        ui.notice("--force-live changes on the cluster what others own, until they change it back");
    }
}

/// Says that a finding stays, and why, unless it is only worth knowing.
pub(super) fn say(outcome: &Outcome, why: &str, ui: &Ui) {
    if outcome.level() <= Some(Level::Info) {
        return;
    }
    let message = outcome.finding().map(|finding| finding.message.as_str()).unwrap_or_default();
    let text = format!("{} {}: {message}; {why}", outcome.rule, outcome.object);
    ui.say(&format!("{YELLOW}left:{YELLOW:#} {}", printable(&text)));
}

/// What to change where an owner reads it.
fn way_to_go((object, owner): (&ObjectId, &Owner), edits: &[Edit], snapshot: &Snapshot, owners: &Owners, ui: &Ui) {
    let changes: Vec<String> = edits.iter().map(|edit| format!("in {}: {}", edit.object, edit.action)).collect();
    let release = match owner {
        Owner::Helm { release: Some(release) } | Owner::FluxHelmRelease { name: release } => Some(release),
        Owner::Helm { release: None } | Owner::ArgoCd { .. } | Owner::FluxKustomization { .. } => None,
    };
    let Some(release) = release else {
        let place = owners.place(owner).map(|place| format!(", {place}")).unwrap_or_default();
        ui.notice(&format!("change it in the repository of {owner}{place}: {}", changes.join("; ")));
        if let Some(command) = owners.command(object, owner) {
            ui.notice(&format!("or, at its root, lay patches over what it reads:\n  {command}"));
        }
        return;
    };
    let values = find(snapshot, object).and_then(|found| values(&found.object, edits));
    let Some(values) = values else {
        ui.notice(&format!("change it in the chart or the values of {owner}: {}", changes.join("; ")));
        return;
    };
    let values = yaml::write(&values);
    let (namespace, name) = release.split_once('/').unwrap_or(("", release));
    if matches!(owner, Owner::Helm { .. }) {
        ui.notice(&format!(
            "values of {owner} that say the same; CHART is where it was installed from:\n{values}\
             helm upgrade {name} CHART --namespace {namespace} --reuse-values --values FILE-WITH-THESE"
        ));
    } else {
        ui.notice(&format!("`spec.values` of {owner} that say the same:\n{values}"));
    }
}
