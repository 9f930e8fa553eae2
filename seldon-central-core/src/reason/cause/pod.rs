//! What keeps a pod from being ready, by its own status.

use serde_json::Value;

use super::{beside, event::events};
use crate::{finding::Evidence, object::Object, reason::placement::Explanation, resource::POD, snapshot::Snapshot};

/// What keeps a pod from being ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble<'a> {
    /// What kind of trouble it is.
    pub(super) kind: Kind,
    /// The container that has it, if it is one's.
    pub(super) container: Option<&'a str>,
    /// In words.
    pub(super) why: Explanation,
}

/// A kind of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// No node takes it.
    Unschedulable,
    /// An image cannot be had.
    Image,
    /// A container cannot be made, for want of something that it names.
    Config,
    /// A container was killed for using too much memory.
    OutOfMemory,
    /// A container exits again and again.
    Exits,
    /// A container runs and its probe does not succeed.
    Unready,
}

/// What keeps a pod from being ready; `None` where it is ready, or only on its way.
pub(super) fn trouble<'a>(snapshot: &Snapshot, pod: &'a Object) -> Option<Trouble<'a>> {
    if condition(pod, "Ready").is_some_and(|ready| text(ready, "status") == "True") {
        return None;
    }
    unschedulable(pod).or_else(|| {
        let containers = ["initContainerStatuses", "containerStatuses"].into_iter().flat_map(|list| {
            pod.pointer("/status").and_then(|status| status.get(list)?.as_array()).into_iter().flatten()
        });
        let found: Vec<Trouble<'a>> = containers.filter_map(|one| of_container(snapshot, pod, one)).collect();
        // A container that cannot start goes before one that waits for it.
        let first = found.iter().position(|trouble| trouble.kind != Kind::Unready).unwrap_or(0);
        found.into_iter().nth(first)
    })
}

fn unschedulable(pod: &Object) -> Option<Trouble<'_>> {
    let scheduled = condition(pod, "PodScheduled").filter(|condition| text(condition, "status") == "False")?;
    let says = text(scheduled, "message");
    let why = Explanation {
        message: format!("no node takes {}", pod.id()),
        evidence: vec![beside(format!("{}: {}: {says}", pod.id(), text(scheduled, "reason")))],
        remedy: "give the cluster a node that it fits, or ask for less: resources, volumes, node selector, tolerations"
            .to_owned(),
    };
    Some(Trouble { kind: Kind::Unschedulable, container: None, why })
}

fn of_container<'a>(snapshot: &Snapshot, pod: &'a Object, status: &'a Value) -> Option<Trouble<'a>> {
    let name = text(status, "name");
    let (kind, message, remedy) = judged(pod, name, status)?;
    let own = events(snapshot, pod.namespace().unwrap_or_default(), |of, about| of == POD.kind && about == pod.name());
    let fitting = own.into_iter().find(|event| match kind {
        Kind::Image => event.reason() == "Failed",
        Kind::Config => ["Failed", "FailedMount"].contains(&event.reason()),
        Kind::Unready => event.reason() == "Unhealthy",
        Kind::Exits | Kind::OutOfMemory => event.reason() == "BackOff",
        Kind::Unschedulable => false,
    });
    let evidence: Vec<Evidence> =
        [Some(state_evidence(pod, status)), fitting.map(super::event::Event::evidence)].into_iter().flatten().collect();
    Some(Trouble { kind, container: Some(name), why: Explanation { message, evidence, remedy } })
}

fn judged(pod: &Object, name: &str, status: &Value) -> Option<(Kind, String, String)> {
    let id = pod.id();
    let state = |pointer: &str| status.pointer(pointer).and_then(Value::as_str);
    let ended = ["/state/terminated", "/lastState/terminated"].into_iter().find_map(|at| status.pointer(at));
    let waits = state("/state/waiting/reason").unwrap_or_default();
    match waits {
        "ImagePullBackOff" | "ErrImagePull" | "InvalidImageName" | "ErrImageNeverPull" | "RegistryUnavailable" => {
            let image = state("/image").unwrap_or_default();
            let remedy = format!("see that image `{image}` exists and that the namespace may pull it");
            return Some((Kind::Image, format!("the image of container {name} of {id} cannot be pulled"), remedy));
        }
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
            let message = format!("container {name} of {id} cannot be made");
            return Some((Kind::Config, message, "create what its message names, a Secret or ConfigMap".to_owned()));
        }
        _ => {}
    }
    let is_over = waits == "CrashLoopBackOff" || status.pointer("/state/terminated").is_some();
    if let Some(ended) = ended.filter(|_| is_over) {
        if text(ended, "reason") == "OOMKilled" {
            let message = format!("container {name} of {id} was killed for using more memory than it may");
            return Some((Kind::OutOfMemory, message, format!("raise the memory limit of container {name}")));
        }
        let code = ended.get("exitCode").and_then(Value::as_i64);
        // An init container that has done its work is over, too.
        if code != Some(0) || waits == "CrashLoopBackOff" {
            let code = code.map(|code| format!(" with code {code}")).unwrap_or_default();
            let message = format!("container {name} of {id} exits{code}");
            return Some((Kind::Exits, message, log_command(pod, name, true)));
        }
    }
    if waits == "CrashLoopBackOff" {
        return Some((Kind::Exits, format!("container {name} of {id} exits"), log_command(pod, name, true)));
    }
    let runs = status.pointer("/state/running").is_some() && status.get("ready") == Some(&Value::Bool(false));
    let message = format!("container {name} of {id} runs and is not ready");
    runs.then(|| (Kind::Unready, message, log_command(pod, name, false)))
}

/// How to read a container's log.
fn log_command(pod: &Object, container: &str, previous: bool) -> String {
    let previous = if previous { " --previous" } else { "" };
    let (name, namespace) = (pod.name(), pod.namespace().unwrap_or_default());
    format!("read why: `kubectl logs {name} -n {namespace} -c {container}{previous}`")
}

fn state_evidence(pod: &Object, status: &Value) -> Evidence {
    let mut says = Vec::new();
    for at in ["/state/waiting", "/state/terminated", "/lastState/terminated"] {
        let Some(state) = status.pointer(at) else { continue };
        let words = [text(state, "reason"), text(state, "message")];
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let before = if at.starts_with("/last") { "before that " } else { "" };
        says.push(format!("{before}{}", words.join(": ")));
    }
    let restarts = status.get("restartCount").and_then(Value::as_u64).unwrap_or(0);
    says.push(format!("{restarts} restarts"));
    beside(format!("container {} of {}: {}", text(status, "name"), pod.id(), says.join(", ")))
}

fn condition<'a>(pod: &'a Object, kind: &str) -> Option<&'a Value> {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array)?;
    conditions.iter().find(|condition| text(condition, "type") == kind)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}
