//! How much room texts take.

use super::Node;
use crate::text::printable;

/// Size of what things are called.
pub(super) const LABEL: i32 = 13;
/// Size of what else there is to say.
pub(super) const DETAIL: i32 = 11;
/// From one line of a text to the next.
pub(super) const LINE: i32 = 16;
/// So many characters of a box's title stand in one line.
pub(super) const TITLE_LENGTH: usize = 48;

/// So many characters of a node's text stand in one line; a name has 63 at most.
const LENGTH: usize = 32;
/// So many lines a node has below its label at most.
const MOST: usize = 4;

/// How wide a line is at most: characters of Latin scripts are 0.62 of their height, others up to the whole.
pub(super) fn width(text: &str, size: i32) -> i32 {
    let hundredths: i32 = text.chars().map(|c| if c.is_ascii() { 62 } else { 124 }).sum();
    (hundredths * size + 99) / 100
}

/// A text in lines of so many characters. Names have no places to break them at.
pub(super) fn lines(text: &str, length: usize) -> Vec<String> {
    let characters: Vec<char> = printable(text).chars().collect();
    characters.chunks(length).map(|line| line.iter().collect::<String>().trim().to_owned()).collect()
}

/// The lines of a node, each with its size.
pub(super) fn of(node: &Node) -> Vec<(String, i32)> {
    let mut details = lines(&node.detail, LENGTH);
    if details.len() > MOST {
        details.truncate(MOST);
        details.last_mut().into_iter().for_each(|last| last.push('…'));
    }
    let labels = lines(&node.label, LENGTH).into_iter().map(|line| (line, LABEL));
    labels.chain(details.into_iter().map(|line| (line, DETAIL))).collect()
}
