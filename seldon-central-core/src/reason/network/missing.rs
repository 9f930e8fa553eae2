//! The smallest rule that admits a flow.

use std::{collections::BTreeMap, net::IpAddr};

use ipnet::IpNet;
use k8s_openapi::{
    api::networking::v1::{IPBlock, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer},
    apimachinery::pkg::apis::meta::v1::LabelSelector,
};

use super::{
    end::{End, Families, Labels},
    index::Isolation,
    peer::View,
    policy::{Direction, Policy},
    verdict::{AnyRule, MissingRule},
};
use crate::pattern::{COMPONENT_LABEL, DNS_POD_LABEL, NAMESPACE_NAME_LABEL, OPERATOR_POD_LABEL};

/// Labels that say what a pod is, best first; the first that a pod carries is enough to select it.
const IDENTITY: [&str; 4] = [COMPONENT_LABEL, OPERATOR_POD_LABEL.0, DNS_POD_LABEL.0, "app"];

/// Labels that controllers and charts change from pod to pod or from version to version.
const VOLATILE: [&str; 9] = [
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/version",
    "apps.kubernetes.io/pod-index",
    "controller-revision-hash",
    "helm.sh/chart",
    "pod-template-generation",
    "pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
    "batch.kubernetes.io/job-completion-index",
];

pub(super) fn missing(isolation: &Isolation<'_>, view: &View<'_>) -> Option<MissingRule> {
    let requirements = |policy: &&Policy| policy.selector.as_ref().map_or(0, |selector| selector.requirements().len());
    // `max_by_key` takes the last of equals; reversed, that is the first by name.
    let policy = isolation.policies().rev().max_by_key(requirements)?;
    let peers = peers(view);
    let ports = Some(vec![view.port.to_rule()]);
    let rule = match isolation.direction() {
        Direction::Egress => AnyRule::Egress(NetworkPolicyEgressRule { to: Some(peers), ports }),
        Direction::Ingress => AnyRule::Ingress(NetworkPolicyIngressRule { from: Some(peers), ports }),
    };
    Some(MissingRule { policy: policy.id.clone(), rule })
}

fn peers(view: &View<'_>) -> Vec<NetworkPolicyPeer> {
    let block = |net: IpNet| NetworkPolicyPeer {
        ip_block: Some(IPBlock { cidr: net.to_string(), except: None }),
        ..NetworkPolicyPeer::default()
    };
    match view.other {
        End::Pod(workload) => {
            let foreign = workload.namespace != view.own;
            let namespace = BTreeMap::from([(NAMESPACE_NAME_LABEL.to_owned(), workload.namespace.to_owned())]);
            vec![NetworkPolicyPeer {
                namespace_selector: foreign.then(|| equal_to(namespace)),
                pod_selector: Some(equal_to(identity(&workload.labels))),
                ip_block: None,
            }]
        }
        End::Address(address) => vec![block(address.to_canonical().into())],
        End::Anywhere => every_address(view.families).into_iter().map(block).collect(),
    }
}

/// The ranges that together are every address of the cluster's families.
fn every_address(families: Families) -> Vec<IpNet> {
    let zero = |address: IpAddr| IpNet::new(address, 0).ok();
    let v4 = (families.v4 || !families.v6).then(|| zero(std::net::Ipv4Addr::UNSPECIFIED.into()));
    let v6 = families.v6.then(|| zero(std::net::Ipv6Addr::UNSPECIFIED.into()));
    v4.into_iter().chain(v6).flatten().collect()
}

/// The labels by which to select a pod and its successors.
fn identity(labels: &Labels<'_>) -> BTreeMap<String, String> {
    let one = IDENTITY.into_iter().find_map(|key| labels.get_key_value(key));
    let owned = |(key, value): (&&str, &&str)| ((*key).to_owned(), (*value).to_owned());
    match one {
        Some(label) => [owned(label)].into(),
        None => labels.iter().filter(|(key, _)| !VOLATILE.contains(key)).map(owned).collect(),
    }
}

fn equal_to(labels: BTreeMap<String, String>) -> LabelSelector {
    let match_labels = (!labels.is_empty()).then_some(labels);
    LabelSelector { match_labels, match_expressions: None }
}
