//! Whole documents.

use serde_json::Value;

use super::{Edit, Reason, Refusal, line, path::Path, write::Format};
use crate::yaml::{Position, documents, read};

/// A text without the object that is at a place: without its document, or without the item of a list
/// that it is. Comments in the document go with it, but for those at the beginning of a file that a
/// blank line sets apart. `None` when no other document is left.
///
/// # Errors
/// [`Refusal`], when there is no such object, or when the text cannot be edited safely.
///
/// ```
/// use seldon_central_core::yaml::{Position, edit};
///
/// let text = "kind: A\n---\n# second\nkind: B\n---\nkind: C\n";
/// let left = edit::remove(text, Position { line: 4, column: 1 })?;
/// assert_eq!(left.as_deref(), Some("kind: A\n---\nkind: C\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn remove(text: &str, at: Position) -> Result<Option<String>, Refusal> {
    let edit = Edit::begin(text, at)?;
    if let Some((list, others)) = edit.siblings()
        && others > 0
    {
        return edit.without(&list).map(Some);
    }
    let all = documents(text);
    let left: Vec<&str> =
        all.iter().filter(|found| found.offset != edit.document.offset).map(|found| found.text).collect();
    if left.is_empty() {
        return Ok(None);
    }
    let begin = edit.document.offset;
    let end = begin + edit.document.text.len();
    let follows_mark = edit.document.start.column > 1;
    let (begin, end) = if follows_mark {
        // A mark, `---`, belongs to the document behind it.
        (begin - 3, end)
    } else {
        let head = line::skip_blank(text, begin);
        let head = text.get(begin..head).and_then(|head| head.rfind("\n\n")).map_or(0, |blank| blank + 2);
        let mark = line::after(text, end).strip_prefix("---");
        let is_bare = mark.is_some_and(|_| line::is_last(text, end + 3));
        (begin + head, if is_bare { line::next(text, end) } else { end })
    };
    let result = format!("{}{}", line::before(text, begin), line::after(text, end));
    let reads: Vec<&str> = documents(&result).into_iter().map(|found| found.text).collect();
    if reads.len() == left.len() && reads.iter().zip(&left).all(|(new, old)| is_same(new, old)) {
        return Ok(Some(result));
    }
    Err(Refusal { at, reason: Reason::Unprovable { pointer: String::new() } })
}

/// A text with one more object: behind the others of the list that the object at a place is an item of,
/// else as a document at the end, in the words of `document`.
///
/// # Errors
/// [`Refusal`], when there is no object at the place, or when the text cannot be edited safely. JSON
/// that is no list takes no second object.
///
/// ```
/// use seldon_central_core::yaml::{Position, edit};
///
/// let object = serde_json::json!({"kind": "B"});
/// let text = edit::append("kind: A", Position { line: 1, column: 1 }, &object, "# new\nkind: B\n")?;
/// assert_eq!(text, "kind: A\n---\n# new\nkind: B\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn append(text: &str, at: Position, object: &Value, document: &str) -> Result<String, Refusal> {
    let edit = Edit::begin(text, at)?;
    if let Some((item, _)) = edit.siblings() {
        return edit.with(item.parent(), object);
    }
    let refusal = || Refusal { at, reason: Reason::Unprovable { pointer: String::new() } };
    if Format::of(edit.document.text, edit.document.start.column > 1).is_json {
        return Err(refusal());
    }
    let end = if text.ends_with('\n') { "" } else { edit.newline };
    let new = format!("---\n{document}").replace('\n', edit.newline);
    let result = format!("{text}{end}{new}");
    let (old, now) = (documents(text), documents(&result));
    let is_kept = old.iter().zip(&now).all(|(old, now)| old.text.trim_end() == now.text.trim_end());
    let is_added = now.last().is_some_and(|last| read(last.text).as_ref() == Ok(object));
    if is_kept && is_added && now.len() == old.len() + 1 { Ok(result) } else { Err(refusal()) }
}

/// Whether a document is another, perhaps behind the comments at the beginning of the file.
fn is_same(new: &str, old: &str) -> bool {
    let before = new.strip_suffix(old.trim_start());
    before.is_some_and(|before| line::skip_blank(before, 0) == before.len())
}

