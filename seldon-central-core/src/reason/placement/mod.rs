//! Where the scheduler would put a Model, and why not elsewhere
//! (`scheduler/pkg/scheduler/scheduler.go:50-261`).
//!
//! ```text
//! every Server on the scheduler → server filters → replica filters → enough replicas?
//! ```
//!
//! The scheduler's own message is the same whichever filter emptied the list; here each Server is
//! named with the filter that rejects it. What the input does not tell is [`Unknown`], never a
//! rejection.

mod explain;
mod model;
mod packing;
mod server;
mod together;

use std::{cell::OnceCell, collections::BTreeMap, fmt};

pub(crate) use self::server::container;
pub use self::{
    explain::Explanation,
    model::{MemoryNeed, ModelNeeds, Requirement},
    server::{Capabilities, ServerView},
    together::Crowd,
};
use crate::{
    pattern::EXPLAINER_CAPABILITY,
    profile::ControlPlane,
    reason::{quantity::readable, shared::Shared},
    resource::SERVER,
    snapshot::Unknown,
    text,
};

/// The one scheduler with every Server that registers with it.
#[derive(Debug)]
pub struct Scheduler<'a> {
    shared: Shared<'a>,
    servers: Vec<ServerView<'a>>,
    by_name: BTreeMap<&'a str, Vec<usize>>,
    /// Whether every Server is known; asked for at most once.
    closed: OnceCell<Result<(), Unknown>>,
    /// What the Models that name a Server ask of it; read on first use.
    loads: OnceCell<together::Loads<'a>>,
}

/// What the server filters say to a Server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// All of them let it pass.
    Accepted,
    /// This one does not.
    Rejected(Rejection),
    /// It depends on what is not known.
    Unknown(Unknown),
}

/// The server filter that rejects a Server, in the scheduler's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// `ServerReplicaFilter`: no replica can be connected.
    NoReplicas,
    /// `SharingServerFilter`: the Model names another Server.
    OtherServer,
    /// `DeletedServerFilter`: it is being deleted.
    Deleted,
    /// `ServerRequirementsFilter`: it does not declare all that is required.
    Requirements(Vec<Missing>),
}

/// A requirement that a Server does not declare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// JSON pointer to it in the Model.
    pub path: String,
    /// The label.
    pub label: String,
    /// The Server's label that is spelled most like it.
    pub nearest: Option<String>,
}

/// What the replica filters leave of a Server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// Enough replicas.
    Fits,
    /// Too few.
    Short(Shortage),
    /// It depends on what is not known.
    Unknown(Unknown),
}

/// Why a Server has too few replicas for a Model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shortage {
    /// It has fewer altogether.
    Replicas {
        /// Replicas the Model needs.
        needed: u64,
        /// Replicas the Server has.
        has: u64,
    },
    /// `ExplainerFilter`: it runs no explainers.
    NoExplainers,
    /// `AvailableMemoryReplicaFilter`: no replica has the memory, even when it is empty.
    Memory {
        /// Bytes the Model needs.
        needed: u64,
        /// Bytes for all models of a replica.
        has: u64,
    },
}

/// A Server and what the scheduler would say to it.
#[derive(Debug, Clone)]
pub struct Candidate<'s, 'a> {
    /// The Server.
    pub server: &'s ServerView<'a>,
    /// What the server filters say.
    pub admission: Admission,
}

/// What becomes of a Model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Some Server will take it.
    Placed,
    /// The server filters reject every Server.
    NoServer,
    /// Servers pass the server filters, but none has enough replicas for it.
    NoReplicas,
    /// The Server it names has a place for it, but not for all the Models that name it.
    Crowded(Crowd),
    /// It depends on what is not known.
    Unknown(Unknown),
}

