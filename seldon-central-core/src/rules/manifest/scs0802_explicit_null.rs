use serde_json::Value;

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    object::Object,
    resource::{EXPERIMENT, MODEL, PIPELINE, SELDON_CONFIG, SELDON_RUNTIME, SERVER, SERVER_CONFIG},
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0802",
    name: "explicit-null",
    level: Level::Error,
    judged: Judged::Manifests,
    summary: "A manifest of a Seldon kind sets a field to `null`, which server-side apply refuses.",
    why: "Client-side apply drops nulls before it sends them; server-side apply sends them, and the CRD answers `must \
          be of type object: \"null\"`. Flux always applies server-side, Argo CD does so with `ServerSideApply=true`. \
          Charts that render an empty value, such as `podSpec:` with nothing behind it, are the usual source.",
    fix: "Remove the field. A field that is left out and a field that is null mean the same to the operator.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(repair),
    reads: &[&SELDON_RUNTIME, &SELDON_CONFIG, &SERVER_CONFIG, &SERVER, &MODEL, &PIPELINE, &EXPERIMENT],
    sources: &["kubectl apply --server-side against the CRDs, Kubernetes 1.20"],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0, podSpec: null}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let manifests = world.manifests();
    for kind in RULE.reads {
        for (_, observed) in manifests.objects(kind) {
            let nulls = nulls(&observed.object);
            let Some(first) = nulls.first() else {
                report.pass(observed);
                continue;
            };
            let message = match nulls.len() {
                1 => format!("{first} is null"),
                count => format!("{first} and {} more are null", count - 1),
            };
            let remedy = if nulls.len() == 1 { "remove the field" } else { "remove the fields" };
            let evidence = nulls.iter().map(|path| Evidence::new(path, "null")).collect();
            report.fail(observed, message, evidence, remedy);
        }
    }
}

/// JSON pointers to the nulls of a spec. Those of the metadata (`creationTimestamp: null`) and the
/// status are dropped by the API server.
fn nulls(object: &Object) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(spec) = object.pointer("/spec") {
        collect(spec, "/spec", &mut found);
    }
    found
}

fn collect(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Null => found.push(path.to_owned()),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &format!("{path}/{index}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                collect(field, &format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let object = find(world.snapshot, &outcome.object).map(|observed| &observed.object);
    Remedy::safe(object.into_iter().flat_map(|object| nulls(object).into_iter().map(|path| Edit::remove(object, path))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nulls_are_found_at_any_depth_but_not_in_the_metadata() {
        let object = Object::new(json!({
            "apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Server",
            "metadata": {"name": "s", "creationTimestamp": null},
            "spec": {"a": null, "b": [1, null], "c/d": {"e~f": null}},
            "status": null,
        }));
        assert_eq!(nulls(&object.unwrap()), ["/spec/a", "/spec/b/1", "/spec/c~1d/e~0f"]);
    }
}
