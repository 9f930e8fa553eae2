//! The pattern itself: what it is, what it costs, and what Seldon's maintainers support instead.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Block, Document, Item};
use crate::{
    flow::{Flow, Party, TenantShape, flows, operator_flow},
    pattern::{Component, SCHEDULER_PORTS},
    profile::{Transport, Wiring},
};

const PICTURE: &str = "\
seldon-system (control plane)              a tenant
+-------------------------------+          +---------------------------------------+
| operator --9004--> scheduler <+--9005----+-- agents in the Server's pods         |
|  ^                  ^  ^      |          |                                       |
|  | SeldonConfig     |  +------+--9002----+-- Envoy --9001/9501--> Server pods    |
|  | ServerConfig     +---------+--9004----+-- modelgateway, hodometer             |
+--+----------------------------+          |   Service seldon-scheduler (the alias)|
   +-- reads them here only                +---------------------------------------+
";

const PARTS: [&str; 5] = [
    "The control plane runs the operator and the only scheduler. The operator reads SeldonConfigs and ServerConfigs from \
     its own namespace and nowhere else.",
    "A tenant has a SeldonRuntime whose `seldon-scheduler` is at `replicas: 0` without a `serviceType`, its own Servers, \
     Models and Envoy, and the Secret `seldon-rclone-gs-public`.",
    "The alias is a Service `seldon-scheduler` of type ExternalName in the tenant. Every component and, for the tenant's \
     objects, the operator too dial that name; the operator and Envoy cannot be told another.",
    "The operator compares the alias with the Service it would write itself, at every reconcile and with every Model, and \
     replaces it when selector or ports differ. In the operator's own shape it stays.",
    "Each tenant needs an Envoy of its own: routes name the Server's pod without a namespace, so an Envoy finds the pods \
     of its own namespace only.",
];

/// What one scheduler for many namespaces costs.
const COSTS: [(&str, &str); 7] = [
    (
        "Names are global.",
        "Servers, Models, Pipelines and Experiments are known by bare name. Of two Servers of one name only one registers, \
         and the other's log says `Subscribed to scheduler` all the same (SCS0304, SCS0405).",
    ),
    (
        "Placement knows no namespaces.",
        "A Model that names no Server may land on another tenant's, where its Secret does not exist (SCS0404).",
    ),
    (
        "Tenants are not isolated.",
        "Whoever reaches port 9004 loads and unloads everybody's models, and on 9005 may pose as a Server; plaintext ports \
         stay open with TLS. Every Envoy has every tenant's routes (SCS0109, SCS0607).",
    ),
    (
        "One restart touches everybody.",
        "The scheduler has one replica. After a start it serves no routes until the expected agents are back, or ten \
         minutes have passed.",
    ),
    (
        "Gateways and Kafka do not divide.",
        "Gateways of all namespaces share one ring, and topics carry the gateway's namespace: asynchronous inference and \
         Pipelines are not consistent across tenants (SCS0211).",
    ),
    (
        "TLS needs a wider certificate.",
        "The operator dials `seldon-scheduler.TENANT`, which the chart's certificate does not name.",
    ),
    (
        "The operator pays for each tenant.",
        "It holds a connection and five streams for each, all of which carry everybody's events; a tenant whose address \
         drops packets holds up the others.",
    ),
];

/// What Seldon's maintainers support.
const SUPPORTED: [&str; 3] = [
    "Operator and runtime in one namespace.",
    "A cluster-wide operator (`controller.clusterwide: true`) and one scheduler in each namespace that has a \
     SeldonRuntime.",
    "An operator scoped by `controller.watchNamespaces` (2.9.1 and newer) over namespaces that each have a scheduler; \
     several operators with disjoint lists.",
];

const SOURCES: [&str; 4] = [
    "SeldonIO/seldon-core, tag v2.10.2; `docs/pattern.md` sums up what was read and what was run",
    "docs-gb/installation/production-environment/README.md:46-86 and docs-gb/examples/k8s-clusterwide.md there",
    "issue 5138 (one scheduler replica) and pull request 6617 (an operator that would leave the alias alone, not merged)",
    "the specification that this tool implements",
];

