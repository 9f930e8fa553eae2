//! Logs as rules ask for them: of which agent, of the scheduler, of the operator.

use super::{Report, World, status};
use crate::{
    log::{AgentLog, Container, Link, NotTold, OperatorLog, Process, Registration, Replica, SchedulerLog},
    needs::{container_status, is_alive},
    object::Object,
    pattern::{self, Component},
    resource::{POD, SERVER},
    snapshot::{Observed, Unknown},
};

/// An agent of a Server: its pod and what its log proves.
#[derive(Debug)]
pub struct Agent<'a> {
    /// The pod, which is neither over nor about to go.
    pub pod: &'a Observed,
    /// How the scheduler knows it; `None` where the pod's name does not end in a number, as that of a
    /// Deployment's pod.
    pub replica: Option<Replica>,
    /// Whether the container runs now, as far as the pod's status says. Of one that does not, the log
    /// is of its last run, which says nothing of now.
    pub is_running: bool,
    /// Its log, or why it is not known.
    pub log: Result<&'a AgentLog, Unknown>,
    /// The log of the run before, where the present one says nothing of any connection.
    pub earlier: Option<&'a AgentLog>,
}

/// What the central scheduler knows of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It took the agent's subscription, nothing ended it since, and no other Server has the name.
    Held,
    /// It took it, and the agent left.
    Left,
    /// Since it started it took none.
    Never,
}

impl<'a> World<'a> {
    /// What the central scheduler's log says of an agent.
    ///
    /// # Errors
    /// [`Unknown`] when the log is not known, or not back to where the subscription would be; when
    /// another Server has, or may have, the same name, so that the line may be about that; and when
    /// the pod's name does not tell the number of the replica, and the replicas that the scheduler has do
    /// not tell either.
    pub fn place(&self, server: &Object, agent: &Agent<'_>) -> Result<Place, Unknown> {
        let unknown = |what: String| Err(Unknown::NotInInput { what });
        let Some(log) = self.scheduler_log()? else {
            return unknown("the log of a central scheduler, which has no pod,".to_owned());
        };
        let registration = match &agent.replica {
            Some(replica) => log.agents.get(replica).copied(),
            None => match log.of_all(server.name(), self.agents(server)?.len()) {
                Ok(registration) => registration,
                Err(NotTold) => {
                    return unknown(format!("by which number the scheduler knows Pod {}", agent.pod.object.name()));
                }
            },
        };
        match registration {
            Some(Registration::Disconnected) => Ok(Place::Left),
            None if log.from_the_start => Ok(Place::Never),
            None => unknown("the beginning of the central scheduler's log".to_owned()),
            Some(Registration::Subscribed) => match self.namesakes(server)?.as_slice() {
                [] => Ok(Place::Held),
                _ => unknown(format!("which Server `{}` the scheduler knows, of several of that name,", server.name())),
            },
        }
    }

    /// Asks something of every agent of the Servers seen on the central scheduler. Where the pods of a
    /// Server are not known, the rule is unknown for it.
    pub(super) fn for_each_agent(&self, report: &mut Report, mut judge: impl FnMut(&Object, &Agent<'a>, &mut Report)) {
        for server in self.servers(report).into_iter().filter(|server| server.is_live()) {
            match self.agents(&server.object) {
                _ if status::is_deleting(&server.object) => {}
                Ok(agents) => agents.iter().for_each(|agent| judge(&server.object, agent, report)),
                Err(reason) => report.unknown(server.object.id(), reason),
            }
        }
    }

    /// The agents of a Server, one for each of its pods.
    ///
    /// # Errors
    /// [`Unknown`] when the pods of the namespace are not known.
    pub fn agents(&self, server: &Object) -> Result<Vec<Agent<'a>>, Unknown> {
        let namespace = server.namespace().unwrap_or_default();
        let pods = self.snapshot.all_in(&POD, namespace)?;
        let own = |pod: &&Observed| is_alive(&pod.object) && server_of(&pod.object) == Some(server.name());
        Ok(pods.into_iter().filter(own).map(|pod| self.agent(server, pod)).collect())
    }

    fn agent(&self, server: &Object, pod: &'a Observed) -> Agent<'a> {
        let container = container(&pod.object, Process::Agent);
        let log = self.snapshot.log(&container);
        let earlier = self.snapshot.previous_log(&container).and_then(|excerpt| excerpt.log.agent());
        Agent {
            pod,
            replica: index(server.name(), pod.object.name()).map(|index| Replica::new(server.name(), index)),
            is_running: is_running(&pod.object, Process::Agent),
            log: log.and_then(|excerpt| excerpt.log.agent().ok_or_else(|| of_another(&container))),
            earlier,
        }
    }

    /// The log of the central scheduler; `None` when it has no pod.
    ///
    /// # Errors
    /// [`Unknown`] when it is not known, and when several schedulers run, of which each knows other
    /// agents.
    pub fn scheduler_log(&self) -> Result<Option<&'a SchedulerLog>, Unknown> {
        let mut pods = self.central_pods(Process::Scheduler)?.into_iter();
        let Some(pod) = pods.next() else { return Ok(None) };
        if pods.next().is_some() {
            return Err(Unknown::NotInInput {
                what: "which of several schedulers an agent is connected to".to_owned(),
            });
        }
        let container = container(&pod.object, Process::Scheduler);
        let log = self.snapshot.log(&container)?;
        log.log.scheduler().map(Some).ok_or_else(|| of_another(&container))
    }

