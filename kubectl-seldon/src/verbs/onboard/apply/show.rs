//! The plan and what came of it, for people and for pipes.

use seldon_central_core::{
    change::{Change, presentable, without_foreign_values},
    object::Object,
    overlay::stream,
    resource::SECRET,
    text::{self, printable},
    yaml,
};
use serde_json::json;

use super::plan::{Judged, Plan, Step};
use crate::{
    cli::onboard::Output,
    error::CliError,
    render::{diff::unified, table::columns},
    ui::{BOLD, DIM, GREEN, Ui, YELLOW},
};

/// `service/seldon-scheduler -n fin created`: what follows `kubectl get`, and a word.
pub(super) fn line(object: &Object, word: &str, suffix: &str) -> String {
    let style = match word {
        "created" | "built" => GREEN,
        "unchanged" => DIM,
        _ => YELLOW,
    };
    let namespace = object.namespace().map(|namespace| format!(" -n {namespace}")).unwrap_or_default();
    let name = object.id().kubectl_name();
    format!("{}{} {style}{word}{style:#}{suffix}\n", printable(&name), printable(&namespace))
}

/// What happens to an object, in one word.
pub(super) const fn word(change: Change) -> &'static str {
    match change {
        Change::Create => "created",
        Change::Configure => "configured",
        Change::Unchanged => "unchanged",
        Change::Adopt => "adopted",
    }
}

fn change_of(step: &Step) -> Change {
    match &step.judged {
        Judged::Same(_) => Change::Unchanged,
        Judged::Changes(change, _) | Judged::Written(change, _) => *change,
        Judged::NotYet if step.live.is_none() => Change::Create,
        Judged::NotYet | Judged::Conflicts(_) => Change::Configure,
    }
}

/// What is about to happen.
pub(super) fn plan(plan: &Plan) -> String {
    let row = |step: &Step| {
        let word = match change_of(step) {
            Change::Create => "create",
            Change::Configure => "configure",
            Change::Unchanged => "leave",
            Change::Adopt => "adopt",
        };
        let id = step.wanted.id();
        let name = id.namespace.map_or_else(|| id.name.clone(), |namespace| format!("{namespace}/{}", id.name));
        [word.to_owned(), id.kind, printable(&name).into_owned()]
    };
    format!("{BOLD}Plan{BOLD:#}\n{}", columns(plan.steps.iter().map(row)))
}

/// What would come of a plan, or what came of one that changed nothing.
pub(super) fn result(plan: &Plan, output: Option<Output>, suffix: &str, ui: &Ui) -> Result<(), CliError> {
    if let Some(output) = output {
        return print_objects(plan, output, ui);
    }
    let lines = plan.steps.iter().map(|step| line(&step.wanted, word(change_of(step)), suffix));
    ui.data(&lines.collect::<String>())
}

/// The objects of a plan as they are, would be or became; a Secret without what others put into it, and
/// none that is theirs: without its values it would be another one.
pub(super) fn print_objects(plan: &Plan, output: Output, ui: &Ui) -> Result<(), CliError> {
    let is_theirs = |step: &&Step| step.wanted.is(&SECRET) && step.is_left_alone() && output != Output::Name;
    for step in plan.steps.iter().filter(is_theirs) {
        let id = step.wanted.id();
        ui.notice(&format!("{id} holds what somebody else put there, and is left alone and not printed"));
    }
    let shown: Vec<Object> = plan
        .steps
        .iter()
        .filter(|step| !is_theirs(step))
        .map(|step| match &step.judged {
            Judged::Same(object) | Judged::Changes(_, object) | Judged::Written(_, object) => {
                without_foreign_values(object, &step.wanted)
            }
            Judged::NotYet | Judged::Conflicts(_) => step.wanted.clone(),
        })
        .collect();
    ui.data(&objects(&shown.iter().collect::<Vec<_>>(), output))
}

/// Objects in the format that was asked for, without `managedFields`.
pub(super) fn objects(objects: &[&Object], output: Output) -> String {
    let plain: Vec<Object> = objects.iter().map(|object| (*object).clone().without_managed_fields()).collect();
    match output {
        Output::Yaml => stream(&plain),
        Output::Json => text::json(&json!({"apiVersion": "v1", "kind": "List", "items": plain})),
        Output::Name => plain.iter().map(|object| format!("{}\n", object.id().kubectl_name())).collect(),
    }
}

/// The differences a plan makes, values of Secrets masked.
pub(super) fn diff(plan: &Plan) -> String {
    plan.steps.iter().map(step_diff).collect()
}

fn step_diff(step: &Step) -> String {
    let new = match &step.judged {
        Judged::Same(_) => return String::new(),
        Judged::Changes(_, object) | Judged::Written(_, object) => object,
        Judged::NotYet | Judged::Conflicts(_) => &step.wanted,
    };
    let old = step.live.as_ref().map(|live| yaml::write(&presentable(live, None)));
    let new = yaml::write(&presentable(new, step.live.as_ref()));
    let name = step.wanted.id().kubectl_name();
    let place = step.wanted.namespace().map_or_else(|| name.clone(), |namespace| format!("{namespace}/{name}"));
    unified(&place, old.as_deref(), Some(&new))
}