/// The pattern as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PatternText {
    /// Whether Seldon's maintainers support it.
    pub supported_upstream: bool,
    /// What it consists of.
    pub parts: Vec<&'static str>,
    /// What it costs.
    pub costs: Vec<String>,
    /// The topologies that are supported.
    pub supported_topologies: Vec<&'static str>,
    /// The scheduler's ports, by name.
    pub scheduler_ports: BTreeMap<&'static str, u16>,
}

/// The pattern as data.
pub fn pattern_text() -> PatternText {
    PatternText {
        supported_upstream: false,
        parts: PARTS.to_vec(),
        costs: COSTS.iter().map(|(cost, why)| format!("{cost} {why}")).collect(),
        supported_topologies: SUPPORTED.to_vec(),
        scheduler_ports: SCHEDULER_PORTS.iter().map(|port| (port.name, port.port)).collect(),
    }
}

/// The pattern as a page.
pub fn pattern() -> Document {
    let mut page = Document::new("One central scheduler for many namespaces");
    page.paragraph(
        "Application namespaces, the tenants, run everything of Seldon Core 2 but the scheduler, and reach the one in the \
         control plane through a Service of the name that everybody dials.",
    );
    page.paragraph(
        "It is not a topology that Seldon's maintainers support, and one of them is reported to advise against it. Choose \
         it knowingly.",
    );
    page.code("text", PICTURE).heading("How it works").points(PARTS);
    page.heading("Who talks to whom").add(flow_table());
    page.paragraph(
        "Ports are those of the pods. A NetworkPolicy that isolates a pod has to admit each of its flows; \
         `kubectl seldon onboard` builds such policies.",
    );
    page.heading("What it costs").add(Block::Points(
        COSTS.iter().map(|(cost, why)| Item { text: (*cost).to_owned(), details: vec![(*why).to_owned()] }).collect(),
    ));
    page.heading("What is supported").points(SUPPORTED);
    page.paragraph(
        "In each of them a scheduler runs where its Servers are, so there is no alias, and names need to be unique in \
         their namespace only. Leaving the pattern is a matter of a tenant's SeldonRuntime: give `seldon-scheduler` one \
         replica, delete the alias, and let the operator make its own Service.",
    );
    page.heading("Sources").points(SOURCES);
    page
}

/// The flows of a tenant in which everything runs, those that differ only in who connects together.
fn flow_table() -> Block {
    let running = Component::ALL.into_iter().filter(|component| *component != Component::Scheduler).collect();
    let shape =
        TenantShape { running, transport: Transport::Plaintext, wiring: Wiring::ExternalName, explainers: true };
    let all = std::iter::once(operator_flow(Party::CentralScheduler, Transport::Plaintext)).chain(flows(&shape));
    let mut rows: Vec<(Flow, Vec<String>)> = Vec::new();
    for flow in all {
        let from = flow.from.to_string();
        let is_like = |known: &Flow| (known.number, known.to, &known.ports) == (flow.number, flow.to, &flow.ports);
        match rows.iter_mut().find(|(known, _)| is_like(known)) {
            Some((_, sources)) => sources.push(from),
            None => rows.push((flow, vec![from])),
        }
    }
    let row = |(flow, sources): (Flow, Vec<String>)| {
        let who = match sources.as_slice() {
            [first, _, _, ..] => format!("{first} and {} more", sources.len() - 1),
            few => few.join(", "),
        };
        let ports: Vec<String> = flow.ports.iter().map(u16::to_string).collect();
        let ports = if ports.is_empty() { "as configured".to_owned() } else { ports.join(", ") };
        vec![flow.number.to_string(), who, flow.to.to_string(), ports]
    };
    let header = ["#", "from", "to", "ports"].map(str::to_owned).to_vec();
    Block::Table { header, rows: rows.into_iter().map(row).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    #[test]
    fn the_page_says_that_the_pattern_is_not_supported_and_what_is() {
        insta::assert_snapshot!(pattern().to_markdown(1));
        assert!(!pattern_text().supported_upstream);
    }

    #[test]
    fn every_rule_it_names_exists() {
        for (_, why) in COSTS {
            for id in why.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.starts_with("SCS")) {
                assert!(rules::find(id).is_some(), "{id}");
            }
        }
    }
}
