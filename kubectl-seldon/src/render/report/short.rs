//! A line for each finding, for `grep` and for pasting: `LOCATION LEVEL RULE MESSAGE`. When several
//! clusters were judged, the location begins with the name of one and a colon, and one that could not be
//! judged is a location of its own, with `-` for the rule.

use seldon_central_core::{
    finding::Level,
    report::{Judgement, Report},
    text::printable,
};

use super::place;

/// The lines; none when there are no findings.
pub fn short(report: &Report) -> String {
    let findings = report.with(Judgement::Fail).map(|record| {
        let level = record.level.letter();
        let cluster = record.cluster.as_ref().map(|cluster| format!("{cluster}:")).unwrap_or_default();
        let place = place::shown(record);
        format!("{}{place} {level} {} {}\n", printable(&cluster), record.rule, in_line(&record.message))
    });
    let unjudged = report.clusters.iter().filter_map(|cluster| {
        let error = cluster.error.as_ref()?;
        let level = Level::Error.letter();
        Some(format!("{}: {level} - it could not be judged: {}\n", in_line(&cluster.name), in_line(error)))
    });
    findings.chain(unjudged).collect()
}

/// A text in one line.
fn in_line(text: &str) -> String {
    printable(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}
