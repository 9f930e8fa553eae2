//! From a world to boxes, nodes and flows.

use std::collections::{BTreeMap, BTreeSet};

use super::{Edge, Graph, Group, Node, Passage, Place};
use crate::{
    finding::{Level, Outcome, Verdict},
    flow::{Flow, Party, operator_flow},
    object::ObjectId,
    pattern::{self, Component, OPERATOR_DEPLOYMENT, SCHEDULER_SERVICE},
    profile::Wiring,
    reason::flows::{Judged, Network, Pods},
    resource::{SERVER, SERVICE},
    rules::{self, RULES, TenantView, World},
    snapshot::Unknown,
};

/// The parties outside, in the order in which they are drawn.
const OUTSIDE: [Party; 6] =
    [Party::Clients, Party::Scrapers, Party::ClusterDns, Party::ApiServer, Party::ObjectStore, Party::Kafka];

const SCHEDULER_ID: &str = "scheduler";
const OPERATOR_ID: &str = "operator";

/// The picture of these tenants.
pub fn graph(world: &World<'_>, tenants: &[&TenantView]) -> Graph {
    let outcomes = rules::run(RULES, world);
    let network = Network::new(world.snapshot, world.scheduler_namespaces());
    let builder = Builder { world, network: &network, outcomes: &outcomes };
    let mut graph = Graph { groups: vec![builder.control_plane()], edges: Vec::new() };
    let mut outside = BTreeSet::new();
    for (index, tenant) in tenants.iter().enumerate() {
        let prefix = format!("t{index}");
        builder.tenant(&prefix, tenant, &mut graph, &mut outside);
    }
    let nodes = OUTSIDE.into_iter().filter(|party| outside.contains(party));
    let node =
        |party: Party| Node { id: outside_id(party), label: party.to_string(), detail: String::new(), trouble: None };
    let nodes: Vec<Node> = nodes.map(node).collect();
    if !nodes.is_empty() {
        graph.groups.push(Group {
            id: "outside".to_owned(),
            place: Place::Outside,
            title: "outside".to_owned(),
            nodes,
        });
    }
    graph
}

fn outside_id(party: Party) -> String {
    let place = OUTSIDE.iter().position(|known| *known == party).unwrap_or_default();
    format!("o{place}")
}

struct Builder<'w, 'a> {
    world: &'w World<'a>,
    network: &'w Network<'a>,
    outcomes: &'w [Outcome],
}

/// What becomes of a flow.
type Fate = (Passage, String);

impl Builder<'_, '_> {
    fn central(&self) -> &str {
        self.world.control_plane.namespace.as_str()
    }

    fn control_plane(&self) -> Group {
        let central = self.central();
        let of_scheduler =
            |outcome: &Outcome| matches!(outcome.rule, "SCS0102" | "SCS0103" | "SCS0104" | "SCS0105" | "SCS0603");
        let scheduler = Node {
            id: SCHEDULER_ID.to_owned(),
            label: Party::CentralScheduler.to_string(),
            detail: pattern::SCHEDULER_SERVICE.to_owned(),
            trouble: self.trouble(of_scheduler),
        };
        let operator = Node {
            id: OPERATOR_ID.to_owned(),
            label: Party::Operator.to_string(),
            detail: OPERATOR_DEPLOYMENT.to_owned(),
            trouble: self.trouble(|outcome| outcome.rule == "SCS0108"),
        };
        let nodes = vec![operator, scheduler];
        Group { id: "cp".to_owned(), place: Place::ControlPlane, title: central.to_owned(), nodes }
    }

    /// The first error among some outcomes.
    fn trouble(&self, is_meant: impl Fn(&Outcome) -> bool) -> Option<String> {
        self.outcomes.iter().filter(|outcome| is_meant(outcome)).find_map(|outcome| {
            let finding = outcome.finding().filter(|finding| finding.level == Level::Error)?;
            Some(format!("{}: {}", outcome.rule, finding.message))
        })
    }

