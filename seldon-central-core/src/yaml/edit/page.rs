//! The nodes of a document with the bytes that belong to each.

use std::ops::Range;

use super::{
    line,
    path::Path,
    write::{Format, Lines, Writer},
};
use crate::yaml::{
    Document, Position,
    node::{Node, Nodes, Notation, Shape},
};

/// A document that is edited.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) text: &'a str,
    pub(super) writer: Writer,
    nodes: Nodes<'a>,
    root: usize,
    /// Whether the text begins behind a `---`.
    follows_mark: bool,
}

/// Why there is nothing at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Miss {
    Absent,
    Alias,
    Merged,
}

impl<'a> Page<'a> {
    /// `None` when the document is no YAML.
    pub(super) fn of(document: &Document<'a>, newline: &'static str) -> Option<Self> {
        let mut nodes = Nodes::default();
        nodes.read(document);
        let root = nodes.roots().first().copied().filter(|_| !nodes.is_broken())?;
        let follows_mark = document.start.column > 1;
        let writer = Writer::new(Format::default());
        let mut page = Self { text: document.text, writer, nodes, root, follows_mark };
        page.writer = Writer::new(page.format(newline));
        Some(page)
    }

    /// The nodes from the root to a path, and how far they reach when they do not reach it.
    pub(super) fn walk(&self, path: &Path) -> (Vec<usize>, Option<Miss>) {
        let mut trail = vec![self.root];
        let mut node = self.root;
        for token in path.tokens() {
            match self.child(node, token) {
                Ok(child) => node = child,
                Err(miss) => return (trail, Some(miss)),
            }
            trail.push(node);
        }
        (trail, None)
    }

    fn child(&self, node: usize, token: &str) -> Result<usize, Miss> {
        match self.shape(node) {
            Some(Shape::Sequence(items)) => {
                let item = token.parse().ok().and_then(|index: usize| items.get(index));
                item.copied().ok_or(Miss::Absent)
            }
            Some(Shape::Mapping(entries)) => {
                let pairs = || crate::yaml::node::pairs(entries);
                let own = pairs().find(|(key, _)| self.is_scalar(*key, token));
                let merges = || pairs().any(|(key, _)| self.is_scalar(key, "<<"));
                own.map(|(_, value)| value).ok_or_else(|| if merges() { Miss::Merged } else { Miss::Absent })
            }
            Some(Shape::Alias(_)) => Err(Miss::Alias),
            Some(Shape::Scalar(_)) | None => Err(Miss::Absent),
        }
    }

    fn is_scalar(&self, node: usize, text: &str) -> bool {
        matches!(self.shape(node), Some(Shape::Scalar(found)) if found == text)
    }

