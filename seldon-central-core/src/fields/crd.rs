//! The fields that a CRD serves.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Tree;
use crate::object::Object;

impl Tree {
    /// The fields of the version that a `CustomResourceDefinition` stores; `None` when it has no
    /// schema.
    pub fn of_crd(definition: &Object) -> Option<Self> {
        let versions = definition.pointer("/spec/versions")?.as_array()?;
        let stored = |version: &&Value| version.get("storage").and_then(Value::as_bool) == Some(true);
        let schema = versions.iter().find(stored)?.pointer("/schema/openAPIV3Schema")?;
        Some(Self::object(below(schema.pointer("/properties/spec")?)))
    }
}

fn below(schema: &Value) -> Tree {
    let says = |key: &str| schema.get(key).and_then(Value::as_bool) == Some(true);
    if let Some(items) = schema.get("items") {
        return below(items);
    }
    let is_object = schema.get("type").and_then(Value::as_str) == Some("object");
    let is_open = says("x-kubernetes-preserve-unknown-fields") || schema.get("additionalProperties").is_some();
    if !is_object || is_open {
        return Tree::Leaf;
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let fields: BTreeMap<String, Tree> =
        properties.into_iter().flatten().map(|(name, schema)| (name.clone(), below(schema))).collect();
    Tree::Fields(fields)
}
