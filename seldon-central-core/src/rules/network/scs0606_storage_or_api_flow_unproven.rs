use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use k8s_openapi::api::networking::v1::NetworkPolicyPeer;

use crate::{
    finding::{Evidence, Level},
    fix::{Repair, outside},
    flow::Party,
    name::Namespace,
    object::ObjectId,
    pattern::{self, pod_port},
    reason::{
        flows::{Network, Pods, Policies, RawRule, is_own_namespace, is_own_seldon},
        kafka::{Broker, Home},
        network::{Direction, PolicyId},
        selector::Selector,
    },
    resource::{NAMESPACE, NETWORK_POLICY, SELDON_CONFIG, SELDON_RUNTIME, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World, denial},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0606",
    name: "storage-or-api-flow-unproven",
    level: Level::Warning,
    judged: Judged::Either,
    summary: "NetworkPolicies of a tenant isolate its pods for egress, and no rule could admit the API server, the \
              object store or Kafka.",
    why: "The agent reads Secrets from the API server before anything else, rclone fetches artifacts from the object \
          store, and gateways do nothing without Kafka. Their addresses are yours, so no rule can be proved right: \
          this finding is only made where none admits an address, another namespace or everybody on a port that \
          could be theirs. Of Kafka the `bootstrap.servers` of the SeldonRuntime or its SeldonConfig tell the \
          namespace, and a rule for another one does not count.",
    fix: "Admit the endpoints of the API server (`kubectl get endpoints kubernetes`, usually 6443, and 443 of its \
          Service), of the object store and of Kafka, each with an `ipBlock` or, inside the cluster, with a \
          `namespaceSelector`.",
    fix_safety: FixSafety::Manual,
    repair: Repair::Proposed(outside),
    reads: &[&NETWORK_POLICY, &NAMESPACE, &SELDON_RUNTIME, &SELDON_CONFIG, &SERVER],
    sources: &[
        "scheduler/cmd/agent/main.go:335-339",
        "scheduler/pkg/agent/rclone/rclone_config.go:105-135",
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
    ],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: inside, namespace: financial-inference}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to: [{podSelector: {}}]
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: outside, namespace: financial-inference}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to: [{ipBlock: {cidr: 10.0.0.0/8}}]
    ports:
    - {protocol: TCP, port: 443}
    - {protocol: TCP, port: 6443}
    - {protocol: TCP, port: 9092}
",
};

/// Who reaches nobody: the party, whom it needs, and on which ports that usually is.
type Missing = (Party, Party, Vec<u16>);

/// A Kafka that the cluster names.
struct Kafka<'a> {
    servers: &'a str,
    brokers: Vec<Broker>,
    own: &'a str,
    network: &'a Network<'a>,
}

fn check(world: &World<'_>, report: &mut Report) {
    denial::for_each_tenant(world, report, |tenant, pods, policies, report| {
        let kafka = kafka(world, &tenant.namespace);
        let missing = missing(pods, policies, kafka.as_ref());
        if missing.is_empty() {
            return report.holds(ObjectId::of(&NAMESPACE, None, &tenant.namespace));
        }
        for (isolating, flows) in missing {
            let Some(policy) = isolating.first().and_then(|id| policies.observed(id)) else { continue };
            let ports = |(from, to, ports): &Missing| {
                let (from, to) = (from.to_string(), to.to_string());
                ports.iter().map(move |port| (from.clone(), to.clone(), *port)).collect::<Vec<_>>()
            };
            let mut evidence =
                vec![Evidence::new("/spec/policyTypes", denial::isolation(Direction::Egress, &isolating))];
            let named = kafka.as_ref().filter(|_| flows.iter().any(|(_, to, _)| *to == Party::Kafka));
            evidence
                .extend(named.map(|kafka| Evidence::new("", format!("`bootstrap.servers` is `{}`", kafka.servers))));
            report.fail(
                policy,
                format!(
                    "no egress rule of {} could admit {}",
                    denial::names(&isolating),
                    denial::list(flows.iter().flat_map(ports))
                ),
                evidence,
                format!("add egress rules for the addresses of {}", destinations(&flows)),
            );
        }
    });
}

/// The Kafka of the tenant's runtime, where the cluster names one.
fn kafka<'a>(world: &'a World<'_>, own: &'a str) -> Option<Kafka<'a>> {
    let runtime = &world.snapshot.known_in(&SELDON_RUNTIME, own).next()?.object;
    let (servers, brokers) = world.kafka(runtime)?;
    Some(Kafka { servers, brokers, own, network: world.network() })
}

