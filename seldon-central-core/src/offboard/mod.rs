//! Leaving: what of a tenant is deleted, in which order, and what stands in the way.
//!
//! The order is the finalizers'. The operator lets a Model go when the scheduler has unloaded it, and a
//! `SeldonRuntime` when no Server is left; for both it needs the alias. So the alias goes after the
//! runtime, and what guards and feeds the pods after that
//! (`controllers/mlops/model_controller.go`, `seldonruntime_controller.go:64-93`).

mod document;
mod reach;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::Serialize;
use serde_json::Value;

use crate::{
    name::Namespace,
    object::{Object, ObjectId},
    pattern::{self, TENANT_LABEL},
    reason::ownership::{Owner, is_operator_made, owner},
    resource::{
        CONFIG_MAP, DEPLOYMENT, EXPERIMENT, MODEL, NAMESPACE, NETWORK_POLICY, PIPELINE, Resource, SECRET,
        SELDON_RUNTIME, SERVER, SERVICE,
    },
    snapshot::Snapshot,
    text,
};

pub use self::{document::document, reach::unreachable};

/// The kinds that go, in the order in which they do. Each waits until all before it are gone.
pub static STAGES: [&Resource; 11] = [
    &EXPERIMENT,
    &PIPELINE,
    &MODEL,
    &SERVER,
    &SELDON_RUNTIME,
    &SERVICE,
    &DEPLOYMENT,
    &CONFIG_MAP,
    &NETWORK_POLICY,
    &SECRET,
    &NAMESPACE,
];

/// An object that is to go although `onboard` did not make it: `model/income`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// Its kind, one of [`STAGES`].
    pub kind: &'static Resource,
    /// Its name.
    pub name: String,
}

/// What names no object that could go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NamedError {
    /// There is no `/` between kind and name.
    #[error("expected KIND/NAME, such as model/income")]
    Shape,
    /// The kind is none of those that go one by one.
    #[error("`{0}` is no kind that can be named; the kinds are {kinds}", kinds = names())]
    Kind(String),
}

fn nameable() -> impl Iterator<Item = &'static Resource> {
    STAGES.into_iter().filter(|kind| kind.namespaced)
}

fn names() -> String {
    text::enumerate(nameable().map(|kind| kind.plural).collect::<Vec<_>>())
}

impl FromStr for Named {
    type Err = NamedError;
    fn from_str(text: &str) -> Result<Self, NamedError> {
        let (kind, name) = text.split_once('/').filter(|(_, name)| !name.is_empty()).ok_or(NamedError::Shape)?;
        let is_meant = |known: &&Resource| {
            let names = [known.kind.to_lowercase(), known.plural.to_owned(), known.to_string()];
            let singular = format!("{}.{}", known.kind.to_lowercase(), known.group);
            names.contains(&kind.to_lowercase()) || singular == kind.to_lowercase()
        };
        let found = nameable().find(is_meant).ok_or_else(|| NamedError::Kind(kind.to_owned()))?;
        Ok(Self { kind: found, name: name.to_owned() })
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.kind.to_lowercase(), self.name)
    }
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The tenant.
    pub namespace: &'a Namespace,
    /// Namespace of the control plane.
    pub control_plane: &'a Namespace,
    /// Objects that go too.
    pub also: &'a [Named],
    /// Whether the namespace goes, with everything that is left in it.
    pub namespace_too: bool,
    /// Whether what Argo CD, Flux and Helm own goes, though they would make it again.
    pub owned_too: bool,
}

/// Why an object goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// `onboard` made it, by its label.
    Onboarded,
    /// The operator made it of what goes.
    OperatorMade,
    /// It was named.
    Named,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Onboarded => "made by onboard",
            Self::OperatorMade => "made by the operator for the runtime that goes",
            Self::Named => "named",
        })
    }
}

/// An object that goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// As it was read.
    pub object: Object,
    /// Why it goes.
    pub reason: Reason,
}

impl Step {
    /// Whether it was deleted before, and only has to be waited for.
    pub fn is_leaving(&self) -> bool {
        self.object.pointer("/metadata/deletionTimestamp").is_some()
    }
}

