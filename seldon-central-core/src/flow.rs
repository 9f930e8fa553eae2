//! The network flows a tenant lives by (`docs/pattern.md` has them as a table), once: policies are
//! built from this table and judged by it.

use std::{collections::BTreeSet, fmt};

use crate::{
    pattern::{self, Component, pod_port},
    profile::{Transport, Wiring},
};

/// One end of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// Pods of a component in the tenant.
    Component(Component),
    /// Pods of the tenant's Servers.
    Server,
    /// Pods of the tenant's relay.
    Relay,
    /// The scheduler's pod in the control plane.
    CentralScheduler,
    /// Pipeline gateways of any namespace: all that subscribe to one scheduler share its pipelines.
    AnyPipelineGateway,
    /// The operator, in the control plane.
    Operator,
    /// Envoys of any namespace.
    AnyEnvoy,
    /// The cluster's DNS.
    ClusterDns,
    /// The API server.
    ApiServer,
    /// Where artifacts are fetched.
    ObjectStore,
    /// Kafka.
    Kafka,
    /// Whoever sends inference requests.
    Clients,
    /// Whoever scrapes metrics.
    Scrapers,
}

impl Party {
    /// Whether its pods are in the tenant's namespace.
    pub const fn is_in_tenant(self) -> bool {
        matches!(self, Self::Component(_) | Self::Server | Self::Relay)
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Component(component) => component.name(),
            Self::Server => "Server pods",
            Self::Relay => "relay",
            Self::CentralScheduler => "central scheduler",
            Self::AnyPipelineGateway => "seldon-pipelinegateway of any namespace",
            Self::Operator => "operator",
            Self::AnyEnvoy => "seldon-envoy of any namespace",
            Self::ClusterDns => "cluster DNS",
            Self::ApiServer => "API server",
            Self::ObjectStore => "object store",
            Self::Kafka => "Kafka",
            Self::Clients => "inference clients",
            Self::Scrapers => "metrics scrapers",
        })
    }
}

/// Transport protocol of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    /// As Kubernetes spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }
}

/// One flow: who must reach whom, where and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Row in the table of flows in `docs/pattern.md`.
    pub number: u8,
    /// Who connects.
    pub from: Party,
    /// Who listens.
    pub to: Party,
    /// Ports on the listening pod, after any Service's translation. Empty where only the profile
    /// can tell: DNS, API server, object store, Kafka.
    pub ports: Vec<u16>,
    /// Why.
    pub purpose: &'static str,
}

/// What decides which flows a tenant has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantShape {
    /// Components with at least one replica.
    pub running: BTreeSet<Component>,
    /// How the control plane is spoken to.
    pub transport: Transport,
    /// How the scheduler is reached.
    pub wiring: Wiring,
    /// Whether a Server may run explainers, which call the models they explain.
    pub explainers: bool,
}

/// The flows of a tenant, ordered by their number.
pub fn flows(shape: &TenantShape) -> Vec<Flow> {
    let mut flows = scheduler_flows(shape);
    flows.extend(tenant_flows(shape));
    flows.extend(platform_flows(shape));
    flows.sort_by_key(|flow| (flow.number, flow.from, flow.to));
    flows
}

/// The port of the scheduler with this name, by transport.
fn scheduler_port(name: &str, transport: Transport) -> Vec<u16> {
    let mtls = format!("{name}-mtls");
    let port = |wanted: &str| pattern::SCHEDULER_PORTS.iter().find(|port| port.name == wanted).map(|port| port.port);
    let plain = port(name);
    match transport {
        Transport::Plaintext => plain.into_iter().collect(),
        Transport::Tls => port(&mtls).or(plain).into_iter().collect(),
    }
}

/// The ports of the central scheduler that a tenant needs: its components', and the operator's,
/// which dials the name in the tenant's namespace.
pub fn scheduler_ports(shape: &TenantShape) -> BTreeSet<u16> {
    let flows = flows(shape).into_iter().filter(|flow| flow.to == Party::CentralScheduler);
    flows.flat_map(|flow| flow.ports).chain(scheduler_port("scheduler", shape.transport)).collect()
}

