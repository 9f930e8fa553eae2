//! The log of the central scheduler, the container `scheduler` of its pod.
//!
//! Messages as `scheduler/pkg/agent/server.go` and `scheduler/pkg/server/server.go` log them from
//! 2.6 to 2.10.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{Line, lines};

/// One replica of a Server, as agents name themselves. The scheduler knows no namespaces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Replica {
    /// Name of the Server.
    pub server: String,
    /// Number of the replica, from 0.
    pub index: u32,
}

impl Replica {
    /// A replica of a Server.
    pub fn new(server: impl Into<String>, index: u32) -> Self {
        Self { server: server.into(), index }
    }

    fn parse(text: &str) -> Option<Self> {
        let word = text.split_whitespace().next()?;
        let (server, index) = word.rsplit_once(':')?;
        Some(Self { server: server.to_owned(), index: index.parse().ok()? })
            .filter(|replica| !replica.server.is_empty())
    }
}

impl fmt::Display for Replica {
    /// As the scheduler logs it: `mlserver:0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.server, self.index)
    }
}

impl From<Replica> for String {
    fn from(replica: Replica) -> Self {
        replica.to_string()
    }
}

impl TryFrom<String> for Replica {
    type Error = NoReplica;

    fn try_from(text: String) -> Result<Self, NoReplica> {
        Self::parse(&text).ok_or(NoReplica(text))
    }
}

/// A text that names no replica.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no replica of a Server, which is written as NAME:NUMBER")]
pub struct NoReplica(String);

/// The latest that the scheduler said of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Registration {
    /// It took the agent's subscription. This line comes after the lock on the agent's name, so an
    /// agent of the same name that waits for the place has none.
    Subscribed,
    /// The agent went.
    Disconnected,
}

/// What the log of a scheduler proves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SchedulerLog {
    /// The latest of each agent that subscribed or went.
    pub agents: BTreeMap<Replica, Registration>,
    /// The replicas that the operator last announced for each Server, -1 for none in particular.
    pub notified: BTreeMap<String, i64>,
    /// Whether it said that it is ready.
    pub is_ready: bool,
    /// Whether the log begins where the process did, so that a line that is missing was never
    /// written.
    pub from_the_start: bool,
}

/// That a log does not tell which agent a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the log does not tell which agent it is about")]
pub struct NotTold;

/// Where an agent's subscription is told, by version: 2.10.2 added a word.
const SUBSCRIBED: [&str; 2] = ["Received agent subscribe request from ", "Received subscribe request from "];
const NOTIFIED: &str = "Server notification ";
/// Logged before the first agent or operator can connect. `Starting xDS envoy server` is not: it waits
/// for the agents (`scheduler/cmd/scheduler/main.go:405-436`).
const STARTS: [&str; 2] = ["Scheduler server running on ", "Agent server running on "];

impl SchedulerLog {
    /// Reads a log, the oldest line first.
    pub fn read(log: &[u8]) -> Self {
        let mut read = Self::default();
        for line in lines(log) {
            read.take(&Line::read(&line));
        }
        read
    }

    /// What it says of every one of so many agents of a Server whose numbers are not known, as those in a
    /// Deployment's pods; `None` when it names none.
    ///
    /// # Errors
    /// [`NotTold`] when it says one thing of some and not of all.
    pub fn of_all(&self, server: &str, agents: usize) -> Result<Option<Registration>, NotTold> {
        let own = || self.agents.iter().filter(|(replica, _)| replica.server == server);
        let subscribed = own().filter(|(_, registration)| **registration == Registration::Subscribed).count();
        match (own().count(), subscribed) {
            (0, _) => Ok(None),
            (_, 0) => Ok(Some(Registration::Disconnected)),
            (_, subscribed) if subscribed >= agents => Ok(Some(Registration::Subscribed)),
            _ => Err(NotTold),
        }
    }

