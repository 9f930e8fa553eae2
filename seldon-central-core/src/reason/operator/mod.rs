//! Seldon's operators: which namespaces each watches, where it looks for configurations, and how it
//! speaks with schedulers.
//!
//! All of it comes from flags and variables of the Deployment (`operator/main.go:65-123`,
//! `operator/pkg/constants/constants.go:25-34`).

mod command;

use std::fmt;

use serde_json::Value;

use self::command::Command;
use crate::{
    object::Object,
    pattern,
    profile::Transport,
    resource::DEPLOYMENT,
    snapshot::{Observed, Snapshot, Unknown},
    version::{Exact, Range},
};

/// One operator.
#[derive(Debug, Clone, PartialEq)]
pub struct Operator<'a> {
    /// Its Deployment.
    pub observed: &'a Observed,
    /// The namespaces that it watches.
    pub watched: Result<Watched, Unknown>,
    /// The namespace in which it looks for `SeldonConfigs` and `ServerConfigs`.
    pub home: Result<String, Unknown>,
    /// How it speaks with schedulers.
    pub transport: Result<Transport, Unknown>,
}

/// The namespaces that an operator watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watched {
    /// Its own.
    Own(String),
    /// Every one.
    All,
    /// These.
    List {
        /// Those that it is told.
        told: Vec<String>,
        /// Its own, which it watches as well.
        own: String,
    },
}

impl Watched {
    /// Whether a namespace is among them.
    pub fn holds(&self, namespace: &str) -> bool {
        match self {
            Self::Own(own) => own == namespace,
            Self::All => true,
            Self::List { told, own } => own == namespace || told.iter().any(|watched| watched == namespace),
        }
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(_) => f.write_str("CLUSTERWIDE is not true"),
            Self::All => f.write_str("CLUSTERWIDE is true, WATCH_NAMESPACES is empty"),
            Self::List { told, .. } => write!(f, "CLUSTERWIDE is true, WATCH_NAMESPACES is {}", told.join(",")),
        }
    }
}

impl<'a> Operator<'a> {
    /// Reads a Deployment; `None` when it is not one of Seldon's operator.
    pub fn of(observed: &'a Observed) -> Option<Self> {
        let deployment = &observed.object;
        let (key, value) = pattern::OPERATOR_POD_LABEL;
        let labels = deployment.pointer("/spec/template/metadata/labels");
        let is_labelled = labels.and_then(|labels| labels.get(key)).and_then(Value::as_str) == Some(value);
        if deployment.name() != pattern::OPERATOR_DEPLOYMENT && !is_labelled {
            return None;
        }
        let Some((_, container)) = container(deployment) else {
            let unknown =
                Unknown::NotInInput { what: format!("container {} of the operator", pattern::OPERATOR_CONTAINER) };
            let (watched, home, transport) = (Err(unknown.clone()), Err(unknown.clone()), Err(unknown));
            return Some(Self { observed, watched, home, transport });
        };
        let command = Command::new(container, deployment.namespace().unwrap_or_default());
        Some(Self {
            observed,
            watched: watched(&command, container),
            home: command
                .variable(pattern::POD_NAMESPACE_ENV)
                .map(|home| home.unwrap_or_else(|| pattern::OPERATOR_FALLBACK_NAMESPACE.to_owned())),
            transport: command.variable(pattern::PROTOCOL_ENV).map(|protocol| match protocol.as_deref() {
                Some("SSL") => Transport::Tls,
                _ => Transport::Plaintext,
            }),
        })
    }

    /// The operators that are known, in the order they were read.
    pub fn all(snapshot: &'a Snapshot) -> Vec<Self> {
        snapshot.known(&DEPLOYMENT).filter_map(Self::of).collect()
    }

    /// Whether it certainly watches a namespace.
    pub fn watches(&self, namespace: &str) -> bool {
        self.watched.as_ref().is_ok_and(|watched| watched.holds(namespace))
    }

    /// Its image, with where that stands.
    pub fn image(&self) -> Option<(String, &'a str)> {
        let (index, container) = container(&self.observed.object)?;
        let path = format!("/spec/template/spec/containers/{index}/image");
        Some((path, container.get("image")?.as_str()?))
    }

    /// Whether it is told namespaces to watch, which none before 2.9.1 is.
    pub fn is_told_namespaces(&self) -> bool {
        let container = container(&self.observed.object);
        let mut env = container.iter().filter_map(|(_, one)| one.get("env")?.as_array()).flatten();
        env.any(|entry| entry.get("name").and_then(Value::as_str) == Some(pattern::WATCH_NAMESPACES_ENV))
    }
}

fn container(deployment: &Object) -> Option<(usize, &Value)> {
    let containers = deployment.pointer("/spec/template/spec/containers").and_then(Value::as_array);
    let is_it = |(_, container): &(usize, &Value)| {
        container.get("name").and_then(Value::as_str) == Some(pattern::OPERATOR_CONTAINER)
    };
    containers.into_iter().flatten().enumerate().find(is_it)
}

fn watched(command: &Command<'_>, container: &Value) -> Result<Watched, Unknown> {
    let clusterwide = command.setting("clusterwide", true, pattern::CLUSTERWIDE_ENV)?.unwrap_or_default();
    let own = match command.flag("namespace", false)? {
        Some(own) if !own.is_empty() && !own.contains('$') => own,
        _ => command.namespace.to_owned(),
    };
    // As Go reads a boolean.
    if !matches!(clusterwide.as_str(), "true" | "True" | "TRUE" | "t" | "T" | "1") {
        return Ok(Watched::Own(own));
    }
    let image = container.get("image").and_then(Value::as_str).and_then(Range::of_image);
    if image.and_then(|version| version.is_from(Exact::V2_9_1)) == Some(false) {
        return Ok(Watched::All);
    }
    let list = command.setting("watch-namespaces", false, pattern::WATCH_NAMESPACES_ENV)?.unwrap_or_default();
    let told: Vec<String> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    Ok(if told.is_empty() { Watched::All } else { Watched::List { told, own } })
}

#[cfg(test)]
mod tests;
