//! What a kustomization lists, changed in its own text.

use json_patch::Patch;
use serde_json::{Value, json};

use super::path::normal;
use crate::yaml::{
    self, Places, Position,
    edit::{self, Refusal},
};

/// What a kustomization without a word begins with.
const HEAD: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n";

/// The text of a kustomization that lists a file or directory, as its own directory names it, behind
/// the others in `resources:`. One that lists it already stays as it is.
///
/// # Errors
/// [`Refusal`] when the text cannot be edited safely.
///
/// ```
/// use seldon_central_core::kustomize::list;
///
/// let text = "resources:\n- a.yaml # first\nnamespace: fin\n";
/// assert_eq!(list(text, "b.yaml")?, "resources:\n- a.yaml # first\n- b.yaml\nnamespace: fin\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn list(text: &str, entry: &str) -> Result<String, Refusal> {
    let Some(at) = start(text) else {
        return Ok(format!("{text}{}{HEAD}{}", open_end(text), yaml::write(&json!([entry]))));
    };
    let listed = resources(text);
    let operation = match &listed {
        Some(Value::Array(entries)) if position(entries, entry).is_some() => return Ok(text.to_owned()),
        Some(Value::Array(_)) => json!({"op": "add", "path": "/resources/-", "value": entry}),
        _ => json!({"op": "add", "path": "/resources", "value": [entry]}),
    };
    edit::apply(text, at, &patch(&operation))
}

/// The text of a kustomization that no longer lists a file or directory. One that does not list it
/// stays as it is.
///
/// # Errors
/// [`Refusal`] when the text cannot be edited safely.
pub fn unlist(text: &str, entry: &str) -> Result<String, Refusal> {
    let index = resources(text).and_then(|resources| position(resources.as_array()?, entry));
    match (start(text), index) {
        (Some(at), Some(index)) => {
            let operation = json!({"op": "remove", "path": format!("/resources/{index}")});
            edit::apply(text, at, &patch(&operation))
        }
        _ => Ok(text.to_owned()),
    }
}

fn start(text: &str) -> Option<Position> {
    let documents = yaml::documents(text);
    let first = documents.first()?;
    Some(Places::of_document(first).objects().first().copied().unwrap_or(first.start))
}

fn resources(text: &str) -> Option<Value> {
    let documents = yaml::documents(text);
    let value: Value = yaml::read(documents.first()?.text).ok()?;
    value.get("resources").cloned()
}

fn position(entries: &[Value], entry: &str) -> Option<usize> {
    let entry = normal(entry);
    entries.iter().position(|listed| listed.as_str().is_some_and(|listed| normal(listed) == entry))
}

fn patch(operation: &Value) -> Patch {
    serde_json::from_value(json!([operation])).unwrap_or_default()
}

/// What ends the last line when nothing does.
fn open_end(text: &str) -> &'static str {
    if text.is_empty() || text.ends_with('\n') { "" } else { "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_listed_behind_the_others_in_their_style() {
        for (before, after) in [
            ("resources:\n  - a.yaml\n  # not: c.yaml\n", "resources:\n  - a.yaml\n  - b.yaml\n  # not: c.yaml\n"),
            ("resources: [a.yaml] # all\n", "resources: [a.yaml, b.yaml] # all\n"),
            ("resources:\nnamespace: fin\n", "resources:\n- b.yaml\nnamespace: fin\n"),
            ("resources: []\n", "resources:\n- b.yaml\n"),
            (
                "namespace: fin\r\npatches:\r\n  - path: p.yaml\r\n",
                "namespace: fin\r\npatches:\r\n  - path: p.yaml\r\nresources:\r\n  - b.yaml\r\n",
            ),
            ("---\nnamespace: fin", "---\nnamespace: fin\nresources:\n- b.yaml"),
            ("{\"resources\": [\"a.yaml\"]}\n", "{\"resources\": [\"a.yaml\", \"b.yaml\"]}\n"),
        ] {
            let listed = list(before, "b.yaml").unwrap();
            assert_eq!(listed, after);
            assert_eq!(list(&listed, "./b.yaml").unwrap(), after, "it is listed already");
            let read: Value = yaml::read(yaml::documents(&unlist(&listed, "b.yaml").unwrap())[0].text).unwrap();
            assert!(!read["resources"].to_string().contains("b.yaml"), "{read}");
        }
        let fresh = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- b.yaml\n";
        assert_eq!(list("", "b.yaml").unwrap(), fresh);
        assert_eq!(list("# all of it", "b.yaml").unwrap(), format!("# all of it\n{fresh}"));
    }

    #[test]
    fn what_is_no_longer_listed_leaves_the_rest_alone() {
        let text = "resources:\n# ours\n- a.yaml\n- ./b.yaml # the alias\n- c.yaml\n";
        assert_eq!(unlist(text, "b.yaml").unwrap(), "resources:\n# ours\n- a.yaml\n- c.yaml\n");
        assert_eq!(unlist(text, "d.yaml").unwrap(), text);
        assert_eq!(unlist("", "d.yaml").unwrap(), "");
    }

    #[test]
    fn a_kustomization_that_is_broken_is_left_alone() {
        let refusal = list("resources: [a.yaml\n", "b.yaml").unwrap_err();
        assert!(refusal.to_string().starts_with("line 1, column 12: not valid YAML"), "{refusal}");
        assert!(list("resources: &all [a.yaml]\nbases: *all\n", "b.yaml").is_err());
    }
}
