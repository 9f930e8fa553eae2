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
    /// By file: the first and last line of each Secret. It ends where the next object begins.
    secrets: BTreeMap<&'a str, Vec<(u64, u64)>>,
    /// The lines of the files that were quoted from: a walk over a file for each finding in it would
    /// be quadratic.
    lines: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Quotes<'a> {
    pub(super) fn of(snapshot: &'a Snapshot) -> Self {
        let mut objects: BTreeMap<&str, Vec<(u64, bool)>> = BTreeMap::new();
        for observed in snapshot.objects() {
            if let Origin::File { path, line, .. } = &observed.origin {
                objects.entry(path).or_default().push((*line, observed.object.is(&SECRET)));
            }
        }
        let secrets = objects.into_iter().map(|(path, mut objects)| {
            objects.sort_unstable();
            let ends: Vec<u64> = objects.iter().skip(1).map(|(begin, _)| *begin).chain([u64::MAX]).collect();
            let spans = objects.into_iter().zip(ends);
            (path, spans.filter(|((_, is_secret), _)| *is_secret).map(|((begin, _), end)| (begin, end)).collect())
        });
        Self { snapshot, secrets: secrets.collect(), lines: BTreeMap::new() }
    }

    /// The line on which a finding is placed.
    pub(super) fn find(&mut self, outcome: &'a Outcome) -> Option<String> {
        let is_found = outcome.finding().or(outcome.suppressed().map(|(finding, _)| finding)).is_some();
        let Some(Origin::File { path, line, column, .. }) = outcome.origin.as_ref().filter(|_| is_found) else {
            return None;
        };
        let secrets = self.secrets.get(path.as_str()).map_or(&[][..], Vec::as_slice);
        if secrets.iter().any(|(begin, end)| (begin..=end).contains(&line)) {
            return None;
        }
        let texts = self.snapshot.texts();
        let lines = self.lines.entry(path).or_insert_with(|| texts.lines(path).collect());
        let text = lines.get(usize::try_from(*line).ok()?.checked_sub(1)?)?;
        let quote = if text.chars().count() > LONG { cut(text, *column) } else { text.trim().to_owned() };
        (!quote.is_empty()).then_some(quote)
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
