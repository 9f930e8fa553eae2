//! Proof that the policies which are built admit every flow of the table, end to end, and nothing
//! that has to stay closed.
//!
//! Who the pods of a party are is written here once more, from the facts and not from the code under
//! test.

use std::{collections::BTreeMap, sync::LazyLock};

use super::*;
use crate::{
    flow::{Flow, Party, flows, operator_flow},
    profile::{Profile, Surroundings, Transport, resolve},
    reason::network::{Direction, End, PolicyIndex, Port, Workload, parse},
    resource::NETWORK_POLICY,
};

const CENTRAL: &str = "seldon-system";
const TENANT: &str = "financial-inference";
const OTHER: &str = "fraud-detection";
const STRANGER: &str = "payments";

/// One point of the product: a profile, and what it was made of.
struct Case {
    name: String,
    shape: TenantShape,
    narrow: bool,
    scope_namespace: bool,
    control_plane_ingress: bool,
    index: PolicyIndex,
}

const TOGGLED: [Component; 5] = [
    Component::Hodometer,
    Component::Envoy,
    Component::DataflowEngine,
    Component::ModelGateway,
    Component::PipelineGateway,
];

const NARROW: &str = "
    clients: {namespaces: [ingress-nginx], cidrs: [192.0.2.0/24]}
    metrics: {namespaces: [monitoring], cidrs: [198.51.100.0/24]}
    apiServer: {cidrs: [10.96.0.1/32, 172.18.0.0/16], ports: [443, 8443]}
    objectStore: {cidrs: [203.0.113.0/24], ports: [8333]}
    kafka: {namespace: kafka, cidrs: [192.0.2.128/25], ports: [9094]}
";

/// Every subset of the components, both transports, wirings and scopes, open and narrow, with and
/// without the control plane's side.
fn cases() -> impl Iterator<Item = &'static Case> {
    static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| (0..1 << (TOGGLED.len() + 5)).map(toggled).collect());
    CASES.iter()
}

fn toggled(bits: u32) -> Case {
    let bit = |place: usize| bits >> place & 1 == 1;
    let replicas = TOGGLED.iter().enumerate().map(|(place, component)| (*component, u16::from(bit(place + 5))));
    case(&replicas.collect(), bit(0), bit(1), bit(2), bit(3), bit(4))
}

#[expect(clippy::fn_params_excessive_bools, reason = "they are the dimensions of the product")]
fn case(
    replicas: &BTreeMap<Component, u16>,
    tls: bool,
    relay: bool,
    scope_namespace: bool,
    narrow: bool,
    control_plane_ingress: bool,
) -> Case {
    let components: Vec<String> =
        replicas.iter().map(|(component, count)| format!("{}: {{replicas: {count}}}", component.name())).collect();
    let yaml = format!(
        "\
controlPlane: {{transport: {}}}
tenants:
- namespace: {TENANT}
  wiring: {}
  relay: {{image: envoy}}
  runtime: {{components: {{{}}}}}
  networkPolicy:
    set: full
    scope: {}
    controlPlaneIngress: {control_plane_ingress}{}",
        if tls { "tls" } else { "plaintext" },
        if relay { "relay" } else { "external-name" },
        components.join(", "),
        if scope_namespace { "namespace" } else { "seldon" },
        if narrow { NARROW } else { "\n" },
    );
    let profile = resolve(&Profile::from_yaml(&yaml).unwrap(), &Surroundings::default()).unwrap();
    let built = build(&profile);
    let policies: Vec<_> = built.objects().filter(|object| object.is(&NETWORK_POLICY)).collect();
    let policies: Vec<_> = policies.iter().map(|object| parse(&object.to_value()).unwrap()).collect();
    let index = PolicyIndex::new(&policies);
    assert!(index.problems().is_empty(), "{:?}", index.problems());
    let shape = TenantShape {
        running: replicas.iter().filter(|(_, count)| **count > 0).map(|(component, _)| *component).collect(),
        transport: if tls { Transport::Tls } else { Transport::Plaintext },
        wiring: if relay { Wiring::Relay } else { Wiring::ExternalName },
        explainers: true,
    };
    assert_eq!(shape, super::shape(&profile.control_plane, &profile.tenants[0]));
    Case { name: yaml, shape, narrow, scope_namespace, control_plane_ingress, index }
}

