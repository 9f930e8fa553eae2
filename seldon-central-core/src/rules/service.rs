//! Ports of Services.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::object::Object;

/// The port numbers of a Service.
pub(super) fn ports(service: &Object) -> BTreeSet<u16> {
    let ports = service.pointer("/spec/ports").and_then(Value::as_array).into_iter().flatten();
    ports.filter_map(|port| u16::try_from(port.get("port")?.as_u64()?).ok()).collect()
}

/// Port numbers for people.
pub(super) fn list(ports: &BTreeSet<u16>) -> String {
    if ports.is_empty() {
        return "no port".to_owned();
    }
    ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}

/// The type of a Service, which is `ClusterIP` unless it says otherwise.
pub(super) fn kind(service: &Object) -> &str {
    service.text("/spec/type").unwrap_or("ClusterIP")
}
