//! The documents of a stream.

use super::Position;

/// One document of a text, and where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Document<'a> {
    /// Its text, without the `---` before it.
    pub text: &'a str,
    /// Place of the text's first character.
    pub start: Position,
    /// Where the text begins in the whole text, in bytes.
    pub offset: usize,
}

impl Document<'_> {
    /// A place in the document as a place in the whole text.
    pub const fn place(&self, at: Position) -> Position {
        let column = if at.line == 1 { at.column + self.start.column - 1 } else { at.column };
        Position { line: at.line + self.start.line - 1, column }
    }
}

/// The documents of a text that are more than comments. A `---` in column 0 is never inside a
/// scalar, so cutting there needs no parser; JSON values may follow each other on lines of their own.
pub fn documents(text: &str) -> Vec<Document<'_>> {
    let whole = text;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mark = whole.len() - text.len();
    let is_json = text.trim_start().starts_with('{');
    let mut documents = Vec::new();
    let (mut begin, mut start, mut offset) = (0, Position { line: 1, column: 1 }, 0);
    for (line, content) in (1..).zip(text.split_inclusive('\n')) {
        let rest = content.strip_prefix("---");
        let separates = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        let before = text.get(begin..offset).unwrap_or_default();
        // Inside of a value a comma would stand between the two.
        let follows = is_json && content.starts_with('{') && before.trim_end().ends_with('}');
        if separates || follows {
            documents.push(Document { text: before, start, offset: mark + begin });
            let separator = if separates { 3 } else { 0 };
            begin = offset + separator;
            start = Position { line, column: separator as u64 + 1 };
        }
        offset += content.len();
    }
    documents.push(Document { text: text.get(begin..).unwrap_or_default(), start, offset: mark + begin });
    documents.retain(|document| !document.text.lines().all(is_blank));
    documents
}

/// Whether there is an action of Go's or Jinja's templates in a text.
pub(crate) fn is_template(text: &str) -> bool {
    [("{{", "}}"), ("{%", "%}")].iter().any(|(open, close)| {
        let rest = text.split_once(open).map(|(_, rest)| rest);
        rest.is_some_and(|rest| rest.contains(close))
    })
}

/// Whether a line says nothing: empty, a comment, a directive, the end of a document.
fn is_blank(line: &str) -> bool {
    let trimmed = line.trim();
    trimmed.is_empty() || trimmed.starts_with('#') || line.starts_with('%') || trimmed == "..."
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(text: &str) -> Vec<(u64, u64, &str)> {
        documents(text).into_iter().map(|found| (found.start.line, found.start.column, found.text.trim())).collect()
    }

    #[test]
    fn documents_are_cut_where_they_begin() {
        assert_eq!(starts("# a\n---\n# b\nx: 1\n--- \ny: 1\n---\n\n"), [(2, 4, "# b\nx: 1"), (5, 4, "y: 1")]);
        assert_eq!(starts("%YAML 1.2\n--- {a: b}\n...\n"), [(2, 4, "{a: b}\n...")]);
        assert_eq!(starts("\u{feff}a: 1\r\n---\r\nb: 1"), [(1, 1, "a: 1"), (2, 4, "b: 1")]);
        assert_eq!(starts("a: |\n  ---\n  b\n"), [(1, 1, "a: |\n  ---\n  b")]);
        assert_eq!(starts("---a: 1\n"), [(1, 1, "---a: 1")]);
    }

    #[test]
    fn a_document_is_where_it_says() {
        for text in ["# a\n---\n# b\nx: 1\n--- \ny: 1\n---\n\n", "\u{feff}a: 1\r\n---\r\nb: 1", "{}\n{}\n"] {
            for document in documents(text) {
                assert_eq!(text.get(document.offset..document.offset + document.text.len()), Some(document.text));
            }
        }
    }

    #[test]
    fn json_values_may_follow_each_other() {
        assert_eq!(starts("{\"a\": 1}\n{\"b\":\n{}}\n"), [(1, 1, "{\"a\": 1}"), (2, 1, "{\"b\":\n{}}")]);
        assert_eq!(starts("{\"a\": [\n{\n},\n{\n}]}\n").len(), 1);
        assert_eq!(starts("{\n \"a\": 1\n}\n{\n}\n"), [(1, 1, "{\n \"a\": 1\n}"), (4, 1, "{\n}")]);
    }

    #[test]
    fn a_place_in_a_document_is_a_place_in_the_text() {
        let document = Document { text: "", start: Position { line: 4, column: 4 }, offset: 0 };
        assert_eq!(document.place(Position { line: 1, column: 2 }), Position { line: 4, column: 5 });
        assert_eq!(document.place(Position { line: 2, column: 2 }), Position { line: 5, column: 2 });
    }
}
