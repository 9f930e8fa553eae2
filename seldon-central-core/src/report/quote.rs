//! The lines that prove findings.

use std::collections::BTreeMap;

use crate::{
    finding::Outcome,
    resource::SECRET,
    snapshot::{Origin, Snapshot},
};

/// Characters of a line that are worth quoting.
const LONG: usize = 100;

/// Where lines can be quoted from.
#[derive(Debug)]
pub(super) struct Quotes<'a> {
    snapshot: &'a Snapshot,
    /// By file: the line on which each object begins, and whether it is a Secret, in their order.
    objects: BTreeMap<&'a str, Vec<(u64, bool)>>,
}

impl<'a> Quotes<'a> {
    pub(super) fn of(snapshot: &'a Snapshot) -> Self {
        let mut objects: BTreeMap<&str, Vec<(u64, bool)>> = BTreeMap::new();
        for observed in snapshot.objects() {
            if let Origin::File { path, line, .. } = &observed.origin {
                objects.entry(path).or_default().push((*line, observed.object.is(&SECRET)));
            }
        }
        for lines in objects.values_mut() {
            lines.sort_unstable();
        }
        Self { snapshot, objects }
    }

    /// The line on which a finding is placed.
    pub(super) fn find(&self, outcome: &Outcome) -> Option<String> {
        let is_found = outcome.finding().or(outcome.suppressed().map(|(finding, _)| finding)).is_some();
        let Some(Origin::File { path, line, column, .. }) = outcome.origin.as_ref().filter(|_| is_found) else {
            return None;
        };
        if self.may_be_secret(path, *line) {
            return None;
        }
        let text = self.snapshot.texts().line(path, *line)?;
        let quote = if text.chars().count() > LONG { cut(text, *column) } else { text.trim().to_owned() };
        (!quote.is_empty()).then_some(quote)
    }

    /// Whether a Secret stands on the line, or so near that it may: it ends where the next object
    /// begins.
    fn may_be_secret(&self, path: &str, line: u64) -> bool {
        let objects = self.objects.get(path).map_or(&[][..], Vec::as_slice);
        let ends = objects.iter().skip(1).map(|(begin, _)| *begin).chain([u64::MAX]);
        objects.iter().zip(ends).any(|((begin, is_secret), end)| *is_secret && (*begin..=end).contains(&line))
    }
}

/// A long line from a column on.
fn cut(line: &str, column: u64) -> String {
    let skipped = usize::try_from(column).unwrap_or(1).saturating_sub(1);
    let before = if line.chars().take(skipped).any(|c| !c.is_whitespace()) { "… " } else { "" };
    let rest: String = line.chars().skip(skipped).collect();
    let kept: String = rest.chars().take(LONG).collect();
    let after = if kept.len() < rest.len() { " …" } else { "" };
    format!("{before}{}{after}", kept.trim())
}