impl Edit<'_> {
    /// The path of the object as an item of a list, and how many others are in it.
    fn siblings(&self) -> Option<(Path, usize)> {
        let list = self.object.parent();
        let items = list.value(&self.tree)?.as_array()?;
        Some((self.object.clone(), items.len().checked_sub(1)?))
    }

    fn with(mut self, list: Path, object: &Value) -> Result<String, Refusal> {
        let mut wanted = list.value(&self.tree).cloned().unwrap_or_default();
        if let Some(items) = wanted.as_array_mut() {
            items.push(object.clone());
        }
        self.object = list;
        self.become_(&wanted)?;
        self.finish()
    }

    fn without(mut self, item: &Path) -> Result<String, Refusal> {
        let mut tree = self.tree.clone();
        let index = item.tokens().last().and_then(|token| token.parse::<usize>().ok());
        let list = item.parent();
        if let (Some(items), Some(index)) = (list.of(&mut tree).and_then(Value::as_array_mut), index) {
            items.remove(index);
        }
        let wanted = list.value(&tree).cloned().unwrap_or_default();
        self.object = list;
        self.become_(&wanted)?;
        self.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_goes_and_the_others_stay() {
        for (text, line, left) in [
            ("# licence\n\n# first\na: 1\n---\nb: 1\n", 4, Some("# licence\n\nb: 1\n")),
            ("# first\na: 1\n--- # why\nb: 1\n", 2, Some("--- # why\nb: 1\n")),
            ("---\na: 1\n---\nb: 1\n", 2, Some("---\nb: 1\n")),
            ("a: 1\r\n---\r\nb: 1\r\n---\r\nc: 1", 3, Some("a: 1\r\n---\r\nc: 1")),
            ("a: 1\n---\nb: 1\n...\n", 3, Some("a: 1\n")),
            ("\u{feff}a: 1\n---\nb: 1\n", 1, Some("\u{feff}b: 1\n")),
            ("{\"a\": 1}\n{\"b\": 1}\n", 1, Some("{\"b\": 1}\n")),
            ("# only\na: 1\n---\n# nothing\n", 2, None),
            ("kind: List\nitems:\n- kind: A\n# of B\n- kind: B\n", 3, Some("kind: List\nitems:\n# of B\n- kind: B\n")),
            ("kind: List\nitems:\n- kind: A\n---\nb: 1\n", 3, Some("b: 1\n")),
        ] {
            let column = if text.contains("List") { 3 } else { 1 };
            assert_eq!(remove(text, Position { line, column }).unwrap().as_deref(), left, "{text:?}");
        }
        assert!(remove("# nothing\n", Position { line: 1, column: 1 }).is_err());
    }

    #[test]
    fn an_object_comes_behind_the_others() {
        let object = serde_json::json!({"kind": "X"});
        for (text, line, column, after) in [
            ("kind: A\r\n", 1, 1, "kind: A\r\n---\r\nkind: X\r\n"),
            ("---\nkind: A\n---\n", 2, 1, "---\nkind: A\n---\n---\nkind: X\n"),
            ("a: |+\n  b\n\n", 1, 1, "a: |+\n  b\n\n---\nkind: X\n"),
            (
                "kind: List\nitems:\n- kind: A # a\n---\nb: 1\n",
                3,
                3,
                "kind: List\nitems:\n- kind: A # a\n- kind: X\n---\nb: 1\n",
            ),
            (
                r#"{"kind": "List", "items": [{"kind": "A"}]}"#,
                1,
                28,
                r#"{"kind": "List", "items": [{"kind": "A"}, {"kind": "X"}]}"#,
            ),
        ] {
            let added = append(text, Position { line, column }, &object, "kind: X\n");
            assert_eq!(added.as_deref(), Ok(after), "{text:?}");
        }
        for text in ["{\"kind\": \"A\"}\n", "# nothing\n"] {
            assert!(append(text, Position { line: 1, column: 1 }, &object, "kind: X\n").is_err(), "{text}");
        }
    }
}
