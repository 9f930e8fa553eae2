//! Paths into trees.

use serde_json::Value;

/// Keys and indices from the outermost value of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Path(Vec<String>);

impl Path {
    pub(super) fn child(&self, token: &str) -> Self {
        Self(self.0.iter().cloned().chain([token.to_owned()]).collect())
    }

    /// The path to what is around it.
    pub(super) fn parent(&self) -> Self {
        Self(self.0.split_last().map_or_else(Vec::new, |(_, rest)| rest.to_vec()))
    }

    pub(super) fn tokens(&self) -> &[String] {
        &self.0
    }

    /// The path as a JSON pointer, from the token of this index on.
    pub(super) fn pointer_from(&self, begin: usize) -> String {
        let tokens = self.0.iter().skip(begin);
        tokens.map(|token| format!("/{}", token.replace('~', "~0").replace('/', "~1"))).collect()
    }

    /// The value at the path.
    pub(super) fn value<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        value.pointer(&self.pointer_from(0))
    }

    /// The same, to be changed.
    pub(super) fn of<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        value.pointer_mut(&self.pointer_from(0))
    }
}

/// Where the objects of a document are, in the order in which `manifest` reads them: at its root, or
/// as the items of a list.
pub(super) fn objects(value: &Value, at: &Path, found: &mut Vec<Path>) {
    let is_list = value.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    match value.get("items").and_then(Value::as_array).filter(|_| is_list) {
        Some(items) => {
            let list = at.child("items");
            for (index, item) in items.iter().enumerate() {
                objects(item, &list.child(&index.to_string()), found);
            }
        }
        None => found.push(at.clone()),
    }
}
