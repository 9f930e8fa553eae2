//! Where things stand in a YAML text.
//!
//! The engine that makes values of a text forgets where each came from. Few texts have findings, so
//! the places are read from the text a second time, and only for those.

use serde::Serialize;

use super::{
    Document, documents,
    node::{Nodes, Shape, pairs},
};

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
    nodes: Nodes<'a>,
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

    fn with(mut self, document: &Document<'a>) -> Self {
        self.nodes.read(document);
        self
    }

    /// Where the objects begin: a document is one, unless it is a `List`.
    pub fn objects(&self) -> Vec<Position> {
        self.nodes.roots().iter().flat_map(|root| self.objects_of(*root)).map(|(at, _)| at).collect()
    }

    /// Whether the text is well-formed and none of its documents claims to be a Kubernetes object,
    /// by an `apiVersion` and a `kind`.
    pub fn are_of_no_object(&self) -> bool {
        let claims = |root: usize| ["apiVersion", "kind"].iter().all(|key| self.child(root, key, 0).is_some());
        !self.nodes.is_broken() && !self.nodes.roots().iter().any(|root| claims(*root))
    }

    /// Where a field of an object stands, or the nearest thing around it that is there. A field is
    /// where its name is, an entry of a list where it begins, and what comes by an alias or a merge
    /// key is where it is written.
    ///
    /// The object is the one that `within` lies in. `None` when it lies in none.
    pub fn find(&self, within: Position, pointer: &str) -> Option<Position> {
        let objects = self.nodes.roots().iter().flat_map(|root| self.objects_of(*root));
        let (at, object) = objects.take_while(|(at, _)| *at <= within).last()?;
        Some(self.below(at, object, pointer))
    }

    /// The same for a pointer into the first document itself, which may be a `List`.
    pub(super) fn find_in_document(&self, pointer: &str) -> Option<Position> {
        let root = *self.nodes.roots().first()?;
        Some(self.below(self.nodes.get(root)?.at, root, pointer))
    }

    fn below(&self, at: Position, node: usize, pointer: &str) -> Position {
        let (mut found, mut node) = (at, node);
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            match self.child(node, &token, 0) {
                Some((at, child)) => (found, node) = (at, child),
                None => break,
            }
        }
        found
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
    fn comments_are_no_limit() {
        let comments = "# said\n".repeat(500);
        assert_eq!(find(&format!("{comments}a:\n{comments}  b: 1\n"), (501, 1), "/a/b"), "1002:3");
    }

    #[test]
    fn a_text_that_breaks_off_has_the_places_before_it() {
        assert_eq!(find("kind: A\nspec:\n  a: 1\n---\nb: [\n", (1, 1), "/spec/a"), "3:3");
        assert_eq!(find("a: [\n---\nkind: A\nspec:\n  a: 1\n", (3, 1), "/spec/a"), "5:3");
        assert_eq!(find("", (1, 1), "/a"), "nowhere");
        assert_eq!(find("a: &a\n  <<: *a\n", (1, 1), "/a/b"), "1:1");
    }
}