impl<'a> Scheduler<'a> {
    /// The scheduler of these namespaces.
    pub fn new(shared: Shared<'a>, control_plane: &'a ControlPlane) -> Self {
        let servers = server::servers(&shared, control_plane);
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, server) in servers.iter().enumerate() {
            by_name.entry(server.name()).or_default().push(index);
        }
        Self { shared, servers, by_name, closed: OnceCell::new(), loads: OnceCell::new() }
    }

    /// The namespaces it serves.
    pub const fn shared(&self) -> &Shared<'a> {
        &self.shared
    }

    /// Every known Server.
    pub fn servers(&self) -> &[ServerView<'a>] {
        &self.servers
    }

    /// The known Servers of a name; more than one when namespaces collide.
    pub fn named<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s ServerView<'a>> + use<'s, 'a> {
        self.by_name.get(name).into_iter().flatten().filter_map(|index| self.servers.get(*index))
    }

    /// What the scheduler would say to each Server it considers.
    pub fn candidates<'s>(&'s self, needs: &ModelNeeds<'_>) -> Vec<Candidate<'s, 'a>> {
        self.asked(needs).map(|server| Candidate { server, admission: admit(needs, server) }).collect()
    }

    /// The Servers that the server filters leave.
    pub fn accepted<'s>(&'s self, needs: &ModelNeeds<'_>) -> Vec<&'s ServerView<'a>> {
        self.asked(needs).filter(|server| matches!(gate(needs, server), Gate::Open)).collect()
    }

    /// What becomes of a Model.
    pub fn place(&self, needs: &ModelNeeds<'_>) -> Outcome {
        let mut unknown = None;
        let mut accepted = false;
        for server in self.asked(needs) {
            match gate(needs, server) {
                Gate::Shut(_) => {}
                Gate::Unknown(why) => unknown = unknown.or_else(|| Some(why.clone())),
                Gate::Open if self.is_ambiguous(server) => unknown = unknown.or_else(|| Some(self.rivalry(server))),
                Gate::Open => {
                    accepted = true;
                    match fit(needs, server) {
                        Fit::Fits => return self.crowd(needs).map_or(Outcome::Placed, Outcome::Crowded),
                        Fit::Short(_) => {}
                        Fit::Unknown(why) => unknown = unknown.or(Some(why)),
                    }
                }
            }
        }
        match unknown.or_else(|| self.unseen(needs)) {
            Some(why) => Outcome::Unknown(why),
            None if accepted => Outcome::NoReplicas,
            None => Outcome::NoServer,
        }
    }

    /// Whether the server filters leave a Server.
    ///
    /// # Errors
    /// [`Unknown`] when that depends on what is not known.
    pub fn has_server(&self, needs: &ModelNeeds<'_>) -> Result<bool, Unknown> {
        let mut unknown = None;
        for server in self.asked(needs) {
            match gate(needs, server) {
                Gate::Open if self.is_ambiguous(server) => unknown = unknown.or_else(|| Some(self.rivalry(server))),
                Gate::Open => return Ok(true),
                Gate::Shut(_) => {}
                Gate::Unknown(why) => unknown = unknown.or_else(|| Some(why.clone())),
            }
        }
        unknown.or_else(|| self.unseen(needs)).map_or(Ok(false), Err)
    }

    /// Whether another namespace has a Server of the same name. Only one of them registers with the
    /// scheduler, and which one is not known (`scheduler/pkg/agent/server.go:421-425`).
    pub fn is_ambiguous(&self, server: &ServerView<'_>) -> bool {
        self.by_name.get(server.name()).is_some_and(|places| places.len() > 1)
    }

    fn rivalry(&self, server: &ServerView<'_>) -> Unknown {
        let rivals: Vec<String> =
            self.named(server.name()).map(|rival| rival.observed.object.id().to_string()).collect();
        let rivals = text::enumerate(rivals.iter().map(String::as_str));
        Unknown::NotInInput { what: format!("which of {rivals} registers with the scheduler") }
    }

    /// The Servers the scheduler considers for a Model: those of the name it asks for, else all.
    pub fn asked<'s>(&'s self, needs: &ModelNeeds<'_>) -> Box<dyn Iterator<Item = &'s ServerView<'a>> + 's> {
        match needs.server {
            Some(name) => Box::new(self.named(name)),
            None => Box::new(self.servers.iter()),
        }
    }

    /// Why a Server that is not in the input might take the Model. One of the name it asks for is
    /// enough to know, because names are unique on a scheduler that works.
    fn unseen(&self, needs: &ModelNeeds<'_>) -> Option<Unknown> {
        let is_named = needs.server.is_some_and(|name| self.named(name).next().is_some());
        if is_named || self.shows_own(needs) { None } else { self.closed().clone().err() }
    }

    /// Whether manifests hold every Server of the Model's namespace, and at least one. Another
    /// namespace's that they do not show may take the Model and would be of no use to it, because each
    /// Envoy looks for a Server in its own namespace (`scheduler/pkg/envoy/xdscache/seldoncache.go`).
    fn shows_own(&self, needs: &ModelNeeds<'_>) -> bool {
        let snapshot = self.shared.snapshot();
        let has_all = |namespace: &str| {
            snapshot.known_in(&SERVER, namespace).next().is_some() && snapshot.closed(&SERVER, namespace).is_ok()
        };
        !snapshot.is_live() && needs.namespace.is_some_and(has_all)
    }

    /// Ok when every Server on the scheduler is known.
    fn closed(&self) -> &Result<(), Unknown> {
        self.closed.get_or_init(|| self.shared.closed(&SERVER))
    }
}

/// What the server filters say.
pub fn admit(needs: &ModelNeeds<'_>, server: &ServerView<'_>) -> Admission {
    match gate(needs, server) {
        Gate::Open => Admission::Accepted,
        Gate::Unknown(why) => Admission::Unknown(why.clone()),
        Gate::Shut(filter) => Admission::Rejected(match filter {
            Filter::Replicas => Rejection::NoReplicas,
            Filter::Sharing => Rejection::OtherServer,
            Filter::Deleted => Rejection::Deleted,
            Filter::Requirements => {
                let missing = missing(needs, server).map(|requirement| Missing::new(requirement, &server.capabilities));
                Rejection::Requirements(missing.collect())
            }
        }),
    }
}

