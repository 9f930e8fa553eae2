//! For comments on pull requests and summaries of jobs.

use std::fmt::Write;

use seldon_central_core::{
    report::{Judgement, Record, Report},
    text::printable,
};

use super::{group::groups, place, summary};

/// A heading with the verdict, a table for each namespace with findings, and what was not looked at.
pub fn markdown(report: &Report) -> String {
    let (verdict, _) = summary::verdict(report);
    let mut text = format!("## kubectl seldon verify: {verdict}\n\n");
    let _ = writeln!(text, "{} ({})", summary::others(report), summary::extent(report));
    for (group, records) in groups(report, report.with(Judgement::Fail)) {
        let _ = writeln!(text, "\n### {}\n\n| Level | Rule | Where | What |\n|---|---|---|---|", plain(&group.title()));
        for record in records {
            text.push_str(&row(record));
        }
    }
    if let Some(versions) = summary::versions(report) {
        let _ = writeln!(text, "\n{}", plain(&versions));
    }
    for note in &report.seldon.notes {
        let _ = writeln!(text, "\n{}", plain(note));
    }
    let unseen = summary::not_looked_at(report);
    if !unseen.is_empty() {
        text.push_str("\nNot looked at:\n\n");
        for line in unseen {
            let _ = writeln!(text, "* {}", plain(&line));
        }
    }
    text
}

fn row(record: &Record) -> String {
    let level = summary::level(record.level);
    let place = place::in_file(record).map(|_| format!("<br>{}", plain(&place::shown(record)))).unwrap_or_default();
    let object = plain(&place::object(record));
    let hint = record.remedy.as_ref().map(|remedy| format!("<br>*{}*", safe(remedy))).unwrap_or_default();
    let rule = format!("[{}]({}) {}", record.rule, record.help, record.name);
    format!("| {level} | {rule} | {object}{place} | {}{hint} |\n", safe(&record.message))
}

/// Text in which nothing is markup but what stands in backticks, which is code.
pub(super) fn safe(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = printable(&words);
    let parts: Vec<&str> = words.split('`').collect();
    // Backticks without another end, and several in a row, do not pair as they seem to.
    if parts.len().is_multiple_of(2) || words.contains("``") {
        return plain(&words);
    }
    let part = |(index, part): (usize, &&str)| match index % 2 {
        0 => plain(part),
        _ => format!("`{}`", part.replace('|', "\\|")),
    };
    parts.iter().enumerate().map(part).collect()
}

/// Text in which nothing is markup.
pub(super) fn plain(text: &str) -> String {
    printable(text).chars().fold(String::new(), |mut safe, c| {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '\\' | '`' | '|' | '*' | '_' | '[' | ']' | '~' | '#' => safe.extend(['\\', c]),
            c => safe.push(c),
        }
        safe
    })
}
