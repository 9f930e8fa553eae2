//! Pages on a terminal.

use std::fmt::Write;

use seldon_central_core::{
    explain::{Block, Document, Item},
    text::printable,
};

use super::{table, wrap::wrapped};
use crate::ui::{BOLD, DIM};

/// A page as lines that are wrapped and safe to print.
pub fn text(page: &Document) -> String {
    let mut text = format!("{BOLD}{}{BOLD:#}\n", printable(&page.title));
    for block in &page.blocks {
        text.push('\n');
        match block {
            Block::Heading(heading) => {
                let _ = writeln!(text, "{BOLD}{}{BOLD:#}", printable(heading));
            }
            Block::Paragraph(paragraph) => text.push_str(&wrapped(paragraph, "", "")),
            Block::Code { text: code, .. } => {
                for line in code.lines() {
                    let _ = writeln!(text, "{}", format!("    {}", printable(line)).trim_end());
                }
            }
            Block::Points(items) => text.push_str(&list(items, |_| "* ".to_owned())),
            Block::Ranking(items) => text.push_str(&list(items, |index| format!("{}. ", index + 1))),
            Block::Table { header, rows } => text.push_str(&rows_under(header, rows)),
        }
    }
    text
}

fn list(items: &[Item], mark: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        let mark = mark(index);
        let indent = " ".repeat(mark.len());
        text.push_str(&wrapped(&item.text, &mark, &indent));
        for detail in &item.details {
            text.push_str(&wrapped(detail, &format!("{indent}- "), &format!("{indent}  ")));
        }
    }
    text
}

fn rows_under(header: &[String], rows: &[Vec<String>]) -> String {
    let safe = |cells: &Vec<String>| cells.iter().map(|cell| printable(cell).into_owned()).collect::<Vec<_>>();
    let lines = table::rows(std::iter::once(header.to_vec()).chain(rows.iter().map(safe)));
    match lines.split_once('\n') {
        Some((header, rows)) => format!("{DIM}{header}{DIM:#}\n{rows}"),
        None => lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(page: &Document) -> String {
        anstream::adapter::strip_str(&text(page)).to_string()
    }

    #[test]
    fn paragraphs_are_wrapped_and_code_is_not() {
        let mut page = Document::new("Title");
        page.paragraph(format!("{}end", "word ".repeat(20))).code("text", format!("{}\n\na", "x".repeat(100)));
        let lines = format!("{}word\n{}end\n", "word ".repeat(15), "word ".repeat(4));
        assert_eq!(plain(&page), format!("Title\n\n{lines}\n    {}\n\n    a\n", "x".repeat(100)));
    }

    #[test]
    fn points_hang_and_rows_are_aligned() {
        let mut page = Document::new("T");
        let item = Item { text: "one".to_owned(), details: vec![format!("{}end", "detail ".repeat(11))] };
        page.add(Block::Ranking(vec![item]));
        let rows = vec![vec!["1".to_owned(), "b".to_owned()], vec!["10".to_owned(), "c".to_owned()]];
        page.add(Block::Table { header: vec!["#".to_owned(), "to".to_owned()], rows });
        let details = format!("   - {}detail\n     detail end\n", "detail ".repeat(9));
        assert_eq!(plain(&page), format!("T\n\n1. one\n{details}\n  #   to\n  1   b\n  10  c\n"));
    }

    #[test]
    fn nothing_that_is_quoted_writes_to_the_terminal() {
        let mut page = Document::new("a\u{1b}[2J");
        page.paragraph("b\u{1b}[2J\nc").code("text", "d\u{1b}[2J\n").points(["e\u{9b}2J"]);
        let rows = vec![vec!["f\u{1b}[2J".to_owned()]];
        page.add(Block::Table { header: vec!["g".to_owned()], rows });
        let text = plain(&page);
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        assert!(text.contains("b\\u{1b}[2J c"), "{text}");
    }
}