    fn tenant(&self, prefix: &str, tenant: &TenantView, graph: &mut Graph, outside: &mut BTreeSet<Party>) {
        let namespace = tenant.namespace.as_str();
        let relayed = tenant.wiring == Wiring::Relay;
        let mut nodes = vec![self.entry(prefix, namespace, relayed)];
        let pods = Pods::new(self.network, self.world.control_plane, namespace, tenant.wiring);
        let flows = pods.as_ref().map(Pods::flows).unwrap_or_default();
        let own: BTreeSet<Party> =
            flows.iter().flat_map(|flow| [flow.from, flow.to]).filter(|party| party.is_in_tenant()).collect();
        for party in own.into_iter().filter(|party| *party != Party::Relay) {
            nodes.push(self.node(prefix, namespace, party));
        }
        let mut edges = Edges { prefix, relayed, drawn: Vec::new(), platform: BTreeMap::new() };
        match &pods {
            Ok(pods) => {
                if !relayed {
                    let operator = operator_flow(Party::CentralScheduler, self.world.control_plane.transport);
                    edges.add(&operator, self.fate(pods, namespace, &operator));
                }
                for flow in &flows {
                    outside.extend([flow.from, flow.to].into_iter().filter(|party| OUTSIDE.contains(party)));
                    edges.add(flow, self.fate(pods, namespace, flow));
                }
            }
            Err(why) => edges.drawn.push(Edge {
                from: prefix.to_owned(),
                to: edges.id(Party::CentralScheduler),
                label: "?".to_owned(),
                passage: Passage::Unknown,
                reason: why.to_string(),
            }),
        }
        if !relayed {
            edges.drawn.push(self.alias(prefix, namespace));
        }
        // What is not there takes part in nothing.
        let known: BTreeSet<String> = nodes.iter().map(|node| node.id.clone()).collect();
        let is_drawn = |id: &str| !id.starts_with(prefix) || id == prefix || known.contains(id);
        graph.edges.extend(edges.finish().into_iter().filter(|edge| is_drawn(&edge.from) && is_drawn(&edge.to)));
        graph.groups.push(Group { id: prefix.to_owned(), place: Place::Tenant, title: namespace.to_owned(), nodes });
    }

    /// The way in: the alias, or the relay.
    fn entry(&self, prefix: &str, namespace: &str, relayed: bool) -> Node {
        let is_own = |outcome: &Outcome| {
            outcome.object == ObjectId::of(&SERVICE, Some(namespace), SCHEDULER_SERVICE)
                && outcome.rule.starts_with("SCS05")
        };
        let (label, detail) = if relayed { ("relay", pattern::RELAY_NAME) } else { ("alias", SCHEDULER_SERVICE) };
        let (label, detail) = (label.to_owned(), detail.to_owned());
        Node { id: format!("{prefix}entry"), label, detail, trouble: self.trouble(is_own) }
    }

    fn node(&self, prefix: &str, namespace: &str, party: Party) -> Node {
        let servers = self.world.snapshot.known_in(&SERVER, namespace).map(|server| server.object.name());
        let servers: Vec<&str> = if party == Party::Server { servers.collect() } else { Vec::new() };
        let is_server = |outcome: &Outcome| {
            party == Party::Server
                && outcome.object.kind == SERVER.kind
                && outcome.object.namespace.as_deref() == Some(namespace)
        };
        let is_scheduler =
            |outcome: &Outcome| party == Party::Component(Component::Scheduler) && is_own_scheduler(outcome, namespace);
        let detail = crate::text::enumerate(servers.iter().copied());
        Node {
            id: tenant_id(prefix, party),
            label: party.to_string(),
            detail,
            trouble: self.trouble(|outcome| is_server(outcome) || is_scheduler(outcome)),
        }
    }

    fn fate(&self, pods: &Pods<'_>, namespace: &str, flow: &Flow) -> Fate {
        match (flow.from, flow.to) {
            (_, Party::ClusterDns) => self.by_rule("SCS0602", namespace, &["DNS"]),
            (_, Party::ApiServer) => self.by_rule("SCS0606", namespace, &["API server"]),
            (_, Party::ObjectStore) => self.by_rule("SCS0606", namespace, &["object store"]),
            (_, Party::Kafka) => self.by_rule("SCS0606", namespace, &["Kafka"]),
            (Party::Clients, _) => self.by_rule("SCS0605", namespace, &["inference clients"]),
            (Party::Scrapers, _) => (Passage::Unjudged, String::new()),
            _ => self.by_policies(pods, namespace, flow),
        }
    }

    /// What a rule says of a tenant, whose message names one of these when it is about them.
    fn by_rule(&self, rule: &str, namespace: &str, names: &[&str]) -> Fate {
        let is_own = |outcome: &&Outcome| outcome.rule == rule && outcome.object.home() == Some(namespace);
        let mut fate = (Passage::Open, String::new());
        for outcome in self.outcomes.iter().filter(is_own) {
            match &outcome.verdict {
                Verdict::Fail(finding) if names.iter().any(|name| finding.message.contains(name)) => {
                    return (Passage::Blocked, format!("{rule}: {}", finding.message));
                }
                Verdict::Unknown { reason } => fate = (Passage::Unknown, reason.to_string()),
                Verdict::Fail(_) | Verdict::Suppressed { .. } | Verdict::Pass => {}
            }
        }
        fate
    }

    /// What the policies of both ends say.
    fn by_policies(&self, pods: &Pods<'_>, namespace: &str, flow: &Flow) -> Fate {
        let mut doubts: Vec<Unknown> = Vec::new();
        for side in BTreeSet::from([namespace, self.central()]) {
            let policies = match self.network.policies(side) {
                Ok(policies) => policies,
                // Of a flow that stays in the tenant the control plane's policies say nothing.
                Err(_) if side != namespace && is_within(flow) => continue,
                Err(why) => {
                    doubts.push(why);
                    continue;
                }
            };
            let mut judged = Judged::default();
            judged.add(policies, pods, flow);
            if let Some(denied) = judged.denied.first() {
                let policies = crate::text::enumerate(denied.denial.isolating.iter().map(|id| id.name.as_str()));
                let reason =
                    format!("no {} rule of {policies} admits port {}", denied.direction.field(), denied.port.number);
                return (Passage::Blocked, reason);
            }
            doubts.extend(judged.doubts);
        }
        match doubts.first() {
            Some(why) => (Passage::Unknown, why.to_string()),
            None => (Passage::Open, String::new()),
        }
    }

