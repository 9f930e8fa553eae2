//! The ingress side in the control plane's namespace, for the tenants that ask for it.
//!
//! The first policy that selects the scheduler isolates it from everybody it does not admit, so each
//! also admits the operator and the control plane's own pods. No two tenants share an object: one can
//! be handed to another owner, or go, without the others.

use std::collections::BTreeSet;

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

/// One policy for each tenant that asks.
pub(super) fn policies(profile: &ResolvedProfile) -> Vec<Object> {
    let asking = profile.tenants.iter().filter(|tenant| tenant.tenant.network_policy.control_plane_ingress);
    asking.map(|tenant| from_tenant(&profile.control_plane, tenant)).collect()
}

/// The flows within the control plane.
fn from_itself() -> [Rule; 2] {
    [
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
    ]
}

fn from_tenant(control_plane: &ControlPlane, tenant: &ResolvedTenant) -> Object {
    let flows = flows(&shape(control_plane, tenant));
    let flows: Vec<&Flow> = flows.iter().filter(|flow| flow.to == Party::CentralScheduler).collect();
    let ports: BTreeSet<u16> = flows.iter().flat_map(|flow| flow.ports.iter().copied()).collect();
    let namespace = &tenant.tenant.namespace;
    let rule =
        Rule { peers: vec![elsewhere(namespace, Some(seldon_pods()))], ports: tcp(ports), serves: serves(&flows) };
    let name = format!("{}-from-{namespace}", pattern::SCHEDULER_SERVICE);
    let metadata = ObjectMeta {
        name: Some(name),
        namespace: Some(control_plane.namespace.to_string()),
        labels: Some(super::tenant_label(tenant)),
        ..ObjectMeta::default()
    };
    let scheduler = party_pods(Party::Component(Component::Scheduler));
    policy(metadata, scheduler, Rules::Ingress([rule].into_iter().chain(from_itself()).collect()))
}
