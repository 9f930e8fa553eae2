//! Pieces that every `NetworkPolicy` of the pattern is made of.

use std::collections::BTreeMap;

use k8s_openapi::{
    api::networking::v1::{
        IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer,
        NetworkPolicyPort, NetworkPolicySpec,
    },
    apimachinery::pkg::{
        apis::meta::v1::{LabelSelector, LabelSelectorRequirement, ObjectMeta},
        util::intstr::IntOrString,
    },
};

use super::typed;
use crate::{
    flow::{Flow, Party, Protocol},
    name::Namespace,
    object::Object,
    pattern::{self, Component},
    profile::Cidr,
};

/// One rule of a policy and the flows it serves. No peers admit everybody.
pub(super) struct Rule {
    pub(super) peers: Vec<NetworkPolicyPeer>,
    pub(super) ports: Vec<(Protocol, u16)>,
    pub(super) serves: String,
}

/// What a policy admits.
pub(super) enum Rules {
    /// Connections into the selected pods.
    Ingress(Vec<Rule>),
    /// Connections from the selected pods.
    Egress(Vec<Rule>),
}

/// A policy; annotation `kubectl-seldon/flow.N` says which flows its Nth rule serves.
pub(super) fn policy(mut metadata: ObjectMeta, pod_selector: LabelSelector, rules: Rules) -> Object {
    let (direction, list) = match &rules {
        Rules::Ingress(list) => ("Ingress", list),
        Rules::Egress(list) => ("Egress", list),
    };
    let serves = list
        .iter()
        .enumerate()
        .map(|(index, rule)| (format!("{}{index}", pattern::FLOW_ANNOTATION_PREFIX), rule.serves.clone()));
    metadata.annotations = Some(serves.collect());
    let mut spec = NetworkPolicySpec {
        pod_selector: Some(pod_selector),
        policy_types: Some(vec![direction.to_owned()]),
        ..NetworkPolicySpec::default()
    };
    match rules {
        Rules::Ingress(list) => {
            let rule = |rule: Rule| NetworkPolicyIngressRule { ports: Some(ports(&rule)), from: peers(rule.peers) };
            spec.ingress = Some(list.into_iter().map(rule).collect());
        }
        Rules::Egress(list) => {
            let rule = |rule: Rule| NetworkPolicyEgressRule { ports: Some(ports(&rule)), to: peers(rule.peers) };
            spec.egress = Some(list.into_iter().map(rule).collect());
        }
    }
    typed(&NetworkPolicy { metadata, spec: Some(spec) })
}

fn peers(peers: Vec<NetworkPolicyPeer>) -> Option<Vec<NetworkPolicyPeer>> {
    (!peers.is_empty()).then_some(peers)
}

fn ports(rule: &Rule) -> Vec<NetworkPolicyPort> {
    let port = |(protocol, number): &(Protocol, u16)| NetworkPolicyPort {
        protocol: Some(protocol.as_str().to_owned()),
        port: Some(IntOrString::Int(i32::from(*number))),
        end_port: None,
    };
    rule.ports.iter().map(port).collect()
}

/// What the flows of one rule are for, flows of one purpose together:
/// `3 seldon-envoy -> central scheduler: fetches routes; 4 hodometer, … -> …`.
pub(super) fn serves(flows: &[&Flow]) -> String {
    let mut groups: Vec<(&Flow, Vec<String>)> = Vec::new();
    for flow in flows {
        let same = |other: &Flow| (other.number, other.to, other.purpose) == (flow.number, flow.to, flow.purpose);
        match groups.iter_mut().find(|(first, _)| same(first)) {
            Some((_, from)) => from.push(flow.from.to_string()),
            None => groups.push((flow, vec![flow.from.to_string()])),
        }
    }
    let line = |(flow, from): &(&Flow, Vec<String>)| {
        format!("{} {} -> {}: {}", flow.number, from.join(", "), flow.to, flow.purpose)
    };
    groups.iter().map(line).collect::<Vec<_>>().join("; ")
}

/// TCP on each of these ports.
pub(super) fn tcp(ports: impl IntoIterator<Item = u16>) -> Vec<(Protocol, u16)> {
    ports.into_iter().map(|port| (Protocol::Tcp, port)).collect()
}

/// Pods with these labels.
pub(super) fn labelled<K: Into<String>, V: Into<String>>(labels: impl IntoIterator<Item = (K, V)>) -> LabelSelector {
    let labels: BTreeMap<String, String> = labels.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
    LabelSelector { match_labels: (!labels.is_empty()).then_some(labels), ..LabelSelector::default() }
}

/// Every pod.
pub(super) fn every_pod() -> LabelSelector {
    LabelSelector::default()
}

/// The pods of Seldon in a tenant, and no other pod of the namespace.
pub(super) fn seldon_pods() -> LabelSelector {
    let mut values: Vec<String> = Component::ALL.into_iter().map(|component| component.name().to_owned()).collect();
    values.push(pattern::SERVER_COMPONENT.to_owned());
    LabelSelector {
        match_expressions: Some(vec![LabelSelectorRequirement {
            key: pattern::COMPONENT_LABEL.to_owned(),
            operator: "In".to_owned(),
            values: Some(values),
        }]),
        ..LabelSelector::default()
    }
}

/// The pods of one party of a tenant.
pub(super) fn party_pods(party: Party) -> LabelSelector {
    let name = match party {
        Party::Component(component) => component.name(),
        Party::Server => pattern::SERVER_COMPONENT,
        // The relay's pods carry the scheduler's label, because the operator's Service selects it.
        _ => Component::Scheduler.name(),
    };
    labelled([(pattern::COMPONENT_LABEL, name)])
}

/// Pods of the policy's own namespace.
pub(super) fn here(pods: LabelSelector) -> NetworkPolicyPeer {
    NetworkPolicyPeer { pod_selector: Some(pods), ..NetworkPolicyPeer::default() }
}

/// Pods of another namespace, which is found by the label that every namespace has.
pub(super) fn elsewhere(namespace: &Namespace, pods: Option<LabelSelector>) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        namespace_selector: Some(labelled([(pattern::NAMESPACE_NAME_LABEL, namespace.as_str())])),
        pod_selector: pods,
        ..NetworkPolicyPeer::default()
    }
}

/// Pods of any namespace.
pub(super) fn everywhere(pods: LabelSelector) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        namespace_selector: Some(LabelSelector::default()),
        pod_selector: Some(pods),
        ..NetworkPolicyPeer::default()
    }
}

/// Addresses.
pub(super) fn addresses(cidr: impl Into<String>) -> NetworkPolicyPeer {
    NetworkPolicyPeer { ip_block: Some(IPBlock { cidr: cidr.into(), except: None }), ..NetworkPolicyPeer::default() }
}

/// These address ranges, or no peer at all, which admits every destination. `0.0.0.0/0` would not do:
/// some network plugins do not count pods and nodes among its addresses.
pub(super) fn destinations(cidrs: &[Cidr]) -> Vec<NetworkPolicyPeer> {
    cidrs.iter().map(|cidr| addresses(cidr.to_string())).collect()
}
