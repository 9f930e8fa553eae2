//! From the text of a manifest file to objects, and back from a finding to its place in the text.

mod texts;

use serde_json::Value;

pub use self::texts::Texts;
use crate::{
    object::Object,
    snapshot::{Observed, Origin},
    yaml::{self, Document, Places, Position, YamlError, is_template},
};

/// What a manifest file holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Manifests {
    /// Its objects, lists expanded.
    pub objects: Vec<Observed>,
    /// Documents that are no Kubernetes objects: values files, workflows, kustomizations and the
    /// like. A template counts as one.
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
    /// Column, from 1, in Unicode characters.
    pub column: u64,
    /// What is wrong.
    pub message: String,
}

/// API groups of files that tools read from the repository and nobody sends to a cluster.
const LOCAL_GROUPS: [&str; 2] = ["kustomize.config.k8s.io", "kpt.dev"];
/// Annotation of objects that tools read from the repository and nobody sends to a cluster.
const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";

/// Reads a file of YAML documents, or of JSON, which is YAML too.
///
/// What is no Kubernetes object is counted. A text that is no YAML is a template, and counted, when
/// there is a template's action in it (`{{ … }}` or `{% … %}`); otherwise it is broken. A document
/// that the YAML of Kubernetes does not allow, such as one with a key twice, is broken only when it
/// claims to be an object. So is an object whose name or namespace is a boolean or a number to kubectl,
/// such as `y` or `1`.
///
/// # Errors
/// [`ManifestError`] for the first document that is broken.
///
/// ```
/// let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: fin}\n---\nreplicas: 3\n";
/// let read = seldon_central_core::manifest::read("tenant.yaml", text).unwrap();
/// assert_eq!(read.objects[0].object.name(), "fin");
/// assert_eq!(read.skipped, 1);
/// ```
pub fn read(path: &str, text: &str) -> Result<Manifests, ManifestError> {
    let mut manifests = Manifests::default();
    for document in yaml::documents(text) {
        match yaml::read(document.text) {
            Ok(value) => collect(path, &document, value, &mut manifests)?,
            Err(_) if is_template(text) => return Ok(Manifests { skipped: 1, ..Manifests::default() }),
            Err(_) if Places::of_document(&document).are_of_no_object() => manifests.skipped += 1,
            Err(error) => return Err(place(path, &document, &error)),
        }
    }
    Ok(manifests)
}

fn place(path: &str, document: &Document<'_>, error: &YamlError) -> ManifestError {
    let at = document.place(Position { line: error.line.max(1), column: error.column.max(1) });
    ManifestError { path: path.to_owned(), line: at.line, column: at.column, message: error.message.clone() }
}

fn collect(path: &str, document: &Document<'_>, value: Value, manifests: &mut Manifests) -> Result<(), ManifestError> {
    let is_list = is_list(&value);
    let mut values = Vec::new();
    expand(value, &mut values);
    let starts = if is_list { Places::of_document(document).objects() } else { vec![start(document)] };
    let first = starts.first().copied().unwrap_or(document.start);
    for (index, value) in values.into_iter().enumerate() {
        let at = starts.get(index).copied().unwrap_or(first);
        if let Some((field, read_as)) = misread(&value) {
            let at = Places::of_document(document).find(at, &format!("/metadata/{field}")).unwrap_or(at);
            let message = format!(
                "`metadata.{field}` is {read_as} and no text, for which kubectl refuses the object; put it in quotes"
            );
            return Err(ManifestError { path: path.to_owned(), line: at.line, column: at.column, message });
        }
        match Object::new(value) {
            Ok(object) if is_for_a_cluster(&object) => {
                let origin = Origin::File { path: path.to_owned(), line: at.line, column: at.column };
                manifests.objects.push(Observed { object, origin });
            }
            _ => manifests.skipped += 1,
        }
    }
    Ok(())
}