/// The flows that no rule could admit, by the policies that isolate their pods.
fn missing(
    pods: &Pods<'_>,
    policies: &Policies<'_>,
    kafka: Option<&Kafka<'_>>,
) -> BTreeMap<Vec<PolicyId>, Vec<Missing>> {
    let mut missing: BTreeMap<Vec<PolicyId>, Vec<Missing>> = BTreeMap::new();
    for flow in pods.flows() {
        let kafka = kafka.filter(|_| flow.to == Party::Kafka);
        let Some(usual) = usual(flow.to, kafka) else { continue };
        for source in pods.of(flow.from) {
            let Some(rules) = policies.rules(&source, Direction::Egress) else { continue };
            if !rules.iter().any(|rule| could_admit(rule, flow.to, &usual, kafka)) {
                let isolating = policies.index().isolates(&source, Direction::Egress).into_iter().cloned().collect();
                let flows = missing.entry(isolating).or_default();
                let entry = (flow.from, flow.to, usual.clone());
                if !flows.contains(&entry) {
                    flows.push(entry);
                }
            }
        }
    }
    missing
}

/// The ports on which a party outside the pattern listens, usually or as the cluster says.
fn usual(to: Party, kafka: Option<&Kafka<'_>>) -> Option<Vec<u16>> {
    match (to, kafka) {
        (Party::ApiServer, _) => Some(pattern::API_SERVER_PORTS.to_vec()),
        (Party::ObjectStore, _) => Some(pattern::OBJECT_STORE_PORTS.to_vec()),
        (Party::Kafka, None) => Some(pattern::KAFKA_PORTS.to_vec()),
        (Party::Kafka, Some(kafka)) => {
            let ports: BTreeSet<u16> = kafka.brokers.iter().map(|broker| broker.port.get()).collect();
            Some(ports.into_iter().collect())
        }
        _ => None,
    }
}

/// Whether a rule leads out of the pattern on a port that is usual for a party, or on one that
/// nothing else of the pattern explains: behind a Service, a port is another one.
fn could_admit(rule: &RawRule<'_>, to: Party, usual: &[u16], kafka: Option<&Kafka<'_>>) -> bool {
    let leads_out = |peer: &NetworkPolicyPeer| match (to, kafka) {
        (_, Some(kafka)) => kafka.brokers.iter().any(|broker| kafka.may_be_at(&broker.home, peer)),
        (Party::ApiServer, None) => !is_own_namespace(peer),
        // A store or a Kafka may stand in the tenant's own namespace.
        _ => !is_own_seldon(peer),
    };
    let is_its = |port: u16| usual.contains(&port) || !is_explained(port);
    rule.admits(leads_out) && rule.tcp_ports().is_none_or(|ports| ports.into_iter().flatten().any(is_its))
}

impl Kafka<'_> {
    /// Whether a peer could be what a broker's name stands for.
    fn may_be_at(&self, home: &Home, peer: &NetworkPolicyPeer) -> bool {
        match (home, &peer.ip_block, &peer.namespace_selector) {
            // Whose address it is nobody says.
            (Home::Namespace(_), Some(_), _) => true,
            (Home::Namespace(home), None, None) => home == self.own && !is_own_seldon(peer),
            (Home::Namespace(home), None, Some(selector)) => {
                Selector::new(selector).is_ok_and(|selector| self.is_selected(home, &selector))
            }
            (Home::Address(address), Some(block), _) => {
                block.cidr.parse::<IpNet>().is_ok_and(|net| net.contains(address))
            }
            (Home::Address(_) | Home::Outside(_), _, _) => !is_own_seldon(peer),
        }
    }

    fn is_selected(&self, home: &Namespace, selector: &Selector) -> bool {
        let labels = self.network.labels(home.as_str());
        selector.requirements().iter().all(|one| match (one.key.as_str(), labels) {
            (pattern::NAMESPACE_NAME_LABEL, _) => one.holds(Some(home.as_str())),
            (key, Some(labels)) => one.holds(labels.get(key).copied()),
            (_, None) => true,
        })
    }
}

/// Whether something else of the pattern listens on a port.
fn is_explained(port: u16) -> bool {
    const PIPELINES: [u16; 2] = [pod_port::PIPELINE_HTTP, pod_port::PIPELINE_GRPC];
    let serving = [pod_port::SERVER_HTTP, pod_port::SERVER_GRPC, pod_port::ENVOY_HTTP, pod_port::DNS];
    let usual = [&pattern::API_SERVER_PORTS, &pattern::OBJECT_STORE_PORTS, &pattern::KAFKA_PORTS, &PIPELINES];
    usual.into_iter().flatten().chain(&serving).any(|known| *known == port)
        || pattern::SCHEDULER_PORTS.iter().any(|known| known.port == port)
}

fn destinations(flows: &[Missing]) -> String {
    let mut names: Vec<String> = Vec::new();
    for (_, to, ports) in flows {
        let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
        let name = format!("{to} (TCP {})", ports.join(", "));
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}
