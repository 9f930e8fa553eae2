//! What a Server offers to Models.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    object::Object,
    pattern::{AGENT_CONTAINER, CAPABILITIES_ENV, MEMORY_ENV, OVERCOMMIT_ENV},
    profile::ControlPlane,
    reason::quantity::Quantity,
    resource::{SERVER, SERVER_CONFIG},
    snapshot::{Observed, Snapshot, Unknown},
};

/// A Server on the scheduler and what it offers.
#[derive(Debug, Clone)]
pub struct ServerView<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// The Server.
    pub observed: &'a Observed,
    /// `spec.replicas`, 1 unless given. What it may grow to does not count: the scheduler places
    /// Models on the replicas that there are.
    pub replicas: u64,
    /// Whether it is on its way out.
    pub is_deleted: bool,
    /// What its agents declare.
    pub capabilities: Capabilities,
    /// Bytes that all its models on one replica may share.
    pub memory: Result<u64, Unknown>,
}

/// What a Server's agents declare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// What is known to be declared.
    pub declared: Vec<String>,
    /// Why there may be more.
    pub open: Option<Unknown>,
}

impl Capabilities {
    /// Whether a label is declared, as far as is known.
    pub fn has(&self, label: &str) -> bool {
        self.declared.iter().any(|declared| declared == label)
    }
}

impl<'a> ServerView<'a> {
    pub(super) fn new(namespace: &'a str, observed: &'a Observed, configs: &mut ServerConfigs<'a>) -> Self {
        let server = &observed.object;
        let count = |pointer: &str| server.pointer(pointer).and_then(Value::as_u64);
        let replicas = count("/spec/replicas").unwrap_or(1);
        let pods = Pods { server, config: configs.get(server.text("/spec/serverConfig").unwrap_or_default()) };
        Self {
            namespace,
            observed,
            replicas,
            is_deleted: server.pointer("/metadata/deletionTimestamp").is_some_and(Value::is_string),
            capabilities: pods.capabilities(),
            memory: pods.memory(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &'a str {
        self.observed.object.name()
    }
}

/// The control plane's `ServerConfigs`, each looked up once.
pub(super) struct ServerConfigs<'a> {
    snapshot: &'a Snapshot,
    namespace: &'a str,
    found: BTreeMap<&'a str, Result<&'a Object, Unknown>>,
}

impl<'a> ServerConfigs<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, control_plane: &'a ControlPlane) -> Self {
        Self { snapshot, namespace: control_plane.namespace.as_str(), found: BTreeMap::new() }
    }

    fn get(&mut self, name: &'a str) -> Result<&'a Object, Unknown> {
        let (snapshot, namespace) = (self.snapshot, self.namespace);
        let look_up = || match snapshot.get(&SERVER_CONFIG, namespace, name)? {
            Some(observed) => Ok(&observed.object),
            None => Err(Unknown::NotInInput { what: format!("ServerConfig {namespace}/{name}") }),
        };
        self.found.entry(name).or_insert_with(look_up).clone()
    }
}

/// The pods that the operator makes of a Server and its `ServerConfig`: containers are merged by
/// name, the Server's own settings last.
struct Pods<'a> {
    server: &'a Object,
    config: Result<&'a Object, Unknown>,
}

impl<'a> Pods<'a> {
    /// `Server.spec.capabilities` replaces what the `ServerConfig` declares, `extraCapabilities`
    /// adds to it; either way the list travels as one text
    /// (`reconcilers/server/server_reconciler.go:100-117`, `cli.go:313-328`).
    fn capabilities(&self) -> Capabilities {
        let own = texts(self.server, "/spec/capabilities");
        if !own.is_empty() {
            return Capabilities { declared: split(&own.join(",")), open: None };
        }
        let base = self.env(CAPABILITIES_ENV).and_then(|entry| {
            let value = entry.get("value").and_then(Value::as_str);
            value.ok_or_else(|| self.missing(&format!("the value of {CAPABILITIES_ENV}")))
        });
        let extra = texts(self.server, "/spec/extraCapabilities");
        let (base, open) = match base {
            Ok(base) => (base, None),
            Err(unknown) => ("", Some(unknown)),
        };
        Capabilities { declared: split(&[&[base], extra.as_slice()].concat().join(",")), open }
    }

