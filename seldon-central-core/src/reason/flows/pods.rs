//! The pods of each party, as the operator labels them.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::Value;

use super::{
    super::{
        network::{Labels, Port, Workload},
        runtime,
    },
    Network,
};
use crate::{
    flow::{Flow, Party, TenantShape, flows},
    object::Object,
    pattern::{self, Component, pod_port},
    profile::{ControlPlane, Wiring},
    resource::{MODEL, SELDON_RUNTIME, SERVER},
    snapshot::Unknown,
};

/// The namespace of OpenShift's DNS.
const OPENSHIFT_DNS_NAMESPACE: &str = "openshift-dns";
/// Label key and value on its pods.
const OPENSHIFT_DNS_POD_LABEL: (&str, &str) = ("dns.operator.openshift.io/daemonset-dns", "default");

/// Whoever takes part in the flows of one tenant.
#[derive(Debug, Clone)]
pub struct Pods<'a> {
    network: &'a Network<'a>,
    central: Home<'a>,
    own: Home<'a>,
    dns: Home<'a>,
    openshift_dns: Home<'a>,
    shape: TenantShape,
    /// The operator copies the labels of a runtime and of a Server to their pods.
    runtime_labels: Labels<'a>,
    servers: Vec<&'a Object>,
}

/// A namespace and, when it was seen, its labels.
#[derive(Debug, Clone)]
struct Home<'a> {
    namespace: &'a str,
    labels: Option<&'a Labels<'a>>,
}

impl<'a> Home<'a> {
    fn new(network: &'a Network<'a>, namespace: &'a str) -> Self {
        Self { namespace, labels: network.labels(namespace) }
    }

    fn pod(&self, name: impl Into<Cow<'a, str>>, labels: Labels<'a>) -> Workload<'a> {
        let namespace_labels = self.labels.cloned();
        Workload { name: name.into(), namespace: self.namespace, namespace_labels, labels, ..Workload::default() }
    }
}

impl<'a> Pods<'a> {
    /// The pods of a tenant and of the control plane.
    ///
    /// # Errors
    /// [`Unknown`] when the tenant's runtime, which says what runs, may exist and is not known.
    pub fn new(
        network: &'a Network<'a>,
        control_plane: &'a ControlPlane,
        namespace: &'a str,
        wiring: Wiring,
    ) -> Result<Self, Unknown> {
        let snapshot = network.snapshot;
        let runtimes: Vec<&Object> =
            snapshot.known_in(&SELDON_RUNTIME, namespace).map(|observed| &observed.object).collect();
        if runtimes.is_empty() {
            snapshot.all_in(&SELDON_RUNTIME, namespace)?;
        }
        Ok(Self {
            network,
            central: Home::new(network, control_plane.namespace.as_str()),
            own: Home::new(network, namespace),
            dns: Home::new(network, pattern::DNS_NAMESPACE),
            openshift_dns: Home::new(network, OPENSHIFT_DNS_NAMESPACE),
            shape: TenantShape {
                running: runtimes.iter().flat_map(|runtime| runtime::running(runtime)).collect(),
                transport: control_plane.transport,
                wiring,
                explainers: snapshot.known_in(&MODEL, namespace).any(|model| explains(&model.object)),
            },
            runtime_labels: runtimes.iter().flat_map(|runtime| runtime.labels()).collect(),
            servers: snapshot.known_in(&SERVER, namespace).map(|observed| &observed.object).collect(),
        })
    }

    /// The tenant's flows.
    pub fn flows(&self) -> Vec<Flow> {
        flows(&self.shape)
    }

    /// What decides them.
    pub const fn shape(&self) -> &TenantShape {
        &self.shape
    }

    /// The pods of a party; none for those outside the pod network and for those whom only the
    /// user knows. Of the Envoys and pipeline gateways of any namespace, the tenant's own.
    pub fn of(&self, party: Party) -> Vec<Workload<'a>> {
        match party {
            Party::Component(component) => vec![self.component(component)],
            Party::AnyEnvoy => self.running(Component::Envoy),
            Party::AnyPipelineGateway => self.running(Component::PipelineGateway),
            Party::Server if self.servers.is_empty() => vec![self.server(None)],
            Party::Server => self.servers.iter().map(|server| self.server(Some(server))).collect(),
            Party::Relay => {
                let labels = [
                    (pattern::COMPONENT_LABEL, Component::Scheduler.name()),
                    (pattern::WIRING_LABEL, pattern::WIRING_RELAY),
                ];
                let pod = self.own.pod(pattern::RELAY_NAME, labels.into());
                vec![Workload { named_ports: Some(scheduler_ports()), ..pod }]
            }
            Party::CentralScheduler => {
                let name = Component::Scheduler.name();
                let pod = self.central.pod(name, [(pattern::COMPONENT_LABEL, name)].into());
                vec![Workload { named_ports: Some(scheduler_ports()), ..pod }]
            }
            Party::Operator => {
                let labels = [pattern::OPERATOR_POD_LABEL].into();
                vec![self.central.pod(pattern::OPERATOR_DEPLOYMENT, labels)]
            }
            Party::ClusterDns => vec![self.dns.pod("DNS", [pattern::DNS_POD_LABEL].into())],
            Party::ApiServer | Party::ObjectStore | Party::Kafka | Party::Clients | Party::Scrapers => Vec::new(),
        }
    }

    /// The DNS pods of an OpenShift cluster.
    pub fn openshift_dns(&self) -> Workload<'a> {
        self.openshift_dns.pod("DNS", [OPENSHIFT_DNS_POD_LABEL].into())
    }

    /// What the pods are connected by.
    pub const fn network(&self) -> &Network<'a> {
        self.network
    }

    fn running(&self, component: Component) -> Vec<Workload<'a>> {
        let runs = self.shape.running.contains(&component);
        if runs { vec![self.component(component)] } else { Vec::new() }
    }

    fn component(&self, component: Component) -> Workload<'a> {
        let mut labels = self.runtime_labels.clone();
        labels.insert(pattern::COMPONENT_LABEL, component.name());
        let pod = self.own.pod(component.name(), labels);
        let named_ports = match component {
            Component::Envoy => {
                Some(pod_port::ENVOY_NAMED.iter().map(|(name, port)| (*name, Port::tcp(*port))).collect())
            }
            Component::Scheduler => Some(scheduler_ports()),
            _ => None,
        };
        Workload { named_ports, ..pod }
    }

    fn server(&self, server: Option<&'a Object>) -> Workload<'a> {
        let mut labels = server.map(Object::labels).unwrap_or_default();
        labels.insert(pattern::COMPONENT_LABEL, pattern::SERVER_COMPONENT);
        if let Some(server) = server {
            labels.insert(pattern::SERVER_NAME_LABEL, server.name());
        }
        self.own.pod(server.map_or(pattern::SERVER_COMPONENT, Object::name), labels)
    }
}

fn explains(model: &Object) -> bool {
    model.pointer("/spec/explainer").is_some_and(Value::is_object)
}

fn scheduler_ports() -> BTreeMap<&'static str, Port> {
    pattern::SCHEDULER_PORTS.iter().map(|port| (port.name, Port::tcp(port.port))).collect()
}
