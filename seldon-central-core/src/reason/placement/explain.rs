//! Placement in words: why a Model goes nowhere, and what would change that.

use std::{collections::BTreeMap, fmt::Display};

use super::{
    Admission, Crowd, Filter, Gate, MemoryNeed, Missing, ModelNeeds, Rejection, Scheduler, ServerView, Shortage, admit,
    gate, missing, shortages,
};
use crate::{
    finding::Evidence,
    reason::{capability::meant, quantity::readable},
    text,
};

/// More Servers than these are not described one by one.
const LISTED: usize = 10;

/// More Servers than these with the same answer are counted, not named.
const NAMED: usize = 100;

/// Why a Model goes nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The reason, in one sentence without a full stop.
    pub message: String,
    /// What proves it, as fields of the Model.
    pub evidence: Vec<Evidence>,
    /// What would change it, in one sentence.
    pub remedy: String,
}

impl Scheduler<'_> {
    /// Why the server filters leave no Server for a Model of this namespace.
    pub fn why_no_server(&self, needs: &ModelNeeds<'_>, namespace: &str) -> Explanation {
        let mut shut: Vec<&ServerView<'_>> =
            self.asked(needs).filter(|server| matches!(gate(needs, server), Gate::Shut(_))).collect();
        let count = shut.len();
        shut.sort_by_key(|server| distance(needs, server, namespace));
        let rejected: Vec<(&ServerView<'_>, Rejection)> = shut
            .into_iter()
            .take(LISTED)
            .filter_map(|server| match admit(needs, server) {
                Admission::Rejected(rejection) => Some((server, rejection)),
                Admission::Accepted | Admission::Unknown(_) => None,
            })
            .collect();
        let Some((server, rejection)) = rejected.first() else {
            let mut nobody = self.nobody(needs);
            nobody.evidence.extend(self.in_brief(needs, &[]));
            return nobody;
        };
        let named: Vec<&ServerView<'_>> = rejected.iter().map(|(server, _)| *server).collect();
        let evidence = rejected.iter().flat_map(|(server, rejection)| rejection_evidence(needs, server, rejection));
        Explanation {
            message: match (count, needs.server) {
                (1, Some(_)) => format!("{}, which it names, {rejection}", title(server)),
                (1, None) => format!("{}, the only one {}, {rejection}", title(server), self.extent()),
                (count, _) => format!(
                    "none of {count} Servers{} takes it; the nearest, {}, {rejection}",
                    self.within(),
                    title(server)
                ),
            },
            evidence: evidence.chain(self.in_brief(needs, &named)).collect(),
            remedy: rejection_remedy(needs, server, rejection),
        }
    }

    /// What the filters say to the Servers that are not named one by one, those with the same answer
    /// together.
    pub fn in_brief(&self, needs: &ModelNeeds<'_>, named: &[&ServerView<'_>]) -> Vec<Evidence> {
        let mut said: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for server in self.servers() {
            if named.iter().any(|known| known.observed.object == server.observed.object) {
                continue;
            }
            let answer = match gate(needs, server) {
                Gate::Shut(Filter::Replicas) => "no replicas",
                Gate::Shut(Filter::Sharing) => "not the one it names",
                Gate::Shut(Filter::Deleted) => "being deleted",
                Gate::Shut(Filter::Requirements) => "not all that it requires is declared",
                Gate::Open => "taken into account",
                Gate::Unknown(_) => "cannot be judged",
            };
            said.entry(answer).or_default().push(title(server));
        }
        let line = |(answer, servers): (&str, Vec<String>)| {
            let rest = servers.len().saturating_sub(NAMED);
            let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            let servers: Vec<String> = servers.into_iter().take(NAMED).collect();
            Evidence::new("/spec/server", format!("{answer}: {}{more}", servers.join(", ")))
        };
        said.into_iter().map(line).collect()
    }

    /// Why the replica filters leave too few replicas for a Model.
    pub fn why_no_replicas(&self, needs: &ModelNeeds<'_>) -> Explanation {
        let short = self.accepted(needs).into_iter().map(|server| (server, shortages(needs, server)));
        let short: Vec<(&ServerView<'_>, Vec<Shortage>)> =
            short.filter(|(_, shortages)| !shortages.is_empty()).collect();
        let Some((server, shortages)) = short.first() else {
            return self.nobody(needs);
        };
        let evidence = short.iter().take(LISTED).flat_map(|(server, shortages)| {
            shortages
                .iter()
                .map(|shortage| Evidence::new(shortage_path(needs, shortage), format!("{} {shortage}", title(server))))
        });
        let all = shortages.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
        let remedies: Vec<String> = shortages.iter().map(|shortage| shortage_remedy(needs, server, shortage)).collect();
        Explanation {
            message: match short.len() {
                1 => format!("{} {all}", title(server)),
                count => format!("none of {count} suitable Servers{} has room; {} {all}", self.within(), title(server)),
            },
            evidence: evidence.chain(more(short.len())).collect(),
            remedy: remedies.join("; "),
        }
    }

    /// Whether there may be Servers that the manifests do not show.
    fn is_part(&self) -> bool {
        !self.shared().snapshot().is_live() && self.closed().is_err()
    }

    /// Where the Servers are that are known.
    fn extent(&self) -> &'static str {
        if self.is_part() { "in these files" } else { "on the scheduler" }
    }

    /// The same after a number of Servers.
    fn within(&self) -> &'static str {
        if self.is_part() { " in these files" } else { "" }
    }

    fn nobody(&self, needs: &ModelNeeds<'_>) -> Explanation {
        match needs.server {
            Some(name) => Explanation {
                message: format!("no Server {} is called `{name}`", self.extent()),
                evidence: vec![Evidence::new("/spec/server", name)],
                remedy: "name a Server of the namespace".to_owned(),
            },
            None => Explanation {
                message: format!("there is no Server {}", self.extent()),
                evidence: vec![Evidence::new("/spec/server", "absent")],
                remedy: "create a Server in the namespace and name it in `spec.server`".to_owned(),
            },
        }
    }
}