/// The part of an object's identity that is written as text and is none in YAML 1.1, in which `y`, `no`
/// and `on` are booleans.
fn misread(value: &Value) -> Option<(&'static str, String)> {
    let text = |field: &str| value.get(field).and_then(Value::as_str);
    let group = text("apiVersion")?.split('/').next().unwrap_or_default();
    text("kind")?;
    let read_as = |field: &&str| match value.get("metadata")?.get(field)? {
        Value::Bool(read) => Some(format!("the boolean {read}")),
        Value::Number(read) => Some(format!("the number {read}")),
        _ => None,
    };
    let mut fields = ["name", "namespace"].into_iter().filter(|_| !LOCAL_GROUPS.contains(&group));
    fields.find_map(|field| Some((field, read_as(&field)?)))
}

fn is_list(value: &Value) -> bool {
    let named = value.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    named && value.get("items").is_some_and(Value::is_array)
}

fn expand(value: Value, values: &mut Vec<Value>) {
    if !is_list(&value) {
        values.push(value);
    } else if let Value::Object(mut list) = value
        && let Some(Value::Array(items)) = list.remove("items")
    {
        for item in items {
            expand(item, values);
        }
    }
}

/// Whether an object is meant for a cluster: no tool's own file, and no template that happens to be
/// YAML.
fn is_for_a_cluster(object: &Object) -> bool {
    let group = object.api_version().split('/').next().unwrap_or_default();
    let identity = [object.api_version(), object.kind(), object.name(), object.namespace().unwrap_or_default()];
    !LOCAL_GROUPS.contains(&group)
        && object.annotation(LOCAL_CONFIG) != Some("true")
        && !identity.iter().any(|part| is_template(part))
}

