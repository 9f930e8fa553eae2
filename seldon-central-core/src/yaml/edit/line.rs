//! Lines of a text, by bytes.

/// A replacement of bytes of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) bytes: std::ops::Range<usize>,
    pub(super) text: String,
}

impl Splice {
    pub(super) fn new(bytes: std::ops::Range<usize>, text: impl Into<String>) -> Self {
        Self { bytes, text: text.into() }
    }

    pub(super) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::new(at..at, text)
    }
}

/// The text with everything replaced; `None` when two splices overlap or one is not in the text.
pub(super) fn spliced(text: &str, mut splices: Vec<Splice>) -> Option<String> {
    splices.sort_by_key(|splice| (splice.bytes.start, splice.bytes.end));
    let (mut result, mut done) = (String::with_capacity(text.len()), 0);
    for splice in &splices {
        result.push_str(text.get(done..splice.bytes.start)?);
        result.push_str(&splice.text);
        done = splice.bytes.end;
    }
    result.push_str(text.get(done..)?);
    Some(result)
}

/// Where the line begins that a byte is in.
pub(super) fn start(text: &str, at: usize) -> usize {
    before(text, at).rfind('\n').map_or(0, |found| found + 1)
}

/// Where the line ends that a byte is in, without its line feed.
pub(super) fn end(text: &str, at: usize) -> usize {
    let rest = after(text, at);
    let line = rest.split_once('\n').map_or(rest, |(line, _)| line.strip_suffix('\r').unwrap_or(line));
    at + line.len()
}

/// Where the line before the one of this beginning ends.
pub(super) fn end_before(text: &str, start: usize) -> usize {
    let before = before(text, start);
    let before = before.strip_suffix('\n').unwrap_or(before);
    before.strip_suffix('\r').unwrap_or(before).len()
}

/// Where the next line begins.
pub(super) fn next(text: &str, at: usize) -> usize {
    after(text, at).find('\n').map_or(text.len(), |found| at + found + 1)
}

/// The white space at the beginning of the line that a byte is in.
pub(super) fn margin(text: &str, at: usize) -> &str {
    let line = after(text, start(text, at));
    let length = line.len() - line.trim_start_matches([' ', '\t']).len();
    line.get(..length).unwrap_or_default()
}

/// Whether nothing but white space stands before a byte in its line.
pub(super) fn is_first(text: &str, at: usize) -> bool {
    text.get(start(text, at)..at).is_some_and(|before| before.trim_matches([' ', '\t']).is_empty())
}

/// Whether nothing but white space stands behind a byte in its line.
pub(super) fn is_last(text: &str, at: usize) -> bool {
    text.get(at..end(text, at)).is_some_and(|rest| rest.trim().is_empty())
}

/// The characters before a byte in its line.
pub(super) fn column(text: &str, at: usize) -> usize {
    text.get(start(text, at)..at).unwrap_or_default().chars().count()
}

/// The first byte from here on that is neither white space nor part of a comment.
pub(super) fn skip_blank(text: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = after(text, at);
        at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{feff}']).len();
        let begins = at == 0 || before(text, at).ends_with([' ', '\t', '\n', '\r']);
        if !(begins && after(text, at).starts_with('#')) {
            return at;
        }
        at = end(text, at);
    }
}

/// The first byte from here on that is no space or tab.
pub(super) fn skip_spaces(text: &str, from: usize) -> usize {
    let rest = after(text, from);
    from + rest.len() - rest.trim_start_matches([' ', '\t']).len()
}

/// Whether there is a comment between two bytes, of which none is inside of a scalar.
pub(super) fn has_comment(text: &str, bytes: std::ops::Range<usize>) -> bool {
    text.get(bytes).is_some_and(|between| between.contains('#'))
}

pub(super) fn before(text: &str, at: usize) -> &str {
    text.get(..at).unwrap_or_default()
}

pub(super) fn after(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}