/// A pod of a namespace of which nothing is known but its name.
fn pod<'a>(namespace: &'a str, labels: &[(&'a str, &'a str)]) -> End<'a> {
    let labels = labels.iter().copied().collect();
    End::Pod(Workload { namespace, labels, named_ports: Some(BTreeMap::new()), ..Workload::default() })
}

/// The same at an address that no range of any profile here contains.
fn pod_with_address<'a>(namespace: &'a str, labels: &[(&'a str, &'a str)]) -> End<'a> {
    match pod(namespace, labels) {
        End::Pod(workload) => End::Pod(Workload { address: Some([100, 64, 0, 7].into()), ..workload }),
        end => end,
    }
}

fn named<'a>(namespace: &'a str, name: &'a str) -> End<'a> {
    pod(namespace, &[("app.kubernetes.io/name", name)])
}

fn server(namespace: &str) -> End<'_> {
    pod(namespace, &[("app.kubernetes.io/name", "seldon-server"), ("seldon-server-name", "mlserver")])
}

fn relay(namespace: &str) -> End<'_> {
    pod(namespace, &[("app.kubernetes.io/name", "seldon-scheduler"), ("kubectl-seldon/wiring", "relay")])
}

fn operator() -> End<'static> {
    pod(CENTRAL, &[("control-plane", "v2-controller-manager")])
}

fn address(text: &str) -> End<'static> {
    End::Address(text.parse().unwrap())
}

fn tcp(ports: &[u16]) -> Vec<Port> {
    ports.iter().map(|port| Port::tcp(*port)).collect()
}

impl Case {
    /// The ends that a party can be, with the ports on which each listens where the table leaves
    /// that to the profile.
    fn ends(&self, party: Party) -> Vec<(End<'static>, Vec<Port>)> {
        let runs = |component| self.shape.running.contains(&component);
        let without_ports = |ends: Vec<End<'static>>| ends.into_iter().map(|end| (end, Vec::new())).collect();
        let all = |ends: &[&str], ports: &[u16]| ends.iter().map(|end| (address(end), tcp(ports))).collect();
        match party {
            Party::Component(component) => without_ports(vec![named(TENANT, component.name())]),
            Party::Server => without_ports(vec![server(TENANT)]),
            Party::Relay => without_ports(vec![relay(TENANT)]),
            Party::CentralScheduler => without_ports(vec![named(CENTRAL, "seldon-scheduler")]),
            Party::Operator => without_ports(vec![operator()]),
            Party::AnyEnvoy => {
                let own = runs(Component::Envoy).then_some(TENANT);
                without_ports([CENTRAL, OTHER].into_iter().chain(own).map(|ns| named(ns, "seldon-envoy")).collect())
            }
            Party::AnyPipelineGateway => {
                let own = runs(Component::PipelineGateway).then_some(TENANT);
                let namespaces = [CENTRAL, OTHER].into_iter().chain(own);
                without_ports(namespaces.map(|ns| named(ns, "seldon-pipelinegateway")).collect())
            }
            Party::ClusterDns => vec![
                (pod("kube-system", &[("k8s-app", "kube-dns")]), vec![Port::udp(53), Port::tcp(53)]),
                (address("169.254.20.10"), vec![Port::udp(53), Port::tcp(53)]),
            ],
            Party::ApiServer if self.narrow => all(&["10.96.0.1", "172.18.0.2"], &[443, 8443]),
            Party::ApiServer => vec![(End::Anywhere, tcp(&[443, 6443])), (address("172.18.0.2"), tcp(&[6443]))],
            Party::ObjectStore if self.narrow => all(&["203.0.113.9"], &[8333]),
            Party::ObjectStore => {
                vec![(End::Anywhere, tcp(&[443, 9000])), (pod("minio", &[("app", "minio")]), tcp(&[9000]))]
            }
            Party::Kafka if self.narrow => {
                let mut ends: Vec<_> = all(&["192.0.2.200"], &[9094]);
                ends.push((pod("kafka", &[("strimzi.io/kind", "Kafka")]), tcp(&[9094])));
                ends
            }
            Party::Kafka => vec![(pod("seldon-mesh", &[("strimzi.io/kind", "Kafka")]), tcp(&[9092, 9093]))],
            Party::Clients if self.narrow => without_ports(vec![pod("ingress-nginx", &[]), address("192.0.2.7")]),
            Party::Scrapers if self.narrow => without_ports(vec![pod("monitoring", &[]), address("198.51.100.7")]),
            Party::Clients | Party::Scrapers => without_ports(vec![End::Anywhere, pod(STRANGER, &[])]),
        }
    }

