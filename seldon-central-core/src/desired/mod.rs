//! From a resolved profile to the objects it asks for.
//!
//! One file per object. [`build`] gives them in an order that works when they are applied one by
//! one: the alias is there before the runtime makes the operator look for it.

mod alias;
mod control_plane;
mod egress;
mod ingress;
mod model;
mod namespace;
mod policy;
mod rclone;
mod relay;
mod runtime;
mod server;

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    flow::TenantShape,
    name::{Namespace, ServerName},
    object::Object,
    pattern::{self, Component},
    profile::{ControlPlane, KafkaSource, PolicySet, ResolvedProfile, ResolvedTenant, Wiring},
    resource::Resource,
};

/// What a profile asks for, and what its user should know about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Desired {
    /// The objects of each tenant, in the order of the profile.
    pub tenants: Vec<DesiredTenant>,
    /// Objects in the control plane's namespace, one for each tenant that asks for its ingress side; the
    /// label [`pattern::TENANT_LABEL`] says whose.
    pub control_plane: Vec<Object>,
}

/// The objects of one tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct DesiredTenant {
    /// Its namespace.
    pub namespace: Namespace,
    /// Its objects, in the order in which they are applied.
    pub objects: Vec<Object>,
    /// Its Servers whose replicas nobody asked for: those in the object are a beginning, and whoever
    /// scales the Server decides.
    pub scalable: Vec<ServerName>,
    /// What its user should know and no object says; the tenant is not named in it.
    pub notices: Vec<String>,
}

/// What the users of some tenants should know and no object says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice<'a> {
    /// The tenants it holds for, in the order of the profile.
    pub tenants: Vec<&'a Namespace>,
    /// What they should know, in one sentence without a full stop.
    pub text: &'a str,
}

impl Desired {
    /// Every object, in the order in which it is applied.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.tenants.iter().flat_map(|tenant| &tenant.objects).chain(&self.control_plane)
    }

    /// The notices of all tenants, each text once, in the order in which they first came up.
    pub fn notices(&self) -> Vec<Notice<'_>> {
        let mut notices: Vec<Notice<'_>> = Vec::new();
        for tenant in &self.tenants {
            for text in &tenant.notices {
                match notices.iter_mut().find(|notice| notice.text == text) {
                    Some(notice) => notice.tenants.push(&tenant.namespace),
                    None => notices.push(Notice { tenants: vec![&tenant.namespace], text }),
                }
            }
        }
        notices
    }
}

/// Builds every object a profile asks for.
pub fn build(profile: &ResolvedProfile) -> Desired {
    let tenants = profile.tenants.iter().map(|tenant| build_tenant(&profile.control_plane, tenant)).collect();
    Desired { tenants, control_plane: control_plane::policies(profile) }
}

fn build_tenant(control_plane: &ControlPlane, tenant: &ResolvedTenant) -> DesiredTenant {
    let mut objects = vec![namespace::build(tenant)];
    objects.extend(rclone::build(tenant));
    if tenant.tenant.wiring == Wiring::Relay {
        objects.extend(relay::build(control_plane, tenant));
    }
    objects.push(alias::build(control_plane, tenant));
    objects.extend(egress::build(control_plane, tenant));
    objects.extend(ingress::build(control_plane, tenant));
    objects.push(runtime::build(control_plane, tenant));
    objects.extend(tenant.servers.iter().map(|server| server::build(tenant, server)));
    objects.extend(tenant.models.iter().map(|model| model::build(tenant, model)));
    DesiredTenant {
        namespace: tenant.tenant.namespace.clone(),
        objects,
        scalable: scalable(tenant),
        notices: notices(tenant),
    }
}

/// Servers are resolved in the order in which they are declared.
fn scalable(tenant: &ResolvedTenant) -> Vec<ServerName> {
    let declared = tenant.tenant.servers.iter().zip(&tenant.servers);
    declared.filter(|(declared, _)| declared.replicas.is_none()).map(|(_, server)| server.name.clone()).collect()
}

/// What decides a tenant's flows.
fn shape(control_plane: &ControlPlane, tenant: &ResolvedTenant) -> TenantShape {
    let runtime = &tenant.tenant.runtime;
    TenantShape {
        running: Component::ALL.into_iter().filter(|component| runtime.replicas(*component) > 0).collect(),
        transport: control_plane.transport,
        wiring: tenant.tenant.wiring,
        // Whichever Models come later, they are served by the same policies.
        explainers: true,
    }
}

