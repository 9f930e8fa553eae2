//! Workflow commands of GitHub Actions, which become annotations of a pull request.

use seldon_central_core::{
    finding::Level,
    report::{Judgement, Record, Report},
    text::printable,
};

use super::place;

/// A command for each finding, and one for each thing that could not be read.
pub fn github(report: &Report) -> String {
    let findings = report.with(Judgement::Fail).map(command);
    let unread = report.not_looked_at.unread.iter().map(|unread| {
        let message = format!("{} could not be read: {}", unread.what, unread.reason);
        format!("::warning title=kubectl seldon verify::{}\n", data(&message))
    });
    findings.chain(unread).collect()
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
    let object = record.object.as_ref().map(ToString::to_string).unwrap_or_default();
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
