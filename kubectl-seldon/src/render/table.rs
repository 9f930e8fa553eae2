//! Aligned columns.

use tabled::{
    builder::Builder,
    settings::{Padding, Style},
};

/// Rows of cells as lines, indented by two, columns aligned; the last column is not padded.
pub fn columns<const N: usize>(rows: impl IntoIterator<Item = [String; N]>) -> String {
    self::rows(rows)
}

/// The same for rows whose length is not known beforehand.
pub fn rows<R: IntoIterator<Item = String>>(rows: impl IntoIterator<Item = R>) -> String {
    let mut builder = Builder::default();
    for row in rows {
        builder.push_record(row);
    }
    let mut table = builder.build();
    let text = table.with(Style::empty()).with(Padding::new(2, 0, 0, 0)).to_string();
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_have_no_tail() {
        let rows = [["create", "Server", "fin/a"], ["leave", "Namespace", "fin"]].map(|row| row.map(str::to_owned));
        assert_eq!(columns(rows), "  create  Server     fin/a\n  leave   Namespace  fin\n");
        assert_eq!(columns::<2>([]), "");
    }
}
