//! Where things stand in a YAML text.
//!
//! The engine that makes values of a text forgets where each came from. Few texts have findings, so
//! the places are read from the text a second time, and only for those.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Serialize;
use serde_yaml::granit_parser::{Event, Parser, Span};

use super::{Document, documents};

/// A place in a text, as editors count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Position {
    /// Line, from 1.
    pub line: u64,
    /// Column, from 1, in Unicode characters; a tab is one of them, a byte order mark is none.
    pub column: u64,
}

/// The objects in the documents of one text, and where everything in them stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Places<'a> {
    nodes: Vec<Node<'a>>,
    documents: Vec<usize>,
    broken: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Node<'a> {
    at: Position,
    shape: Shape<'a>,
}

#[derive(Debug, Clone, PartialEq)]
enum Shape<'a> {
    Scalar(Cow<'a, str>),
    Sequence(Vec<usize>),
    /// Keys and values in turn.
    Mapping(Vec<usize>),
    Alias(usize),
}

/// Merge keys and aliases are followed this deep; more is a cycle or a bomb.
const MAX_HOPS: usize = 32;

impl<'a> Places<'a> {
    /// Reads the documents of a text, each as far as it is YAML.
    pub fn of(text: &'a str) -> Self {
        documents(text).iter().fold(Self::default(), Self::with)
    }

    /// The same for one document.
    pub fn of_document(document: &Document<'a>) -> Self {
        Self::default().with(document)
    }

    fn with(self, document: &Document<'a>) -> Self {
        let mut reader = Reader { places: self, document: *document, open: Vec::new(), anchors: BTreeMap::new() };
        for next in Parser::new_from_str(document.text) {
            let Ok((event, span)) = next else {
                reader.places.broken = true;
                break;
            };
            reader.take(event, &span);
        }
        reader.places
    }

    /// Where the objects begin: a document is one, unless it is a `List`.
    pub fn objects(&self) -> Vec<Position> {
        self.documents.iter().flat_map(|root| self.objects_of(*root)).map(|(at, _)| at).collect()
    }

    /// Whether the text is well-formed and none of its documents claims to be a Kubernetes object,
    /// by an `apiVersion` and a `kind`.
    pub fn are_of_no_object(&self) -> bool {
        let claims = |root: usize| ["apiVersion", "kind"].iter().all(|key| self.child(root, key, 0).is_some());
        !self.broken && !self.documents.iter().any(|root| claims(*root))
    }

    /// Where a field of an object stands, or the nearest thing around it that is there. A field is
    /// where its name is, an entry of a list where it begins, and what comes by an alias or a merge
    /// key is where it is written.
    ///
    /// The object is the one that `within` lies in. `None` when it lies in none.
    pub fn find(&self, within: Position, pointer: &str) -> Option<Position> {
        let objects = self.documents.iter().flat_map(|root| self.objects_of(*root));
        let (mut found, mut node) = objects.take_while(|(at, _)| *at <= within).last()?;
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            match self.child(node, &token, 0) {
                Some((at, child)) => (found, node) = (at, child),
                None => break,
            }
        }
        Some(found)
    }

    /// The objects of a document in their order, with their places.
    fn objects_of(&self, root: usize) -> Vec<(Position, usize)> {
        let mut objects = Vec::new();
        let mut waiting = vec![(root, 0)];
        while let Some((node, depth)) = waiting.pop() {
            match self.items(node).filter(|_| depth < MAX_HOPS) {
                Some(items) => waiting.extend(items.iter().rev().map(|item| (*item, depth + 1))),
                None => objects.extend(self.nodes.get(node).map(|found| (found.at, node))),
            }
        }
        objects
    }

    /// The items of a `List`; `None` for everything else.
    fn items(&self, node: usize) -> Option<&[usize]> {
        let (_, kind) = self.child(node, "kind", 0)?;
        let (_, items) = self.child(node, "items", 0)?;
        match (self.shape(kind)?, self.shape(items)?) {
            (Shape::Scalar(kind), Shape::Sequence(items)) if kind.ends_with("List") => Some(items),
            _ => None,
        }
    }

    fn child(&self, node: usize, token: &str, hops: usize) -> Option<(Position, usize)> {
        match self.shape(node)? {
            Shape::Sequence(items) => {
                let item = *items.get(token.parse::<usize>().ok()?)?;
                Some((self.nodes.get(item)?.at, item))
            }
            Shape::Mapping(entries) => {
                let own = pairs(entries).find(|(key, _)| self.is_scalar(*key, token));
                match own {
                    Some((key, value)) => Some((self.nodes.get(key)?.at, value)),
                    None if hops < MAX_HOPS => self.merged(entries, token, hops + 1),
                    None => None,
                }
            }
            Shape::Scalar(_) | Shape::Alias(_) => None,
        }
    }

    /// A field that a mapping has by `<<`, of one mapping or of a list of them.
    fn merged(&self, entries: &[usize], token: &str, hops: usize) -> Option<(Position, usize)> {
        let merges = pairs(entries).filter(|(key, _)| self.is_scalar(*key, "<<"));
        merges.map(|(_, value)| value).find_map(|value| match self.shape(value)? {
            Shape::Sequence(items) => items.iter().find_map(|item| self.child(*item, token, hops)),
            _ => self.child(value, token, hops),
        })
    }

    fn is_scalar(&self, node: usize, text: &str) -> bool {
        matches!(self.shape(node), Some(Shape::Scalar(found)) if found == text)
    }

    /// What a node is, through aliases.
    fn shape(&self, node: usize) -> Option<&Shape<'a>> {
        let mut shape = &self.nodes.get(node)?.shape;
        for _ in 0..MAX_HOPS {
            let Shape::Alias(target) = shape else { return Some(shape) };
            shape = &self.nodes.get(*target)?.shape;
        }
        None
    }
}

