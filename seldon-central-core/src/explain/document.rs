//! Text with a little structure, before it is Markdown or lines on a terminal.

use std::fmt::Write;

use crate::text::printable;

/// A page: a title and what follows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// The title, in one line.
    pub title: String,
    /// The page, from top to bottom.
    pub blocks: Vec<Block>,
}

/// A part of a page. Its text may hold code in backquotes; nothing else in it is markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A title within the page.
    Heading(String),
    /// A paragraph.
    Paragraph(String),
    /// Text that is to be kept as it is.
    Code {
        /// The language, as Markdown wants it: `yaml`, `console`, `text`.
        language: &'static str,
        /// The text, several lines.
        text: String,
    },
    /// Points in no order.
    Points(Vec<Item>),
    /// Points in order, the first one first.
    Ranking(Vec<Item>),
    /// Rows under a header, all of the header's length.
    Table {
        /// The names of the columns.
        header: Vec<String>,
        /// The rows.
        rows: Vec<Vec<String>>,
    },
}

/// A point of a list and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The point, in a sentence or two.
    pub text: String,
    /// Further sentences, each a point of its own.
    pub details: Vec<String>,
}

impl Item {
    /// A point without details.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), details: Vec::new() }
    }
}

impl Document {
    /// An empty page.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), blocks: Vec::new() }
    }

    /// Adds a title within the page.
    pub fn heading(&mut self, text: impl Into<String>) -> &mut Self {
        self.add(Block::Heading(text.into()))
    }

    /// Adds a paragraph.
    pub fn paragraph(&mut self, text: impl Into<String>) -> &mut Self {
        self.add(Block::Paragraph(text.into()))
    }

    /// Adds text that is to be kept as it is.
    pub fn code(&mut self, language: &'static str, text: impl Into<String>) -> &mut Self {
        self.add(Block::Code { language, text: text.into() })
    }

    /// Adds points without details.
    pub fn points<T: Into<String>>(&mut self, texts: impl IntoIterator<Item = T>) -> &mut Self {
        self.add(Block::Points(texts.into_iter().map(Item::new).collect()))
    }

    /// Adds a block.
    pub fn add(&mut self, block: Block) -> &mut Self {
        self.blocks.push(block);
        self
    }

    /// The page as Markdown (`CommonMark`, with GitHub's tables), headings from this level on.
    pub fn to_markdown(&self, level: usize) -> String {
        let mut text = format!("{} {}\n", "#".repeat(level), inline(&self.title));
        for block in &self.blocks {
            text.push('\n');
            let _ = match block {
                Block::Heading(heading) => writeln!(text, "{} {}", "#".repeat(level + 1), inline(heading)),
                Block::Paragraph(paragraph) => writeln!(text, "{}", inline(paragraph)),
                Block::Code { language, text: code } => write!(text, "{}", fenced(language, code)),
                Block::Points(items) => write!(text, "{}", list(items, |_| "*".to_owned())),
                Block::Ranking(items) => write!(text, "{}", list(items, |index| format!("{}.", index + 1))),
                Block::Table { header, rows } => write!(text, "{}", table(header, rows)),
            };
        }
        text
    }
}

fn list(items: &[Item], mark: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        let mark = mark(index);
        let _ = writeln!(text, "{mark} {}", inline(&item.text));
        for detail in &item.details {
            let _ = writeln!(text, "{:indent$} * {}", "", inline(detail), indent = mark.len());
        }
    }
    text
}

fn table(header: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| inline(cell).replace('|', "\\|")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rule = format!("|{}\n", "---|".repeat(header.len()));
    line(header) + &rule + &rows.iter().map(|row| line(row)).collect::<String>()
}

/// A block between fences longer than any run of backquotes in it.
fn fenced(language: &str, code: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let lines: String = code.lines().map(|line| format!("{}\n", printable(line))).collect();
    format!("{fence}{language}\n{lines}{fence}\n")
}

/// Text on one line, in which nothing but backquotes means anything to Markdown or to a browser.
fn inline(text: &str) -> String {
    let text = text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let text = printable(&text);
    // Without a partner the last backquote is a character like any other.
    let pairs = text.matches('`').count() / 2 * 2;
    let mut parts = text.splitn(pairs + 1, '`');
    let mut out = parts.next().map(escaped).unwrap_or_default();
    let mut in_code = true;
    for part in parts {
        out.push('`');
        out.push_str(&if in_code { part.to_owned() } else { escaped(part) });
        in_code = !in_code;
    }
    out
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if matches!(c, '<' | '*' | '_' | '[' | '\\' | '`') {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_markdown_from_its_title_on() {
        let mut page = Document::new("Title");
        page.heading("Part").paragraph("Says `a_b`.").code("yaml", "a: 1\n").points(["one"]);
        let details = vec!["because".to_owned()];
        page.add(Block::Ranking(vec![Item { text: "first".to_owned(), details }, Item::new("second")]));
        page.add(Block::Table { header: vec!["x".to_owned()], rows: vec![vec!["a|b".to_owned()]] });
        assert_eq!(
            page.to_markdown(1),
            "# Title\n\n## Part\n\nSays `a_b`.\n\n```yaml\na: 1\n```\n\n* one\n\n1. first\n   * because\n2. second\n\n\
             | x |\n|---|\n| a\\|b |\n"
        );
    }

    #[test]
    fn nothing_that_is_quoted_becomes_markup() {
        let mut page = Document::new("<script>");
        page.paragraph("a_b `<c>` *d* [e](f)\n# no heading\u{1b}[2J").paragraph("one ` alone");
        page.code("text", "```\n# x\n");
        assert_eq!(
            page.to_markdown(2),
            "## \\<script>\n\na\\_b `<c>` \\*d\\* \\[e](f) # no heading\\\\u{1b}\\[2J\n\none \\` alone\n\n\
             ````text\n```\n# x\n````\n"
        );
    }
}
