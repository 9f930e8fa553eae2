//! The pods of each party, as the operator labels them.

use std::{borrow::Cow, collections::BTreeMap};

use super::super::{
    network::{Labels, Port, Workload},
    runtime,
};
use crate::{
    flow::{Flow, Party, TenantShape, flows},
    object::Object,
    pattern::{self, Component},
    profile::{ControlPlane, Wiring},
    resource::{NAMESPACE, SELDON_RUNTIME, SERVER},
    snapshot::{Observed, Origin, Snapshot, Unknown},
};

/// The label with a Server's name on its pods (`reconcilers/server/statefulset_reconciler.go:69`).
const SERVER_NAME_LABEL: &str = "seldon-server-name";

/// Whoever takes part in the flows of one tenant.
#[derive(Debug, Clone)]
pub struct Pods<'a> {
    snapshot: &'a Snapshot,
    central: &'a str,
    namespace: &'a str,
    shape: TenantShape,
    /// The operator copies the labels of a runtime and of a Server to their pods.
    runtime_labels: Labels<'a>,
    servers: Vec<&'a Object>,
}

impl<'a> Pods<'a> {
    /// The pods of a tenant and of the control plane.
    ///
    /// # Errors
    /// [`Unknown`] when the tenant's runtime, which says what runs, may exist and is not known.
    pub fn new(
        snapshot: &'a Snapshot,
        control_plane: &'a ControlPlane,
        namespace: &'a str,
        wiring: Wiring,
    ) -> Result<Self, Unknown> {
        let runtimes: Vec<&Object> =
            snapshot.known_in(&SELDON_RUNTIME, namespace).map(|observed| &observed.object).collect();
        if runtimes.is_empty() {
            snapshot.all_in(&SELDON_RUNTIME, namespace)?;
        }
        Ok(Self {
            snapshot,
            central: control_plane.namespace.as_str(),
            namespace,
            shape: TenantShape {
                running: runtimes.iter().flat_map(|runtime| runtime::running(runtime)).collect(),
                transport: control_plane.transport,
                wiring,
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
                let pod = self.pod(self.namespace, pattern::RELAY_NAME, labels.into());
                vec![Workload { named_ports: Some(scheduler_ports()), ..pod }]
            }
            Party::CentralScheduler => {
                let name = Component::Scheduler.name();
                let pod = self.pod(self.central, name, [(pattern::COMPONENT_LABEL, name)].into());
                vec![Workload { named_ports: Some(scheduler_ports()), ..pod }]
            }
            Party::Operator => {
                let labels = [pattern::OPERATOR_POD_LABEL].into();
                vec![self.pod(self.central, pattern::OPERATOR_DEPLOYMENT, labels)]
            }
            Party::ClusterDns => vec![self.pod(pattern::DNS_NAMESPACE, "DNS", [pattern::DNS_POD_LABEL].into())],
            Party::ApiServer | Party::ObjectStore | Party::Kafka | Party::Clients | Party::Scrapers => Vec::new(),
        }
    }

    /// A pod of some namespace, with what is known of the namespace.
    pub fn pod(&self, namespace: &'a str, name: impl Into<Cow<'a, str>>, labels: Labels<'a>) -> Workload<'a> {
        let namespace_labels = namespace_labels(self.snapshot, namespace);
        Workload { name: name.into(), namespace, namespace_labels, labels, ..Workload::default() }
    }

    fn running(&self, component: Component) -> Vec<Workload<'a>> {
        let runs = self.shape.running.contains(&component);
        if runs { vec![self.component(component)] } else { Vec::new() }
    }

    fn component(&self, component: Component) -> Workload<'a> {
        let mut labels = self.runtime_labels.clone();
        labels.insert(pattern::COMPONENT_LABEL, component.name());
        self.pod(self.namespace, component.name(), labels)
    }

    fn server(&self, server: Option<&'a Object>) -> Workload<'a> {
        let mut labels = server.map(Object::labels).unwrap_or_default();
        labels.insert(pattern::COMPONENT_LABEL, pattern::SERVER_COMPONENT);
        if let Some(server) = server {
            labels.insert(SERVER_NAME_LABEL, server.name());
        }
        self.pod(self.namespace, server.map_or(pattern::SERVER_COMPONENT, Object::name), labels)
    }

    /// Why the labels of a namespace are not known.
    pub(super) fn labels_missing(&self, namespace: &str) -> Unknown {
        match self.snapshot.all(&NAMESPACE) {
            Err(reason) if reason.is_incomplete() => reason,
            _ => Unknown::NotInInput { what: format!("Namespace {namespace}, whose labels a policy asks for,") },
        }
    }
}

/// The labels of a namespace, when it was seen. An object that is yet to be applied adds to labels
/// it does not know.
pub fn namespace_labels<'a>(snapshot: &'a Snapshot, namespace: &str) -> Option<Labels<'a>> {
    let is_it = |observed: &&Observed| observed.object.name() == namespace && observed.origin != Origin::Desired;
    snapshot.known(&NAMESPACE).find(is_it).map(|observed| observed.object.labels())
}

fn scheduler_ports() -> BTreeMap<&'static str, Port> {
    pattern::SCHEDULER_PORTS.iter().map(|port| (port.name, Port::tcp(port.port))).collect()
}
