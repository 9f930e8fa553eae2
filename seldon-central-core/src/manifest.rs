//! From the text of a manifest file to objects.

use serde_json::Value;

use crate::{
    object::Object,
    snapshot::{Observed, Origin},
    yaml::{self, YamlError},
};

/// What a manifest file holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Manifests {
    /// Its objects, lists expanded.
    pub objects: Vec<Observed>,
    /// Documents that are no Kubernetes objects: values files, workflows and the like.
    pub skipped: usize,
}

/// A manifest file that is no YAML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}:{column}: {}", crate::text::printable(.path), crate::text::printable(.message))]
pub struct ManifestError {
    /// The file, as it was named.
    pub path: String,
    /// Line, from 1.
    pub line: u64,
    /// Column, from 1.
    pub column: u64,
    /// What is wrong.
    pub message: String,
}

/// Reads a file of YAML documents, or of JSON, which is YAML too.
///
/// # Errors
/// [`ManifestError`] for the first document that is no YAML.
///
/// ```
/// let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: fin}\n---\nreplicas: 3\n";
/// let read = seldon_central_core::manifest::read("tenant.yaml", text).unwrap();
/// assert_eq!(read.objects[0].object.name(), "fin");
/// assert_eq!(read.skipped, 1);
/// ```
pub fn read(path: &str, text: &str) -> Result<Manifests, ManifestError> {
    let mut manifests = Manifests::default();
    for (first_line, document) in split(text) {
        let value = yaml::read(document).map_err(|error| place(path, first_line, &error))?;
        let line = first_line + leading_lines(document);
        collect(path, line, value, &mut manifests);
    }
    Ok(manifests)
}

fn place(path: &str, first_line: u64, error: &YamlError) -> ManifestError {
    ManifestError {
        path: path.to_owned(),
        line: first_line + error.line.saturating_sub(1),
        column: error.column.max(1),
        message: error.message.clone(),
    }
}

fn collect(path: &str, line: u64, value: Value, manifests: &mut Manifests) {
    let is_list = value.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    if is_list && let Some(Value::Array(items)) = value.get("items") {
        for item in items.clone() {
            collect(path, line, item, manifests);
        }
        return;
    }
    match Object::new(value) {
        Ok(object) => {
            let origin = Origin::File { path: path.to_owned(), line, column: 1 };
            manifests.objects.push(Observed { object, origin });
        }
        Err(_) => manifests.skipped += 1,
    }
}

/// The documents of a stream and the line each begins on. A `---` in column 0 is never inside a
/// scalar, so splitting there needs no parser.
fn split(text: &str) -> Vec<(u64, &str)> {
    let mut documents = Vec::new();
    let (mut start, mut start_line, mut offset) = (0, 1, 0);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let rest = line.strip_prefix("---");
        let separates = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if separates {
            documents.push((start_line, text.get(start..offset).unwrap_or_default()));
            start = offset + 3;
            start_line = index as u64 + 1;
        }
        offset += line.len();
    }
    documents.push((start_line, text.get(start..).unwrap_or_default()));
    documents.retain(|(_, document)| document.lines().any(|line| !is_blank(line)));
    documents
}

fn leading_lines(document: &str) -> u64 {
    document.lines().take_while(|line| is_blank(line)).count() as u64
}

fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_split_and_keep_their_lines() {
        let text = "# head\n---\n# comment\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n--- \nkind: x\n---\n\n";
        let read = read("f.yaml", text).unwrap();
        assert_eq!(read.objects[0].origin, Origin::File { path: "f.yaml".into(), line: 4, column: 1 });
        assert_eq!((read.objects.len(), read.skipped), (1, 1));
    }

    #[test]
    fn lists_are_expanded() {
        let text = r#"{"apiVersion":"v1","kind":"List","items":[
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}},
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}]}"#;
        assert_eq!(read("-", text).unwrap().objects.len(), 2);
    }

    #[test]
    fn an_error_is_placed_in_the_file_and_not_in_the_document() {
        let error = read("f.yaml", "a: 1\n---\nb: 1\nc: [\n").unwrap_err();
        assert!(error.to_string().starts_with("f.yaml:4:") || error.to_string().starts_with("f.yaml:5:"), "{error}");
    }

    #[test]
    fn a_separator_inside_a_block_scalar_with_indentation_is_text() {
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: |\n    ---\n    b\n";
        assert_eq!(read("-", text).unwrap().objects.len(), 1);
    }
}