/// The finalizers that keep an object from going.
pub fn finalizers(object: &Object) -> Vec<&str> {
    let list = object.pointer("/metadata/finalizers").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// What goes, and what does not let it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// What goes, in order.
    pub steps: Vec<Step>,
    /// Objects of others that would be left without what they need.
    pub stranded: Vec<ObjectId>,
    /// What a controller or a release would make again, with whose it is.
    pub owned: Vec<(ObjectId, Owner)>,
    /// What was named and is not there.
    pub missing: Vec<Named>,
    /// Objects of the kinds above that are others' and stay.
    pub kept: Vec<ObjectId>,
}

/// What has to go, and in which order.
pub fn plan(snapshot: &Snapshot, request: &Request<'_>) -> Plan {
    let mut plan = Plan::default();
    let mut named: BTreeSet<&Named> = request.also.iter().collect();
    for kind in STAGES {
        for object in candidates(snapshot, kind, request) {
            let by_name = named.iter().copied().find(|one| one.kind == kind && one.name == object.name());
            if let Some(found) = by_name.filter(|_| object.namespace() == Some(request.namespace.as_str())) {
                named.remove(found);
            }
            match reason(object, request, by_name.is_some(), &plan) {
                Some(reason) => match owner(object).filter(|_| !request.owned_too) {
                    Some(ownership) => plan.owned.push((object.id(), ownership.owner)),
                    None => plan.steps.push(Step { object: object.clone(), reason }),
                },
                None if is_stranded(object) => plan.stranded.push(object.id()),
                None if object.pointer("/metadata/ownerReferences").is_none() && !object.is(&NAMESPACE) => {
                    plan.kept.push(object.id());
                }
                None => {}
            }
        }
    }
    plan.missing = named.into_iter().cloned().collect();
    // Nobody is stranded where nothing is taken away.
    if plan.steps.is_empty() && plan.owned.is_empty() {
        plan.stranded.clear();
    }
    plan
}

/// What of a kind is looked at: the tenant's own, and in the control plane what lets it in.
fn candidates<'a>(snapshot: &'a Snapshot, kind: &'static Resource, request: &Request<'_>) -> Vec<&'a Object> {
    let own = request.namespace.as_str();
    let mut found: Vec<&Object> = if kind.namespaced {
        snapshot.known_in(kind, own).map(|seen| &seen.object).collect()
    } else {
        snapshot.known(kind).map(|seen| &seen.object).filter(|object| object.name() == own).collect()
    };
    if *kind == NETWORK_POLICY {
        let central = snapshot.known_in(kind, request.control_plane.as_str()).map(|seen| &seen.object);
        found.extend(central.filter(|object| object.label(TENANT_LABEL) == Some(own)));
    }
    found.sort_by_key(|object| object.id());
    found
}

fn reason(object: &Object, request: &Request<'_>, is_named: bool, plan: &Plan) -> Option<Reason> {
    let own = request.namespace.as_str();
    if object.is(&NAMESPACE) {
        return request.namespace_too.then_some(Reason::Named);
    }
    // The operator copies a runtime's labels to what it makes of it, which goes with the runtime.
    let has_owner = object.pointer("/metadata/ownerReferences").is_some();
    if object.label(TENANT_LABEL) == Some(own) && !has_owner {
        return Some(Reason::Onboarded);
    }
    if is_named && object.namespace() == Some(own) {
        return Some(Reason::Named);
    }
    // An alias that the operator took over has lost the label, and nobody else wants it.
    let is_taken = object.is(&SERVICE) && object.name() == pattern::SCHEDULER_SERVICE && is_operator_made(object);
    let goes = plan.steps.iter().any(|step| step.object.is(&SELDON_RUNTIME));
    (is_taken && goes).then_some(Reason::OperatorMade)
}

/// Whether an object that stays needs what goes: without Server, runtime or alias its finalizer stays.
fn is_stranded(object: &Object) -> bool {
    [&EXPERIMENT, &PIPELINE, &MODEL, &SERVER, &SELDON_RUNTIME].into_iter().any(|kind| object.is(kind))
}
