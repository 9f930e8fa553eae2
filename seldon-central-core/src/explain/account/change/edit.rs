//! Changes to objects as data, so that what is proposed can be tried before it is said.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    object::{Object, ObjectId},
    resource::MODEL,
    snapshot::Snapshot,
};

/// One change to one object.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Edit {
    /// The object.
    pub object: ObjectId,
    /// What happens to it.
    #[serde(flatten)]
    pub action: Action,
}

/// What happens to an object.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", tag = "action")]
pub enum Action {
    /// A field gets a value; a path that ends in `/-` appends to a list.
    Set {
        /// JSON pointer to the field.
        path: String,
        /// The value.
        value: Value,
    },
    /// A field goes.
    Remove {
        /// JSON pointer to the field.
        path: String,
    },
    /// The object is made, or replaced by this one.
    Put {
        /// The whole object.
        manifest: Object,
    },
}

impl Edit {
    pub(super) fn set(object: &Object, path: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { object: object.id(), action: Action::Set { path: path.into(), value: value.into() } }
    }

    pub(super) fn remove(object: &Object, path: impl Into<String>) -> Self {
        Self { object: object.id(), action: Action::Remove { path: path.into() } }
    }

    pub(super) fn put(manifest: Object) -> Self {
        Self { object: manifest.id(), action: Action::Put { manifest } }
    }
}

/// The snapshot as it would be after these changes; `None` when one of them does not fit its object.
pub(super) fn applied(snapshot: &Snapshot, edits: &[Edit]) -> Option<Snapshot> {
    let mut objects: Vec<(ObjectId, Object)> = Vec::new();
    for edit in edits {
        let current = objects.iter().find(|(id, _)| *id == edit.object).map(|(_, object)| object.clone());
        let current = current.or_else(|| {
            let found = snapshot.objects().iter().find(|observed| observed.object.id() == edit.object);
            found.map(|observed| observed.object.clone())
        });
        let next = match (&edit.action, current) {
            (Action::Put { manifest }, _) => manifest.clone(),
            (Action::Set { path, value }, Some(object)) => {
                let mut json = object.into_value();
                set(&mut json, path, value.clone()).then_some(())?;
                Object::new(json).ok()?
            }
            (Action::Remove { path }, Some(object)) => {
                let mut json = object.into_value();
                remove(&mut json, path).then_some(())?;
                Object::new(json).ok()?
            }
            (Action::Set { .. } | Action::Remove { .. }, None) => return None,
        };
        objects.retain(|(id, _)| *id != edit.object);
        objects.push((edit.object.clone(), next));
    }
    let objects: Vec<Object> = objects.into_iter().map(|(_, object)| object).collect();
    Some(snapshot.with_edited(&objects))
}

/// Sets a field; mappings and lists on the way to it are made where they are missing.
fn set(json: &mut Value, path: &str, value: Value) -> bool {
    let Some((parent, last)) = path.rsplit_once('/') else { return false };
    let key = last.replace("~1", "/").replace("~0", "~");
    match json.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.insert(key, value);
            true
        }
        Some(Value::Array(items)) if last == "-" => {
            items.push(value);
            true
        }
        Some(Value::Array(items)) => {
            let place = last.parse::<usize>().ok().and_then(|index| items.get_mut(index));
            place.map(|place| *place = value).is_some()
        }
        Some(Value::Null) | None if last == "-" => set(json, parent, Value::Array(vec![value])),
        Some(Value::Null) | None => set(json, parent, Value::Object(Map::from_iter([(key, value)]))),
        Some(_) => false,
    }
}

fn remove(json: &mut Value, path: &str) -> bool {
    let Some((parent, last)) = path.rsplit_once('/') else { return false };
    match json.pointer_mut(parent) {
        Some(Value::Object(map)) => map.remove(&last.replace("~1", "/").replace("~0", "~")).is_some(),
        Some(Value::Array(items)) => {
            let index = last.parse::<usize>().ok().filter(|index| *index < items.len());
            index.map(|index| items.remove(index)).is_some()
        }
        _ => false,
    }
}

/// What happens to one object, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::explain::account) struct Said {
    /// The object, unless it is the one that is accounted for; or that it is made.
    pub object: Option<String>,
    /// The changes to it.
    pub changes: Vec<String>,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.object {
            Some(object) if self.changes.is_empty() => f.write_str(object),
            Some(object) => write!(f, "{object} {}", self.changes.join(", ")),
            None => f.write_str(&self.changes.join(", ")),
        }
    }
}

/// Changes in words, those of one object together.
pub(in crate::explain::account) fn said(edits: &[Edit], own: &ObjectId) -> Vec<Said> {
    let mut said: Vec<(&ObjectId, Said)> = Vec::new();
    for edit in edits {
        let id = &edit.object;
        if let Action::Put { .. } = edit.action {
            let own_artifact = if id.kind == MODEL.kind { " with a `storageUri` of its own" } else { "" };
            said.push((id, Said { object: Some(format!("create {id}{own_artifact}")), changes: Vec::new() }));
            continue;
        }
        let change = edit.action.to_string();
        if let Some((_, said)) = said.iter_mut().find(|(known, _)| *known == id) {
            said.changes.push(change);
        } else {
            let object = (id != own).then(|| format!("in {id}"));
            said.push((id, Said { object, changes: vec![change] }));
        }
    }
    said.into_iter().map(|(_, said)| said).collect()
}

/// Changes in one sentence.
pub(super) fn say(edits: &[Edit], own: &ObjectId) -> String {
    said(edits, own).iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set { path, value } => match path.strip_suffix("/-") {
                Some(list) => write!(f, "add {} to `{}`", readable(value), field(list)),
                None => write!(f, "set `{}` to {}", field(path), readable(value)),
            },
            Self::Remove { path } => write!(f, "remove `{}`", field(path)),
            Self::Put { .. } => f.write_str("create it"),
        }
    }
}

/// `/spec/requirements/0` as people write it: `spec.requirements[0]`.
fn field(path: &str) -> String {
    let mut said = String::new();
    for token in path.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        if token.parse::<usize>().is_ok() {
            said.extend(["[", &token, "]"]);
        } else {
            if !said.is_empty() {
                said.push('.');
            }
            said.push_str(&token);
        }
    }
    said
}

fn readable(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            format!("`[{}]`", items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
        }
        Value::Array(_) | Value::Object(_) => format!("`{value}`"),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
