//! Placement in words: why a Model goes nowhere, and what would change that.

use std::fmt::Display;

use super::{
    Admission, Candidate, Fit, MemoryNeed, Missing, ModelNeeds, Rejection, Scheduler, ServerView, Shortage, fit,
};
use crate::{
    finding::Evidence,
    reason::{capability::meant, quantity::readable},
};

/// More Servers than these are counted, not listed.
const LISTED: usize = 10;

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
        let rejected: Vec<(&ServerView<'_>, Rejection)> = self
            .candidates(needs)
            .into_iter()
            .filter_map(|Candidate { server, admission }| match admission {
                Admission::Rejected(rejection) => Some((server, rejection)),
                Admission::Accepted | Admission::Unknown(_) => None,
            })
            .collect();
        let Some((server, rejection)) =
            rejected.iter().min_by_key(|(server, rejection)| nearness(server, rejection, namespace))
        else {
            return nobody(needs);
        };
        let evidence =
            rejected.iter().take(LISTED).flat_map(|(server, rejection)| rejection_evidence(server, rejection));
        Explanation {
            message: match (rejected.len(), needs.server) {
                (1, Some(_)) => format!("{}, which it names, {rejection}", title(server)),
                (1, None) => format!("{}, the only one on the scheduler, {rejection}", title(server)),
                (count, _) => format!("none of {count} Servers takes it; the nearest, {}, {rejection}", title(server)),
            },
            evidence: evidence.chain(more(rejected.len())).collect(),
            remedy: rejection_remedy(server, rejection),
        }
    }

    /// Why the replica filters leave too few replicas for a Model.
    pub fn why_no_replicas(&self, needs: &ModelNeeds<'_>) -> Explanation {
        let short: Vec<(&ServerView<'_>, Shortage)> = self
            .candidates(needs)
            .into_iter()
            .filter(|candidate| candidate.admission == Admission::Accepted)
            .filter_map(|candidate| match fit(needs, candidate.server) {
                Fit::Short(shortage) => Some((candidate.server, shortage)),
                Fit::Fits | Fit::Unknown(_) => None,
            })
            .collect();
        let Some((server, shortage)) = short.first() else {
            return nobody(needs);
        };
        let evidence = short
            .iter()
            .take(LISTED)
            .map(|(server, shortage)| Evidence::new(shortage_path(shortage), format!("{} {shortage}", title(server))));
        Explanation {
            message: match short.len() {
                1 => format!("{} {shortage}", title(server)),
                count => format!("none of {count} suitable Servers has room; {} {shortage}", title(server)),
            },
            evidence: evidence.chain(more(short.len())).collect(),
            remedy: shortage_remedy(server, shortage),
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

fn nobody(needs: &ModelNeeds<'_>) -> Explanation {
    match needs.server {
        Some(name) => Explanation {
            message: format!("no Server on the scheduler is called `{name}`"),
            evidence: vec![Evidence::new("/spec/server", name)],
            remedy: "name a Server of the namespace".to_owned(),
        },
        None => Explanation {
            message: "there is no Server on the scheduler".to_owned(),
            evidence: vec![Evidence::new("/spec/server", "absent")],
            remedy: "create a Server in the namespace and name it in `spec.server`".to_owned(),
        },
    }
}

/// How near a Server is to taking the Model: smaller is nearer, the own namespace first.
fn nearness(server: &ServerView<'_>, rejection: &Rejection, namespace: &str) -> (bool, usize) {
    let distance = match rejection {
        Rejection::NoReplicas => 0,
        Rejection::Requirements(missing) => missing.len(),
        Rejection::Deleted | Rejection::OtherServer => usize::MAX,
    };
    (server.namespace != namespace, distance)
}

fn rejection_evidence(server: &ServerView<'_>, rejection: &Rejection) -> Vec<Evidence> {
    let Rejection::Requirements(missing) = rejection else {
        return vec![Evidence::new("/spec/server", format!("{} {rejection}", title(server)))];
    };
    let declares = format!("{} declares {}", title(server), list(&server.capabilities.declared));
    missing.iter().map(|missing| Evidence::new(&missing.path, format!("{missing}; {declares}"))).collect()
}

fn rejection_remedy(server: &ServerView<'_>, rejection: &Rejection) -> String {
    let title = title(server);
    match rejection {
        Rejection::NoReplicas => format!("give {title} at least one replica"),
        Rejection::Deleted => format!("name a Server that stays, instead of {title}"),
        Rejection::OtherServer => format!("name {title} in `spec.server`"),
        Rejection::Requirements(missing) => missing_remedy(server, missing),
    }
}

/// Labels that are certainly misspelled are put right in the Model, all others offered to the
/// Server too.
fn missing_remedy(server: &ServerView<'_>, missing: &[Missing]) -> String {
    let respelled = |missing: &Missing| meant(&missing.label).is_some() && missing.nearest.is_some();
    let swap = |missing: &Missing| {
        missing.nearest.as_ref().map(|nearest| format!("require `{nearest}` instead of `{}`", missing.label))
    };
    let swaps = missing.iter().filter_map(swap).collect::<Vec<_>>().join(" and ");
    let declare = declare(server, missing);
    if missing.iter().all(respelled) {
        swaps
    } else if swaps.is_empty() {
        format!("{declare}, or name a Server that declares it")
    } else {
        format!("{swaps}, or {declare}")
    }
}

/// A list on the Server replaces its `ServerConfig`'s, so the first entry brings the others along.
fn declare(server: &ServerView<'_>, missing: &[Missing]) -> String {
    let labels: Vec<&str> = missing.iter().map(|missing| missing.label.as_str()).collect();
    let title = title(server);
    if server.observed.object.pointer("/spec/capabilities").is_some() {
        return format!("add {} to `spec.capabilities` of {title}, which rolls its pods", list(&labels));
    }
    let all: Vec<&str> = server.capabilities.declared.iter().map(String::as_str).chain(labels).collect();
    format!("set `spec.capabilities` of {title} to {}, which rolls its pods", list(&all))
}

const fn shortage_path(shortage: &Shortage) -> &'static str {
    match shortage {
        Shortage::Replicas { .. } => "/spec/replicas",
        Shortage::NoExplainers => "/spec/explainer",
        Shortage::Memory { .. } => "/spec/memory",
    }
}

fn shortage_remedy(server: &ServerView<'_>, shortage: &Shortage) -> String {
    let title = title(server);
    match shortage {
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