/// Flow 1: the operator dials the scheduler, or what stands before it. Without a relay both ends are
/// in the control plane, and no tenant's table has it.
pub fn operator_flow(to: Party, transport: Transport) -> Flow {
    Flow {
        number: 1,
        from: Party::Operator,
        to,
        ports: scheduler_port("scheduler", transport),
        purpose: "manages models, servers, pipelines and experiments",
    }
}

/// Flows 1 to 5: to the scheduler, through the relay where there is one.
fn scheduler_flows(shape: &TenantShape) -> Vec<Flow> {
    let relayed = shape.wiring == Wiring::Relay;
    let entry = if relayed { Party::Relay } else { Party::CentralScheduler };
    let to_scheduler = |number, from, name, purpose| Flow {
        number,
        from,
        to: entry,
        ports: scheduler_port(name, shape.transport),
        purpose,
    };
    let mut flows = vec![to_scheduler(2, Party::Server, "agent", "registers servers, loads and unloads models")];
    for component in &shape.running {
        let party = Party::Component(*component);
        flows.extend(match component {
            Component::Envoy => Some(to_scheduler(3, party, "xds", "fetches routes")),
            Component::Hodometer | Component::ModelGateway | Component::PipelineGateway => {
                Some(to_scheduler(4, party, "scheduler", "follows models and pipelines"))
            }
            Component::DataflowEngine => Some(to_scheduler(5, party, "dataflow", "follows pipelines")),
            Component::Scheduler => None,
        });
    }
    if relayed {
        let ports: BTreeSet<u16> = flows
            .iter()
            .flat_map(|flow| flow.ports.clone())
            .chain(scheduler_port("scheduler", shape.transport))
            .collect();
        flows.push(operator_flow(Party::Relay, shape.transport));
        flows.push(Flow {
            number: 2,
            from: Party::Relay,
            to: Party::CentralScheduler,
            ports: ports.into_iter().collect(),
            purpose: "passes on what the tenant sends",
        });
    }
    flows
}

/// Flows 6 to 9: inside the tenant and into it.
fn tenant_flows(shape: &TenantShape) -> Vec<Flow> {
    let runs = |component| shape.running.contains(&component);
    let envoy = Party::Component(Component::Envoy);
    let pipelines = vec![pod_port::PIPELINE_HTTP, pod_port::PIPELINE_GRPC];
    let mut flows = Vec::new();
    if runs(Component::PipelineGateway) {
        let to = Party::Component(Component::PipelineGateway);
        flows.push(Flow {
            number: 7,
            from: Party::AnyEnvoy,
            to,
            ports: pipelines.clone(),
            purpose: "pipeline requests",
        });
    }
    if !runs(Component::Envoy) {
        return flows;
    }
    flows.push(Flow {
        number: 6,
        from: envoy,
        to: Party::Server,
        ports: vec![pod_port::SERVER_HTTP, pod_port::SERVER_GRPC],
        purpose: "inference requests",
    });
    flows.push(Flow {
        number: 7,
        from: envoy,
        to: Party::AnyPipelineGateway,
        ports: pipelines,
        purpose: "pipeline requests",
    });
    let gateways = [Component::ModelGateway, Component::PipelineGateway].into_iter().filter(|c| runs(*c));
    let explainers = shape.explainers.then_some(Party::Server);
    let callers = explainers.into_iter().chain(gateways.map(Party::Component));
    flows.extend(callers.map(|from| Flow {
        number: 8,
        from,
        to: envoy,
        ports: vec![pod_port::ENVOY_HTTP],
        purpose: "explainers and gateways call models",
    }));
    flows.push(Flow {
        number: 9,
        from: Party::Clients,
        to: envoy,
        ports: vec![pod_port::ENVOY_HTTP],
        purpose: "inference requests",
    });
    flows
}