    fn seldons_pods(&self) -> Vec<End<'static>> {
        let components = self.shape.running.iter().map(|component| named(TENANT, component.name()));
        let relay = (self.shape.wiring == Wiring::Relay).then(|| relay(TENANT));
        components.chain([server(TENANT)]).chain(relay).collect()
    }

    fn must_pass(&self, from: &End<'_>, to: &End<'_>, port: Port, why: &str) {
        let verdict = self.index.evaluate(from, to, port);
        assert!(verdict.is_allowed(), "{why}: {from:?} -> {to:?} {port}: {verdict:#?}\n{}", self.name);
    }

    fn must_not_pass(&self, from: &End<'_>, to: &End<'_>, port: Port) {
        let verdict = self.index.evaluate(from, to, port);
        assert!(verdict.is_denied(), "{from:?} -> {to:?} {port}: {verdict:#?}\n{}", self.name);
    }

    fn flow_passes(&self, flow: &Flow) {
        for (from, _) in self.ends(flow.from) {
            for (to, own_ports) in self.ends(flow.to) {
                let ports = if flow.ports.is_empty() { own_ports } else { tcp(&flow.ports) };
                assert!(!ports.is_empty(), "{flow:?} has no port");
                for port in ports {
                    self.must_pass(&from, &to, port, flow.purpose);
                }
            }
        }
    }
}

#[test]
fn every_flow_of_the_table_passes_from_end_to_end() {
    for case in cases() {
        for flow in flows(&case.shape) {
            case.flow_passes(&flow);
        }
        // The operator's flow, and those of the control plane's own components.
        case.flow_passes(&operator_flow(Party::CentralScheduler, case.shape.transport));
        for own in ["seldon-envoy", "seldon-modelgateway", "seldon-dataflow-engine", "seldon-server"] {
            for port in [9002, 9004, 9005, 9008, 9044, 9055] {
                case.must_pass(&named(CENTRAL, own), &named(CENTRAL, "seldon-scheduler"), Port::tcp(port), own);
            }
        }
    }
}

#[test]
fn what_nobody_authenticates_stays_closed() {
    // rclone, the agent's debug service and drainer, the inference server's own ports, the agent's
    // port of the scheduler.
    let closed = [5572, 7777, 9007, 9000, 9500, 9005, 22].map(Port::tcp);
    for case in cases() {
        let neighbours = [
            server(OTHER),
            named(OTHER, "seldon-envoy"),
            named(CENTRAL, "seldon-envoy"),
            operator(),
            pod(STRANGER, &[]),
            pod(TENANT, &[("app", "notebook")]),
            address("192.0.2.7"),
            End::Anywhere,
            named(TENANT, "seldon-envoy"),
            named(TENANT, "seldon-modelgateway"),
        ];
        for from in &neighbours {
            for port in closed {
                case.must_not_pass(from, &server(TENANT), port);
            }
        }
    }
}

