//! The plan and what came of it, for people and for pipes.

use seldon_central_core::{
    object::Object,
    offboard::{self, Plan},
    text::{self, printable},
    yaml,
};

use super::carry::Step;
use crate::{
    cli::{offboard::OffboardArgs, onboard::Output},
    render::table::columns,
    ui::{BOLD, YELLOW},
};

/// What is about to happen.
pub(super) fn plan(plan: &Plan) -> String {
    let row = |step: &offboard::Step| {
        let id = step.object.id();
        let name = id.namespace.map_or_else(|| id.name.clone(), |namespace| format!("{namespace}/{}", id.name));
        let word = if step.is_leaving() { "await" } else { "delete" };
        [word.to_owned(), id.kind, printable(&name).into_owned(), step.reason.to_string()]
    };
    format!("{BOLD}Plan{BOLD:#}\n{}", columns(plan.steps.iter().map(row)))
}

/// `model.mlops.seldon.io/income -n fin deleted`
pub(super) fn line(object: &Object, suffix: &str) -> String {
    let namespace = object.namespace().map(|namespace| format!(" -n {namespace}")).unwrap_or_default();
    let name = object.id().kubectl_name();
    format!("{}{} {YELLOW}deleted{YELLOW:#}{suffix}\n", printable(&name), printable(&namespace))
}

/// A line for each step.
pub(super) fn lines(steps: &[Step], suffix: &str) -> String {
    steps.iter().map(|step| line(&step.object, suffix)).collect()
}

/// The plan in the form that was asked for.
pub(super) fn document(plan: &Plan, args: &OffboardArgs) -> String {
    let document = || offboard::document(plan, args.tenant.as_str());
    match args.output {
        Output::Yaml => yaml::write(&document()),
        Output::Json => text::json(&document()),
        Output::Name => plan.steps.iter().map(|step| format!("{}\n", step.object.id().kubectl_name())).collect(),
    }
}
