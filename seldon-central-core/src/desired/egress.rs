//! The egress policy of a tenant.
//!
//! The specification's policy admits the scheduler's ports and thereby denies DNS, the API server,
//! the object store and Envoy's way to the Servers. This one keeps its name and its ports and
//! admits the rest of the flows too, each by the pods or addresses it is for.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU16,
};

use k8s_openapi::api::networking::v1::NetworkPolicyPeer;

use super::{
    metadata,
    policy::{
        Rule, Rules, addresses, destinations, elsewhere, every_pod, everywhere, here, labelled, party_pods, policy,
        seldon_pods, serves, tcp,
    },
    shape,
};
use crate::{
    flow::{Flow, Party, Protocol, flows},
    object::Object,
    pattern::{self, Component},
    profile::{ControlPlane, PolicyScope, PolicySet, ResolvedTenant},
};

/// The policy, unless the profile wants none.
pub(super) fn build(control_plane: &ControlPlane, tenant: &ResolvedTenant) -> Option<Object> {
    let settings = &tenant.tenant.network_policy;
    let wanted: fn(Party) -> bool = match settings.set {
        PolicySet::None => return None,
        PolicySet::Scheduler => |to| matches!(to, Party::CentralScheduler | Party::Relay | Party::ClusterDns),
        PolicySet::Full => |_| true,
    };
    let flows = flows(&shape(control_plane, tenant));
    let mut by_destination: BTreeMap<(u8, Party), Vec<&Flow>> = BTreeMap::new();
    for flow in flows.iter().filter(|flow| flow.from.is_in_tenant() && wanted(flow.to)) {
        by_destination.entry((rank(flow.to), flow.to)).or_default().push(flow);
    }
    let rules = by_destination.iter().map(|((_, to), flows)| Rule {
        peers: peers(*to, control_plane, tenant),
        ports: ports(*to, flows, tenant),
        serves: serves(flows),
    });
    let selector = match settings.scope {
        PolicyScope::Seldon => seldon_pods(),
        PolicyScope::Namespace => every_pod(),
    };
    let name = format!("{}-app-policy", tenant.tenant.namespace);
    Some(policy(metadata(tenant, &name), selector, Rules::Egress(rules.collect())))
}

/// The order of the rules: the specification's first.
fn rank(to: Party) -> u8 {
    match to {
        Party::CentralScheduler => 0,
        Party::Relay => 1,
        Party::ClusterDns => 2,
        _ if to.is_in_tenant() => 3,
        _ => 4,
    }
}

fn peers(to: Party, control_plane: &ControlPlane, tenant: &ResolvedTenant) -> Vec<NetworkPolicyPeer> {
    let settings = &tenant.tenant.network_policy;
    match to {
        Party::CentralScheduler => {
            let scheduler = party_pods(Party::Component(Component::Scheduler));
            vec![elsewhere(&control_plane.namespace, Some(scheduler))]
        }
        Party::AnyPipelineGateway => vec![everywhere(party_pods(Party::Component(Component::PipelineGateway)))],
        Party::ClusterDns => {
            let pods = settings.dns.pods.iter().map(|peer| {
                let labels = peer.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
                elsewhere(&peer.namespace, (!peer.labels.is_empty()).then(|| labelled(labels)))
            });
            let cidrs = settings.dns.cidrs.iter().map(|cidr| addresses(cidr.to_string()));
            pods.chain(cidrs).collect()
        }
        Party::ApiServer => destinations(&settings.api_server.cidrs),
        Party::ObjectStore => destinations(&settings.object_store.cidrs),
        Party::Kafka => {
            let kafka = &tenant.kafka.destination;
            let pods = kafka.namespace.iter().map(|namespace| elsewhere(namespace, None));
            pods.chain(kafka.cidrs.iter().map(|cidr| addresses(cidr.to_string()))).collect()
        }
        _ => vec![here(party_pods(to))],
    }
}

fn ports(to: Party, flows: &[&Flow], tenant: &ResolvedTenant) -> Vec<(Protocol, u16)> {
    let settings = &tenant.tenant.network_policy;
    match to {
        Party::ClusterDns => {
            let ports = usual(&settings.dns.ports, &[pattern::pod_port::DNS]);
            ports.into_iter().flat_map(|port| [(Protocol::Udp, port), (Protocol::Tcp, port)]).collect()
        }
        Party::ApiServer => tcp(usual(&settings.api_server.ports, &pattern::API_SERVER_PORTS)),
        Party::ObjectStore => tcp(usual(&settings.object_store.ports, &pattern::OBJECT_STORE_PORTS)),
        Party::Kafka => tcp(usual(&tenant.kafka.destination.ports, &pattern::KAFKA_PORTS)),
        _ => tcp(flows.iter().flat_map(|flow| flow.ports.iter().copied()).collect::<BTreeSet<u16>>()),
    }
}

/// Each port once; none stands for the usual ones, because a rule without ports admits all.
fn usual(ports: &[NonZeroU16], usual: &[u16]) -> BTreeSet<u16> {
    if ports.is_empty() { usual.iter().copied().collect() } else { ports.iter().map(|port| port.get()).collect() }
}