#[test]
fn foreign_namespaces_do_not_reach_the_control_ports() {
    for case in cases() {
        let scheduler = named(CENTRAL, "seldon-scheduler");
        let foreign = [server(OTHER), named(STRANGER, "seldon-server"), pod(STRANGER, &[]), End::Anywhere];
        for port in [9002, 9004, 9005, 9008, 9044, 9055].map(Port::tcp) {
            if case.shape.wiring == Wiring::Relay {
                for from in &foreign {
                    case.must_not_pass(from, &relay(TENANT), port);
                }
                case.must_not_pass(&pod(TENANT, &[("app", "notebook")]), &relay(TENANT), port);
            }
            if case.control_plane_ingress {
                for from in &foreign {
                    case.must_not_pass(from, &scheduler, port);
                }
                case.must_not_pass(&pod(TENANT, &[("app", "notebook")]), &scheduler, port);
            } else {
                case.must_pass(&server(OTHER), &scheduler, port, "without the control plane's side it is open");
            }
        }
    }
}

#[test]
fn seldons_pods_reach_nothing_else_in_the_cluster() {
    for case in cases() {
        let elsewhere = [
            pod_with_address(STRANGER, &[("app", "db")]),
            pod_with_address(TENANT, &[("app", "notebook")]),
            pod_with_address(CENTRAL, &[("app", "db")]),
            pod_with_address("kube-system", &[("component", "etcd")]),
        ];
        for from in case.seldons_pods() {
            for to in &elsewhere {
                for port in [22, 80, 5432, 8080, 2379, 5572].map(Port::tcp) {
                    case.must_not_pass(&from, to, port);
                }
                if case.narrow {
                    for port in [443, 6443, 9000].map(Port::tcp) {
                        case.must_not_pass(&from, to, port);
                    }
                }
            }
        }
    }
}

#[test]
fn narrowed_sources_and_destinations_admit_no_others() {
    for case in cases().filter(|case| case.narrow) {
        let envoy = named(TENANT, "seldon-envoy");
        for from in [pod_with_address(STRANGER, &[]), address("203.0.113.1")] {
            case.must_not_pass(&from, &server(TENANT), Port::tcp(9006));
            if case.shape.running.contains(&Component::Envoy) {
                for port in [9000, 9003].map(Port::tcp) {
                    case.must_not_pass(&from, &envoy, port);
                }
            }
        }
        for from in case.seldons_pods() {
            for (to, port) in [("8.8.8.8", 443), ("10.96.0.2", 443), ("172.19.0.2", 8443), ("203.0.114.1", 8333)] {
                case.must_not_pass(&from, &address(to), Port::tcp(port));
            }
        }
    }
}

#[test]
fn other_pods_of_the_namespace_are_left_alone_unless_all_are_asked_for() {
    for case in cases() {
        let notebook = Workload { namespace: TENANT, labels: [("app", "notebook")].into(), ..Workload::default() };
        let isolating = case.index.isolates(&notebook, Direction::Egress);
        assert_eq!(isolating.len(), usize::from(case.scope_namespace), "{}", case.name);
        assert!(case.index.isolates(&notebook, Direction::Ingress).is_empty(), "{}", case.name);
        let (notebook, database) = (End::Pod(notebook), pod_with_address(STRANGER, &[("app", "db")]));
        let verdict = case.index.evaluate(&notebook, &database, Port::tcp(5432));
        assert_eq!(verdict.is_denied(), case.scope_namespace, "{}", case.name);
        for from in case.seldons_pods() {
            let End::Pod(workload) = from else { continue };
            for direction in [Direction::Egress, Direction::Ingress] {
                assert!(
                    !case.index.isolates(&workload, direction).is_empty(),
                    "{workload:?} {direction} {}",
                    case.name
                );
            }
        }
    }
}
