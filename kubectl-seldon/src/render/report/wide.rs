//! Everything for people: the findings as in the text, and a line for each other result.

use std::fmt::Write;

use seldon_central_core::{
    finding::SuppressedBy,
    reason::version::Clue,
    report::{Judgement, Record, Report},
    text::printable,
};

use super::{place, text};
use crate::{
    render::table,
    ui::{BOLD, DIM},
};

/// The findings, every other result, and the counts.
pub fn wide(report: &Report) -> String {
    let mut text = text::findings(report);
    for (title, result) in [
        ("suppressed", Judgement::Suppressed),
        ("unknown", Judgement::Unknown),
        ("passed", Judgement::Pass),
        ("not applicable", Judgement::NotApplicable),
    ] {
        let rows: Vec<[String; 4]> = report.with(result).map(row).collect();
        if !rows.is_empty() {
            let _ = writeln!(text, "{BOLD}{title}{BOLD:#}\n{}", table::columns(rows));
        }
    }
    if !report.not_looked_at.not_in_input.is_empty() {
        let _ = writeln!(text, "{BOLD}not in the input{BOLD:#}");
        for what in &report.not_looked_at.not_in_input {
            let _ = writeln!(text, "  {}", printable(what));
        }
        text.push('\n');
    }
    for (what, version) in report.seldon.versions() {
        let _ = writeln!(text, "{BOLD}Seldon Core: {what} {}{BOLD:#}", version.version);
        let row = |clue: &Clue| {
            [clue.object.to_string(), clue.path.clone(), clue.value.clone(), clue.says.clone()]
                .map(|cell| printable(&cell).into_owned())
        };
        let _ = writeln!(text, "{}", table::columns(version.evidence.iter().map(row).collect::<Vec<_>>()));
    }
    text.push_str(&text::end(report));
    text
}

fn row(record: &Record) -> [String; 4] {
    let rule = match record.result {
        Judgement::Fail | Judgement::Suppressed => format!("{} {}", record.level.letter(), record.rule),
        Judgement::Pass | Judgement::Unknown | Judgement::NotApplicable => record.rule.to_owned(),
    };
    let object = match place::qualified(record) {
        object if object.is_empty() => "-".to_owned(),
        object => printable(&object).into_owned(),
    };
    let says = match (&record.suppression, record.result) {
        (Some(by), _) => {
            let reason = by.reason.as_ref().map(|reason| format!(" -- {reason}")).unwrap_or_default();
            format!("{} (by {}{reason})", record.message, suppressed_by(by.source))
        }
        // That the rule holds is what the heading says.
        (None, Judgement::Pass) => String::new(),
        (None, _) => record.message.clone(),
    };
    [rule, format!("{DIM}{}{DIM:#}", record.name), object, printable(&says).into_owned()]
}

/// What a finding is suppressed by, for people.
pub(super) const fn suppressed_by(source: SuppressedBy) -> &'static str {
    match source {
        SuppressedBy::Annotation => "annotation",
        SuppressedBy::Profile => "profile",
        SuppressedBy::Baseline => "baseline",
    }
}
