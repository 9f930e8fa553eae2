//! A line for each finding, for `grep` and for pasting: `LOCATION LEVEL RULE MESSAGE`.

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
            format!("{} {level} {} {}\n", place::shown(record), record.rule, printable(&message))
        })
        .collect()
}
