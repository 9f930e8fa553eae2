//! Prints what was found, in every form that was asked for.

use std::collections::BTreeSet;

use anstream::adapter::strip_str;
use seldon_central_core::report::Report;

use super::about;
use crate::{
    cli::verify::{Output, OutputArg, VerifyArgs},
    error::CliError,
    render::report::{self, About, Picture},
    sink::{files::shown, whole},
    ui::Ui,
};

/// Whether the forms can be printed: one at most to standard output, each file once, and objects for a
/// cluster of that cluster alone.
///
/// # Errors
/// When they cannot.
pub(super) fn check(args: &VerifyArgs) -> Result<(), CliError> {
    let outputs: &[OutputArg] = &args.output.output;
    if outputs.iter().any(|output| output.format == Output::Policyreport) && !args.live.contexts.is_empty() {
        return Err(CliError::new("-o policyreport is for one cluster, to which its objects are applied")
            .hint("run it once for each of them, with --context"));
    }
    let mut to_stdout = outputs.iter().filter(|output| output.file.is_none()).map(|output| output.format);
    if let (Some(first), Some(second)) = (to_stdout.next(), to_stdout.next()) {
        return Err(CliError::new(format!("{first} and {second} cannot both go to standard output"))
            .hint(format!("name a file for all but one of them, such as `-o {second}=FILE`")));
    }
    let mut files = BTreeSet::new();
    match outputs.iter().filter_map(|output| output.file.as_ref()).find(|file| !files.insert(*file)) {
        Some(twice) => Err(CliError::new(format!("two formats cannot both go to {}", shown(twice)))),
        None => Ok(()),
    }
}

/// The report of one cluster, or of manifests.
pub(super) struct Printed {
    /// What begins a sentence about it: the cluster's name, when there are several.
    pub(super) whose: String,
    /// The report.
    pub(super) report: Report,
    /// Whether nothing in it is a tenant.
    pub(super) is_idle: bool,
    /// The cluster, where one was read.
    pub(super) cluster: Option<String>,
    /// Its tenants, where a form shows them.
    pub(super) picture: Option<Picture>,
}

/// Prints a report, and tells of its parts what the reader of a machine's form does not see.
///
/// # Errors
/// When a file or standard output cannot be written to.
pub(super) fn print(args: &VerifyArgs, report: &Report, parts: &[&Printed], ui: &Ui) -> Result<(), CliError> {
    let outputs = &args.output.output;
    let about = about::about(args, parts);
    for (output, file) in outputs.iter().filter_map(|output| Some((output.format, output.file.as_ref()?))) {
        whole::write(file, &strip_str(&render(output, report, &about)).to_string())?;
    }
    let printed = outputs.iter().find(|output| output.file.is_none()).map(|output| output.format);
    if let Some(format) = printed {
        ui.data(&render(format, report, &about))?;
    }
    let said = printed.is_some_and(Output::is_for_people);
    for part in parts {
        tell(part, said, ui);
    }
    hidden(report, said, ui);
    if parts.iter().any(|part| !part.report.not_looked_at.unread.is_empty()) && !args.live.allow_incomplete {
        ui.notice("rules that need what could not be read are unknown; --allow-incomplete is content with the others");
    }
    Ok(())
}

fn render(format: Output, report: &Report, about: &About) -> String {
    match format {
        Output::Text => report::text(report),
        Output::Short => report::short(report),
        Output::Wide => report::wide(report),
        Output::Matrix => report::matrix(report),
        Output::Checklist => report::checklist(report),
        Output::Json => report::json(report),
        Output::Jsonl => report::jsonl(report),
        Output::Yaml => report::yaml(report),
        Output::Junit => report::junit(report),
        Output::Sarif => report::sarif(report),
        Output::Github => report::github(report),
        Output::Gitlab => report::gitlab(report),
        Output::Markdown => report::markdown(report),
        Output::Html => report::html(report, about),
        Output::Policyreport => report::policyreport(report),
    }
}

/// Tells what the reader of a machine's form does not see.
fn tell(Printed { whose, report: of_one, is_idle, .. }: &Printed, said: bool, ui: &Ui) {
    if !said {
        of_one.seldon.notes.iter().for_each(|note| ui.notice(note));
        for line in report::unread_lines(of_one) {
            ui.notice(&format!("{whose}{line}"));
        }
    }
    if *is_idle {
        ui.notice(&format!(
            "{whose}no namespace that was looked at is a tenant of the central scheduler; name one to judge it as such"
        ));
    }
}

/// Tells how much is not shown.
fn hidden(report: &Report, said: bool, ui: &Ui) {
    match report.summary.hidden {
        0 => {}
        _ if said => {}
        1 => ui.notice("1 finding is below the level of --level and not shown"),
        hidden => ui.notice(&format!("{hidden} findings are below the level of --level and not shown")),
    }
}