    pub(super) fn node(&self, node: usize) -> Option<&Node<'a>> {
        self.nodes.get(node)
    }

    pub(super) fn shape(&self, node: usize) -> Option<&Shape<'a>> {
        self.node(node).map(|node| &node.shape)
    }

    /// Where a node stands in the whole text.
    pub(super) fn at(&self, node: usize) -> Option<Position> {
        self.node(node).map(|node| node.at)
    }

    pub(super) fn is_flow(&self, node: usize) -> bool {
        self.node(node).is_some_and(|node| node.notation == Notation::Flow)
    }

    /// Whether a node is in `[…]` or `{…}`.
    pub(super) fn is_in_flow(&self, node: usize) -> bool {
        self.node(node).and_then(|node| node.parent).is_some_and(|(parent, _)| self.is_flow(parent))
    }

    /// Whether a node stands in the line of a `---`, where nothing by indentation may begin.
    pub(super) fn is_beside_mark(&self, node: usize) -> bool {
        let is_first = |found: &Node<'_>| found.parent.is_none() && line::start(self.text, found.span.start) == 0;
        self.follows_mark && self.node(node).is_some_and(is_first)
    }

    /// The values of a mapping, the entries of a list.
    pub(super) fn entries(&self, node: usize) -> Vec<usize> {
        match self.shape(node) {
            Some(Shape::Sequence(items)) => items.clone(),
            Some(Shape::Mapping(entries)) => crate::yaml::node::pairs(entries).map(|(_, value)| value).collect(),
            _ => Vec::new(),
        }
    }

    /// The key of a value in a mapping.
    fn key(&self, node: usize) -> Option<usize> {
        let (parent, place) = self.node(node)?.parent?;
        match self.shape(parent)? {
            Shape::Mapping(entries) => entries.get(place.checked_sub(1)?).copied(),
            _ => None,
        }
    }

    /// The first alias of something at the end of a trail or around it. `inside` asks for what is below
    /// as well, as used from elsewhere.
    pub(super) fn alias(&self, trail: &[usize], inside: bool) -> Option<Position> {
        let last = trail.last().copied()?;
        let below = last..if inside { self.after(last) } else { last };
        let is_used = |number: usize, target: usize| {
            trail.contains(&target) || (below.contains(&target) && !below.contains(&number))
        };
        self.nodes.iter().find_map(|(number, node)| match node.shape {
            Shape::Alias(target) if is_used(number, target) => Some(node.at),
            _ => None,
        })
    }

    /// The number behind those of a node and everything in it.
    fn after(&self, node: usize) -> usize {
        let mut last = node;
        while let Some(Shape::Sequence(children) | Shape::Mapping(children)) = self.shape(last) {
            match children.last() {
                Some(child) => last = *child,
                None => break,
            }
        }
        last + 1
    }

    /// Where the entry of a value begins: its key, its dash, or itself.
    pub(super) fn entry_start(&self, value: usize) -> Option<usize> {
        match self.key(value) {
            Some(key) => Some(self.node(key)?.begin),
            None if self.is_in_flow(value) => Some(self.node(value)?.begin),
            None => self.dash(value),
        }
    }

    /// The dash of an entry of a list.
    fn dash(&self, value: usize) -> Option<usize> {
        let (parent, place) = self.node(value)?.parent?;
        let before = place.checked_sub(1).and_then(|before| self.entries(parent).get(before).copied());
        let from = match before {
            Some(before) => self.end(before)?,
            None => self.slot(parent)?,
        };
        let dash = line::skip_blank(self.text, from);
        line::after(self.text, dash).starts_with('-').then_some(dash)
    }

    /// Behind what announces a node: its properties, else its colon or its dash.
    pub(super) fn slot(&self, value: usize) -> Option<usize> {
        let node = self.node(value)?;
        if let Some(end) = node.properties {
            return Some(end);
        }
        match node.parent {
            None => Some(0),
            Some(_) if self.key(value).is_some() => Some(self.colon(value)? + 1),
            Some((parent, _)) if self.is_flow(parent) => Some(node.begin),
            Some(_) => Some(self.dash(value)? + 1),
        }
    }

    /// The colon between a key and its value.
    pub(super) fn colon(&self, value: usize) -> Option<usize> {
        let colon = line::skip_blank(self.text, self.end(self.key(value)?)?);
        line::after(self.text, colon).starts_with(':').then_some(colon)
    }

    /// Where a node ends. Blank lines behind a block scalar are not part of it unless they count.
    pub(super) fn end(&self, node: usize) -> Option<usize> {
        let found = self.node(node)?;
        match found.notation {
            Notation::Literal | Notation::Folded => {
                let header = self.header(node)?;
                let body = self.text.get(found.span.clone())?;
                let keeps = self.text.get(header.clone())?.contains('+');
                let body = if keeps { body.strip_suffix('\n').unwrap_or(body) } else { body.trim_end() };
                let body = if keeps { body.strip_suffix('\r').unwrap_or(body) } else { body };
                Some(header.end.max(found.span.start + body.len()))
            }
            Notation::Block => self.end(self.entries(node).last().copied()?),
            // `[a: b]` has a mapping without brackets.
            Notation::Flow if found.span.is_empty() => self.end(self.entries(node).last().copied()?),
            Notation::Plain if found.span.is_empty() => Some(self.slot(node).unwrap_or(found.span.end)),
            _ => Some(found.span.end),
        }
    }

    /// The `|` or `>` of a block scalar with what follows directly.
    pub(super) fn header(&self, node: usize) -> Option<Range<usize>> {
        let start = line::skip_blank(self.text, self.slot(node)?);
        let rest = line::after(self.text, start).strip_prefix(['|', '>'])?;
        let length = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || "+-".contains(c)).len();
        Some(start..start + 1 + length)
    }

    /// Where the content of a node begins; of a block collection, its first key or dash.
    pub(super) fn start(&self, node: usize) -> Option<usize> {
        let found = self.node(node)?;
        match found.notation {
            Notation::Block => self.entry_start(self.entries(node).first().copied()?),
            Notation::Literal | Notation::Folded => self.header(node).map(|header| header.start),
            // Nothing is where it is announced, wherever the parser notices.
            Notation::Plain if found.span.is_empty() => Some(self.slot(node).unwrap_or(found.span.start)),
            _ => Some(found.span.start),
        }
    }

    /// Prepares for a new value at the end of a node, or in place of it.
    pub(super) fn write_at(&mut self, node: usize, lines: Lines) {
        let ends = |end: usize| line::skip_blank(self.text, end) == self.text.len();
        // At the very end, without a line feed, readers disagree about the last one of a text.
        let ends_text = !self.text.ends_with('\n') && self.end(node).is_some_and(ends);
        self.writer.lines = if ends_text { Lines::Quoted } else { lines };
    }

    /// The habits of the document.
    fn format(&self, newline: &'static str) -> Format {
        let mut format = Format { newline, ..Format::of(self.text, self.follows_mark) };
        let column = |node: usize| self.start(node).map(|at| line::column(self.text, at));
        let mut steps = (None, None);
        for (number, node) in self.nodes.iter() {
            let Some((parent, _)) = node.parent.filter(|_| node.notation == Notation::Block) else { continue };
            if self.key(number).is_none() {
                continue;
            }
            let by = column(number).zip(column(parent)).and_then(|(inner, outer)| inner.checked_sub(outer));
            match node.shape {
                Shape::Mapping(_) => steps.0 = steps.0.or(by),
                _ => steps.1 = steps.1.or(by),
            }
            if steps.0.is_some() && steps.1.is_some() {
                break;
            }
        }
        format.step = steps.0.filter(|step| *step > 0).unwrap_or(format.step);
        format.dash = steps.1.unwrap_or(format.dash);
        format
    }
}
