//! The specification's checklist before production: Markdown for a change ticket, in lines that a
//! terminal shows as well.

use std::fmt::Write;

use seldon_central_core::report::{
    Checklist, Report,
    checklist::{self, Because, Line, Standing},
};

use super::markdown::{plain, safe};
use crate::render::wrap::wrapped;

/// At most so many reasons are told for a line; `-o json` has them all.
const TOLD: usize = 4;

/// A list of tasks for each tenant; what is proved is done.
pub fn checklist(report: &Report) -> String {
    let mut text = format!(
        "# Production checklist\n\nBy `kubectl seldon verify` {}, control plane {}.\n",
        report.version,
        plain(&report.control_plane)
    );
    if report.checklist.is_empty() {
        text.push_str("\nThere is no tenant to check.\n");
    }
    for list in &report.checklist {
        let cluster = list.cluster.as_ref().map(|cluster| format!("{cluster}: ")).unwrap_or_default();
        let _ = write!(text, "\n## {}{}: {}\n\n", plain(&cluster), plain(&list.tenant), counted(list));
        for line in &list.lines {
            text.push_str(&item(line));
        }
    }
    for cluster in &report.clusters {
        if let Some(error) = &cluster.error {
            let _ = write!(text, "\n## {}: could not be judged\n\n", plain(&cluster.name));
            text.push_str(&paragraph(&safe(error), "", ""));
        }
    }
    text
}

fn counted(list: &Checklist) -> String {
    let counts = checklist::count([list]);
    let words = counts.into_iter().map(|(standing, count)| format!("{count} {}", word(standing)));
    words.collect::<Vec<_>>().join(", ")
}

const fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Proved => "proved",
        Standing::Failed => "failed",
        Standing::Unknown => "unknown",
    }
}

fn item(line: &Line) -> String {
    let (done, standing) = match line.standing {
        Standing::Proved => ("x", "proved"),
        Standing::Failed => (" ", "**failed**"),
        Standing::Unknown => (" ", "**unknown**"),
    };
    let mut text = paragraph(&format!("{standing}: {}", safe(line.claim)), &format!("- [{done}] "), "  ");
    for because in line.because.iter().take(TOLD) {
        text.push_str(&paragraph(&reason(because), "  - ", "    "));
    }
    let more = line.because.len().saturating_sub(TOLD);
    if more > 0 {
        let _ = writeln!(text, "  - and {more} more, which `-o json` lists");
    }
    text
}

fn reason(because: &Because) -> String {
    format!("{}: {}", because.rules.join(", "), safe(&because.says))
}

/// A paragraph in lines. No line but the first begins with what would begin a list, a heading or a
/// rule there.
fn paragraph(text: &str, first: &str, others: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in wrapped(text, first, others).lines() {
        match lines.last_mut() {
            Some(last) if begins_a_block(line.trim_start()) => {
                last.push(' ');
                last.push_str(line.trim_start());
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn begins_a_block(line: &str) -> bool {
    let numbered = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with(['-', '+', '=']) || (numbered.len() < line.len() && numbered.starts_with(['.', ')']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_paragraph_begins_a_block() {
        let words = format!("{} - a {} 1. b", "x".repeat(77), "y".repeat(73));
        let text = paragraph(&words, "- ", "  ");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert_eq!(paragraph("a b", "- ", "  "), "- a b\n");
        assert!(begins_a_block("12) x") && !begins_a_block("12 x") && !begins_a_block("x - y"));
    }
}
