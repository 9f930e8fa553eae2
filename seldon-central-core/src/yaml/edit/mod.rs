//! Edits of YAML and JSON by bytes: whatever is not meant stays as somebody wrote it.
//!
//! An edit is a JSON Patch on one object of a text. Comments, quotes, blank lines, the order of keys,
//! indentation, line ends, anchors and every other document stay; new values are written in the style
//! of what is around them. What comes out is read again, and returned only when it is exactly the tree
//! that the patch makes of the old one. Everything else is a [`Refusal`] with its place.
//!
//! ```
//! use json_patch::Patch;
//! use seldon_central_core::yaml::{Position, edit};
//!
//! let text = "kind: Server # ours\nspec: {replicas: 2}\n";
//! let patch: Patch = serde_json::from_str(r#"[
//!     {"op": "test", "path": "/spec/replicas", "value": 2},
//!     {"op": "replace", "path": "/spec/replicas", "value": 3}]"#)?;
//! let edited = edit::apply(text, Position { line: 1, column: 1 }, &patch)?;
//! assert_eq!(edited, "kind: Server # ours\nspec: {replicas: 3}\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod block;
mod difference;
mod document;
mod flow;
mod line;
mod page;
mod path;
mod refusal;
#[cfg(test)]
mod tests;
mod write;

use json_patch::{Patch, PatchErrorKind, PatchOperation};
use serde_json::Value;

use self::{
    difference::Step,
    line::Splice,
    page::{Miss, Page},
    path::Path,
    write::{Format, Lines},
};
pub use self::{
    document::{append, remove},
    refusal::{Reason, Refusal},
};
use super::{Document, Places, Position, documents, is_template, read};

/// Applies a patch to the object that is at a place, as [`manifest`](crate::manifest) names it. A
/// patch that changes nothing gives the same text.
///
/// # Errors
/// [`Refusal`], when the patch does not fit the object, or when the text cannot be edited safely.
pub fn apply(text: &str, at: Position, patch: &Patch) -> Result<String, Refusal> {
    let mut edit = Edit::begin(text, at)?;
    for operation in &patch.0 {
        edit.operate(operation)?;
    }
    edit.finish()
}

/// Makes the object that is at a place read as another value, as [`apply`] does with a patch.
///
/// # Errors
/// [`Refusal`], when the text cannot be edited safely.
pub fn rewrite(text: &str, at: Position, wanted: &Value) -> Result<String, Refusal> {
    let mut edit = Edit::begin(text, at)?;
    edit.become_(wanted)?;
    edit.finish()
}

