//! The Service `seldon-scheduler` in the tenant's namespace.
//!
//! The operator reconciles a Service of this name in every namespace with a `SeldonRuntime`. It
//! leaves one alone only when selector and ports are what it would write itself, in its order and
//! with its names; the specification's three numeric ports it replaces. This shape holds all of the
//! specification's ports and survives
//! (`operator/controllers/reconcilers/seldon/service_reconciler.go:131-226`).

use std::collections::BTreeMap;

use k8s_openapi::{
    api::core::v1::{Service, ServicePort, ServiceSpec},
    apimachinery::pkg::util::intstr::IntOrString,
};

use super::{metadata, typed};
use crate::{
    object::Object,
    pattern::{self, Component},
    profile::{ControlPlane, GrpcPrefix, ResolvedTenant, Wiring},
};

/// `ExternalName` to the central scheduler, or for a relay tenant the Service the operator would
/// make, which selects the relay's pods.
pub(super) fn build(control_plane: &ControlPlane, tenant: &ResolvedTenant) -> Object {
    let (type_, external_name) = match tenant.tenant.wiring {
        Wiring::ExternalName => ("ExternalName", Some(control_plane.scheduler_host())),
        Wiring::Relay => ("ClusterIP", None),
    };
    typed(&Service {
        metadata: metadata(tenant, pattern::SCHEDULER_SERVICE),
        spec: Some(ServiceSpec {
            type_: Some(type_.to_owned()),
            external_name,
            selector: Some(selector()),
            ports: Some(ports(&control_plane.grpc_service_prefix)),
            ..ServiceSpec::default()
        }),
        ..Service::default()
    })
}

fn selector() -> BTreeMap<String, String> {
    BTreeMap::from([(pattern::COMPONENT_LABEL.to_owned(), Component::Scheduler.name().to_owned())])
}

/// The prefix is on the port's name only; the target is the pod's port, which has none.
fn ports(prefix: &GrpcPrefix) -> Vec<ServicePort> {
    pattern::SCHEDULER_PORTS
        .iter()
        .map(|port| ServicePort {
            name: Some(format!("{}{}", prefix.as_str(), port.name)),
            port: i32::from(port.port),
            protocol: Some("TCP".to_owned()),
            target_port: Some(IntOrString::String(port.name.to_owned())),
            ..ServicePort::default()
        })
        .collect()
}
