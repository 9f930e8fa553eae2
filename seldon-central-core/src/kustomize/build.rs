//! What building an entry point gave.

use serde_json::Value;

use crate::{
    manifest,
    object::Object,
    text::printable,
    yaml::{self, YamlError},
};

/// What came of an entry point.
#[derive(Debug, Clone, PartialEq)]
pub enum Build {
    /// It was built.
    Built(Vec<Built>),
    /// It does not build, for the reason that kustomize gives.
    Failed(String),
    /// Nobody knows, because it was not or could not be tried.
    Unread(String),
}

/// An object of a build, without the annotation that says where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// The object.
    pub object: Object,
    /// The file that it comes from; the kustomization for what a generator makes, `None` for what
    /// was fetched.
    pub file: Option<String>,
}

/// The annotation that `buildMetadata: [originAnnotations]` asks for.
const ORIGIN: &str = "config.kubernetes.io/origin";
/// What kustomize says before the reason proper.
const PATH_OF: &str = "recursed accumulation of path '";
const AS_FILE: &str = "accumulating resources: accumulation err='";
const AS_DIRECTORY: &str = "': must build at directory";

/// Reads what a build with origin annotations printed. The files are as kustomize names them,
/// relative to the directory that was built.
pub fn read_output(text: &str) -> Vec<Built> {
    let objects = manifest::read("-", text).unwrap_or_default().objects;
    objects.into_iter().map(|observed| built(observed.object)).collect()
}

fn built(object: Object) -> Built {
    let origin = object.annotation(ORIGIN).map(yaml::read).and_then(Result::<Value, YamlError>::ok);
    let text = |field: &str| origin.as_ref()?.get(field)?.as_str().map(str::to_owned);
    let file = if text("repo").is_some() { None } else { text("path").or_else(|| text("configuredIn")) };
    let mut value = object.to_value();
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut)
        && let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut)
    {
        annotations.remove(ORIGIN);
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
    Built { object: Object::new(value).unwrap_or(object), file }
}

/// Why a build failed, from what was said on standard error: without warnings, without the ways in
/// which kubectl marks errors, and without the directories that led to it.
pub fn reason(stderr: &str) -> Build {
    let said = |line: &&str| !line.trim().is_empty() && !line.starts_with("# Warning:");
    let lines: Vec<String> = stderr.lines().filter(said).map(plain).collect();
    let text = lines.join(" ");
    let inner = text.rsplit_once(PATH_OF).and_then(|(_, rest)| rest.split_once("': "));
    let text = inner.map_or(text.as_str(), |(_, reason)| reason).trim();
    // A path that is neither a file nor a directory is complained about as each of them.
    let text = text.strip_prefix(AS_FILE).and_then(|text| Some(text.split_once(AS_DIRECTORY)?.0)).unwrap_or(text);
    let needs_flag = ["enable-helm", "enable-alpha-plugins", "external plugins disabled", "enable-exec"];
    if needs_flag.iter().any(|flag| text.contains(flag)) {
        return Build::Unread(format!("it needs plugins, which are not run here: {}", printable(text)));
    }
    Build::Failed(if text.is_empty() { "kustomize gives no reason".to_owned() } else { printable(text).into_owned() })
}

/// A line without what kubectl puts before and around an error.
fn plain(line: &str) -> String {
    match line.split_once("err=\"") {
        Some((_, error)) => error.strip_suffix('"').unwrap_or(error).replace("\\\"", "\"").replace("\\n", " "),
        None => line.trim().strip_prefix("error: ").unwrap_or_else(|| line.trim()).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_taken_off_and_read() {
        let text = "\
apiVersion: v1
kind: Service
metadata:
  annotations:
    config.kubernetes.io/origin: |
      path: ../base/a.yaml
  name: a
---
apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    config.kubernetes.io/origin: |
      configuredIn: ../base/kustomization.yaml
      configuredBy: {apiVersion: builtin, kind: ConfigMapGenerator}
    mine: stays
  name: b
---
apiVersion: v1
kind: Secret
metadata:
  annotations:
    config.kubernetes.io/origin: |
      path: a.yaml
      repo: https://example.com/a
  name: c
";
        let built = read_output(text);
        let files: Vec<Option<&str>> = built.iter().map(|built| built.file.as_deref()).collect();
        assert_eq!(files, [Some("../base/a.yaml"), Some("../base/kustomization.yaml"), None]);
        let annotations: Vec<usize> = built.iter().map(|built| built.object.annotations().len()).collect();
        assert_eq!(annotations, [0, 1, 0]);
        assert_eq!(built.first().unwrap().object.pointer("/metadata/annotations"), None);
    }

    #[test]
    fn a_reason_is_what_went_wrong_and_not_the_way_there() {
        let normal = "# Warning: 'bases' is deprecated.\nerror: accumulating resources: accumulation err='x': recursed \
                      accumulation of path '/a/over': accumulating resources: accumulation err='y': recursed \
                      accumulation of path '/a/base': no matches for Id Server\n";
        assert_eq!(reason(normal), Build::Failed("no matches for Id Server".to_owned()));
        let log = "E1125 20:07:01 1 run.go:72] \"command failed\" err=\"unable to find \\\"a\\\"\"\n";
        assert_eq!(reason(log), Build::Failed("unable to find \"a\"".to_owned()));
        let missing = "error: accumulating resources: accumulation err='accumulating resources from 'a.yaml': lstat \
                       /b/a.yaml: no such file or directory': must build at directory: not a valid directory: lstat \
                       /b/a.yaml: no such file or directory\n";
        let said = "accumulating resources from 'a.yaml': lstat /b/a.yaml: no such file or directory";
        assert_eq!(reason(missing), Build::Failed(said.to_owned()));
        assert!(matches!(reason("error: must specify --enable-helm"), Build::Unread(_)));
        assert_eq!(reason(""), Build::Failed("kustomize gives no reason".to_owned()));
    }
}