/// Whether a template's action is somewhere in a value.
fn has_template(value: &Value) -> bool {
    match value {
        Value::String(text) => is_template(text),
        Value::Array(items) => items.iter().any(has_template),
        Value::Object(fields) => fields.iter().any(|(key, value)| is_template(key) || has_template(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A text with one document that changes.
#[derive(Debug)]
struct Edit<'t> {
    /// The whole text.
    whole: &'t str,
    /// The document as it was.
    document: Document<'t>,
    /// Its text as it is by now, and what that reads as.
    text: String,
    tree: Value,
    /// Where the object is in the document.
    object: Path,
    newline: &'static str,
}

impl<'t> Edit<'t> {
    fn begin(text: &'t str, at: Position) -> Result<Self, Refusal> {
        let nothing = Refusal { at, reason: Reason::NoObject };
        let found = documents(text).into_iter().take_while(|document| document.start <= at).last();
        let document = found.ok_or_else(|| nothing.clone())?;
        let tree: Value = read(document.text).map_err(|error| {
            let place = document.place(Position { line: error.line.max(1), column: error.column.max(1) });
            let is_template = is_template(document.text);
            let message = error.message;
            let reason =
                if is_template { Reason::Template { pointer: String::new() } } else { Reason::Broken { message } };
            Refusal { at: place, reason }
        })?;
        let mut objects = Vec::new();
        path::objects(&tree, &Path::default(), &mut objects);
        let starts = Places::of_document(&document).objects();
        let index = starts.iter().take_while(|start| **start <= at).count().checked_sub(1);
        let object = index.filter(|_| starts.len() == objects.len()).and_then(|index| objects.get(index));
        let object = object.cloned().ok_or(nothing)?;
        let is_windows = text.split_once('\n').is_some_and(|(line, _)| line.ends_with('\r'));
        let newline = if is_windows { "\r\n" } else { "\n" };
        Ok(Self { whole: text, document, text: document.text.to_owned(), tree, object, newline })
    }

    fn operate(&mut self, operation: &PatchOperation) -> Result<(), Refusal> {
        let mut tree = self.tree.clone();
        let object = self.object.of(&mut tree);
        let mut wanted = object.cloned().unwrap_or_default();
        let patched = json_patch::patch(&mut wanted, &Patch(vec![operation.clone()]));
        patched.map_err(|error| {
            let pointer = operation.path().to_string();
            let is_stale = matches!(error.kind, PatchErrorKind::TestFailed);
            self.refusal(
                &pointer,
                if is_stale { |pointer| Reason::Stale { pointer } } else { |pointer| Reason::Absent { pointer } },
            )
        })?;
        self.become_(&wanted)
    }

    fn become_(&mut self, wanted: &Value) -> Result<(), Refusal> {
        let mut tree = self.tree.clone();
        let Some(object) = self.object.of(&mut tree) else { return Ok(()) };
        let mut steps = Vec::new();
        difference::steps(object, wanted, &self.object, &mut steps);
        *object = wanted.clone();
        let Some(first) = steps.first() else { return Ok(()) };
        // Lines of a text may run into comments that follow; quoted, they do not.
        for lines in [Lines::Block, Lines::Quoted] {
            match self.attempt(&steps, lines) {
                Ok(text) if read(&text).as_ref() == Ok(&tree) => {
                    (self.text, self.tree) = (text, tree);
                    return Ok(());
                }
                Err(refusal) if !matches!(refusal.reason, Reason::Unprovable { .. }) => return Err(refusal),
                _ => {}
            }
        }
        Err(self.unprovable(first.path()))
    }

    /// The text after all steps, whatever it reads as.
    fn attempt(&self, steps: &[Step], lines: Lines) -> Result<String, Refusal> {
        steps.iter().try_fold(self.text.clone(), |text, step| self.step(&text, step, lines))
    }

    /// The text after a step.
    fn step(&self, text: &str, step: &Step, lines: Lines) -> Result<String, Refusal> {
        let path = step.path();
        // What reads as YAML may speak of templates; only what is one itself is not replaced.
        if !matches!(step, Step::Insert(..)) && path.value(&self.tree).is_some_and(has_template) {
            return Err(self.refusal(&self.pointer(path), |pointer| Reason::Template { pointer }));
        }
        let document = Document { text, ..self.document };
        let Some(mut page) = Page::of(&document, self.newline) else { return Err(self.unprovable(path)) };
        let splices = self.splices(&mut page, step, lines)?;
        splices.and_then(|splices| line::spliced(text, splices)).ok_or_else(|| self.unprovable(path))
    }

    fn splices(&self, page: &mut Page<'_>, step: &Step, lines: Lines) -> Result<Option<Vec<Splice>>, Refusal> {
        let path = step.path();
        let is_insert = matches!(step, Step::Insert(..));
        let (trail, miss) = page.walk(&if is_insert { path.parent() } else { path.clone() });
        let Some(node) = trail.last().copied() else { return Ok(None) };
        let pointer = self.pointer(path);
        let refuse = |reason: Reason| Refusal { at: page.at(node).unwrap_or(self.document.start), reason };
        let is_alias = matches!(page.shape(node), Some(super::node::Shape::Alias(_)));
        match miss {
            Some(Miss::Alias) => return Err(refuse(Reason::Alias { pointer })),
            Some(Miss::Merged) => return Err(refuse(Reason::Merged { pointer })),
            Some(Miss::Absent) => return Ok(None),
            None if is_alias && !matches!(step, Step::Remove(_)) => return Err(refuse(Reason::Alias { pointer })),
            None => {}
        }
        if let Some(used) = page.alias(&trail, !is_insert) {
            return Err(refuse(Reason::Anchored { pointer, used }));
        }
        page.write_at(node, lines);
        let (parent, last) = (trail.iter().rev().nth(1).copied(), path.tokens().last());
        Ok(match (step, parent, last) {
            (Step::Set(_, value), ..) if page.is_in_flow(node) || page.writer.format.is_json => {
                flow::set(page, node, value)
            }
            (Step::Set(_, value), ..) => block::set(page, node, value),
            (Step::Insert(_, value), _, Some(token)) if page.is_flow(node) => flow::insert(page, node, token, value),
            (Step::Insert(_, value), _, Some(token)) => block::insert(page, node, token, value),
            (Step::Remove(_), Some(parent), _) if page.is_flow(parent) => flow::remove(page, parent, node),
            (Step::Remove(_), Some(parent), _) => block::remove(page, parent, node),
            _ => None,
        })
    }

    /// The whole text, when nothing but the one document has changed in it.
    fn finish(self) -> Result<String, Refusal> {
        let range = self.document.offset..self.document.offset + self.document.text.len();
        let (before, after) = (line::before(self.whole, range.start), line::after(self.whole, range.end));
        let text = format!("{before}{}{after}", self.text);
        let old: Vec<_> = documents(self.whole).into_iter().map(|old| old.text).collect();
        let new: Vec<_> = documents(&text).into_iter().map(|new| new.text).collect();
        let is_edited = |old: &str| std::ptr::eq(old, self.document.text);
        let same = |(old, new): (&&str, &&str)| if is_edited(old) { *new == self.text } else { old == new };
        let was_json = Format::of(self.document.text, self.document.start.column > 1).is_json;
        let stays_json = !was_json || serde_json::from_str::<Value>(&self.text).is_ok_and(|value| value == self.tree);
        if old.len() == new.len() && old.iter().zip(&new).all(same) && stays_json {
            return Ok(text);
        }
        Err(self.unprovable(&self.object))
    }

    fn pointer(&self, path: &Path) -> String {
        path.pointer_from(self.object.tokens().len())
    }

    fn unprovable(&self, path: &Path) -> Refusal {
        self.refusal(&self.pointer(path), |pointer| Reason::Unprovable { pointer })
    }

    /// A refusal at the place of a field of the object, as the text was at first.
    fn refusal(&self, pointer: &str, reason: impl FnOnce(String) -> Reason) -> Refusal {
        let places = Places::of_document(&self.document);
        let whole = format!("{}{pointer}", self.object.pointer_from(0));
        let at = places.find_in_document(&whole).unwrap_or(self.document.start);
        Refusal { at, reason: reason(pointer.to_owned()) }
    }
}
