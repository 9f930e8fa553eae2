//! Why a StatefulSet or Deployment of Seldon's has no pods that are ready.

use serde_json::Value;

use super::{
    Causes, beside,
    event::events,
    pod::{Trouble, trouble},
    refusal::refusal,
};
use crate::{
    needs::is_alive,
    object::Object,
    pattern,
    resource::{DEPLOYMENT, POD, STATEFUL_SET},
    snapshot::{Observed, Snapshot, Unknown},
};

/// Pods of one workload.
#[derive(Debug, Clone, Copy)]
pub(super) struct Workload<'a> {
    /// What was observed.
    pub(super) snapshot: &'a Snapshot,
    /// Their namespace.
    pub(super) namespace: &'a str,
    /// Name of the StatefulSet or Deployment.
    pub(super) name: &'a str,
    /// The label that their pods have.
    pub(super) label: (&'a str, &'a str),
}

impl<'a> Workload<'a> {
    /// Of a component.
    pub(super) const fn component(snapshot: &'a Snapshot, namespace: &'a str, name: &'a str) -> Self {
        Self { snapshot, namespace, name, label: (pattern::COMPONENT_LABEL, name) }
    }

    /// Of a Server.
    pub(super) fn server(snapshot: &'a Snapshot, server: &'a Object) -> Self {
        let (namespace, name) = (server.namespace().unwrap_or_default(), server.name());
        Self { snapshot, namespace, name, label: (pattern::SERVER_NAME_LABEL, name) }
    }

    /// Its pods that are neither over nor about to go.
    pub(super) fn pods(&self) -> Result<Vec<&'a Object>, Unknown> {
        let pods = self.snapshot.all_in(&POD, self.namespace)?;
        let (key, value) = self.label;
        let own = |pod: &&Object| pod.label(key) == Some(value) && is_alive(pod);
        Ok(pods.into_iter().map(|pod| &pod.object).filter(own).collect())
    }

    /// The StatefulSet or Deployment, where it is known.
    pub(super) fn object(&self) -> Option<&'a Observed> {
        let of = |kind| self.snapshot.known_in(kind, self.namespace).find(|seen| seen.object.name() == self.name);
        of(&STATEFUL_SET).or_else(|| of(&DEPLOYMENT))
    }

    /// Whether there certainly is neither.
    pub(super) fn is_absent(&self) -> bool {
        let none = |kind| self.snapshot.get(kind, self.namespace, self.name) == Ok(None);
        none(&STATEFUL_SET) && none(&DEPLOYMENT)
    }

    /// Replicas that are ready, where it is known.
    pub(super) fn ready(&self) -> Option<u64> {
        let ready = |one: &Observed| one.object.pointer("/status/readyReplicas").and_then(Value::as_u64).unwrap_or(0);
        self.object().map(ready)
    }

    /// What keeps its pods from being ready.
    pub(super) fn troubles(&self) -> Vec<Trouble<'a>> {
        let pods = self.pods().unwrap_or_default();
        pods.into_iter().filter_map(|pod| trouble(self.snapshot, pod)).collect()
    }

    /// Why it has no pods that are ready, in general.
    pub(super) fn causes(&self) -> Causes {
        let (name, namespace) = (self.name, self.namespace);
        let describe = format!("`kubectl get pods,events -n {namespace}` shows it");
        let pods = match self.pods() {
            Ok(pods) => pods,
            Err(why) => {
                return self.refused().possibly(format!("its pods, of which nothing is known: {why}"), describe);
            }
        };
        let mut causes = Causes::default();
        for trouble in pods.iter().filter_map(|pod| trouble(self.snapshot, pod)) {
            causes.proved.push(trouble.why);
        }
        if self.wanted().is_none_or(|wanted| (pods.len() as u64) < wanted) {
            causes = causes.and(self.refused());
        }
        if !causes.proved.is_empty() {
            return causes;
        }
        if self.is_absent() {
            let nothing = beside(format!("{namespace} has neither a StatefulSet nor a Deployment `{name}`"));
            let remedy = format!("read the operator's log for `{name}`");
            return Causes::proof(format!("the operator has made no workload `{name}`"), vec![nothing], remedy);
        }
        if pods.is_empty() {
            let tell = format!("`kubectl describe statefulset,deployment {name} -n {namespace}` shows its events");
            let causes = causes.possibly("a quota that demands limits of its pods", tell.clone());
            return causes.possibly("a ServiceAccount that they lack", tell);
        }
        causes.possibly("pods that are still on their way", describe)
    }

    fn wanted(&self) -> Option<u64> {
        self.object().map(|one| one.object.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1))
    }

    /// What the latest event says of pods that are not created.
    fn refused(&self) -> Causes {
        let of_set = format!("{}-", self.name);
        let is_about = |kind: &str, name: &str| match kind {
            "StatefulSet" | "Deployment" => name == self.name,
            "ReplicaSet" => name.strip_prefix(&of_set).is_some_and(|hash| !hash.contains('-')),
            _ => false,
        };
        let events = events(self.snapshot, self.namespace, is_about);
        let latest = events.into_iter().find(|event| event.reason() == "FailedCreate");
        latest.map(|event| refusal(event, self.name)).unwrap_or_default()
    }
}