impl Crowd {
    /// Why a Model may go without a place though it fits.
    pub fn why(&self, needs: &ModelNeeds<'_>) -> Explanation {
        let others: Vec<String> = self.others.iter().map(ToString::to_string).collect();
        let together = text::enumerate(others.iter().map(String::as_str));
        let memory = match &needs.memory {
            MemoryNeed::Bytes(bytes) => readable(*bytes),
            MemoryNeed::None | MemoryNeed::Unreadable(_) => "none".to_owned(),
        };
        let (asked, has) = (readable(self.asked), readable(self.has));
        Explanation {
            message: format!("{} has room for it alone, but not together with {together}", self.server),
            evidence: vec![Evidence::new(
                "/spec/memory",
                format!("{memory}; all that name {} ask for {asked}, on replicas with {has} altogether", self.server),
            )],
            remedy: format!("give {} more replicas or more memory, or ask for less", self.server),
        }
    }
}

impl MemoryNeed {
    /// Why the operator cannot pass on what is asked for, if it cannot.
    pub fn problem(&self) -> Option<&str> {
        match self {
            Self::Unreadable(problem) => Some(problem),
            Self::None | Self::Bytes(_) => None,
        }
    }
}

/// How far a Server is from taking the Model; the own namespace is nearest.
fn distance(needs: &ModelNeeds<'_>, server: &ServerView<'_>, namespace: &str) -> (bool, usize) {
    let distance = match gate(needs, server) {
        Gate::Shut(Filter::Requirements) => missing(needs, server).count(),
        Gate::Shut(Filter::Deleted | Filter::Sharing) => usize::MAX,
        // With replicas it may still lack what is required.
        Gate::Shut(Filter::Replicas) => 1 + lacking(needs, server).len(),
        Gate::Open | Gate::Unknown(_) => 0,
    };
    (server.namespace != namespace, distance)
}

/// What a Server certainly does not declare, whichever filter comes first.
fn lacking(needs: &ModelNeeds<'_>, server: &ServerView<'_>) -> Vec<Missing> {
    let certain = missing(needs, server).filter(|_| server.capabilities.open.is_none());
    certain.map(|requirement| Missing::new(requirement, &server.capabilities)).collect()
}

fn rejection_evidence(needs: &ModelNeeds<'_>, server: &ServerView<'_>, rejection: &Rejection) -> Vec<Evidence> {
    let declares = format!("{} declares {}", title(server), list(&server.capabilities.declared));
    let undeclared = |missing: &Missing| Evidence::new(&missing.path, format!("{missing}; {declares}"));
    let itself = || Evidence::new("/spec/server", format!("{} {rejection}", title(server)));
    match rejection {
        Rejection::Requirements(missing) => missing.iter().map(undeclared).collect(),
        Rejection::NoReplicas => [itself()].into_iter().chain(lacking(needs, server).iter().map(undeclared)).collect(),
        Rejection::OtherServer | Rejection::Deleted => vec![itself()],
    }
}

fn rejection_remedy(needs: &ModelNeeds<'_>, server: &ServerView<'_>, rejection: &Rejection) -> String {
    let title = title(server);
    match rejection {
        Rejection::NoReplicas => {
            let replicas = format!("give {title} at least one replica");
            match lacking(needs, server).as_slice() {
                [] => replicas,
                lacking => format!("{replicas}, and {}", missing_remedy(server, lacking)),
            }
        }
        Rejection::Deleted => format!("name a Server that stays, instead of {title}"),
        Rejection::OtherServer => format!("name {title} in `spec.server`"),
        Rejection::Requirements(missing) => missing_remedy(server, missing),
    }
}

