//! Findings for people and for machines.

use std::{collections::BTreeMap, fmt::Write};

use seldon_central_core::{
    finding::{Finding, Level, Outcome, Verdict},
    rules,
    snapshot::Origin,
    text::{self, printable},
};
use serde_json::json;

use crate::ui::{BOLD, CYAN, DIM, GREEN, RED, YELLOW};

/// Version of the JSON report; it grows when a field changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;

/// How many outcomes there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Rules that hold.
    pub passed: usize,
    /// Findings at level Error.
    pub errors: usize,
    /// Findings at level Warning.
    pub warnings: usize,
    /// Findings at level Info.
    pub infos: usize,
    /// Findings that do not count, because somebody decided so.
    pub suppressed: usize,
    /// Rules that could not be judged.
    pub unknown: usize,
}

impl Counts {
    /// Counts outcomes.
    pub fn of(outcomes: &[Outcome]) -> Self {
        outcomes.iter().fold(Self::default(), |mut counts, outcome| {
            match &outcome.verdict {
                Verdict::Pass => counts.passed += 1,
                Verdict::Fail(finding) => match finding.level {
                    Level::Error => counts.errors += 1,
                    Level::Warning => counts.warnings += 1,
                    Level::Info => counts.infos += 1,
                },
                Verdict::Suppressed { .. } => counts.suppressed += 1,
                Verdict::Unknown { .. } => counts.unknown += 1,
            }
            counts
        })
    }
}

/// Findings grouped by namespace, and a line that counts everything.
pub fn text(outcomes: &[Outcome], looked_at: &str) -> String {
    let mut groups: BTreeMap<&str, Vec<(&Outcome, &Finding)>> = BTreeMap::new();
    for outcome in outcomes {
        if let Some(finding) = outcome.finding() {
            groups
                .entry(outcome.object.namespace.as_deref().unwrap_or("(cluster)"))
                .or_default()
                .push((outcome, finding));
        }
    }
    let mut text = String::new();
    for (namespace, findings) in groups {
        let _ = writeln!(text, "{BOLD}{}{BOLD:#}", printable(namespace));
        for (outcome, finding) in findings {
            text.push_str(&one(outcome, finding));
        }
        text.push('\n');
    }
    let counts = Counts::of(outcomes);
    let style = if counts.errors > 0 {
        RED
    } else if counts.warnings > 0 {
        YELLOW
    } else {
        GREEN
    };
    let Counts { errors, warnings, infos, passed, suppressed, unknown } = counts;
    let _ = writeln!(
        text,
        "{style}{errors} errors, {warnings} warnings{style:#}, {infos} infos; {passed} passed, {suppressed} suppressed, {unknown} unknown \
         ({looked_at})"
    );
    text
}

/// One finding with its evidence and its way out.
pub fn one(outcome: &Outcome, finding: &Finding) -> String {
    let style = match finding.level {
        Level::Error => RED,
        Level::Warning => YELLOW,
        Level::Info => CYAN,
    };
    let name = rules::find(outcome.rule).map_or("", |rule| rule.name);
    let object = outcome.object.to_string();
    let mut text = String::new();
    let _ = writeln!(
        text,
        "  {style}{} {}{style:#} {DIM}{name}{DIM:#}  {}: {}",
        finding.level.letter(),
        outcome.rule,
        printable(&object),
        printable(&finding.message)
    );
    if let Some(Origin::File { path, line, column }) = &outcome.origin {
        let _ = writeln!(text, "      {DIM}{}:{line}:{column}{DIM:#}", printable(path));
    }
    for evidence in &finding.evidence {
        let _ = writeln!(text, "      {} {DIM}{}{DIM:#}", printable(&evidence.path), printable(&evidence.value));
    }
    let _ = writeln!(text, "      {CYAN}hint:{CYAN:#} {}", printable(&finding.remedy));
    text
}

/// Everything as one JSON document.
pub fn json(outcomes: &[Outcome]) -> String {
    let counts = Counts::of(outcomes);
    let report = json!({
        "schemaVersion": SCHEMA_VERSION,
        "outcomes": outcomes,
        "summary": {
            "errors": counts.errors, "warnings": counts.warnings, "infos": counts.infos,
            "passed": counts.passed, "suppressed": counts.suppressed, "unknown": counts.unknown,
        },
    });
    text::json(&report)
}
