//! The nodes of a text, with where and how each is written.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use serde_yaml::granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle, options};

use super::{Document, Position};

/// Nodes of one or several documents, each named by its number.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Nodes<'a> {
    all: Vec<Node<'a>>,
    roots: Vec<usize>,
    broken: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node<'a> {
    /// Where it begins in the whole text, its tag and its anchor left out.
    pub(super) at: Position,
    /// Its bytes in the text of its document, tag and anchor left out. Of a block collection only the
    /// beginning is known; of a block scalar these are the lines, without the indicator before them.
    pub(super) span: Range<usize>,
    /// Where its tag or its anchor begins, whichever is first; the beginning of the span without any.
    pub(super) begin: usize,
    /// Where its tag and its anchor end; `None` without any.
    pub(super) properties: Option<usize>,
    /// Whether it has an anchor.
    pub(super) is_anchored: bool,
    pub(super) notation: Notation,
    /// The collection that it is in, and which of its children it is; keys and values count.
    pub(super) parent: Option<(usize, usize)>,
    pub(super) shape: Shape<'a>,
}

/// How a node is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// A scalar without quotes, or an alias.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
    /// A collection by indentation.
    Block,
    /// `[…]` or `{…}`
    Flow,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape<'a> {
    Scalar(Cow<'a, str>),
    Sequence(Vec<usize>),
    /// Keys and values in turn.
    Mapping(Vec<usize>),
    Alias(usize),
}

/// The keys of a mapping with their values.
pub(super) fn pairs(entries: &[usize]) -> impl Iterator<Item = (usize, usize)> + use<'_> {
    entries.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?)))
}

impl<'a> Nodes<'a> {
    /// Adds the nodes of a document, as far as it is YAML.
    pub(super) fn read(&mut self, document: &Document<'a>) {
        let options = options! { emit_comments: false, emit_anchor_events: true };
        let mut reader = Reader { nodes: self, document: *document, open: Vec::new(), anchors: BTreeMap::new() };
        for next in Parser::new_from_str_with_options(document.text, options) {
            let Ok((event, span)) = next else {
                reader.nodes.broken = true;
                break;
            };
            reader.take(event, &span);
        }
    }

    /// The outermost nodes of the documents.
    pub(super) fn roots(&self) -> &[usize] {
        &self.roots
    }

    /// Whether a document is no YAML.
    pub(super) const fn is_broken(&self) -> bool {
        self.broken
    }

    pub(super) fn get(&self, node: usize) -> Option<&Node<'a>> {
        self.all.get(node)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Node<'a>)> {
        self.all.iter().enumerate()
    }
}

/// Turns events into nodes.
#[derive(Debug)]
struct Reader<'a, 'n> {
    nodes: &'n mut Nodes<'a>,
    document: Document<'a>,
    open: Vec<usize>,
    anchors: BTreeMap<usize, usize>,
}

impl<'a> Reader<'a, '_> {
    fn take(&mut self, event: Event<'a>, span: &Span) {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                self.add(Shape::Scalar(text), scalar(style), anchor, span);
            }
            Event::Alias(anchor) => {
                // An anchor that is never defined is an error of the parser's own.
                let target = self.anchors.get(&anchor).copied().unwrap_or(usize::MAX);
                self.add(Shape::Alias(target), Notation::Plain, 0, span);
            }
            Event::SequenceStart(style, anchor, _) => {
                self.begin(Shape::Sequence(Vec::new()), structure(style), anchor, span);
            }
            Event::MappingStart(style, anchor, _) => {
                self.begin(Shape::Mapping(Vec::new()), structure(style), anchor, span);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            // It follows the node that has it.
            Event::Anchor(anchor, _) => {
                let node = self.anchors.get(&anchor).and_then(|node| self.nodes.all.get_mut(*node));
                if let (Some(node), Some(bytes)) = (node, span.byte_range()) {
                    node.widen(&bytes);
                }
            }
            _ => {}
        }
    }

    fn begin(&mut self, shape: Shape<'a>, notation: Notation, anchor: usize, span: &Span) {
        let node = self.add(shape, notation, anchor, span);
        self.open.push(node);
    }

    fn end(&mut self, span: &Span) {
        let node = self.open.pop().and_then(|node| self.nodes.all.get_mut(node));
        if let (Some(node), Some(bytes)) = (node, span.byte_range())
            && node.notation == Notation::Flow
        {
            node.span.end = bytes.end;
        }
    }

    fn add(&mut self, shape: Shape<'a>, notation: Notation, anchor: usize, span: &Span) -> usize {
        let number = self.nodes.all.len();
        let at = Position { line: span.start.line() as u64, column: span.start.col() as u64 + 1 };
        let at = self.document.place(at);
        let parent = self.adopt(number);
        if anchor != 0 {
            self.anchors.insert(anchor, number);
        }
        let bytes = span.byte_range().unwrap_or_default();
        let begin = bytes.start;
        let is_anchored = anchor != 0;
        let mut node = Node { at, span: bytes, begin, properties: None, is_anchored, notation, parent, shape };
        if let Some(tag) = span.tag_span().and_then(|tag| tag.byte_range()) {
            node.widen(&tag);
        }
        self.nodes.all.push(node);
        number
    }

    /// Puts a node into the innermost collection that is open.
    fn adopt(&mut self, number: usize) -> Option<(usize, usize)> {
        let parent = self.open.last().copied();
        let shape = parent.and_then(|parent| self.nodes.all.get_mut(parent)).map(|parent| &mut parent.shape);
        let Some(Shape::Sequence(children) | Shape::Mapping(children)) = shape else {
            self.nodes.roots.push(number);
            return None;
        };
        children.push(number);
        Some((parent?, children.len() - 1))
    }
}

impl Node<'_> {
    /// Takes a tag or an anchor into account.
    fn widen(&mut self, property: &Range<usize>) {
        self.begin = self.begin.min(property.start);
        self.properties = self.properties.max(Some(property.end));
    }
}

const fn scalar(style: ScalarStyle) -> Notation {
    match style {
        ScalarStyle::Plain => Notation::Plain,
        ScalarStyle::SingleQuoted => Notation::Single,
        ScalarStyle::DoubleQuoted => Notation::Double,
        ScalarStyle::Literal => Notation::Literal,
        ScalarStyle::Folded => Notation::Folded,
    }
}

const fn structure(style: StructureStyle) -> Notation {
    match style {
        StructureStyle::Block => Notation::Block,
        StructureStyle::Flow => Notation::Flow,
    }
}
