//! Changes to objects as data, so that what is proposed can be tried before it is said.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::object::{Object, ObjectId};

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
    /// A field gets a value; a path that ends in `/-` appends to a list. Mappings and lists on the way
    /// to it are made where they are missing.
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
    /// The object goes.
    Delete,
}

impl Edit {
    /// Gives a field of an object a value.
    pub fn set(object: &Object, path: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { object: object.id(), action: Action::Set { path: path.into(), value: value.into() } }
    }

    /// Takes a field from an object.
    pub fn remove(object: &Object, path: impl Into<String>) -> Self {
        Self { object: object.id(), action: Action::Remove { path: path.into() } }
    }

    /// Makes an object.
    pub fn put(manifest: Object) -> Self {
        Self { object: manifest.id(), action: Action::Put { manifest } }
    }

    /// Whether it adds an entry to the end of a list.
    pub(super) fn appends(&self) -> bool {
        self.action.path().is_some_and(|path| path.ends_with("/-"))
    }

    /// Takes an object away.
    pub fn delete(object: &Object) -> Self {
        Self { object: object.id(), action: Action::Delete }
    }
}

impl Action {
    /// The field that it touches; `None` for the whole object.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Set { path, .. } | Self::Remove { path } => Some(path),
            Self::Put { .. } | Self::Delete => None,
        }
    }
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
            Self::Delete => f.write_str("delete it"),
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
