//! What a Model asks of a Server.

use serde_json::Value;

use crate::{object::Object, reason::quantity::Quantity};

/// What a Model asks of a Server, as the operator passes it on
/// (`operator/apis/mlops/v1alpha1/model_types.go:185-273`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelNeeds<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its namespace.
    pub namespace: Option<&'a str>,
    /// `spec.server`. An empty name is a name that no Server has.
    pub server: Option<&'a str>,
    /// `spec.requirements`, then `spec.modelType`.
    pub requirements: Vec<Requirement<'a>>,
    /// Memory on each replica.
    pub memory: MemoryNeed,
    /// Replicas without which it is not scheduled at all: `spec.minReplicas`, else `spec.replicas`,
    /// else 1.
    pub replicas: u64,
    /// JSON pointer to what says how many.
    pub replicas_path: &'static str,
    /// Whether it explains another model, which only some replicas do.
    pub is_explainer: bool,
}

/// One label that a Server has to declare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement<'a> {
    /// JSON pointer to it in the Model.
    pub path: String,
    /// The label; blanks around it do not count.
    pub label: &'a str,
}

/// Memory a Model asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemoryNeed {
    /// None, so it fits everywhere.
    None,
    /// This many bytes.
    Bytes(u64),
    /// An amount that the operator cannot turn into bytes, and why.
    Unreadable(String),
}

impl<'a> ModelNeeds<'a> {
    /// Reads a Model.
    pub fn of(model: &'a Object) -> Self {
        let count = |pointer: &str| model.pointer(pointer).and_then(Value::as_u64);
        let at_least = count("/spec/minReplicas").filter(|replicas| *replicas > 0);
        Self {
            name: model.name(),
            namespace: model.namespace(),
            server: model.text("/spec/server"),
            requirements: requirements(model),
            memory: memory(model),
            replicas_path: if at_least.is_some() { "/spec/minReplicas" } else { "/spec/replicas" },
            replicas: at_least.or_else(|| count("/spec/replicas")).unwrap_or(1),
            is_explainer: model.pointer("/spec/explainer").is_some_and(Value::is_object),
        }
    }
}

fn requirements(model: &Object) -> Vec<Requirement<'_>> {
    let listed = model.pointer("/spec/requirements").and_then(Value::as_array).into_iter().flatten();
    let listed =
        listed.enumerate().filter_map(|(index, label)| Some((format!("/spec/requirements/{index}"), label.as_str()?)));
    let model_type = model.text("/spec/modelType").map(|label| ("/spec/modelType".to_owned(), label));
    listed.chain(model_type).map(|(path, label)| Requirement { path, label: label.trim() }).collect()
}

fn memory(model: &Object) -> MemoryNeed {
    let Some(value) = model.pointer("/spec/memory").filter(|value| !value.is_null()) else {
        return MemoryNeed::None;
    };
    match Quantity::from_value(value).map(Quantity::whole) {
        Ok(Some(bytes)) => MemoryNeed::Bytes(bytes),
        Ok(None) => MemoryNeed::Unreadable("it is no whole number of bytes".to_owned()),
        Err(error) => MemoryNeed::Unreadable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn model(spec: &Value) -> Object {
        Object::new(json!({
            "apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Model",
            "metadata": {"name": "income", "namespace": "fin"}, "spec": spec,
        }))
        .unwrap()
    }

    #[test]
    fn the_model_type_is_the_last_requirement_and_blanks_do_not_count() {
        let model = model(&json!({"requirements": [" sklearn ", 1], "modelType": "xgboost"}));
        let needs = ModelNeeds::of(&model);
        let labels: Vec<_> = needs.requirements.iter().map(|r| (r.path.as_str(), r.label)).collect();
        assert_eq!(labels, [("/spec/requirements/0", "sklearn"), ("/spec/modelType", "xgboost")]);
    }

    #[test]
    fn the_fewest_replicas_that_will_do_count() {
        let replicas = |spec: Value| ModelNeeds::of(&model(&spec)).replicas;
        assert_eq!(replicas(json!({})), 1);
        assert_eq!(replicas(json!({"replicas": 3})), 3);
        assert_eq!(replicas(json!({"replicas": 3, "minReplicas": 2})), 2);
        assert_eq!(replicas(json!({"replicas": 3, "minReplicas": 0})), 3);
        assert_eq!(replicas(json!({"replicas": 0})), 0);
    }

    #[test]
    fn memory_is_bytes_or_it_is_not_passed_on() {
        let memory = |spec: Value| ModelNeeds::of(&model(&spec)).memory;
        assert_eq!(memory(json!({})), MemoryNeed::None);
        assert_eq!(memory(json!({"memory": "1Ki"})), MemoryNeed::Bytes(1024));
        assert_eq!(memory(json!({"memory": 1024})), MemoryNeed::Bytes(1024));
        assert!(matches!(memory(json!({"memory": "100m"})), MemoryNeed::Unreadable(_)));
        assert!(matches!(memory(json!({"memory": "1GB"})), MemoryNeed::Unreadable(_)));
    }
}
