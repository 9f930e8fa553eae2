//! The ingress side in the control plane's namespace, for the tenants that ask for it.
//!
//! The first policy that selects the scheduler isolates it from everybody it does not admit, so the
//! set always admits the operator and the control plane's own pods.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{
    policy::{Rule, Rules, elsewhere, every_pod, here, labelled, party_pods, policy, seldon_pods, serves, tcp},
    shape,
};
use crate::{
    flow::{Flow, Party, flows},
    object::Object,
    pattern::{self, Component},
    profile::{ControlPlane, ResolvedProfile, ResolvedTenant},
};

/// One policy for the control plane itself and one for each tenant that asks.
pub(super) fn policies(profile: &ResolvedProfile) -> Vec<Object> {
    let control_plane = &profile.control_plane;
    let asking = profile.tenants.iter().filter(|tenant| tenant.tenant.network_policy.control_plane_ingress);
    let mut policies: Vec<Object> = asking.map(|tenant| from_tenant(control_plane, tenant)).collect();
    if !policies.is_empty() {
        policies.insert(0, from_itself(control_plane));
    }
    policies
}

fn metadata(control_plane: &ControlPlane, name: String, labels: Option<BTreeMap<String, String>>) -> ObjectMeta {
    ObjectMeta {
        name: Some(name),
        namespace: Some(control_plane.namespace.to_string()),
        labels,
        ..ObjectMeta::default()
    }
}

fn scheduler() -> k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector {
    party_pods(Party::Component(Component::Scheduler))
}

fn from_itself(control_plane: &ControlPlane) -> Object {
    let rules = vec![
        Rule {
            peers: vec![here(labelled([pattern::OPERATOR_POD_LABEL]))],
            ports: tcp([9004, 9044]),
            serves: "1 operator -> central scheduler: manages models, servers, pipelines and experiments".to_owned(),
        },
        Rule {
            peers: vec![here(every_pod())],
            ports: tcp(pattern::SCHEDULER_PORTS.iter().map(|port| port.port)),
            serves: "the control plane's own agents, Envoy and gateways".to_owned(),
        },
    ];
    let metadata = metadata(control_plane, format!("{}-own", pattern::SCHEDULER_SERVICE), None);
    policy(metadata, scheduler(), Rules::Ingress(rules))
}

fn from_tenant(control_plane: &ControlPlane, tenant: &ResolvedTenant) -> Object {
    let flows = flows(&shape(control_plane, tenant));
    let flows: Vec<&Flow> = flows.iter().filter(|flow| flow.to == Party::CentralScheduler).collect();
    let ports: BTreeSet<u16> = flows.iter().flat_map(|flow| flow.ports.iter().copied()).collect();
    let namespace = &tenant.tenant.namespace;
    let rule =
        Rule { peers: vec![elsewhere(namespace, Some(seldon_pods()))], ports: tcp(ports), serves: serves(&flows) };
    let name = format!("{}-from-{namespace}", pattern::SCHEDULER_SERVICE);
    let metadata = metadata(control_plane, name, Some(super::tenant_label(tenant)));
    policy(metadata, scheduler(), Rules::Ingress(vec![rule]))
}
