//! The specification's alignment matrix, one for each tenant.

use seldon_central_core::{
    report::{Alignment, Judgement, Report, Row},
    text::printable,
};
use tabled::{
    builder::Builder,
    settings::{Modify, Style, Width, object::Columns},
};

use super::text;
use crate::ui::{BOLD, GREEN, RED, YELLOW};

/// Widths of the columns, so that a table fits into 80 characters.
const WIDTHS: [usize; 4] = [12, 20, 22, 13];

/// A table for each tenant: component, control plane, tenant, verdict.
pub fn matrix(report: &Report) -> String {
    let mut all: String = report.alignment.iter().map(|alignment| table(&report.control_plane, alignment)).collect();
    if report.alignment.is_empty() {
        all.push_str("there is no tenant to align with the control plane\n\n");
    }
    all.push_str(&text::end(report));
    all
}

fn table(control_plane: &str, alignment: &Alignment) -> String {
    let mut builder = Builder::default();
    let tenant = printable(&alignment.tenant).into_owned();
    builder.push_record([
        "Component".to_owned(),
        format!("Control plane ({})", printable(control_plane)),
        format!("Tenant ({tenant})"),
        "Verdict".to_owned(),
    ]);
    for row in &alignment.rows {
        builder.push_record(cells(row));
    }
    let mut table = builder.build();
    table.with(Style::rounded());
    for (column, width) in WIDTHS.into_iter().enumerate() {
        table.with(Modify::new(Columns::one(column)).with(Width::wrap(width).keep_words(true)));
    }
    let cluster = alignment.cluster.as_ref().map(|cluster| format!("{cluster}: ")).unwrap_or_default();
    format!("{BOLD}{}{tenant}{BOLD:#}\n{table}\n\n", printable(&cluster))
}

fn cells(row: &Row) -> [String; 4] {
    let component = row.component.name().to_owned();
    [component, printable(&row.control_plane).into_owned(), printable(&row.tenant).into_owned(), verdict(row)]
}

fn verdict(row: &Row) -> String {
    let (style, word) = match row.result {
        Judgement::Pass => (GREEN, "ok"),
        Judgement::Fail => (RED, "wrong"),
        Judgement::Unknown => (YELLOW, "unknown"),
        Judgement::Suppressed => (YELLOW, "suppressed"),
        Judgement::NotApplicable => (YELLOW, "not judged"),
    };
    let rules: String = row.rules.iter().map(|rule| format!("\n{rule}")).collect();
    format!("{style}{word}{style:#}{rules}")
}