/// Flows 10 to 16: to what the cluster and the platform provide, and metrics.
fn platform_flows(shape: &TenantShape) -> Vec<Flow> {
    let components = || shape.running.iter().copied();
    let mut pods: Vec<Party> = std::iter::once(Party::Server).chain(components().map(Party::Component)).collect();
    if shape.wiring == Wiring::Relay {
        pods.push(Party::Relay);
    }
    let outward = |number, from, to, purpose| Flow { number, from, to, ports: Vec::new(), purpose };
    let mut flows = Vec::new();
    for from in pods.iter().copied() {
        flows.push(outward(15, from, Party::ClusterDns, "resolves every name"));
        let calls_api = !matches!(from, Party::Component(Component::Envoy) | Party::Relay);
        if calls_api {
            flows.push(outward(10, from, Party::ApiServer, "reads Secrets, ConfigMaps and EndpointSlices"));
        }
    }
    flows.push(outward(11, Party::Server, Party::ObjectStore, "downloads artifacts"));
    flows.extend(components().filter(|component| component.needs_kafka()).map(|component| {
        outward(12, Party::Component(component), Party::Kafka, "asynchronous inference and pipelines")
    }));
    let metrics = |to, ports| Flow { number: 16, from: Party::Scrapers, to, ports, purpose: "metrics" };
    flows.push(metrics(
        Party::Server,
        vec![pod_port::AGENT_METRICS, pod_port::MLSERVER_METRICS, pod_port::TRITON_METRICS],
    ));
    flows.extend(components().filter_map(|component| match component {
        Component::Envoy => Some(metrics(Party::Component(component), vec![pod_port::ENVOY_STATS])),
        Component::ModelGateway | Component::PipelineGateway => {
            Some(metrics(Party::Component(component), vec![pod_port::AGENT_METRICS]))
        }
        _ => None,
    }));
    flows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(running: &[Component], transport: Transport, wiring: Wiring) -> TenantShape {
        TenantShape { running: running.iter().copied().collect(), transport, wiring, explainers: true }
    }

    fn to(flows: &[Flow], party: Party) -> BTreeSet<u16> {
        flows.iter().filter(|flow| flow.to == party).flat_map(|flow| flow.ports.clone()).collect()
    }

    #[test]
    fn the_specifications_components_use_its_three_ports() {
        let default = [Component::Hodometer, Component::Envoy, Component::ModelGateway];
        let flows = flows(&shape(&default, Transport::Plaintext, Wiring::ExternalName));
        assert_eq!(to(&flows, Party::CentralScheduler), BTreeSet::from([9002, 9004, 9005]));
        assert!(flows.iter().any(|flow| flow.to == Party::Kafka));
        assert!(flows.is_sorted_by_key(|flow| flow.number));
    }

    #[test]
    fn tls_and_the_dataflow_engine_change_the_ports() {
        let all = &Component::ALL[..5];
        let flows = flows(&shape(all, Transport::Tls, Wiring::ExternalName));
        assert_eq!(to(&flows, Party::CentralScheduler), BTreeSet::from([9002, 9008, 9044, 9055]));
    }

    #[test]
    fn the_operator_needs_its_port_in_a_tenant_where_nothing_runs() {
        let shape = shape(&[], Transport::Tls, Wiring::ExternalName);
        assert_eq!(scheduler_ports(&shape), BTreeSet::from([9044, 9055]));
    }

    #[test]
    fn a_relay_stands_between_the_tenant_and_the_scheduler() {
        let flows = flows(&shape(&[Component::Envoy], Transport::Plaintext, Wiring::Relay));
        let direct = flows.iter().filter(|flow| flow.to == Party::CentralScheduler);
        assert!(direct.clone().count() == 1 && direct.clone().all(|flow| flow.from == Party::Relay));
        assert_eq!(to(&flows, Party::CentralScheduler), BTreeSet::from([9002, 9004, 9005]));
        assert_eq!(to(&flows, Party::Relay), BTreeSet::from([9002, 9004, 9005]));
    }

    #[test]
    fn the_table_in_the_documentation_has_every_flow_with_its_ports() {
        let page = include_str!("../docs/pattern.md");
        for (transport, wiring) in [(Transport::Plaintext, Wiring::ExternalName), (Transport::Tls, Wiring::Relay)] {
            for flow in flows(&shape(&Component::ALL[..5], transport, wiring)) {
                let row = page.lines().find(|line| line.starts_with(&format!("| {} |", flow.number)));
                let row = row.unwrap_or_else(|| panic!("no row for {flow:?}"));
                for port in flow.ports.iter().filter(|_| flow.from != Party::Relay) {
                    assert!(row.contains(&port.to_string()), "{port} is not in: {row}");
                }
            }
        }
    }

    #[test]
    fn without_kafka_components_kafka_is_no_flow() {
        let flows = flows(&shape(&[Component::Envoy], Transport::Plaintext, Wiring::ExternalName));
        assert!(flows.iter().all(|flow| flow.to != Party::Kafka));
    }
}
