//! What the operator's next reconcile does to an existing Service `seldon-scheduler`.
//!
//! The operator compares the Service with the one it would write and leaves it alone when nothing
//! it asks for differs; otherwise it replaces the whole object
//! (`operator/controllers/reconcilers/seldon/service_reconciler.go:79-247`). The comparison is a
//! three-way one: what the operator does not set may be there, unless the annotation
//! `seldon.io/last-applied` notes that it was the operator who set it. All metadata is ignored.

mod compare;
mod marks;
mod note;
mod trigger;

use serde_json::{Map, Value};

pub(crate) use self::note::of_spec_alone;
use self::{
    compare::{Port, compare_ports, compare_selector, compare_type, compare_with_note, ports},
    note::Note,
};
pub use self::{marks::marks, trigger::reconciles};
use super::runtime;
use crate::{
    object::Object,
    pattern::{self, Component},
    profile::ControlPlane,
};

/// The Service the operator would write, as far as it can vary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// `spec.type`; empty when the operator leaves it out, `None` when it cannot be told.
    pub service_type: Option<String>,
    /// What the names of the ports begin with.
    pub prefix: Prefix,
}

/// What the names of the scheduler's ports begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prefix {
    /// The runtime, its `SeldonConfig` or the user says so.
    Known(String),
    /// Nobody says, so that it may be the chart's default, which is none, or whatever the Service has.
    Unsaid,
}

impl Prefix {
    fn declared(control_plane: &ControlPlane) -> Self {
        match control_plane.grpc_service_prefix.as_str() {
            "" => Self::Unsaid,
            prefix => Self::Known(prefix.to_owned()),
        }
    }
}

impl Wanted {
    /// What a runtime asks for. Without its `SeldonConfig` the prefix is the control plane's.
    pub fn by(runtime: &Object, config: Option<&Object>, control_plane: &ControlPlane) -> Self {
        let service_type = runtime::service_type(runtime, config, Component::Scheduler);
        let prefix = match (runtime::service_setting(runtime, config, "grpcServicePrefix"), config) {
            (Some(prefix), _) => Prefix::Known(prefix.to_owned()),
            (None, Some(_)) => Prefix::Known(String::new()),
            (None, None) => Prefix::declared(control_plane),
        };
        Self { service_type: service_type.map(str::to_owned), prefix }
    }

    /// What the runtime that the pattern asks for would make of it.
    pub fn by_pattern(control_plane: &ControlPlane) -> Self {
        Self { service_type: Some(String::new()), prefix: Prefix::declared(control_plane) }
    }

    /// What a runtime that nobody has seen may ask for.
    pub fn by_unseen(control_plane: &ControlPlane) -> Self {
        Self { service_type: None, ..Self::by_pattern(control_plane) }
    }
}

/// A field in which a Service differs from the one the operator would write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// JSON pointer into the Service.
    pub field: String,
    /// What is there, for people.
    pub found: String,
    /// What the operator would write, for people.
    pub wanted: String,
}

/// What the operator's next reconcile does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prediction {
    /// It leaves the Service alone.
    Stable,
    /// It replaces the Service by its own.
    Replaced(Vec<Difference>),
    /// It tries to, the API server refuses, and the reconcile of the whole runtime stops there.
    FailsReconcile {
        /// Why it tries.
        differences: Vec<Difference>,
        /// Why the API server refuses.
        refusal: &'static str,
    },
    /// Nothing is known to differ, and something that matters is not known.
    CannotTell(&'static str),
}

/// Predicts the operator's next reconcile of a Service.
pub fn predict(found: &Object, wanted: &Wanted) -> Prediction {
    match &wanted.prefix {
        Prefix::Known(prefix) => predict_with(found, wanted, prefix),
        Prefix::Unsaid => match (predict_with(found, wanted, ""), own_prefix(found)) {
            (Prediction::Replaced(_) | Prediction::FailsReconcile { .. }, Some(own))
                if !matches!(
                    predict_with(found, wanted, own),
                    Prediction::Replaced(_) | Prediction::FailsReconcile { .. }
                ) =>
            {
                Prediction::CannotTell("the SeldonConfig, which decides what the names of the ports begin with")
            }
            (prediction, _) => prediction,
        },
    }
}

/// What the first port of a Service has before its own name.
fn own_prefix(service: &Object) -> Option<&str> {
    let first = pattern::SCHEDULER_PORTS.first()?;
    service.text("/spec/ports/0/name")?.strip_suffix(first.name)
}

fn predict_with(found: &Object, wanted: &Wanted, prefix: &str) -> Prediction {
    let note = Note::on(found);
    let spec = found.pointer("/spec").and_then(Value::as_object).cloned().unwrap_or_default();
    let ports = ports(&spec);
    let mut differences = Vec::new();
    compare_type(&spec, wanted, &note, &mut differences);
    compare_selector(&spec, &mut differences);
    compare_ports(&ports, prefix, &mut differences);
    compare_with_note(&spec, &ports, &note, &mut differences);
    if differences.is_empty() {
        return doubt(wanted, &note, &ports).map_or(Prediction::Stable, Prediction::CannotTell);
    }
    match refusal(&spec, wanted) {
        Some(refusal) => Prediction::FailsReconcile { differences, refusal },
        None => Prediction::Replaced(differences),
    }
}

fn doubt(wanted: &Wanted, note: &Note, ports: &[Port<'_>]) -> Option<&'static str> {
    let twice = |port: &Port<'_>| ports.iter().any(|other| other.number == port.number && other.index != port.index);
    match (wanted.service_type.as_deref(), note) {
        (None, _) => Some("the type that the operator would give the alias"),
        (Some(""), Note::Unreadable) => Some("the type that the operator noted, in an annotation that cannot be read"),
        _ if ports.iter().any(twice) => Some("what the operator makes of a port number that is listed twice"),
        _ => None,
    }
}

/// Why the API server would refuse what the operator writes.
fn refusal(spec: &Map<String, Value>, wanted: &Wanted) -> Option<&'static str> {
    let headless = spec.get("clusterIP").and_then(Value::as_str) == Some("None");
    match wanted.service_type.as_deref() {
        Some("ExternalName") => Some("the operator writes type ExternalName without the `externalName` it needs"),
        Some("LoadBalancer" | "NodePort") if headless => Some("a headless Service cannot get a type with an address"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
