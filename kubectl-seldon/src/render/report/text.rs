//! For people.

use std::fmt::Write;

use anstyle::Style;
use seldon_central_core::{
    finding::Level,
    report::{Cluster, Judgement, Record, Report},
    text::printable,
};

use super::{group::groups, place, summary};
use crate::{
    render::wrap::{WIDTH, wrapped},
    ui::{BOLD, CYAN, DIM, GREEN, RED, YELLOW},
};

/// Before everything that is said about a finding.
const INDENT: &str = "      ";

/// Findings by whom they concern, and what there is to say of the whole.
pub fn text(report: &Report) -> String {
    let mut text = findings(report);
    text.push_str(&end(report));
    text
}

/// The findings by whom they concern; when several clusters were judged, below a heading for each.
pub(super) fn findings(report: &Report) -> String {
    if report.clusters.is_empty() {
        return grouped(report, report.with(Judgement::Fail));
    }
    let mut text = String::new();
    for Cluster { name, summary, error, .. } in &report.clusters {
        let verdict = match error {
            Some(_) => format!("{RED}could not be judged{RED:#}"),
            None => summary::counted(summary),
        };
        let _ = writeln!(text, "{BOLD}== {}{BOLD:#}: {verdict}", printable(name));
        if let Some(error) = error {
            text.push_str(&wrapped(error, "  ", "  "));
        }
        let own = report.with(Judgement::Fail).filter(|record| record.cluster.as_ref() == Some(name));
        text.push_str(&grouped(report, own));
        if !text.ends_with("\n\n") {
            text.push('\n');
        }
    }
    text
}

fn grouped<'a>(report: &'a Report, records: impl Iterator<Item = &'a Record>) -> String {
    let mut text = String::new();
    for (group, records) in groups(report, records) {
        let _ = writeln!(text, "{BOLD}{}{BOLD:#}", printable(&group.title_within()));
        let width = records.iter().map(|record| record.name.len()).max().unwrap_or_default();
        for record in records {
            text.push_str(&shown(record, width, &place::object_within(record)));
        }
        text.push('\n');
    }
    text
}

/// One finding with its evidence and its way out.
pub fn one(record: &Record) -> String {
    shown(record, record.name.len(), &place::object(record))
}

/// The same, with the name of its rule in a column of a width.
fn shown(record: &Record, width: usize, object: &str) -> String {
    let style = style(record.level);
    let mut text = String::new();
    let rule = format!("{} {}", record.level.letter(), record.rule);
    // Two spaces before the rule and the object, one before the name.
    let fits = rule.len() + width + object.chars().count() + 5 <= WIDTH;
    let (width, between) = if fits { (width, "  ") } else { (0, "\n      ") };
    let name = record.name;
    let _ = writeln!(text, "  {style}{rule}{style:#} {DIM}{name:width$}{DIM:#}{between}{object}");
    text.push_str(&wrapped(&record.message, INDENT, INDENT));
    if let Some(found) = place::in_file(record) {
        let _ = writeln!(text, "{INDENT}{DIM}{}{DIM:#}", place::shown(record));
        if let Some(quote) = &record.quote {
            let number = found.line.to_string();
            let room = WIDTH.saturating_sub(INDENT.len() + number.len() + 3);
            let _ = writeln!(text, "{INDENT}{DIM}{number} |{DIM:#} {}", cut(&printable(quote), room));
        }
    }
    let paths = record.evidence.iter().map(|evidence| evidence.path.chars().count()).max().unwrap_or_default();
    for evidence in &record.evidence {
        // Spaces would be folded, so the path stands in the indent.
        let first = format!("{INDENT}{:paths$}  ", printable(&evidence.path));
        let lines = wrapped(&evidence.value, &first, &format!("{INDENT}  "));
        for line in lines.lines() {
            let _ = writeln!(text, "{DIM}{line}{DIM:#}");
        }
    }
    if let Some(remedy) = &record.remedy {
        let lines = wrapped(&format!("hint: {remedy}"), INDENT, &format!("{INDENT}  "));
        text.push_str(&lines.replacen("hint:", &format!("{CYAN}hint:{CYAN:#}"), 1));
    }
    text
}

/// The beginning of a text that has to fit into so many characters.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(2)).collect();
    format!("{} …", kept.trim_end())
}

/// The colour of a level.
pub(super) const fn style(level: Level) -> Style {
    match level {
        Level::Error => RED,
        Level::Warning => YELLOW,
        Level::Info => CYAN,
    }
}

/// The counts, what was not looked at, and where to read on.
pub(super) fn end(report: &Report) -> String {
    let (verdict, worst) = summary::verdict(report);
    let style = match worst {
        Some(level) => self::style(level),
        None if report.summary.pass == 0 => YELLOW,
        None => GREEN,
    };
    let (others, extent) = (summary::others(report), summary::extent(report));
    let mut text = format!("{style}{verdict}{style:#}; {others}\nlooked at: {extent}\n");
    for note in &report.seldon.notes {
        text.push_str(&wrapped(&format!("note: {note}"), "", "  "));
    }
    let unseen = summary::not_looked_at(report);
    if !unseen.is_empty() {
        text.push_str("not looked at:\n");
        for line in unseen {
            text.push_str(&wrapped(&line, "  ", "    "));
        }
    }
    if let Some(worst) = summary::worst(report) {
        let _ = writeln!(text, "{CYAN}hint:{CYAN:#} `kubectl seldon explain {}` says more about a rule", worst.rule);
    }
    text
}
