//! Which fields the seven kinds of `mlops.seldon.io` have, version by version.
//!
//! ```text
//! Seldon's own fields (a table) ─┐
//! Kubernetes' types (traced) ────┼─► Tree ─► unknown fields of an object
//! a CRD, where there is one ─────┘
//! ```
//!
//! Nobody's CRDs are shipped. Seldon's own fields are a table with the version each came with;
//! embedded pod specs are what `k8s-openapi` says they are, less what Seldon's releases were built
//! without. Where the input holds the CRD itself, [`Tree::of_crd`] is asked instead. Versions 2.6, 2.9
//! and 2.10 were compared with their CRDs field by field; 2.7 and 2.8 were not
//! ([`SeldonVersion::is_verified`]).

mod crd;
mod nearest;
mod pod;
mod seldon;
mod trace;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{object::Object, resource::Resource, version::SeldonVersion};

/// The fields below a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// No known structure: a scalar, a map, anything.
    Leaf,
    /// These fields and no other, whether directly or in each item of a list.
    Fields(BTreeMap<String, Tree>),
}

/// A field that an object has and its kind has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownField {
    /// JSON pointer to it.
    pub path: String,
    /// Its name.
    pub name: String,
    /// The field that is meant, by its case, by its spelling or because people often call it so.
    pub meant: Option<String>,
}

impl Tree {
    /// The fields of a kind of Seldon's in a version; `None` for other kinds.
    pub fn of_kind(kind: &Resource, version: SeldonVersion) -> Option<Self> {
        seldon::fields(kind).map(|spec| Self::object(seldon::tree(spec, version)))
    }

    /// The whole object around a `spec`. The API server drops a status that is applied, so nothing
    /// in it matters.
    fn object(spec: Self) -> Self {
        let root = [
            ("apiVersion", Self::Leaf),
            ("kind", Self::Leaf),
            ("metadata", pod::object_meta()),
            ("spec", spec),
            ("status", Self::Leaf),
        ];
        Self::Fields(root.map(|(name, tree)| (name.to_owned(), tree)).into())
    }

    /// The fields of an object that are not in the tree, in the order of their names. What is below
    /// an unknown field is not looked at.
    pub fn unknown(&self, object: &Object) -> Vec<UnknownField> {
        let mut found = Vec::new();
        self.walk(&object.to_value(), "", object.kind(), &mut found);
        found
    }

    fn walk(&self, value: &Value, path: &str, kind: &str, found: &mut Vec<UnknownField>) {
        let Self::Fields(fields) = self else { return };
        match value {
            Value::Object(map) => {
                for (name, value) in map {
                    let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
                    if let Some(tree) = fields.get(name) {
                        tree.walk(value, &path, kind, found);
                    } else {
                        let meant = nearest::meant(kind, name, fields.keys().map(String::as_str));
                        found.push(UnknownField { path, name: name.clone(), meant });
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.walk(item, &format!("{path}/{index}"), kind, found);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// Whether the tree has the field at a JSON pointer.
    pub fn has(&self, pointer: &str) -> bool {
        let mut tree = self;
        for part in pointer.split('/').skip(1) {
            let Self::Fields(fields) = tree else { return true };
            match fields.get(part) {
                Some(next) => tree = next,
                // The place in a list.
                None if part.bytes().all(|byte| byte.is_ascii_digit()) => {}
                None => return false,
            }
        }
        true
    }
}

/// The first version in which a kind has the field at a JSON pointer.
pub fn since(kind: &Resource, pointer: &str) -> Option<SeldonVersion> {
    SeldonVersion::ALL.into_iter().find(|version| Tree::of_kind(kind, *version).is_some_and(|tree| tree.has(pointer)))
}

#[cfg(test)]
mod tests;
