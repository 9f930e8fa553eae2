//! Workflow commands of GitHub Actions, which become annotations of a pull request.

use seldon_central_core::{
    finding::Level,
    report::{Judgement, Record, Report},
    text::printable,
};

use super::{place, summary};

/// A command for each finding, and one for each thing that could not be read or judged.
pub fn github(report: &Report) -> String {
    let findings = report.with(Judgement::Fail).map(command);
    let unread = summary::unread(report).into_iter().map(|message| run_command("warning", &message));
    let unjudged = summary::unjudged(report).into_iter().map(|message| run_command("error", &message));
    findings.chain(unread).chain(unjudged).collect()
}

/// About the run as a whole.
fn run_command(command: &str, message: &str) -> String {
    format!("::{command} title=kubectl seldon verify::{}\n", data(message))
}

fn command(record: &Record) -> String {
    let command = match record.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "notice",
    };
    let place = place::in_file(record).map(|at| {
        let path = property(at.path.strip_prefix("./").unwrap_or(at.path));
        format!("file={path},line={},col={},", at.line, at.column)
    });
    let title = property(&format!("{} {}", record.rule, record.name));
    let object = place::qualified(record);
    let hint = record.remedy.as_ref().map(|remedy| format!("\nhint: {remedy}")).unwrap_or_default();
    let message = data(&format!("{object}: {}{hint}", record.message));
    format!("::{command} {}title={title}::{message}\n", place.unwrap_or_default())
}

/// Text as the data of a command, in which a line break would begin another command.
fn data(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| printable(line).replace('%', "%25")).collect();
    lines.join("%0A")
}

/// Text as a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
