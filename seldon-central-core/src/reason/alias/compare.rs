//! An existing Service against what the operator would write, field by field.

use serde_json::{Map, Value, json};

use super::{Difference, Wanted, note::Note};
use crate::pattern::{self, Component};

/// A port as the API server returns it, defaults filled in.
pub(super) struct Port<'a> {
    pub(super) index: usize,
    pub(super) number: u64,
    name: &'a str,
    protocol: &'a str,
    target: Value,
}

pub(super) fn ports(spec: &Map<String, Value>) -> Vec<Port<'_>> {
    let ports = spec.get("ports").and_then(Value::as_array).into_iter().flatten().enumerate();
    ports
        .filter_map(|(index, port)| {
            let number = port.get("port")?.as_u64()?;
            let text = |field| port.get(field).and_then(Value::as_str);
            Some(Port {
                index,
                number,
                name: text("name").unwrap_or_default(),
                protocol: text("protocol").unwrap_or("TCP"),
                target: port.get("targetPort").cloned().unwrap_or_else(|| json!(number)),
            })
        })
        .collect()
}

fn found_type(spec: &Map<String, Value>) -> &str {
    spec.get("type").and_then(Value::as_str).unwrap_or("ClusterIP")
}

pub(super) fn compare_type(spec: &Map<String, Value>, wanted: &Wanted, note: &Note, differences: &mut Vec<Difference>) {
    let found = found_type(spec);
    let wanted = match wanted.service_type.as_deref() {
        None => return,
        Some("") => match note {
            Note::Spec(noted) if noted.contains_key("type") => {
                "none, and by its note it was the operator who set one".to_owned()
            }
            Note::None | Note::Spec(_) | Note::Unreadable => return,
        },
        Some(wanted) if wanted == found => return,
        Some(wanted) => wanted.to_owned(),
    };
    differences.push(Difference { field: "/spec/type".to_owned(), found: found.to_owned(), wanted });
}

pub(super) fn compare_selector(spec: &Map<String, Value>, differences: &mut Vec<Difference>) {
    let wanted = Component::Scheduler.name();
    let found =
        spec.get("selector").and_then(|selector| selector.get(pattern::COMPONENT_LABEL)).and_then(Value::as_str);
    if found != Some(wanted) {
        differences.push(Difference {
            field: "/spec/selector".to_owned(),
            found: found.map_or_else(
                || format!("no key {}", pattern::COMPONENT_LABEL),
                |found| format!("{}: {found}", pattern::COMPONENT_LABEL),
            ),
            wanted: format!("{}: {wanted}", pattern::COMPONENT_LABEL),
        });
    }
}

/// Ports are matched by number, as the merge key of the list has it.
pub(super) fn compare_ports(found: &[Port<'_>], prefix: &str, differences: &mut Vec<Difference>) {
    let mut order = Vec::new();
    for wanted in pattern::SCHEDULER_PORTS {
        let number = u64::from(wanted.port);
        let name = format!("{prefix}{}", wanted.name);
        let Some(port) = found.iter().find(|port| port.number == number) else {
            differences.push(Difference {
                field: "/spec/ports".to_owned(),
                found: format!("no port {number}"),
                wanted: format!("{name} {number}/TCP to {}", wanted.name),
            });
            continue;
        };
        order.push(port.index);
        let target = json!(wanted.name);
        let mut differ = |field: &str, found: String, wanted: String| {
            let field = format!("/spec/ports/{}/{field}", port.index);
            differences.push(Difference { field, found, wanted });
        };
        if port.name != name {
            differ("name", port.name.to_owned(), name);
        }
        if port.protocol != "TCP" {
            differ("protocol", port.protocol.to_owned(), "TCP".to_owned());
        }
        if port.target != target {
            differ("targetPort", port.target.to_string(), target.to_string());
        }
    }
    if !order.is_sorted() {
        let list = |ports: Vec<u64>| ports.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        differences.push(Difference {
            field: "/spec/ports".to_owned(),
            found: format!("in the order {}", list(found.iter().map(|port| port.number).collect())),
            wanted: format!(
                "in the order {}",
                list(pattern::SCHEDULER_PORTS.iter().map(|port| u64::from(port.port)).collect())
            ),
        });
    }
}

/// What the operator once wrote, would not write now, and is still there, it removes.
pub(super) fn compare_with_note(
    spec: &Map<String, Value>,
    ports: &[Port<'_>],
    note: &Note,
    differences: &mut Vec<Difference>,
) {
    let Note::Spec(noted) = note else { return };
    let mut remove = |field: String, found: String| {
        let wanted = "nothing, and by its note it was the operator who set it".to_owned();
        differences.push(Difference { field, found, wanted });
    };
    let removed = noted.keys().filter(|key| !matches!(key.as_str(), "type" | "selector" | "ports"));
    for (key, value) in removed.filter_map(|key| Some((key, spec.get(key)?))) {
        remove(format!("/spec/{key}"), value.to_string());
    }
    let selector = noted.get("selector").and_then(Value::as_object).into_iter().flatten();
    for (key, _) in selector.filter(|(key, _)| *key != pattern::COMPONENT_LABEL) {
        if let Some(value) = spec.get("selector").and_then(|selector| selector.get(key)) {
            remove("/spec/selector".to_owned(), format!("{key}: {value}"));
        }
    }
    let ours = |number: u64| pattern::SCHEDULER_PORTS.iter().any(|port| u64::from(port.port) == number);
    let numbers = noted.get("ports").and_then(Value::as_array).into_iter().flatten();
    for number in numbers.filter_map(|port| port.get("port")?.as_u64()).filter(|number| !ours(*number)) {
        if let Some(port) = ports.iter().find(|port| port.number == number) {
            remove(format!("/spec/ports/{}", port.index), format!("port {number}"));
        }
    }
}