/// [`Admission`] without the reasons, which cost more than the answer.
enum Gate<'s> {
    Open,
    Shut(Filter),
    Unknown(&'s Unknown),
}

/// The server filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filter {
    Replicas,
    Sharing,
    Deleted,
    Requirements,
}

/// The server filters in the scheduler's order (`scheduler/pkg/scheduler/scheduler.go:50`).
fn gate<'s>(needs: &ModelNeeds<'_>, server: &'s ServerView<'_>) -> Gate<'s> {
    if server.replicas == 0 {
        Gate::Shut(Filter::Replicas)
    } else if needs.server.is_some_and(|name| name != server.name()) {
        Gate::Shut(Filter::Sharing)
    } else if server.is_deleted {
        Gate::Shut(Filter::Deleted)
    } else if missing(needs, server).next().is_none() {
        Gate::Open
    } else {
        server.capabilities.open.as_ref().map_or(Gate::Shut(Filter::Requirements), Gate::Unknown)
    }
}

/// What a Server is not known to declare.
fn missing<'n>(needs: &'n ModelNeeds<'n>, server: &ServerView<'_>) -> impl Iterator<Item = &'n Requirement<'n>> {
    needs.requirements.iter().filter(|requirement| !server.capabilities.has(requirement.label))
}

/// What the replica filters leave of a Server that passed the server filters (`scheduler.go:51`).
pub fn fit(needs: &ModelNeeds<'_>, server: &ServerView<'_>) -> Fit {
    if let Some(first) = shortages(needs, server).into_iter().next() {
        return Fit::Short(first);
    }
    let explainer = lacks_explainers(needs, server);
    let memory = match (&needs.memory, &server.memory) {
        (MemoryNeed::Bytes(needed), Err(why)) if *needed > 0 => Some(why),
        _ => None,
    };
    let capability = server.capabilities.open.as_ref().filter(|_| explainer);
    capability.or(memory).map_or(Fit::Fits, |why| Fit::Unknown(why.clone()))
}

/// All that a Server certainly has too little of.
fn shortages(needs: &ModelNeeds<'_>, server: &ServerView<'_>) -> Vec<Shortage> {
    let replicas = (needs.replicas > server.replicas)
        .then_some(Shortage::Replicas { needed: needs.replicas, has: server.replicas });
    let explainers =
        (lacks_explainers(needs, server) && server.capabilities.open.is_none()).then_some(Shortage::NoExplainers);
    let memory = match (&needs.memory, &server.memory) {
        (MemoryNeed::Bytes(needed), Ok(has)) if needed > has => Some(Shortage::Memory { needed: *needed, has: *has }),
        _ => None,
    };
    [replicas, explainers, memory].into_iter().flatten().collect()
}

fn lacks_explainers(needs: &ModelNeeds<'_>, server: &ServerView<'_>) -> bool {
    needs.is_explainer && !server.capabilities.has(EXPLAINER_CAPABILITY)
}

impl Missing {
    fn new(requirement: &Requirement<'_>, capabilities: &Capabilities) -> Self {
        let declared = capabilities.declared.iter().map(String::as_str);
        let meant = super::capability::meant(requirement.label).filter(|right| capabilities.has(right));
        let nearest = meant.or_else(|| text::nearest(requirement.label, declared)).map(str::to_owned);
        Self { path: requirement.path.clone(), label: requirement.label.to_owned(), nearest }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.label)?;
        self.nearest.as_ref().map_or(Ok(()), |nearest| write!(f, " (nearest: `{nearest}`)"))
    }
}

impl fmt::Display for Rejection {
    /// After "Server fin/mlserver".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReplicas => f.write_str("has no replicas"),
            Self::OtherServer => f.write_str("is not the one the Model names"),
            Self::Deleted => f.write_str("is being deleted"),
            Self::Requirements(missing) => {
                let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
                write!(f, "does not declare {}", missing.join(", "))
            }
        }
    }
}

impl fmt::Display for Shortage {
    /// After "Server fin/mlserver".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replicas { needed, has } => write!(f, "has {has} of the {needed} replicas it needs"),
            Self::NoExplainers => write!(f, "does not declare `{EXPLAINER_CAPABILITY}`, which explainers need"),
            Self::Memory { needed, has } => {
                let exact = readable(*has) == readable(*needed);
                let amount = |bytes: u64| if exact { bytes.to_string() } else { readable(bytes) };
                write!(f, "has {} of the {} it needs on a replica", amount(*has), amount(*needed))
            }
        }
    }
}

#[cfg(test)]
mod tests;
