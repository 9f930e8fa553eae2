//! A container's log as evidence: what it proves, how much of it was read, or why nothing was.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AgentLog, OperatorLog, SchedulerLog};
use crate::{
    pattern,
    resource::{AGENT_LOG, OPERATOR_LOG, Resource, SCHEDULER_LOG},
};

/// A process whose log is evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Process {
    /// The agent of a Server's pod.
    Agent,
    /// The scheduler.
    Scheduler,
    /// The operator.
    Operator,
}

impl Process {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Agent, Self::Scheduler, Self::Operator];

    /// The name of its container.
    pub const fn container(self) -> &'static str {
        match self {
            Self::Agent => pattern::AGENT_CONTAINER,
            Self::Scheduler => pattern::SCHEDULER_CONTAINER,
            Self::Operator => pattern::OPERATOR_CONTAINER,
        }
    }

    /// What a rule that wants such logs names among what it reads.
    pub fn resource(self) -> &'static Resource {
        match self {
            Self::Agent => &AGENT_LOG,
            Self::Scheduler => &SCHEDULER_LOG,
            Self::Operator => &OPERATOR_LOG,
        }
    }
}

/// A container whose log is evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Container {
    /// Namespace of the pod.
    pub namespace: String,
    /// Name of the pod.
    pub pod: String,
    /// What runs in it.
    pub process: Process,
}

impl Container {
    /// The container of a process in a pod.
    pub fn new(namespace: impl Into<String>, pod: impl Into<String>, process: Process) -> Self {
        Self { namespace: namespace.into(), pod: pod.into(), process }
    }
}

impl fmt::Display for Container {
    /// For people: `container agent of Pod fin/mlserver-0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "container {} of Pod {}/{}", self.process.container(), self.namespace, self.pod)
    }
}

/// What a log proves, by the process that wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parsed {
    /// Of an agent.
    Agent(AgentLog),
    /// Of the scheduler.
    Scheduler(SchedulerLog),
    /// Of the operator.
    Operator(OperatorLog),
}

impl Parsed {
    /// What nothing at all proves.
    pub fn empty(process: Process) -> Self {
        match process {
            Process::Agent => Self::Agent(AgentLog::default()),
            Process::Scheduler => Self::Scheduler(SchedulerLog::default()),
            Process::Operator => Self::Operator(OperatorLog::default()),
        }
    }

    /// The agent's, if it is one.
    pub const fn agent(&self) -> Option<&AgentLog> {
        if let Self::Agent(log) = self { Some(log) } else { None }
    }

    /// The scheduler's, if it is one.
    pub const fn scheduler(&self) -> Option<&SchedulerLog> {
        if let Self::Scheduler(log) = self { Some(log) } else { None }
    }

    /// The operator's, if it is one.
    pub const fn operator(&self) -> Option<&OperatorLog> {
        if let Self::Operator(log) = self { Some(log) } else { None }
    }

    /// Whether it says nothing of any connection, so that what the run before this one said is worth
    /// a look. What a scheduler knew is void after its end.
    pub fn is_silent(&self) -> bool {
        match self {
            Self::Agent(log) => log.connection.is_none(),
            Self::Scheduler(_) => false,
            Self::Operator(log) => log.is_silent(),
        }
    }
}

/// Whether the beginning of what a container wrote is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Everything that the node keeps was read. It keeps no more than its log rotation leaves.
    Kept,
    /// As many lines as were asked for came, so there are older ones.
    Tail,
}

/// Whether the end of what a container wrote is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// Up to the moment at which it was read.
    Now,
    /// The limit of bytes came first, so the latest lines are missing.
    Limit,
    /// The connection broke, or took too long, for this reason.
    Broken(String),
}

/// What was read of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Excerpt {
    /// What it proves.
    pub log: Parsed,
    /// Whether older lines may be missing.
    pub start: Start,
    /// Whether newer lines are missing.
    pub end: End,
}

impl Excerpt {
    /// Why the latest that the container wrote is not in it; `None` when it is.
    pub fn cut(&self) -> Option<String> {
        match &self.end {
            End::Now => None,
            End::Limit => Some("it is too long, and its latest lines are missing".to_owned()),
            End::Broken(reason) => Some(format!("it was cut off: {reason}")),
        }
    }
}

/// Why there is nothing of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unread {
    /// The right to read it is missing.
    Forbidden(String),
    /// The pod, or the log of it, is not there any more.
    Gone,
    /// The container has written nothing yet, because it was not started.
    NotStarted(String),
    /// Anything else that prevented it.
    Failed(String),
}

/// One reading of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// Something was read.
    Read(Excerpt),
    /// Nothing was.
    Unread(Unread),
}

impl Reading {
    /// What was read, if anything was.
    pub const fn excerpt(&self) -> Option<&Excerpt> {
        if let Self::Read(excerpt) = self { Some(excerpt) } else { None }
    }
}

/// What was read of a container's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContainerLog {
    /// Of the container as it runs, or ran last.
    pub current: Reading,
    /// Of its run before that one, where the current log says nothing of any connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Reading>,
}