    /// The logs of the operator, each with its pod: of several pods only the leader says anything of
    /// connections. None when it has no pod.
    ///
    /// # Errors
    /// [`Unknown`] when one of them is not known.
    pub fn operator_logs(&self) -> Result<Vec<(&'a Observed, &'a OperatorLog)>, Unknown> {
        let read = |pod: &'a Observed| {
            let container = container(&pod.object, Process::Operator);
            let log = self.snapshot.log(&container)?;
            Ok((pod, log.log.operator().ok_or_else(|| of_another(&container))?))
        };
        self.central_pods(Process::Operator)?.into_iter().map(read).collect()
    }

    /// What the operator's run before the present one said last of its connection for a namespace,
    /// where the present one says nothing of any; with its pod.
    pub(super) fn earlier_link(&self, namespace: &str) -> Option<(&'a Observed, &'a Link)> {
        let pods = self.central_pods(Process::Operator).ok()?;
        pods.into_iter().find_map(|pod| {
            let excerpt = self.snapshot.previous_log(&container(&pod.object, Process::Operator))?;
            Some((pod, excerpt.log.operator()?.links.get(namespace)?))
        })
    }

    /// The latest that the operator said of its connection for a namespace, with its pod; `None` when
    /// it said nothing.
    ///
    /// # Errors
    /// [`Unknown`] when the operator's log is not known.
    pub fn operator_link(&self, namespace: &str) -> Result<Option<(&'a Observed, &'a Link)>, Unknown> {
        let logs = self.operator_logs()?;
        Ok(logs.into_iter().find_map(|(pod, log)| Some((pod, log.links.get(namespace)?))))
    }

    /// The latest error that ended the operator's work on an object, with the pod whose log tells it. It
    /// may be over by now.
    pub fn operator_error(&self, object: &Object) -> Option<(&'a Observed, &'a str)> {
        let id = object.id().to_string();
        let logs = self.operator_logs().ok()?;
        logs.into_iter().find_map(|(pod, log)| Some((pod, log.errors.get(&id)?.as_str())))
    }

    fn central_pods(&self, process: Process) -> Result<Vec<&'a Observed>, Unknown> {
        let (key, value) = match process {
            Process::Operator => pattern::OPERATOR_POD_LABEL,
            Process::Scheduler => (pattern::COMPONENT_LABEL, Component::Scheduler.name()),
            Process::Agent => (pattern::COMPONENT_LABEL, pattern::SERVER_COMPONENT),
        };
        let pods = self.snapshot.all_in(&POD, self.central())?;
        Ok(pods.into_iter().filter(|pod| pod.object.label(key) == Some(value) && is_alive(&pod.object)).collect())
    }

    /// Ok when no other Server on the scheduler can have this name; with the namespaces that have one.
    ///
    /// # Errors
    /// [`Unknown`] when there may be Servers that are not known.
    pub fn namesakes(&self, server: &Object) -> Result<Vec<&str>, Unknown> {
        let shared = self.shared();
        let others = shared
            .objects(&SERVER)
            .filter(|(namespace, other)| other.object.name() == server.name() && server.namespace() != Some(namespace));
        let others: Vec<&str> = others.map(|(namespace, _)| namespace).collect();
        if others.is_empty() {
            shared.closed(&SERVER)?;
        }
        Ok(others)
    }
}

fn container(pod: &Object, process: Process) -> Container {
    Container::new(pod.namespace().unwrap_or_default(), pod.name(), process)
}

/// A log that was filed under the wrong process, which only a saved snapshot that somebody edited has.
fn of_another(container: &Container) -> Unknown {
    Unknown::NotInInput { what: format!("a log of {container} that is its own") }
}

/// The Server that a pod belongs to.
fn server_of(pod: &Object) -> Option<&str> {
    (pod.label(pattern::COMPONENT_LABEL) == Some(pattern::SERVER_COMPONENT)).then_some(())?;
    pod.label(pattern::SERVER_NAME_LABEL)
}

/// The number of a StatefulSet's pod.
fn index(server: &str, pod: &str) -> Option<u32> {
    pod.strip_prefix(server)?.strip_prefix('-')?.parse().ok()
}

/// Whether a container runs. Where the status does not say, it is taken to.
fn is_running(pod: &Object, process: Process) -> bool {
    let state = container_status(pod, process.container()).and_then(|status| status.get("state"));
    state.is_none_or(|state| state.get("running").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_replica_is_in_the_name_of_its_pod() {
        assert_eq!(index("fin-mlserver", "fin-mlserver-12"), Some(12));
        for pod in ["fin-mlserver-6c9d-x2", "fin-mlserver", "fin-mlserver-", "other-0", "fin-mlserver0"] {
            assert_eq!(index("fin-mlserver", pod), None, "{pod}");
        }
    }
}