    /// The memory request of the model server's container and the overcommit on top, as the agent
    /// reports it.
    fn memory(&self) -> Result<u64, Unknown> {
        let entry = self.env(MEMORY_ENV)?;
        let request = match entry.get("value") {
            Some(value) => bytes(value),
            None => entry.pointer("/valueFrom/resourceFieldRef").and_then(|field| self.memory_request(field)),
        };
        let percentage = self.env(OVERCOMMIT_ENV)?.get("value").and_then(Value::as_str);
        let percentage = percentage.and_then(|value| value.parse::<u64>().ok());
        match (request.filter(|bytes| *bytes > 0), percentage) {
            (Some(request), Some(percentage)) => Ok(with_overcommit(request, percentage)),
            _ => Err(self.missing("the memory request")),
        }
    }

    fn memory_request(&self, field: &Value) -> Option<u64> {
        if field.get("resource")?.as_str()? != "requests.memory" {
            return None;
        }
        let whole_bytes = [None, Some("0"), Some("1")].contains(&field.get("divisor").and_then(Value::as_str));
        let name = field.get("containerName").and_then(Value::as_str).unwrap_or(AGENT_CONTAINER);
        let find = |pointer: &str| {
            [Some(self.server), self.config.as_ref().ok().copied()]
                .into_iter()
                .flatten()
                .filter_map(|object| container(object, name))
                .find_map(|container| container.pointer(pointer))
                .and_then(bytes)
        };
        // The API server copies a limit to a request that is not there.
        find("/resources/requests/memory").or_else(|| find("/resources/limits/memory")).filter(|_| whole_bytes)
    }

    /// An environment variable of the agent; of several the last counts.
    fn env(&self, name: &str) -> Result<&'a Value, Unknown> {
        if let Some(own) = env(self.server, name) {
            return Ok(own);
        }
        let config = self.config.clone()?;
        env(config, name).ok_or_else(|| Unknown::NotInInput { what: format!("{name} of {}", config.id()) })
    }

    fn missing(&self, what: &str) -> Unknown {
        Unknown::NotInInput { what: format!("{what} of {}", self.server.id()) }
    }
}

fn env<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    let entries = container(object, AGENT_CONTAINER)?.get("env")?.as_array()?;
    entries.iter().rfind(|entry| entry.get("name").and_then(Value::as_str) == Some(name))
}

/// A container of `spec.podSpec`, which Servers and `ServerConfigs` both have.
pub(crate) fn container<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    let containers = object.pointer("/spec/podSpec/containers")?.as_array()?;
    containers.iter().find(|container| container.get("name").and_then(Value::as_str) == Some(name))
}

fn texts<'a>(object: &'a Object, pointer: &str) -> Vec<&'a str> {
    object.pointer(pointer).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn split(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|label| !label.is_empty()).map(str::to_owned).collect()
}

fn bytes(value: &Value) -> Option<u64> {
    Quantity::from_value(value).ok()?.whole()
}

fn with_overcommit(request: u64, percentage: u64) -> u64 {
    let all = u128::from(request) * (100 + u128::from(percentage)) / 100;
    u64::try_from(all).unwrap_or(u64::MAX)
}

/// The Servers of the namespaces on the scheduler.
pub(super) fn servers<'a>(
    shared: &crate::reason::shared::Shared<'a>,
    control_plane: &'a ControlPlane,
) -> Vec<ServerView<'a>> {
    let mut configs = ServerConfigs::new(shared.snapshot(), control_plane);
    shared.objects(&SERVER).map(|(namespace, server)| ServerView::new(namespace, server, &mut configs)).collect()
}
