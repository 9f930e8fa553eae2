//! Repairs of what is wrong with a manifest as such, as patches on its object: nothing of them needs a
//! cluster, or is about one.
//!
//! Every removal and replacement is preceded by a test of the value that it is for, so that a patch
//! that no longer fits is refused. An object that needs no repair gives a patch without operations.

use json_patch::{
    AddOperation, Patch, PatchOperation, RemoveOperation, ReplaceOperation, TestOperation, jsonptr::PointerBuf,
};
use serde_json::{Value, json};

use crate::{object::Object, pattern, suppress::annotation};

/// Removes every null of a spec (SCS0802).
pub fn nulls(object: &Object) -> Patch {
    let mut found = Vec::new();
    if let Some(spec) = object.pointer("/spec") {
        collect(spec, &PointerBuf::from_tokens(["spec"]), &mut found);
    }
    // From the end, so that indices still hold.
    let removed = found.into_iter().rev();
    Patch(removed.flat_map(|path| [test(path.clone(), Value::Null), remove(path)]).collect())
}

fn collect(value: &Value, path: &PointerBuf, found: &mut Vec<PointerBuf>) {
    match value {
        Value::Null => found.push(path.clone()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| collect(item, &path.with_trailing_token(index), found));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| collect(field, &path.with_trailing_token(name.as_str()), found));
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Gives each port of a Service without a protocol the one that it has by default, TCP (SCS0803).
pub fn protocols(service: &Object) -> Patch {
    let ports = service.pointer("/spec/ports").and_then(Value::as_array).into_iter().flatten().enumerate();
    let bare = ports.filter(|(_, port)| port.is_object() && port.get("protocol").is_none_or(Value::is_null));
    let operations = bare.flat_map(|(index, port)| {
        let path = PointerBuf::from_tokens(["spec", "ports", &index.to_string()]);
        let value = json!("TCP");
        [test(path.clone(), port.clone()), add(path.with_trailing_token("protocol"), value)]
    });
    Patch(operations.collect())
}

/// Takes a word that names rules out of the annotation `kubectl-seldon/ignore` (SCS0810), and the
/// annotation away when it names no others.
pub fn suppression(object: &Object, word: &str) -> Patch {
    let key = pattern::IGNORE_ANNOTATION;
    let Some(value) = object.annotation(key) else { return Patch::default() };
    let annotations = PointerBuf::from_tokens(["metadata", "annotations"]);
    let path = annotations.with_trailing_token(key);
    let old = test(path.clone(), json!(value));
    let change = match annotation::without(value, word) {
        Some(left) if left == value => return Patch::default(),
        Some(left) => replace(path, json!(left)),
        None if object.annotations().len() == 1 => remove(annotations),
        None => remove(path),
    };
    Patch(vec![old, change])
}

const fn test(path: PointerBuf, value: Value) -> PatchOperation {
    PatchOperation::Test(TestOperation { path, value })
}

const fn add(path: PointerBuf, value: Value) -> PatchOperation {
    PatchOperation::Add(AddOperation { path, value })
}

const fn replace(path: PointerBuf, value: Value) -> PatchOperation {
    PatchOperation::Replace(ReplaceOperation { path, value })
}

const fn remove(path: PointerBuf) -> PatchOperation {
    PatchOperation::Remove(RemoveOperation { path })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        manifest,
        snapshot::Origin,
        yaml::{Position, edit},
    };

    /// The text after a repair of its last object, which a second one leaves alone.
    fn repaired(text: &str, repair: impl Fn(&Object) -> Patch) -> String {
        let once = |text: &str| {
            let last = manifest::read("a.yaml", text).unwrap().objects.pop().unwrap();
            let Origin::File { line, column, .. } = last.origin else { panic!("of a file") };
            edit::apply(text, Position { line, column }, &repair(&last.object)).unwrap()
        };
        let repaired = once(text);
        assert_eq!(once(&repaired), repaired);
        repaired
    }

    const HEAD: &str = "\
# a Service beside it
apiVersion: v1
kind: Service
metadata: {name: a}
---
";

    #[test]
    fn nulls_go_with_their_keys_and_entries() {
        let text = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata:
  name: r
  creationTimestamp: null
spec:
  seldonConfig: default
  disableAutoUpdate:   # nobody knows
  overrides:
  - {name: seldon-scheduler, replicas: 0, podSpec: null}
  - name: hodometer
    podSpec:
    replicas: 1 # one
  -
  config: ~
";
        let after = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata:
  name: r
  creationTimestamp: null
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
  - name: hodometer
    replicas: 1 # one
";
        assert_eq!(repaired(&format!("{HEAD}{text}"), nulls), format!("{HEAD}{after}"));
    }

    #[test]
    fn ports_get_the_protocol_that_they_have() {
        let service = |ports: &str| {
            format!("{HEAD}kind: Service\napiVersion: v1\nmetadata: {{name: b}}\nspec:\n  ports:\n{ports}")
        };
        let before = "  - {name: agent, port: 9005}\n  - port: 1 # odd\n    name: b\n  - port: 2\n    protocol: UDP\n  - {port: 3, protocol: }\n";
        let after = "  - {name: agent, port: 9005, protocol: TCP}\n  - port: 1 # odd\n    name: b\n    protocol: TCP\n  - port: 2\n    protocol: UDP\n  - {port: 3, protocol: TCP}\n";
        assert_eq!(repaired(&service(before), protocols), service(after));
    }

    #[test]
    fn a_suppression_goes_without_the_others() {
        let server = |metadata: &str| {
            format!(
                "{HEAD}kind: Server\napiVersion: mlops.seldon.io/v1alpha1\nmetadata:\n{metadata}  name: b\nspec: {{}}\n"
            )
        };
        for (before, after) in [
            ("  annotations:\n    kubectl-seldon/ignore: SCS0205 -- soon\n", ""),
            ("  annotations: {a: b, kubectl-seldon/ignore: SCS0205}\n", "  annotations: {a: b}\n"),
            (
                "  annotations:\n    kubectl-seldon/ignore: 'SCS0205, SCS0301 -- soon' # ours\n",
                "  annotations:\n    kubectl-seldon/ignore: 'SCS0301 -- soon' # ours\n",
            ),
            (
                "  annotations:\n    kubectl-seldon/ignore: |\n      SCS0301 -- a\n      SCS0205 -- b\n      SCS0302 -- c\n",
                "  annotations:\n    kubectl-seldon/ignore: |\n      SCS0301 -- a\n      SCS0302 -- c\n",
            ),
            ("  annotations: {kubectl-seldon/ignore: SCS0301}\n", "  annotations: {kubectl-seldon/ignore: SCS0301}\n"),
        ] {
            assert_eq!(repaired(&server(before), |object| suppression(object, "SCS0205")), server(after));
        }
    }
}