/// Labels that no Server can declare are written otherwise in the Model, whatever becomes of the rest.
fn missing_remedy(server: &ServerView<'_>, missing: &[Missing]) -> String {
    let (possible, impossible): (Vec<&Missing>, Vec<&Missing>) =
        missing.iter().partition(|missing| !missing.label.is_empty() && !missing.label.contains(','));
    let rewritten = impossible.into_iter().map(|missing| {
        let parts: Vec<&str> = missing.label.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] => format!("take `{}` out of the requirements", missing.label),
            parts => format!("require {} instead of `{}`, as entries of their own", list(parts), missing.label),
        }
    });
    let rest = (!possible.is_empty()).then(|| declared_remedy(server, &possible));
    rewritten.chain(rest).collect::<Vec<_>>().join(" and ")
}

/// Labels that are certainly misspelled are put right in the Model, all others declared by the
/// Server or, when each resembles one that it declares, respelled as well.
fn declared_remedy(server: &ServerView<'_>, missing: &[&Missing]) -> String {
    let is_certain = |missing: &Missing| meant(&missing.label).is_some() && missing.nearest.is_some();
    let swap = |missing: &Missing| {
        missing.nearest.as_ref().map(|nearest| format!("require `{nearest}` instead of `{}`", missing.label))
    };
    let (certain, others): (Vec<&Missing>, Vec<&Missing>) = missing.iter().partition(|missing| is_certain(missing));
    let swaps: Vec<String> = certain.into_iter().filter_map(swap).collect();
    if others.is_empty() {
        return swaps.join(" and ");
    }
    let labels: Vec<&str> = others.iter().map(|missing| meant(&missing.label).unwrap_or(&missing.label)).collect();
    let renamed = others.iter().filter_map(|missing| {
        meant(&missing.label).map(|right| format!("require `{right}` instead of `{}`", missing.label))
    });
    let declare: Vec<String> = swaps.iter().cloned().chain(renamed).chain([declare(server, &labels)]).collect();
    let declare = declare.join(" and ");
    let respelled: Option<Vec<String>> = others.into_iter().map(swap).collect();
    match respelled {
        Some(respelled) => {
            format!("{}, or {declare}", swaps.into_iter().chain(respelled).collect::<Vec<_>>().join(" and "))
        }
        None if swaps.is_empty() => format!("{declare}, or name a Server that declares it"),
        None => declare,
    }
}

/// A list on the Server replaces its `ServerConfig`'s, so the first entry brings the others along.
fn declare(server: &ServerView<'_>, labels: &[&str]) -> String {
    let title = title(server);
    if server.observed.object.pointer("/spec/capabilities").is_some() {
        return format!("add {} to `spec.capabilities` of {title}, which rolls its pods", list(labels));
    }
    let all: Vec<&str> =
        server.capabilities.declared.iter().map(String::as_str).chain(labels.iter().copied()).collect();
    format!("set `spec.capabilities` of {title} to {}, which rolls its pods", list(&all))
}

const fn shortage_path(needs: &ModelNeeds<'_>, shortage: &Shortage) -> &'static str {
    match shortage {
        Shortage::Replicas { .. } => needs.replicas_path,
        Shortage::NoExplainers => "/spec/explainer",
        Shortage::Memory { .. } => "/spec/memory",
    }
}

fn shortage_remedy(needs: &ModelNeeds<'_>, server: &ServerView<'_>, shortage: &Shortage) -> String {
    let title = title(server);
    match shortage {
        Shortage::Replicas { needed, has } if needs.replicas_path == "/spec/minReplicas" => {
            format!("lower `spec.minReplicas` to at most {has}, or give {title} {needed} replicas")
        }
        Shortage::Replicas { needed, has } => {
            format!("ask for at most {has} replicas, set `spec.minReplicas` to that, or give {title} {needed} replicas")
        }
        Shortage::NoExplainers => format!("name a Server that runs explainers, or declare them on {title}"),
        Shortage::Memory { needed, .. } => format!(
            "ask for less than {}, or raise the memory request of the model server's container of {title}",
            readable(*needed)
        ),
    }
}

fn title(server: &ServerView<'_>) -> String {
    server.observed.object.id().to_string()
}

fn list(labels: &[impl Display]) -> String {
    match labels {
        [] => "nothing".to_owned(),
        labels => labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", "),
    }
}

fn more(count: usize) -> Option<Evidence> {
    let rest = count.saturating_sub(LISTED);
    (rest > 0).then(|| Evidence::new("", format!("and {rest} more Servers")))
}
