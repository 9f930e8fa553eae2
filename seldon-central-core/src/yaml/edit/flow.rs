//! Changes to what is written in brackets.

use serde_json::Value;

use super::{
    line::{self, Splice},
    page::Page,
    write::Writer,
};
use crate::yaml::node::Shape;

/// Gives a value to a node in brackets, or in JSON.
pub(super) fn set(page: &Page<'_>, node: usize, value: &Value) -> Option<Vec<Splice>> {
    let found = page.node(node)?;
    let bytes = page.start(node)?..page.end(node)?;
    if page.is_flow(node) && page.entries(node).is_empty() && line::has_comment(page.text, bytes.clone()) {
        return None;
    }
    let like = matches!(found.shape, Shape::Scalar(_)).then_some(found.notation);
    let new = page.writer.flow(value, like, margin(page, value, bytes.start));
    let new = match (bytes.is_empty(), page.colon(node)) {
        (false, _) => new,
        (true, Some(_)) => {
            let end = line::skip_spaces(page.text, bytes.end);
            return Some(vec![Splice::new(bytes.start..end, format!(" {new}"))]);
        }
        (true, None) => format!(": {new}"),
    };
    Some(vec![Splice::new(bytes, new)])
}

/// The margin of a new value that gets lines of its own.
fn margin<'p>(page: &'p Page<'_>, value: &Value, at: usize) -> Option<&'p str> {
    (page.writer.format.is_broken && Writer::is_block(value)).then(|| line::margin(page.text, at))
}

/// Puts a key or an entry into brackets that are not empty. An entry comes before the one of its
/// index, a key behind all others.
pub(super) fn insert(page: &Page<'_>, node: usize, token: &str, value: &Value) -> Option<Vec<Splice>> {
    let entries = page.entries(node);
    let is_mapping = matches!(page.shape(node), Some(Shape::Mapping(_)));
    let index = if is_mapping { entries.len() } else { token.parse().ok()? };
    let beside = *entries.get(index.saturating_sub(1))?;
    let (start, end) = (page.entry_start(beside)?, page.end(beside)?);
    let new = if is_mapping {
        page.writer.flow_entry(token, value, margin(page, value, start))
    } else {
        page.writer.flow(value, None, margin(page, value, start))
    };
    let has_own_line = line::is_first(page.text, start);
    let between = if page.writer.format.is_spaced { ", " } else { "," };
    let break_ = format!("{}{}", page.writer.format.newline, line::margin(page.text, start));
    if index == 0 {
        let between = if has_own_line { format!(",{break_}") } else { between.to_owned() };
        return Some(vec![Splice::insert(start, new + &between)]);
    }
    if !has_own_line {
        return Some(vec![Splice::insert(end, format!("{between}{new}"))]);
    }
    match comma(page, end) {
        Some(comma) if ends_line(page, comma + 1) => {
            Some(vec![Splice::insert(line::end(page.text, comma), format!("{break_}{new},"))])
        }
        None if ends_line(page, end) => {
            Some(vec![Splice::insert(end, ","), Splice::insert(line::end(page.text, end), format!("{break_}{new}"))])
        }
        _ => Some(vec![Splice::insert(end, format!(",{break_}{new}"))]),
    }
}

/// Removes an entry of several, with one comma.
pub(super) fn remove(page: &Page<'_>, node: usize, value: usize) -> Option<Vec<Splice>> {
    let text = page.text;
    let entries = page.entries(node);
    let index = entries.iter().position(|entry| *entry == value)?;
    let before = index.checked_sub(1).and_then(|before| entries.get(before)).and_then(|before| page.end(*before));
    let (start, end) = (page.entry_start(value)?, page.end(value)?);
    let comma_before = || before.and_then(|before| comma(page, before)).map(|at| Splice::new(at..at + 1, ""));
    let comma = comma(page, end);
    let last = comma.map_or(end, |comma| comma + 1);
    let is_last = index + 1 == entries.len();
    if line::is_first(text, start) && ends_line(page, last) && line::start(text, end) == line::start(text, last) {
        let lines = Splice::new(line::start(text, start)..line::next(text, last), "");
        return Some(if is_last && comma.is_none() { vec![comma_before()?, lines] } else { vec![lines] });
    }
    match before {
        Some(before) if !line::has_comment(text, before..start) => Some(vec![Splice::new(before..end, "")]),
        Some(_) if comma.is_none() => Some(vec![comma_before()?, Splice::new(start..end, "")]),
        None if !is_last => {
            let following = page.entry_start(*entries.get(1)?)?;
            let end = if line::has_comment(text, end..following) { last } else { following };
            Some(vec![Splice::new(start..end, "")])
        }
        _ => Some(vec![Splice::new(start..last, "")]),
    }
}

/// The comma behind an entry.
fn comma(page: &Page<'_>, end: usize) -> Option<usize> {
    let comma = line::skip_blank(page.text, end);
    line::after(page.text, comma).starts_with(',').then_some(comma)
}

/// Whether nothing but a comment follows in the line.
fn ends_line(page: &Page<'_>, at: usize) -> bool {
    let rest = page.text.get(at..line::end(page.text, at)).unwrap_or_default();
    rest.trim().is_empty() || (rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#'))
}