/// The keys of a mapping with their values.
fn pairs(entries: &[usize]) -> impl Iterator<Item = (usize, usize)> + use<'_> {
    entries.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?)))
}

/// Turns events into nodes.
#[derive(Debug)]
struct Reader<'a> {
    places: Places<'a>,
    document: Document<'a>,
    open: Vec<usize>,
    anchors: BTreeMap<usize, usize>,
}

impl<'a> Reader<'a> {
    fn take(&mut self, event: Event<'a>, span: &Span) {
        match event {
            Event::Scalar(text, _, anchor, _) => {
                self.add(Shape::Scalar(text), anchor, span);
            }
            Event::Alias(anchor) => {
                // An anchor that is never defined is an error of the parser's own.
                let target = self.anchors.get(&anchor).copied().unwrap_or(usize::MAX);
                self.add(Shape::Alias(target), 0, span);
            }
            Event::SequenceStart(_, anchor, _) => self.begin(Shape::Sequence(Vec::new()), anchor, span),
            Event::MappingStart(_, anchor, _) => self.begin(Shape::Mapping(Vec::new()), anchor, span),
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
            }
            _ => {}
        }
    }

    fn begin(&mut self, shape: Shape<'a>, anchor: usize, span: &Span) {
        let node = self.add(shape, anchor, span);
        self.open.push(node);
    }

    fn add(&mut self, shape: Shape<'a>, anchor: usize, span: &Span) -> usize {
        let place = self.places.nodes.len();
        let at = Position { line: span.start.line() as u64, column: span.start.col() as u64 + 1 };
        let at = self.document.place(at);
        let parent = self.open.last().and_then(|parent| self.places.nodes.get_mut(*parent));
        match parent.map(|parent| &mut parent.shape) {
            Some(Shape::Sequence(children) | Shape::Mapping(children)) => children.push(place),
            _ => self.places.documents.push(place),
        }
        if anchor != 0 {
            self.anchors.insert(anchor, place);
        }
        self.places.nodes.push(Node { at, shape });
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `line:column` of a pointer into the object that begins at `line:column`.
    fn find(text: &str, within: (u64, u64), pointer: &str) -> String {
        let within = Position { line: within.0, column: within.1 };
        let found = Places::of(text).find(within, pointer);
        found.map_or("nowhere".to_owned(), |at| format!("{}:{}", at.line, at.column))
    }

    const BLOCK: &str = "\
# a comment
apiVersion: v1
kind: Server
metadata:
  name: a
  labels: {a/b: c, 'd~e': \"f\"}
spec:
  replicas: 0
  list:
  - name: x

  -   name: ü
      value: 1
  text: |
    one
    two
";

    #[test]
    fn fields_are_where_their_names_are_and_entries_where_they_begin() {
        for (pointer, expected) in [
            ("", "2:1"),
            ("/kind", "3:1"),
            ("/metadata/name", "5:3"),
            ("/metadata/labels/a~1b", "6:12"),
            ("/metadata/labels/d~0e", "6:20"),
            ("/spec", "7:1"),
            ("/spec/replicas", "8:3"),
            ("/spec/list", "9:3"),
            ("/spec/list/0", "10:5"),
            ("/spec/list/0/name", "10:5"),
            ("/spec/list/1", "12:7"),
            ("/spec/list/1/value", "13:7"),
            ("/spec/text", "14:3"),
        ] {
            assert_eq!(find(BLOCK, (2, 1), pointer), expected, "{pointer}");
        }
    }

    #[test]
    fn what_is_not_there_is_at_the_nearest_thing_around_it() {
        for (pointer, expected) in [
            ("/status", "2:1"),
            ("/spec/nothing/at/all", "7:1"),
            ("/spec/list/7", "9:3"),
            ("/spec/list/x", "9:3"),
            ("/spec/replicas/0", "8:3"),
            ("/spec/list/1/missing", "12:7"),
        ] {
            assert_eq!(find(BLOCK, (2, 1), pointer), expected, "{pointer}");
        }
    }

    #[test]
    fn the_same_text_with_other_line_ends_and_a_byte_order_mark_has_the_same_places() {
        let windows = format!("\u{feff}{}", BLOCK.replace('\n', "\r\n"));
        assert_eq!(find(&windows, (2, 1), "/spec/list/1/value"), "13:7");
        assert_eq!(find("\u{feff}kind: a\nspec: 1\n", (1, 1), ""), "1:1");
    }

    #[test]
    fn json_and_flow_style() {
        let json = "{\"kind\": \"List\", \"items\": [\n\t{\"kind\": \"A\", \"spec\": {\"x\": [1, null]}},\n\t{\"kind\": \"B\", \"spec\": {\"x\": 2}}]}";
        assert_eq!(find(json, (2, 2), "/spec/x"), "2:25");
        assert_eq!(find(json, (2, 2), "/spec/x/1"), "2:34");
        assert_eq!(find(json, (3, 2), "/spec/x"), "3:25");
        assert_eq!(find(json, (3, 2), ""), "3:2");
        assert_eq!(find("--- {kind: A, spec: {ü: 1, y: 2}}", (1, 5), "/spec/y"), "1:28");
    }

    #[test]
    fn any_place_in_an_object_finds_the_object() {
        let text =
            "kind: List\nitems:\n- kind: A\n  spec: {a: 1}\n- kind: B\n  spec: {a: 1}\n---\nkind: C\nspec:\n  a: 1\n";
        assert_eq!(find(text, (4, 10), "/spec/a"), "4:10");
        assert_eq!(find(text, (6, 3), "/spec/a"), "6:10");
        assert_eq!(find(text, (10, 3), ""), "8:1");
        assert_eq!(Places::of(text).objects().len(), 3);
    }

    #[test]
    fn aliases_and_merge_keys_lead_to_what_is_written() {
        let text = "\
kind: A
base: &base
  x: 1
  deep: {y: 2}
other: &other {z: 3}
spec:
  <<: [*base, *other]
  own: 4
  x: 5
copy: *base
list:
- *other
";
        for (pointer, expected) in [
            ("/spec/x", "9:3"),
            ("/spec/deep", "4:3"),
            ("/spec/deep/y", "4:10"),
            ("/spec/z", "5:16"),
            ("/spec/own", "8:3"),
            ("/spec/none", "6:1"),
            ("/copy", "10:1"),
            ("/copy/x", "3:3"),
            ("/list/0", "12:3"),
            ("/list/0/z", "5:16"),
        ] {
            assert_eq!(find(text, (1, 1), pointer), expected, "{pointer}");
        }
    }

    #[test]
    fn a_text_that_breaks_off_has_the_places_before_it() {
        assert_eq!(find("kind: A\nspec:\n  a: 1\n---\nb: [\n", (1, 1), "/spec/a"), "3:3");
        assert_eq!(find("a: [\n---\nkind: A\nspec:\n  a: 1\n", (3, 1), "/spec/a"), "5:3");
        assert_eq!(find("", (1, 1), "/a"), "nowhere");
        assert_eq!(find("a: &a\n  <<: *a\n", (1, 1), "/a/b"), "1:1");
    }
}
