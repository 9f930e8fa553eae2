//! Whose logs rules want.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    log::{Container, Process},
    object::Object,
    pattern::{self, Component},
    resource::POD,
    rules::{Rule, World},
};

/// A container whose log is wanted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogNeed {
    /// The container.
    pub container: Container,
    /// Whether it ran before, so that there is a log of that run too.
    pub restarted: bool,
}

impl LogNeed {
    /// How many lines of it are wanted, from the end. An agent logs a few lines a Model, so two
    /// thousand reach back to its start more often than not. What the scheduler and the operator said
    /// of one tenant lies among what they said of all others; there is one log of each.
    pub const fn lines(&self) -> u32 {
        match self.container.process {
            Process::Agent => 2_000,
            Process::Scheduler | Process::Operator => 20_000,
        }
    }

    /// How many bytes may come of them. Seldon's lines have some two hundred bytes, so this is twice
    /// what as many lines take; more is payload that somebody logs.
    pub const fn bytes(&self) -> u64 {
        self.lines() as u64 * 400
    }
}

/// The processes whose logs these rules want.
pub fn processes<'a>(rules: impl IntoIterator<Item = &'a &'static Rule>) -> BTreeSet<Process> {
    let reads: BTreeSet<_> = rules.into_iter().flat_map(|rule| rule.reads).filter(|read| read.is_log()).collect();
    Process::ALL.into_iter().filter(|process| reads.contains(&process.resource())).collect()
}

/// The containers of these processes whose logs are wanted, from the pods that are known: the agents
/// of the Servers on the central scheduler, that scheduler and the operator. Of agents in namespaces
/// that were not asked about nothing is wanted, and nothing of pods that are over or about to go.
pub fn logs(processes: &BTreeSet<Process>, world: &World<'_>, is_asked: impl Fn(&str) -> bool) -> BTreeSet<LogNeed> {
    let shared = world.scheduler_namespaces();
    let wanted = world.snapshot.known(&POD).filter_map(|pod| {
        let process = process(&pod.object, world).filter(|process| processes.contains(process))?;
        let namespace = pod.object.namespace().filter(|namespace| shared.contains(namespace))?;
        let is_wanted = (process != Process::Agent || is_asked(namespace)) && is_alive(&pod.object);
        is_wanted.then(|| LogNeed {
            container: Container::new(namespace, pod.object.name(), process),
            restarted: restarts(&pod.object, process.container()) > 0,
        })
    });
    wanted.collect()
}

/// What runs in a pod, if its log is evidence.
fn process(pod: &Object, world: &World<'_>) -> Option<Process> {
    let is_central = pod.namespace() == Some(world.control_plane.namespace.as_str());
    let (operator_key, operator_value) = pattern::OPERATOR_POD_LABEL;
    match pod.label(pattern::COMPONENT_LABEL) {
        Some(pattern::SERVER_COMPONENT) => Some(Process::Agent),
        Some(name) if name == Component::Scheduler.name() && is_central => Some(Process::Scheduler),
        _ if pod.label(operator_key) == Some(operator_value) && is_central => Some(Process::Operator),
        _ => None,
    }
}

/// Whether a pod is neither over nor about to go.
pub(crate) fn is_alive(pod: &Object) -> bool {
    let over = matches!(pod.text("/status/phase"), Some("Succeeded" | "Failed"));
    !over && pod.pointer("/metadata/deletionTimestamp").is_none()
}

/// What a pod's status says of a container.
pub(crate) fn container_status<'a>(pod: &'a Object, container: &str) -> Option<&'a Value> {
    let statuses = pod.pointer("/status/containerStatuses").and_then(Value::as_array)?;
    statuses.iter().find(|status| status.get("name").and_then(Value::as_str) == Some(container))
}

fn restarts(pod: &Object, container: &str) -> u64 {
    container_status(pod, container).and_then(|status| status.get("restartCount")?.as_u64()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        manifest,
        profile::ControlPlane,
        resource::{AGENT_LOG, OPERATOR_LOG, Resource, SCHEDULER_LOG},
        rules::RULES,
        snapshot::{Read, Scope, Snapshot},
    };

    const PODS: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: mlserver-0, namespace: fin, labels: {app.kubernetes.io/name: seldon-server}}
status: {phase: Running, containerStatuses: [{name: rclone, restartCount: 3}, {name: agent, restartCount: 1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: mlserver-1, namespace: fin, labels: {app.kubernetes.io/name: seldon-server}}
status: {phase: Failed}
---
apiVersion: v1
kind: Pod
metadata: {name: seldon-scheduler-0, namespace: fin, labels: {app.kubernetes.io/name: seldon-scheduler}}
---
apiVersion: v1
kind: Pod
metadata: {name: mlserver-0, namespace: risk, labels: {app.kubernetes.io/name: seldon-server}}
---
apiVersion: v1
kind: Pod
metadata: {name: mlserver-0, namespace: elsewhere, labels: {app.kubernetes.io/name: seldon-server}}
---
apiVersion: v1
kind: Pod
metadata: {name: seldon-scheduler-0, namespace: seldon-system, labels: {app.kubernetes.io/name: seldon-scheduler}}
---
apiVersion: v1
kind: Pod
metadata: {name: old-operator, namespace: seldon-system, deletionTimestamp: x, labels: {control-plane: v2-controller-manager}}
---
apiVersion: v1
kind: Pod
metadata: {name: operator, namespace: seldon-system, labels: {control-plane: v2-controller-manager}}
---
apiVersion: v1
kind: Pod
metadata: {name: seldon-envoy-0, namespace: fin, labels: {app.kubernetes.io/name: seldon-envoy}}
";

    /// A rule that reads this.
    fn rule(reads: &[&'static Resource]) -> &'static Rule {
        let reads: &'static [&'static Resource] = reads.to_vec().leak();
        Box::leak(Box::new(Rule { reads, ..*RULES[0] }))
    }

    fn wanted(rules: &[&'static Rule], asked: &[&str]) -> Vec<String> {
        let pods = manifest::read("-", PODS).unwrap().objects.into_iter().map(|one| one.object).collect();
        let mut snapshot = Snapshot::live();
        snapshot.add_read(&POD, Scope::Cluster, Read::Complete, pods);
        let control_plane = ControlPlane::default();
        let named = ["fin", "risk"].map(|name| crate::name::Namespace::new(name).unwrap());
        let world = World::new(&snapshot, &control_plane, &named);
        let needs = logs(&processes(rules), &world, |namespace| asked.contains(&namespace));
        let line = |need: &LogNeed| format!("{}{}", need.container, if need.restarted { " again" } else { "" });
        needs.iter().map(line).collect()
    }

    #[test]
    fn logs_are_wanted_of_what_runs_and_was_asked_about() {
        let all = [rule(&[&AGENT_LOG, &SCHEDULER_LOG]), rule(&[&OPERATOR_LOG])];
        assert_eq!(
            wanted(&all, &["fin"]),
            [
                "container agent of Pod fin/mlserver-0 again",
                "container manager of Pod seldon-system/operator",
                "container scheduler of Pod seldon-system/seldon-scheduler-0",
            ]
        );
        assert_eq!(wanted(&all, &["fin", "risk"]).len(), 4);
    }

    #[test]
    fn rules_that_want_no_logs_get_none() {
        assert!(wanted(&[rule(&[&POD])], &["fin"]).is_empty());
        assert_eq!(wanted(&[rule(&[&OPERATOR_LOG])], &["fin"]), ["container manager of Pod seldon-system/operator"]);
    }
}
