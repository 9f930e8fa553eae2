//! Changes to what is written by indentation.

use serde_json::Value;

use super::{
    line::{self, Splice},
    page::Page,
    write::Writer,
};
use crate::yaml::node::{Notation, Shape};

/// What a value becomes.
enum Form<'v> {
    /// In one line.
    Line(String),
    /// A text with an indicator and lines below it.
    Text(String, Vec<&'v str>),
    /// A collection by indentation.
    Block(&'v Value),
}

/// Gives a value to a node outside of brackets. `None` when there is no safe way.
pub(super) fn set(page: &Page<'_>, node: usize, value: &Value) -> Option<Vec<Splice>> {
    let found = page.node(node)?;
    let form = form(page, node, value);
    match found.notation {
        Notation::Literal | Notation::Folded => of_text(page, node, form),
        Notation::Block => of_block(page, node, form),
        Notation::Plain | Notation::Single | Notation::Double | Notation::Flow => of_line(page, node, form),
    }
}

fn form<'v>(page: &Page<'_>, node: usize, value: &'v Value) -> Form<'v> {
    let found = page.node(node);
    let like = found.filter(|found| matches!(found.shape, Shape::Scalar(_))).map(|found| found.notation);
    let stays_flow = page.is_flow(node) && !page.entries(node).is_empty();
    if Writer::is_block(value) && !stays_flow && !page.is_beside_mark(node) {
        return Form::Block(value);
    }
    match page.writer.literal(value, like) {
        Some((header, lines)) => Form::Text(header, lines),
        None => Form::Line(page.writer.inline(value, like)),
    }
}

/// The column of what stands below a node's key or behind its dash.
fn inner(page: &Page<'_>, node: usize, value: Option<&Value>) -> Option<usize> {
    let format = &page.writer.format;
    match page.node(node)?.parent {
        None => Some(0),
        Some((parent, _)) if matches!(page.shape(parent), Some(Shape::Mapping(_))) => {
            let outer = line::column(page.text, page.start(parent)?);
            Some(outer + if value.is_some_and(Value::is_array) { format.dash } else { format.step })
        }
        Some(_) => Some(line::column(page.text, page.entry_start(node)?) + 2),
    }
}

fn is_item(page: &Page<'_>, node: usize) -> bool {
    let parent = page.node(node).and_then(|node| node.parent);
    parent.is_none_or(|(parent, _)| matches!(page.shape(parent), Some(Shape::Sequence(_))))
}

/// In place of a scalar or of brackets.
fn of_line(page: &Page<'_>, node: usize, form: Form<'_>) -> Option<Vec<Splice>> {
    let text = page.text;
    let (start, end, slot) = (page.start(node)?, page.end(node)?, page.slot(node)?);
    // Nothing but white space may be lost.
    if page.is_flow(node) && page.entries(node).is_empty() && line::has_comment(text, start..end) {
        return None;
    }
    let is_empty = start == end;
    let last = if is_empty && line::is_last(text, end) { line::end(text, end) } else { end };
    let put = |new: String| Splice::new(start..last, if is_empty { format!(" {new}") } else { new });
    match form {
        Form::Line(new) => Some(vec![put(new)]),
        Form::Text(header, lines) => {
            let lines = page.writer.indented(&lines, inner(page, node, None)?);
            Some(vec![put(header), Splice::insert(line::end(text, end), lines)])
        }
        Form::Block(value) => {
            let indent = inner(page, node, Some(value))?;
            if !is_empty && line::is_first(text, start) && page.node(node)?.parent.is_some() {
                let lines = format!("{}{}", " ".repeat(indent), page.writer.block(value, indent));
                return Some(vec![Splice::new(line::start(text, start)..end, lines)]);
            }
            if is_item(page, node) && line::is_last(text, end) {
                let indent = if is_empty { indent } else { line::column(text, start) };
                return Some(vec![put(page.writer.block(value, indent))]);
            }
            let lines = format!("{}{}", page.writer.line(indent), page.writer.block(value, indent));
            let last = if line::is_last(text, end) { line::end(text, end) } else { end };
            // Before the outermost value, comments may stand.
            let (first, last) = match page.node(node)?.parent {
                Some(_) => (slot, last),
                None => (start, line::skip_spaces(text, end)),
            };
            Some(vec![Splice::new(first..last, ""), Splice::insert(line::end(text, end), lines)])
        }
    }
}

/// In place of `|` or `>` and its lines.
fn of_text(page: &Page<'_>, node: usize, form: Form<'_>) -> Option<Vec<Splice>> {
    let text = page.text;
    let (header, end) = (page.header(node)?, page.end(node)?);
    let first = line::end(text, header.end);
    let below = first..end.max(first);
    match form {
        Form::Line(new) => Some(vec![Splice::new(header, new), Splice::new(below, "")]),
        Form::Text(new, lines) => {
            let body = page.node(node)?.span.clone();
            let indent = if body.is_empty() { inner(page, node, None)? } else { line::column(text, body.start) };
            Some(vec![Splice::new(header, new), Splice::new(below, page.writer.indented(&lines, indent))])
        }
        Form::Block(value) if is_item(page, node) && line::is_last(text, header.end) => {
            let block = page.writer.block(value, line::column(text, header.start));
            Some(vec![Splice::new(header.start..below.end, block)])
        }
        Form::Block(value) => {
            let indent = inner(page, node, Some(value))?;
            let lines = format!("{}{}", page.writer.line(indent), page.writer.block(value, indent));
            Some(vec![Splice::new(page.slot(node)?..header.end, ""), Splice::new(below, lines)])
        }
    }
}

/// In place of a collection.
fn of_block(page: &Page<'_>, node: usize, form: Form<'_>) -> Option<Vec<Splice>> {
    let text = page.text;
    let (start, end) = (page.start(node)?, page.end(node)?);
    let margin = line::start(text, start);
    let below = line::end_before(text, margin)..end;
    let is_outermost = page.node(node)?.parent.is_none();
    if is_outermost || !line::is_first(text, start) {
        let column = line::column(text, start);
        let new = match form {
            Form::Line(new) => new,
            Form::Text(header, lines) => header + &page.writer.indented(&lines, column),
            Form::Block(value) => page.writer.block(value, column),
        };
        return Some(vec![Splice::new(start..end, new)]);
    }
    let slot = page.slot(node)?;
    match form {
        Form::Line(new) => Some(vec![Splice::insert(slot, format!(" {new}")), Splice::new(below, "")]),
        Form::Text(header, lines) => {
            let lines = page.writer.indented(&lines, inner(page, node, None)?);
            Some(vec![Splice::insert(slot, format!(" {header}")), Splice::new(below, lines)])
        }
        Form::Block(value) => {
            let indent = if is_item(page, node) { line::column(text, start) } else { inner(page, node, Some(value))? };
            let lines = format!("{}{}", " ".repeat(indent), page.writer.block(value, indent));
            Some(vec![Splice::new(margin..end, lines)])
        }
    }
}

/// Puts a key or an entry into a collection that is not empty. An entry comes before the one of its
/// index, a key behind all others.
pub(super) fn insert(page: &Page<'_>, node: usize, token: &str, value: &Value) -> Option<Vec<Splice>> {
    let text = page.text;
    let entries = page.entries(node);
    let first = page.start(node)?;
    let column = line::column(text, first);
    if let Some(Shape::Mapping(_)) = page.shape(node) {
        let entry = page.writer.entry(token, value, column);
        let at = line::end(text, page.end(*entries.last()?)?);
        return Some(vec![Splice::insert(at, page.writer.line(column) + &entry)]);
    }
    let index: usize = token.parse().ok()?;
    let item = page.writer.item(value, column, gap(page, *entries.first()?).unwrap_or(1));
    match index.checked_sub(1) {
        None => Some(vec![Splice::insert(first, item + &page.writer.line(column))]),
        Some(before) => {
            let at = line::end(text, page.end(*entries.get(before)?)?);
            Some(vec![Splice::insert(at, page.writer.line(column) + &item)])
        }
    }
}

/// The spaces between a dash and what follows in its line.
fn gap(page: &Page<'_>, item: usize) -> Option<usize> {
    let dash = page.entry_start(item)? + 1;
    let between = page.text.get(dash..page.start(item)?)?;
    Some(between.len()).filter(|length| *length > 0 && between.chars().all(|c| c == ' '))
}

/// Removes an entry of several.
pub(super) fn remove(page: &Page<'_>, node: usize, value: usize) -> Option<Vec<Splice>> {
    let text = page.text;
    let entries = page.entries(node);
    let index = entries.iter().position(|entry| *entry == value)?;
    let (start, end) = (page.entry_start(value)?, page.end(value)?);
    if line::is_first(text, start) {
        let (begin, next) = (line::start(text, start), line::next(text, end));
        let is_open = next == text.len() && !text.ends_with('\n');
        let begin = if is_open { line::end_before(text, begin) } else { begin };
        return Some(vec![Splice::new(begin..next, "")]);
    }
    // Behind a dash: what follows takes its place, unless a comment is between the two.
    let following = page.entry_start(*entries.get(index + 1)?)?;
    let rest = line::end(text, end);
    if line::before(text, line::start(text, following)).get(rest..)?.trim().is_empty() {
        return Some(vec![Splice::new(start..following, "")]);
    }
    let before = line::before(text, start).trim_end_matches(' ').len();
    Some(vec![Splice::new(before..rest, "")])
}
