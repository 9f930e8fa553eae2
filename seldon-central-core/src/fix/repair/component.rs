//! Overrides of a runtime's components.

use serde_json::json;

use super::super::Edit;
use crate::{
    object::Object,
    pattern::Component,
    reason::runtime::{is_disabled, override_of},
};

/// Gives a component so many replicas, by its override or by a new one.
pub(crate) fn scaled(runtime: &Object, component: Component, replicas: u64) -> Vec<Edit> {
    let Some((index, entry)) = override_of(runtime, component) else {
        return vec![Edit::set(runtime, "/spec/overrides/-", json!({"name": component.name(), "replicas": replicas}))];
    };
    let path = format!("/spec/overrides/{index}");
    let mut edits = vec![Edit::set(runtime, format!("{path}/replicas"), replicas)];
    if is_disabled(entry) {
        edits.push(Edit::remove(runtime, format!("{path}/disable")));
    }
    edits
}

/// Takes the type of its Service from a component's override.
pub(crate) fn without_service_type(runtime: &Object, component: Component) -> Vec<Edit> {
    let named = override_of(runtime, component).filter(|(_, entry)| entry.get("serviceType").is_some());
    named.map(|(index, _)| Edit::remove(runtime, format!("/spec/overrides/{index}/serviceType"))).into_iter().collect()
}
