//! The ingress policies of a tenant: one for each kind of pod that others connect to, because a
//! port number means different things on different pods (9000 is Envoy's door and also `MLServer`'s
//! own), and one for metrics.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::networking::v1::NetworkPolicyPeer;

use super::{
    metadata,
    policy::{
        Rule, Rules, addresses, elsewhere, everywhere, here, labelled, party_pods, policy, seldon_pods, serves, tcp,
    },
    shape,
};
use crate::{
    flow::{Flow, Party, flows},
    object::Object,
    pattern::{self, Component},
    profile::{ControlPlane, PolicySet, PolicySource, ResolvedTenant},
};

/// The policies, when the profile wants the full set.
pub(super) fn build(control_plane: &ControlPlane, tenant: &ResolvedTenant) -> Vec<Object> {
    let settings = &tenant.tenant.network_policy;
    if settings.set != PolicySet::Full {
        return Vec::new();
    }
    let flows = flows(&shape(control_plane, tenant));
    let mut by_target: BTreeMap<Party, Vec<&Flow>> = BTreeMap::new();
    let mut metrics = Vec::new();
    for flow in flows.iter().filter(|flow| flow.to.is_in_tenant()) {
        match flow.from {
            Party::Scrapers => metrics.push(flow),
            _ => by_target.entry(flow.to).or_default().push(flow),
        }
    }
    let namespace = &tenant.tenant.namespace;
    let mut policies = vec![policy(
        metadata(tenant, &format!("{namespace}-metrics")),
        seldon_pods(),
        Rules::Ingress(vec![Rule {
            peers: sources(&settings.metrics),
            ports: tcp(all_ports(&metrics)),
            serves: serves(&metrics),
        }]),
    )];
    policies.extend(by_target.iter().map(|(target, flows)| {
        let name = format!("{namespace}-to-{}", short_name(*target));
        let rules = rules(control_plane, tenant, flows);
        policy(metadata(tenant, &name), party_pods(*target), Rules::Ingress(rules))
    }));
    policies
}

/// One rule for all the pods of the tenant that connect, one for each other party.
fn rules(control_plane: &ControlPlane, tenant: &ResolvedTenant, flows: &[&Flow]) -> Vec<Rule> {
    let (inside, outside): (Vec<&Flow>, Vec<&Flow>) = flows.iter().partition(|flow| flow.from.is_in_tenant());
    let mut rules = Vec::new();
    if !inside.is_empty() {
        let parties: BTreeSet<Party> = inside.iter().map(|flow| flow.from).collect();
        rules.push(Rule {
            peers: parties.into_iter().map(|party| here(party_pods(party))).collect(),
            ports: tcp(all_ports(&inside)),
            serves: serves(&inside),
        });
    }
    rules.extend(outside.into_iter().map(|flow| Rule {
        peers: peers(flow.from, control_plane, tenant),
        ports: tcp(flow.ports.iter().copied()),
        serves: serves(&[flow]),
    }));
    rules
}

fn peers(from: Party, control_plane: &ControlPlane, tenant: &ResolvedTenant) -> Vec<NetworkPolicyPeer> {
    match from {
        Party::Operator => vec![elsewhere(&control_plane.namespace, Some(labelled([pattern::OPERATOR_POD_LABEL])))],
        Party::AnyEnvoy => vec![everywhere(party_pods(Party::Component(Component::Envoy)))],
        _ => sources(&tenant.tenant.network_policy.clients),
    }
}

/// No peer at all admits everybody.
fn sources(source: &PolicySource) -> Vec<NetworkPolicyPeer> {
    let namespaces = source.namespaces.iter().map(|namespace| elsewhere(namespace, None));
    namespaces.chain(source.cidrs.iter().map(|cidr| addresses(cidr.to_string()))).collect()
}

fn all_ports(flows: &[&Flow]) -> BTreeSet<u16> {
    flows.iter().flat_map(|flow| flow.ports.iter().copied()).collect()
}

fn short_name(target: Party) -> &'static str {
    match target {
        Party::Component(Component::Envoy) => "envoy",
        Party::Component(component) => component.name(),
        Party::Server => "servers",
        _ => "relay",
    }
}