/// Where the object of a document begins.
fn start(document: &Document<'_>) -> Position {
    // A parser is needed only where something stands before the first key.
    let lines = (1..).zip(document.text.lines());
    let first = lines
        .map(|(line, text)| (line, text, text.trim_start()))
        .find(|(_, _, trimmed)| !trimmed.is_empty() && !trimmed.starts_with('#') && !trimmed.starts_with('%'));
    match first {
        Some((line, text, trimmed)) if !trimmed.starts_with(['&', '!', '?', '-']) => {
            let indent = text.chars().count() - trimmed.chars().count();
            document.place(Position { line, column: indent as u64 + 1 })
        }
        _ => Places::of_document(document).objects().first().copied().unwrap_or(document.start),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(text: &str) -> Vec<(String, u64, u64)> {
        let objects = read("f.yaml", text).unwrap().objects;
        let place = |observed: &Observed| match &observed.origin {
            Origin::File { line, column, .. } => (observed.object.name().to_owned(), *line, *column),
            other => panic!("{other:?}"),
        };
        objects.iter().map(place).collect()
    }

    #[test]
    fn documents_are_split_and_keep_their_places() {
        let text = "# head\n---\n# comment\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n--- \nkind: x\n---\n\n";
        assert_eq!(origins(text), [("a".to_owned(), 4, 1)]);
        assert_eq!(read("f.yaml", text).unwrap().skipped, 1);
        let pod = "{apiVersion: v1, kind: Pod, metadata: {name: a}}";
        assert_eq!(origins(&format!("--- {pod}")), [("a".to_owned(), 1, 5)]);
        assert_eq!(origins(&format!("---\n  {pod}")), [("a".to_owned(), 2, 3)]);
        assert_eq!(origins(&format!("--- &x\n{pod}")), [("a".to_owned(), 2, 1)]);
    }

    #[test]
    fn items_of_lists_keep_their_places() {
        let text = r#"{"apiVersion":"v1","kind":"List","items":[
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}},
            {"kind": "nothing"},
            {"apiVersion":"v1","kind":"PodList","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}]}]}"#;
        assert_eq!(origins(text), [("a".to_owned(), 2, 13), ("b".to_owned(), 4, 58)]);
        assert_eq!(read("-", text).unwrap().skipped, 1);
        assert_eq!(read("-", "apiVersion: v1\nkind: List\nitems: []\n").unwrap(), Manifests::default());
    }

    #[test]
    fn an_error_is_placed_in_the_file_and_not_in_the_document() {
        let error = read("f.yaml", "a: 1\n---\nb: 1\nc: ]\n").unwrap_err();
        assert!(error.to_string().starts_with("f.yaml:4:4: "), "{error}");
        let twice = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {b: 1, b: 2}\n";
        assert_eq!(read("f.yaml", twice).unwrap_err().to_string(), "f.yaml:4:14: the key `b` is given twice");
    }

    #[test]
    fn what_is_no_object_is_counted_and_what_is_broken_is_an_error() {
        for (text, skipped) in [
            ("replicas: {{ .Values.replicas }}\n", 1),
            ("{{- if .Values.on }}\napiVersion: v1\n---\nkind: Pod\n{{- end }}\n", 1),
            ("{% for x in y %}\na: {{ x }}\n{% endfor %}\n", 1),
            ("apiVersion: v1\nkind: Pod\nmetadata: {name: '{{ .Release.Name }}'}\n", 1),
            ("a: 1\na: 2\n", 1),
            ("? [a]\n: b\n", 1),
            ("- a\n- b\n", 1),
            ("only words\n", 1),
            ("# nothing\n", 0),
            ("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: {name: a}\n", 1),
            ("apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: a}\n", 1),
            ("on: {push: {}}\njobs: {a: {steps: [{run: '${{ x }}'}]}}\n", 1),
        ] {
            let read = read("f.yaml", text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((read.objects.len(), read.skipped), (0, skipped), "{text}");
        }
        for broken in ["a: [\n", "a: b: c\n", "a: 'x\n", "apiVersion: v1\nkind: Pod\n? [a]\n: b\n", "a:\n\tb: c\n"] {
            assert!(read("f.yaml", broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_name_that_kubectl_reads_as_something_else_is_an_error_at_its_place() {
        let error = |text: &str| read("f.yaml", text).unwrap_err().to_string();
        let refused = "and no text, for which kubectl refuses the object; put it in quotes";
        for (name, read_as) in
            [("y", "boolean true"), ("no", "boolean false"), ("On", "boolean true"), ("1", "number 1")]
        {
            let text = format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n");
            assert_eq!(error(&text), format!("f.yaml:4:3: `metadata.name` is the {read_as} {refused}"));
            read("f.yaml", &text.replace(name, &format!("'{name}'"))).unwrap();
        }
        let list = "kind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: off}}\n";
        assert_eq!(error(list), format!("f.yaml:3:51: `metadata.namespace` is the boolean false {refused}"));
        for other in ["kind: Values\nmetadata: {name: y}\n", "apiVersion: v1\nkind: Pod\nmetadata: {name: }\n"] {
            assert_eq!(read("f.yaml", other).unwrap().skipped, 1, "{other}");
        }
    }

    #[test]
    fn aliases_that_multiply_each_other_are_refused_in_plain_words() {
        let line = |name: char, of: char| format!("{name}: &{name} [{}]\n", vec![format!("*{of}"); 9].join(","));
        let lines: String = ('b'..='k').zip('a'..).map(|(name, of)| line(name, of)).collect();
        let text = format!("apiVersion: v1\nkind: Pod\na: &a [x,x,x,x,x,x,x,x,x]\n{lines}");
        let error = read("f.yaml", &text).unwrap_err();
        assert!(error.message.contains("too large or too deep"), "{error}");
        let many = format!("apiVersion: v1\nkind: List\nitems:\n{}", "- {a: [1, 2, 3, 4, 5]}\n".repeat(60_000));
        assert_eq!(read("f.yaml", &many).unwrap().skipped, 60_000);
    }
}