    /// Where the alias leads.
    fn alias(&self, prefix: &str, namespace: &str) -> Edge {
        let (from, to) = (format!("{prefix}entry"), SCHEDULER_ID.to_owned());
        if let Some(reason) = self.trouble(|outcome| is_own_scheduler(outcome, namespace)) {
            return Edge { from, to, label: String::new(), passage: Passage::Blocked, reason };
        }
        let wanted = self.world.control_plane.scheduler_host();
        let (passage, reason) = match self.world.snapshot.get(&SERVICE, namespace, SCHEDULER_SERVICE) {
            Ok(Some(alias)) => match alias.object.text("/spec/externalName") {
                Some(target) if target.trim_end_matches('.') == wanted => (Passage::Open, String::new()),
                Some(target) => (Passage::Blocked, format!("it leads to {target}")),
                None => (Passage::Blocked, "the Service is no ExternalName".to_owned()),
            },
            Ok(None) => (Passage::Blocked, "there is no such Service".to_owned()),
            Err(why) => (Passage::Unknown, why.to_string()),
        };
        Edge { from, to, label: String::new(), passage, reason }
    }
}

/// Whether an outcome says that a tenant runs a scheduler of its own, so that its objects go there.
fn is_own_scheduler(outcome: &Outcome, namespace: &str) -> bool {
    outcome.rule == "SCS0204" && outcome.object.namespace.as_deref() == Some(namespace)
}

fn is_within(flow: &Flow) -> bool {
    let is_own = |party: Party| party.is_in_tenant() || matches!(party, Party::AnyEnvoy | Party::AnyPipelineGateway);
    is_own(flow.from) && is_own(flow.to)
}

fn tenant_id(prefix: &str, party: Party) -> String {
    match party {
        Party::Component(component) => format!("{prefix}{}", component.name().replace('-', "")),
        Party::Relay => format!("{prefix}entry"),
        _ => format!("{prefix}servers"),
    }
}

/// The flows of one tenant; those of many of its pods to one party outside are one.
struct Edges<'p> {
    prefix: &'p str,
    relayed: bool,
    drawn: Vec<Edge>,
    platform: BTreeMap<(Party, bool), Vec<Edge>>,
}

impl Edges<'_> {
    fn id(&self, party: Party) -> String {
        match party {
            Party::Operator => OPERATOR_ID.to_owned(),
            Party::CentralScheduler if self.relayed => SCHEDULER_ID.to_owned(),
            // Everybody dials the alias.
            Party::CentralScheduler => format!("{}entry", self.prefix),
            party if OUTSIDE.contains(&party) => outside_id(party),
            party => tenant_id(self.prefix, party),
        }
    }

    fn add(&mut self, flow: &Flow, (passage, reason): Fate) {
        // Of Envoys and gateways of other namespaces only the own ones are drawn.
        let foreign = |party| matches!(party, Party::AnyEnvoy | Party::AnyPipelineGateway);
        if foreign(flow.from) || foreign(flow.to) && flow.from == flow.to {
            return;
        }
        let to =
            if flow.to == Party::AnyPipelineGateway { Party::Component(Component::PipelineGateway) } else { flow.to };
        let ports: Vec<String> = flow.ports.iter().map(u16::to_string).collect();
        let edge = Edge { from: self.id(flow.from), to: self.id(to), label: ports.join(", "), passage, reason };
        match (OUTSIDE.contains(&flow.from), OUTSIDE.contains(&to)) {
            (true, _) => self.platform.entry((flow.from, true)).or_default().push(edge),
            (_, true) => self.platform.entry((to, false)).or_default().push(edge),
            _ => self.drawn.push(edge),
        }
    }

    fn finish(mut self) -> Vec<Edge> {
        for ((_, is_source), mut edges) in std::mem::take(&mut self.platform) {
            if edges.len() < 2 {
                self.drawn.append(&mut edges);
                continue;
            }
            let worst = edges.iter().max_by_key(|edge| edge.passage).cloned();
            let mut ports: Vec<&str> =
                edges.iter().flat_map(|edge| edge.label.split(", ")).filter(|p| !p.is_empty()).collect();
            ports.sort_unstable();
            ports.dedup();
            if let Some(mut edge) = worst {
                edge.label = ports.join(", ");
                let end = if is_source { &mut edge.to } else { &mut edge.from };
                self.prefix.clone_into(end);
                self.drawn.push(edge);
            }
        }
        self.drawn
    }
}
