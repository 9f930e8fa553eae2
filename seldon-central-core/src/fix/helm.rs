//! What a change to a runtime is in the values of the chart `seldon-core-v2-runtime`.

use serde_json::{Map, Value, json};

use super::{Action, Edit};
use crate::{object::Object, pattern::Component, resource::SELDON_RUNTIME};

/// The values that make the same changes of an object; `None` where the chart has none for one of them.
///
/// `scheduler.replicas` is never among them: the chart has the value and does not render it
/// (`seldon-runtime.yaml:26-29`).
pub fn values(object: &Object, edits: &[Edit]) -> Option<Value> {
    let id = object.id();
    let own = edits.iter().filter(|edit| object.is(&SELDON_RUNTIME) && edit.object == id);
    let mut values = Map::new();
    for edit in own {
        match &edit.action {
            Action::Set { path, value } if path == "/spec/seldonConfig" => {
                values.insert("seldonConfig".to_owned(), value.clone());
            }
            Action::Set { path, value } => {
                let (component, field) = component(object, path)?;
                let is_known = field == "serviceType" || (field == "replicas" && component != "scheduler");
                // Replicas of the scheduler come back with `disable: false`.
                let is_enabled = field == "replicas" && component == "scheduler" && *value == json!(1);
                match () {
                    () if is_known => drop(part(&mut values, component)?.insert(field.to_owned(), value.clone())),
                    () if is_enabled => drop(part(&mut values, component)?.insert("disable".to_owned(), json!(false))),
                    () => return None,
                }
            }
            Action::Remove { path } => {
                let (component, field) = component(object, path)?;
                let value = match field {
                    "disable" => json!(false),
                    "serviceType" => json!(""),
                    _ => return None,
                };
                part(&mut values, component)?.insert(field.to_owned(), value);
            }
            Action::Put { .. } | Action::Delete => return None,
        }
    }
    (!values.is_empty()).then_some(Value::Object(values))
}

fn part<'v>(values: &'v mut Map<String, Value>, component: &str) -> Option<&'v mut Map<String, Value>> {
    values.entry(component).or_insert_with(|| json!({})).as_object_mut()
}

/// The chart's name of the component and the field that a path into its override leads to.
fn component<'p>(runtime: &Object, path: &'p str) -> Option<(&'static str, &'p str)> {
    let (entry, field) = path.rsplit_once('/')?;
    let component = Component::from_name(runtime.text(&format!("{entry}/name"))?)?;
    let name = match component {
        Component::Scheduler => "scheduler",
        Component::Envoy => "envoy",
        Component::Hodometer | Component::DataflowEngine | Component::ModelGateway | Component::PipelineGateway => {
            return None;
        }
    };
    Some((name, field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> Object {
        Object::new(json!({
            "apiVersion": "mlops.seldon.io/v1alpha1", "kind": "SeldonRuntime",
            "metadata": {"name": "seldon", "namespace": "seldon-system"},
            "spec": {"overrides": [{"name": "seldon-scheduler", "serviceType": "LoadBalancer", "disable": true}]},
        }))
        .unwrap()
    }

    #[test]
    fn the_charts_values_make_the_same_changes() {
        let object = runtime();
        let edits = [
            Edit::set(&object, "/spec/overrides/0/serviceType", "ClusterIP"),
            Edit::remove(&object, "/spec/overrides/0/disable"),
            Edit::set(&object, "/spec/overrides/0/replicas", 1),
            Edit::set(&object, "/spec/seldonConfig", "default"),
        ];
        let wanted = json!({"scheduler": {"serviceType": "ClusterIP", "disable": false}, "seldonConfig": "default"});
        assert_eq!(values(&object, &edits), Some(wanted));
    }

    #[test]
    fn the_schedulers_replicas_are_never_among_them() {
        let object = runtime();
        for replicas in [0, 1, 2] {
            let found = values(&object, &[Edit::set(&object, "/spec/overrides/0/replicas", replicas)]);
            assert!(!found.unwrap_or_default().to_string().contains("replicas"));
        }
    }
}
