//! From a field of a built object back to the text that it comes from.

use json_patch::PatchOperation;
use serde_json::Value;

use crate::yaml::{Places, Position};

/// What a built object was made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// The object as it was built.
    pub(crate) built: Value,
    /// What it was made of: the resource, then the patches in their order.
    pub(crate) layers: Vec<Layer>,
}

/// A resource or a patch, and where it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layer {
    /// The file.
    pub(crate) path: String,
    /// Where it begins; for a patch that is part of a kustomization, where that begins.
    pub(crate) within: Position,
    /// JSON pointer to a patch that is part of a kustomization.
    pub(crate) inline: Option<String>,
    /// The resource, the object to merge, or the operations.
    pub(crate) value: Value,
}

impl Layer {
    /// The operations; none for what is merged.
    pub(crate) fn operations(&self) -> Vec<PatchOperation> {
        operations(&self.value)
    }
}

/// Where in a layer's value a field of the built object was given the value that it has.
pub(crate) fn origin(layer: &Value, pointer: &str, built: &Value) -> Option<String> {
    let value = built.pointer(pointer)?;
    if !layer.is_array() {
        return (layer.pointer(pointer)? == value).then(|| pointer.to_owned());
    }
    // An entry of a list is often evidence as a whole, for the sake of a field of it.
    let is_entry = pointer.rsplit('/').next().is_some_and(|token| token.parse::<usize>().is_ok());
    let sets = |index: usize, operation: &PatchOperation| {
        let (path, set) = match operation {
            PatchOperation::Add(add) => (add.path.to_string(), &add.value),
            PatchOperation::Replace(replace) => (replace.path.to_string(), &replace.value),
            _ => return None,
        };
        // What is appended stands at the end.
        let path = match path.strip_suffix("/-") {
            Some(list) => format!("{list}/{}", built.pointer(list)?.as_array()?.len().checked_sub(1)?),
            None => path,
        };
        if let Some(rest) = below(pointer, &path) {
            let within = if rest.is_empty() { Some(set) } else { set.pointer(rest) };
            return (within? == value).then(|| format!("/{index}/value{rest}"));
        }
        let is_field = is_entry && below(&path, pointer).is_some() && built.pointer(&path)? == set;
        is_field.then(|| format!("/{index}/value"))
    };
    let operations = operations(layer);
    operations.iter().enumerate().rev().find_map(|(index, operation)| sets(index, operation))
}

/// The operations of a patch; none of what is merged.
pub(crate) fn operations(layer: &Value) -> Vec<PatchOperation> {
    serde_json::from_value(layer.clone()).ok().filter(|_| layer.is_array()).unwrap_or_default()
}

/// What is left of a pointer below another.
fn below<'a>(pointer: &'a str, other: &str) -> Option<&'a str> {
    pointer.strip_prefix(other).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Trace {
    /// The file and the place of a field, or of the nearest thing around it. The last patch that
    /// gave it its value counts, else the resource.
    pub(crate) fn find<'a>(&self, pointer: &str, text: impl Fn(&str) -> Option<&'a str>) -> Option<(String, Position)> {
        let (resource, patches) = self.layers.split_first()?;
        let at = |layer: &Layer, pointer: &str| {
            let found = Places::of(text(&layer.path)?).find(layer.within, pointer)?;
            Some((layer.path.clone(), found))
        };
        let by_patch = patches.iter().rev().find_map(|layer| {
            let origin = origin(&layer.value, pointer, &self.built)?;
            at(layer, layer.inline.as_deref().unwrap_or(&origin))
        });
        by_patch.or_else(|| at(resource, &aligned(pointer, &self.built, &resource.value)))
    }
}

/// A pointer into the built object as one into the resource. Entries of lists that patches moved are
/// looked for by their name, or else as they are.
pub(crate) fn aligned(pointer: &str, built: &Value, resource: &Value) -> String {
    let (mut built, mut resource, mut path) = (Some(built), Some(resource), String::new());
    for token in pointer.split('/').skip(1) {
        let key = token.replace("~1", "/").replace("~0", "~");
        let next = match (built, resource) {
            (Some(Value::Array(now)), Some(Value::Array(then))) => {
                let entry = key.parse().ok().and_then(|index: usize| now.get(index));
                let same = |other: &&Value| entry.is_some_and(|entry| is_same(entry, other));
                then.iter().position(|other| same(&other)).map_or_else(|| key.clone(), |index| index.to_string())
            }
            _ => key.clone(),
        };
        built = built.and_then(|value| child(value, &key));
        resource = resource.and_then(|value| child(value, &next));
        path = format!("{path}/{}", next.replace('~', "~0").replace('/', "~1"));
    }
    path
}

/// An entry of a list or a field of a mapping, by its key.
pub(crate) fn child<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Array(entries) => entries.get(key.parse::<usize>().ok()?),
        value => value.get(key),
    }
}

/// Whether two entries of lists are the same one: by their names, or by being equal.
pub(crate) fn is_same(entry: &Value, other: &Value) -> bool {
    match entry.get("name") {
        Some(name) => other.get("name") == Some(name),
        None => entry == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RESOURCE: &str = "spec:\n  a: 1\n  list:\n  - name: x\n  - name: w\n    b: 1\n";
    const MERGE: &str = "spec:\n  a: 2\n";
    const OPERATIONS: &str = "\
- {op: remove, path: /spec/list/0}
- {op: replace, path: /spec/list/0/b, value: 2}
- {op: add, path: /spec/list/-, value: {name: z}}
- {op: add, path: /spec/a, value: 9}
";

    fn find(pointer: &str) -> String {
        let layer = |path: &str, text: &str| Layer {
            path: path.to_owned(),
            within: Position { line: 1, column: 1 },
            inline: None,
            value: crate::yaml::read(text).unwrap(),
        };
        let layers = vec![layer("r", RESOURCE), layer("o", OPERATIONS), layer("m", MERGE)];
        let built = json!({"spec": {"a": 2, "list": [{"name": "w", "b": 2}, {"name": "z"}]}});
        let text =
            |path: &str| [("r", RESOURCE), ("o", OPERATIONS), ("m", MERGE)].into_iter().find(|one| one.0 == path);
        let found = Trace { built, layers }.find(pointer, |path| text(path).map(|(_, text)| text));
        found.map_or("nowhere".to_owned(), |(path, at)| format!("{path}:{}:{}", at.line, at.column))
    }

    #[test]
    fn a_field_is_where_its_value_was_given() {
        for (pointer, expected) in [
            // The last patch that gives the value, not one that was overruled.
            ("/spec/a", "m:2:3"),
            ("/spec/list/0/b", "o:2:39"),
            ("/spec/list/0", "o:2:39"),
            ("/spec/list/1", "o:3:33"),
            ("/spec/list/1/name", "o:3:41"),
            // What patches moved is found by its name, what is nowhere at what is around it.
            ("/spec/list/0/name", "r:5:5"),
            ("/spec/list", "r:3:3"),
            ("/spec/none", "r:1:1"),
        ] {
            assert_eq!(find(pointer), expected, "{pointer}");
        }
    }
}