    /// Takes one more line.
    pub(super) fn take(&mut self, line: &Line<'_>) {
        let message = line.message.as_ref();
        if let Some(replica) = SUBSCRIBED.iter().find_map(|start| message.strip_prefix(start)).and_then(Replica::parse)
        {
            self.agents.insert(replica, Registration::Subscribed);
        } else if let Some(replica) = gone(message).and_then(Replica::parse) {
            self.agents.insert(replica, Registration::Disconnected);
        } else if let Some((server, expected)) = message.strip_prefix(NOTIFIED).and_then(notified) {
            self.notified.insert(server.to_owned(), expected);
        } else if message == "Scheduler is ready" {
            self.is_ready = true;
        } else if STARTS.iter().any(|start| message.starts_with(start)) {
            self.from_the_start = true;
        }
    }
}

/// How the end of an agent's stream is told. It is logged before the lock is given to the next one.
const GONE: [&str; 2] = ["Agent subscribe stream closed for ", "Closing stream for replica: "];

/// The agent that a line says went.
fn gone(message: &str) -> Option<&str> {
    let disconnected = message.strip_prefix("Client replica ").filter(|rest| rest.ends_with(" has disconnected"));
    disconnected.or_else(|| GONE.iter().find_map(|start| message.strip_prefix(start)))
}

/// `NAME expectedReplicas N shared B`
fn notified(rest: &str) -> Option<(&str, i64)> {
    let mut words = rest.split_whitespace();
    let server = words.next()?;
    let expected = words.find(|word| *word == "expectedReplicas").and_then(|_| words.next())?;
    Some((server, expected.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(messages: &[&str]) -> SchedulerLog {
        let log: String = messages.iter().map(|message| format!("time=\"t\" level=info msg=\"{message}\"\n")).collect();
        SchedulerLog::read(log.as_bytes())
    }

    #[test]
    fn an_agent_is_what_the_latest_line_says() {
        let mlserver = Replica::new("mlserver", 0);
        for subscribed in SUBSCRIBED {
            let subscribed = format!("{subscribed}mlserver:0");
            let gone = "Client replica mlserver:0 has disconnected";
            assert_eq!(read(&[&subscribed]).agents.get(&mlserver), Some(&Registration::Subscribed));
            assert_eq!(read(&[&subscribed, gone]).agents.get(&mlserver), Some(&Registration::Disconnected));
            assert_eq!(read(&[&subscribed, gone, &subscribed]).agents.get(&mlserver), Some(&Registration::Subscribed));
        }
        for gone in GONE {
            let closed = read(&[&format!("{gone}fin-mlserver:12")]);
            assert_eq!(closed.agents.get(&Replica::new("fin-mlserver", 12)), Some(&Registration::Disconnected));
        }
        assert!(read(&["Received agent subscribe request from nobody"]).agents.is_empty());
    }

    #[test]
    fn agents_without_a_number_are_told_where_all_are_alike() {
        let log = read(&[
            "Received agent subscribe request from a:0",
            "Received agent subscribe request from a:1",
            "Received agent subscribe request from b:0",
            "Client replica b:0 has disconnected",
        ]);
        assert_eq!(log.of_all("a", 2), Ok(Some(Registration::Subscribed)));
        assert_eq!(log.of_all("a", 3), Err(NotTold), "one of three is missing, and nobody knows which");
        assert_eq!(log.of_all("b", 1), Ok(Some(Registration::Disconnected)));
        assert_eq!(log.of_all("c", 1), Ok(None));
    }

    #[test]
    fn the_latest_notification_counts() {
        let log = read(&[
            "Server notification mlserver expectedReplicas 1 shared false",
            "Server notification mlserver expectedReplicas 0 shared false",
            "Server notification",
        ]);
        assert_eq!(log.notified, [("mlserver".to_owned(), 0)].into());
    }

    #[test]
    fn a_log_without_its_beginning_says_so() {
        let later = ["Starting xDS envoy server on port 9002 with secure: false", "Scheduler is ready"];
        assert!(!read(&later).from_the_start, "the agents that were expected subscribed before");
        let whole = read(&[&["Agent server running on 9005 mtls:false"][..], &later].concat());
        assert!(whole.from_the_start && whole.is_ready);
    }
}