fn notices(tenant: &ResolvedTenant) -> Vec<String> {
    let settings = &tenant.tenant.network_policy;
    let scaled = tenant.servers.iter().filter(|server| server.replicas.is_none());
    let mut notices: Vec<String> = scaled
        .map(|server| {
            format!("the replicas of Server {} are left to whoever scaled it (--replicas sets them)", server.name)
        })
        .collect();
    if tenant.tenant.namespace.as_str() == pattern::DEFAULT_NAMESPACE {
        notices.push(
            "whatever names no namespace is put into `default` as well, Seldon's objects of others included; a \
             namespace of its own keeps the tenant apart"
                .to_owned(),
        );
    }
    if settings.set == PolicySet::Scheduler {
        notices.push(
            "the policies admit only the scheduler and DNS; unless other policies of the namespace admit the rest, \
             Seldon's pods reach neither the API server nor the object store nor Kafka nor one another, as verify will \
             say"
            .to_owned(),
        );
    }
    if settings.set != PolicySet::Full {
        return notices;
    }
    let kafka = &tenant.kafka;
    let needs_kafka =
        Component::ALL.into_iter().any(|one| one.needs_kafka() && tenant.tenant.runtime.replicas(one) > 0);
    let open: Vec<&str> = [
        (settings.api_server.cidrs.is_empty(), "the API server (--api-server-cidr)"),
        (settings.object_store.cidrs.is_empty(), "the object store (--object-store-cidr)"),
        (settings.dns.pods.is_empty() && settings.dns.cidrs.is_empty(), "DNS (`networkPolicy.dns`)"),
        (
            needs_kafka && kafka.destination.namespace.is_none() && kafka.destination.cidrs.is_empty(),
            "Kafka (--kafka-namespace or --kafka-cidr)",
        ),
    ]
    .into_iter()
    .filter_map(|(open, what)| open.then_some(what))
    .collect();
    if !open.is_empty() {
        notices.push(format!(
            "egress to {} is admitted to any address on its ports, because no address was given",
            open.join(" and ")
        ));
    }
    if needs_kafka && kafka.source == KafkaSource::Assumed {
        notices.push(format!(
            "Kafka is taken to be in namespace {}, where the chart's default points (--kafka-namespace or --kafka-cidr \
             says where it is)",
            pattern::KAFKA_NAMESPACE
        ));
    }
    if needs_kafka && matches!(kafka.source, KafkaSource::Cluster(_)) {
        notices.extend(kafka_as_named(tenant));
    }
    if settings.clients.is_anywhere() {
        notices.push("anyone may send inference requests to Envoy (--clients-from narrows it)".to_owned());
    }
    if tenant.tenant.runtime.replicas(Component::Hodometer) > 0 {
        notices.push(
            "hodometer's usage reports to hodometer.seldon.io:80 are not admitted; serving does not need them"
                .to_owned(),
        );
    }
    notices
}

/// What `bootstrap.servers` says of Kafka that may be less than all of it.
fn kafka_as_named(tenant: &ResolvedTenant) -> Option<String> {
    let (kafka, own) = (&tenant.kafka.destination, &tenant.tenant.namespace);
    let addresses: Vec<String> = kafka.cidrs.iter().map(ToString::to_string).collect();
    if !addresses.is_empty() {
        return Some(format!(
            "of Kafka only the addresses in `bootstrap.servers` are admitted ({}); brokers at others, and those behind \
             the address of a Service, need --kafka-cidr or --kafka-namespace",
            addresses.join(", ")
        ));
    }
    (kafka.namespace.as_ref() == Some(own)).then(|| {
        "Kafka is taken to be in this namespace, because `bootstrap.servers` names a Service without one \
         (--kafka-namespace or --kafka-cidr says where it is)"
            .to_owned()
    })
}

/// Metadata of an object in the tenant's namespace.
fn metadata(tenant: &ResolvedTenant, name: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some(tenant.tenant.namespace.to_string()),
        labels: Some(tenant_label(tenant)),
        ..ObjectMeta::default()
    }
}

fn tenant_label(tenant: &ResolvedTenant) -> BTreeMap<String, String> {
    BTreeMap::from([(pattern::TENANT_LABEL.to_owned(), tenant.tenant.namespace.to_string())])
}

/// An object of a typed Kubernetes kind.
#[expect(
    clippy::unwrap_used,
    reason = "k8s-openapi's types serialise with an identity, and every builder names its object"
)]
fn typed(value: &impl Serialize) -> Object {
    Object::new(serde_json::to_value(value).unwrap()).unwrap()
}

/// An object of one of Seldon's kinds.
fn seldon(resource: &Resource, metadata: &ObjectMeta, spec: &impl Serialize) -> Object {
    typed(&json!({
        "apiVersion": resource.api_version(),
        "kind": resource.kind,
        "metadata": metadata,
        "spec": serde_json::to_value(spec).unwrap_or(Value::Null),
    }))
}

#[cfg(test)]
mod flows_test;
#[cfg(test)]
mod tests;
