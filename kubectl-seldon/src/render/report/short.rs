//! A line for each finding, for `grep` and for pasting: `LOCATION LEVEL RULE MESSAGE`. When several
//! clusters were judged, the location begins with the name of one and a colon.

use seldon_central_core::{
    report::{Judgement, Report},
    text::printable,
};

use super::place;

/// The lines; none when there are no findings.
pub fn short(report: &Report) -> String {
    report
        .with(Judgement::Fail)
        .map(|record| {
            let message = record.message.split_whitespace().collect::<Vec<_>>().join(" ");
            let level = record.level.letter();
            let cluster = record.cluster.as_ref().map(|cluster| format!("{cluster}:")).unwrap_or_default();
            let place = place::shown(record);
            format!("{}{place} {level} {} {}\n", printable(&cluster), record.rule, printable(&message))
        })
        .collect()
}
