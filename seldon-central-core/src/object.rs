//! A Kubernetes object: its JSON, with an identity that is known to be there.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::resource::{NAMESPACE, Resource};

/// What tells one object from every other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ObjectId {
    /// API group and version, `v1` for the core group.
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Namespace; `None` for cluster-scoped objects and for manifests that leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
}

impl ObjectId {
    /// The identity of an object of a kind the pattern knows.
    pub fn of(resource: &Resource, namespace: Option<&str>, name: &str) -> Self {
        Self {
            api_version: resource.api_version(),
            kind: resource.kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        }
    }

    /// The namespace it is in. A Namespace is in itself; nothing else without a namespace is in one.
    pub fn home(&self) -> Option<&str> {
        let own = (self.api_version == NAMESPACE.api_version() && self.kind == NAMESPACE.kind).then_some(&self.name);
        self.namespace.as_ref().or(own).map(String::as_str)
    }

    /// As kubectl's `-o name` prints it: `server.mlops.seldon.io/mlserver`, `service/seldon-scheduler`.
    pub fn kubectl_name(&self) -> String {
        let kind = self.kind.to_lowercase();
        match self.api_version.split_once('/') {
            Some((group, _)) => format!("{kind}.{group}/{}", self.name),
            None => format!("{kind}/{}", self.name),
        }
    }
}

impl fmt::Display for ObjectId {
    /// For people: `Server financial-inference/mlserver`, `Namespace financial-inference`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

/// Why a JSON value is no Kubernetes object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// The value is a list, a string or the like.
    #[error("it is not a mapping")]
    NotAMapping,
    /// `apiVersion`, `kind` or `metadata.name` is missing or no string.
    #[error("`{0}` is missing or not a string")]
    MissingField(&'static str),
}

/// A Kubernetes object as JSON. The identity is checked on the way in and cannot be removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub struct Object(Map<String, Value>);

impl TryFrom<Value> for Object {
    type Error = ObjectError;
    fn try_from(value: Value) -> Result<Self, ObjectError> {
        Self::new(value)
    }
}

impl Object {
    /// Wraps a JSON value.
    ///
    /// # Errors
    /// [`ObjectError`] when it is no mapping or lacks `apiVersion`, `kind` or `metadata.name`.
    pub fn new(value: Value) -> Result<Self, ObjectError> {
        let Value::Object(map) = value else {
            return Err(ObjectError::NotAMapping);
        };
        for field in ["apiVersion", "kind"] {
            if !map.get(field).is_some_and(Value::is_string) {
                return Err(ObjectError::MissingField(field));
            }
        }
        if !map.get("metadata").and_then(|m| m.get("name")).is_some_and(Value::is_string) {
            return Err(ObjectError::MissingField("metadata.name"));
        }
        Ok(Self(map))
    }

    /// The object's identity.
    pub fn id(&self) -> ObjectId {
        ObjectId {
            api_version: self.api_version().to_owned(),
            kind: self.kind().to_owned(),
            namespace: self.namespace().map(str::to_owned),
            name: self.name().to_owned(),
        }
    }

    /// `apiVersion`.
    pub fn api_version(&self) -> &str {
        self.0.get("apiVersion").and_then(Value::as_str).unwrap_or_default()
    }

    /// `kind`.
    pub fn kind(&self) -> &str {
        self.0.get("kind").and_then(Value::as_str).unwrap_or_default()
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        self.metadata("name").and_then(Value::as_str).unwrap_or_default()
    }

    /// `metadata.namespace`, when it is there and not empty.
    pub fn namespace(&self) -> Option<&str> {
        self.metadata("namespace").and_then(Value::as_str).filter(|namespace| !namespace.is_empty())
    }

    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.metadata("labels")?.get(key)?.as_str()
    }

    /// All labels whose values are strings.
    pub fn labels(&self) -> BTreeMap<&str, &str> {
        strings(self.metadata("labels"))
    }

    /// The value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.metadata("annotations")?.get(key)?.as_str()
    }

    /// All annotations whose values are strings.
    pub fn annotations(&self) -> BTreeMap<&str, &str> {
        strings(self.metadata("annotations"))
    }

    /// `metadata.resourceVersion`, present on what a server returned.
    pub fn resource_version(&self) -> Option<&str> {
        self.metadata("resourceVersion").and_then(Value::as_str)
    }

    /// The kind, if the pattern knows it.
    pub fn resource(&self) -> Option<&'static Resource> {
        Resource::find(self.api_version(), self.kind())
    }

    /// Whether the object is of this kind, whatever the version.
    pub fn is(&self, resource: &Resource) -> bool {
        resource.matches(self.api_version(), self.kind())
    }

    /// The value at a JSON pointer, `/spec/replicas`.
    pub fn pointer(&self, pointer: &str) -> Option<&Value> {
        let rest = pointer.strip_prefix('/')?;
        let (first, rest) = rest.split_once('/').map_or((rest, None), |(first, rest)| (first, Some(rest)));
        let value = self.0.get(&first.replace("~1", "/").replace("~0", "~"))?;
        match rest {
            Some(rest) => value.pointer(&format!("/{rest}")),
            None => Some(value),
        }
    }

    /// The string at a JSON pointer.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.pointer(pointer)?.as_str()
    }

    /// The object with one more annotation.
    #[must_use]
    pub fn with_annotation(mut self, key: &str, value: &str) -> Self {
        if let Some(Value::Object(metadata)) = self.0.get_mut("metadata") {
            let annotations = metadata.entry("annotations").or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(annotations) = annotations {
                annotations.insert(key.to_owned(), Value::String(value.to_owned()));
            }
        }
        self
    }

    /// The object without `metadata.managedFields`, as people want to see it.
    #[must_use]
    pub fn without_managed_fields(mut self) -> Self {
        if let Some(Value::Object(metadata)) = self.0.get_mut("metadata") {
            metadata.remove("managedFields");
        }
        self
    }

    /// The object as a typed one.
    ///
    /// # Errors
    /// When it is of another kind or version, or a field has the wrong type.
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(&self.0)
    }

    /// The object as a JSON value.
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// The object as a JSON value, without a copy.
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    fn metadata(&self, field: &str) -> Option<&Value> {
        self.0.get("metadata")?.get(field)
    }
}

fn strings(map: Option<&Value>) -> BTreeMap<&str, &str> {
    let entries = map.and_then(Value::as_object).into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_without_an_identity_is_refused_with_the_field() {
        assert_eq!(Object::new(json!([])), Err(ObjectError::NotAMapping));
        assert_eq!(Object::new(json!({"kind": "Pod"})), Err(ObjectError::MissingField("apiVersion")));
        assert_eq!(
            Object::new(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": 1}})),
            Err(ObjectError::MissingField("metadata.name"))
        );
    }

    #[test]
    fn identities_print_for_people_and_for_kubectl() {
        let object = Object::new(json!({
            "apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Server",
            "metadata": {"name": "mlserver", "namespace": "fin", "labels": {"a/b": "c"}},
            "spec": {"replicas": 1},
        }))
        .unwrap();
        assert_eq!(object.id().to_string(), "Server fin/mlserver");
        assert_eq!(object.id().kubectl_name(), "server.mlops.seldon.io/mlserver");
        assert_eq!(object.pointer("/spec/replicas"), Some(&json!(1)));
        assert_eq!(object.text("/metadata/labels/a~1b"), Some("c"));
        assert_eq!(object.label("a/b"), Some("c"));
    }
}
