//! Looking at directories and at what is in their files.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use seldon_central_core::manifest;
use serde_json::Value;

/// Every file below a directory with its bytes, by relative path.
pub(crate) fn tree(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(next) = dirs.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else {
                files.insert(path.strip_prefix(dir).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// The objects in a text of YAML documents.
pub(crate) fn objects(text: &str) -> Vec<Value> {
    let read = manifest::read("-", text).unwrap();
    assert_eq!(read.skipped, 0, "not all of these are objects: {text}");
    read.objects.into_iter().map(|observed| observed.object.into_value()).collect()
}

/// `Service fin/seldon-scheduler`
pub(crate) fn identity(object: &Value) -> String {
    let metadata = &object["metadata"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!("{} {}/{}", text(&object["kind"]), text(&metadata["namespace"]), text(&metadata["name"]))
}

/// Objects by identity.
pub(crate) fn by_identity(objects: impl IntoIterator<Item = Value>) -> BTreeMap<String, Value> {
    let mut map = BTreeMap::new();
    for object in objects {
        let identity = identity(&object);
        assert!(map.insert(identity.clone(), object).is_none(), "{identity} is there twice");
    }
    map
}
