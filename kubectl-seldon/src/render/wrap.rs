//! Paragraphs in lines.

use seldon_central_core::text::printable;
use textwrap::{Options, WordSplitter};

/// Characters in a line: what every terminal has.
pub const WIDTH: usize = 80;

/// A paragraph in lines that are safe to print, the first after one text and the others after
/// another. A word that is too long for a line is not broken.
pub fn wrapped(text: &str, first: &str, others: &str) -> String {
    let options =
        Options::new(WIDTH).initial_indent(first).subsequent_indent(others).word_splitter(WordSplitter::NoHyphenation);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let options = options.break_words(false);
    textwrap::wrap(&printable(&words), options).iter().map(|line| format!("{line}\n")).collect()
}
