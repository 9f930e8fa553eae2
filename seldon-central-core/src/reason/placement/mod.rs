//! Where the scheduler would put a Model, and why not elsewhere (facts 5.1).
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
mod server;

use std::{cell::OnceCell, collections::BTreeMap, fmt};

pub(crate) use self::server::container;
pub use self::{
    explain::Explanation,
    model::{MemoryNeed, ModelNeeds, Requirement},
    server::{Capabilities, ServerView},
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
    /// The Server's label that is spelled most like it; only [`Scheduler::candidates`] looks for it.
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
        /// Replicas the Server may have.
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
        Self { shared, servers, by_name, closed: OnceCell::new() }
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
        let candidate = |server: &'s ServerView<'a>| {
            let mut admission = admit(needs, server);
            if let Admission::Rejected(Rejection::Requirements(missing)) = &mut admission {
                for missing in missing {
                    missing.find_nearest(&server.capabilities);
                }
            }
            Candidate { server, admission }
        };
        self.asked(needs).map(candidate).collect()
    }

    /// What becomes of a Model.
    pub fn place(&self, needs: &ModelNeeds<'_>) -> Outcome {
        let mut unknown = None;
        let mut accepted = false;
        for server in self.asked(needs) {
            match admit(needs, server) {
                Admission::Rejected(_) => {}
                Admission::Unknown(why) => unknown = unknown.or(Some(why)),
                Admission::Accepted => {
                    accepted = true;
                    match fit(needs, server) {
                        Fit::Fits => return Outcome::Placed,
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
            match admit(needs, server) {
                Admission::Accepted => return Ok(true),
                Admission::Rejected(_) => {}
                Admission::Unknown(why) => unknown = unknown.or(Some(why)),
            }
        }
        unknown.or_else(|| self.unseen(needs)).map_or(Ok(false), Err)
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
        match needs.server {
            Some(name) if self.named(name).next().is_some() => None,
            _ => self.closed.get_or_init(|| self.shared.closed(&SERVER)).clone().err(),
        }
    }
}

/// What the server filters say, in the scheduler's order
/// (`scheduler/pkg/scheduler/scheduler.go:50`).
pub fn admit(needs: &ModelNeeds<'_>, server: &ServerView<'_>) -> Admission {
    if server.replicas == 0 {
        return Admission::Rejected(Rejection::NoReplicas);
    }
    if needs.server.is_some_and(|name| name != server.name()) {
        return Admission::Rejected(Rejection::OtherServer);
    }
    if server.is_deleted {
        return Admission::Rejected(Rejection::Deleted);
    }
    let missing = || needs.requirements.iter().filter(|requirement| !server.capabilities.has(requirement.label));
    match &server.capabilities.open {
        _ if missing().next().is_none() => Admission::Accepted,
        Some(why) => Admission::Unknown(why.clone()),
        None => Admission::Rejected(Rejection::Requirements(missing().map(Missing::new).collect())),
    }
}

/// What the replica filters leave of a Server that passed the server filters (`scheduler.go:51`).
pub fn fit(needs: &ModelNeeds<'_>, server: &ServerView<'_>) -> Fit {
    if needs.replicas > server.most_replicas {
        return Fit::Short(Shortage::Replicas { needed: needs.replicas, has: server.most_replicas });
    }
    let explainer = needs.is_explainer && !server.capabilities.has(EXPLAINER_CAPABILITY);
    if explainer && server.capabilities.open.is_none() {
        return Fit::Short(Shortage::NoExplainers);
    }
    let memory = match (&needs.memory, &server.memory) {
        (MemoryNeed::Bytes(needed), Ok(has)) if needed > has => {
            return Fit::Short(Shortage::Memory { needed: *needed, has: *has });
        }
        (MemoryNeed::Bytes(needed), Err(why)) if *needed > 0 => Some(why),
        _ => None,
    };
    let capability = server.capabilities.open.as_ref().filter(|_| explainer);
    capability.or(memory).map_or(Fit::Fits, |why| Fit::Unknown(why.clone()))
}

impl Missing {
    fn new(requirement: &Requirement<'_>) -> Self {
        Self { path: requirement.path.clone(), label: requirement.label.to_owned(), nearest: None }
    }

    fn find_nearest(&mut self, capabilities: &Capabilities) {
        let declared = capabilities.declared.iter().map(String::as_str);
        let meant = super::capability::meant(&self.label).filter(|right| capabilities.has(right));
        self.nearest = meant.or_else(|| text::nearest(&self.label, declared)).map(str::to_owned);
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
