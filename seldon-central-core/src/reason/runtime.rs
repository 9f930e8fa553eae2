//! What a `SeldonRuntime` amounts to once the operator has merged it with its `SeldonConfig`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{object::Object, pattern::Component};

/// Type of the operator's Services when nobody sets one.
/// Source: `operator/controllers/reconcilers/seldon/service_reconciler.go:86-95`.
pub const DEFAULT_SERVICE_TYPE: &str = "LoadBalancer";

/// The overrides, each with its index.
pub fn overrides(runtime: &Object) -> impl Iterator<Item = (usize, &Value)> {
    runtime.pointer("/spec/overrides").and_then(Value::as_array).into_iter().flatten().enumerate()
}

/// The name an override is for.
pub fn override_name(entry: &Value) -> Option<&str> {
    entry.get("name").and_then(Value::as_str)
}

/// The override of a component and its index; the last one of the name, as the operator's map has
/// it.
pub fn override_of(runtime: &Object, component: Component) -> Option<(usize, &Value)> {
    overrides(runtime).filter(|(_, entry)| override_name(entry) == Some(component.name())).last()
}

/// The names of the components that a `SeldonConfig` has; where it is not known, those that Seldon has.
/// An override of any other name does nothing.
pub fn components(config: Option<&Object>) -> BTreeSet<&str> {
    let declared = config.and_then(|config| config.pointer("/spec/components")).and_then(Value::as_array);
    let declared: BTreeSet<&str> = declared.into_iter().flatten().filter_map(override_name).collect();
    if declared.is_empty() { Component::ALL.into_iter().map(Component::name).collect() } else { declared }
}

/// The overrides that skip their component, by index and name; of several of a name the last counts.
pub fn disabled(runtime: &Object) -> Vec<(usize, &str)> {
    let of = |component| override_of(runtime, component).filter(|(_, entry)| is_disabled(entry));
    Component::ALL.into_iter().filter_map(|component| Some((of(component)?.0, component.name()))).collect()
}

/// Whether an override skips its component.
pub fn is_disabled(entry: &Value) -> bool {
    entry.get("disable") == Some(&Value::Bool(true))
}

/// Replicas of a component: as overridden, else 1, whatever the `SeldonConfig` says
/// (`runtime_reconciler.go:251-257`). A disabled component has none.
pub fn replicas(runtime: &Object, component: Component) -> u64 {
    match override_of(runtime, component) {
        Some((_, entry)) if is_disabled(entry) => 0,
        Some((_, entry)) => entry.get("replicas").and_then(Value::as_u64).unwrap_or(1),
        None => 1,
    }
}

/// The components with at least one replica.
pub fn running(runtime: &Object) -> BTreeSet<Component> {
    Component::ALL.into_iter().filter(|component| replicas(runtime, *component) > 0).collect()
}

/// A setting of `serviceConfig`: the runtime's own, else the `SeldonConfig`'s. Empty counts as
/// absent.
pub fn service_setting<'a>(runtime: &'a Object, config: Option<&'a Object>, field: &str) -> Option<&'a str> {
    let pointer = format!("/spec/config/serviceConfig/{field}");
    let set = |object: &'a Object| object.text(&pointer).filter(|value| !value.is_empty());
    set(runtime).or_else(|| config.and_then(set))
}

/// Type of a component's Service; empty where an override leaves it to the API server, which makes
/// it `ClusterIP`. `None` when that depends on a `SeldonConfig` that is not known.
pub fn service_type<'a>(runtime: &'a Object, config: Option<&'a Object>, component: Component) -> Option<&'a str> {
    if let Some((_, entry)) = override_of(runtime, component) {
        return Some(entry.get("serviceType").and_then(Value::as_str).unwrap_or_default());
    }
    service_setting(runtime, config, "serviceType").or_else(|| config.map(|_| DEFAULT_SERVICE_TYPE))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(kind: &str, spec: &Value) -> Object {
        let value =
            json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": kind, "metadata": {"name": "a"}, "spec": spec});
        Object::new(value).unwrap()
    }

    #[test]
    fn a_component_without_an_override_runs_once() {
        let runtime = object(
            "SeldonRuntime",
            &json!({"overrides": [
                {"name": "hodometer", "disable": true, "replicas": 3},
                {"name": "seldon-envoy", "replicas": 0},
                {"name": "seldon-envoy", "replicas": 2},
                {"name": "mlserver", "replicas": 3},
            ]}),
        );
        assert_eq!(replicas(&runtime, Component::Hodometer), 0);
        assert_eq!(replicas(&runtime, Component::Envoy), 2);
        assert_eq!(replicas(&runtime, Component::Scheduler), 1);
        assert_eq!(running(&runtime).len(), 5);
    }

    #[test]
    fn the_type_of_a_service_comes_from_the_override_even_when_that_has_none() {
        let config = object("SeldonConfig", &json!({"config": {"serviceConfig": {"serviceType": "NodePort"}}}));
        let bare = object("SeldonConfig", &json!({}));
        let with = object("SeldonRuntime", &json!({"overrides": [{"name": "seldon-scheduler", "replicas": 0}]}));
        let without = object("SeldonRuntime", &json!({}));
        assert_eq!(service_type(&with, Some(&config), Component::Scheduler), Some(""));
        assert_eq!(service_type(&without, Some(&config), Component::Scheduler), Some("NodePort"));
        assert_eq!(service_type(&without, Some(&bare), Component::Scheduler), Some("LoadBalancer"));
        assert_eq!(service_type(&without, None, Component::Scheduler), None);
    }
}
