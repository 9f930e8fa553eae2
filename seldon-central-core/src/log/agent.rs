//! The log of an agent, the container `agent` of a Server's pod.
//!
//! Messages as `scheduler/cmd/agent` and `scheduler/pkg/agent` log them from 2.6 to 2.10.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Failure, Line, failure::bounded, lines};

/// Where a process connects to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Address {
    /// The host, as it was configured.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Address {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.trim().rsplit_once(':')?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Some(Self { host: host.to_owned(), port: port.parse().ok()? }).filter(|address| !address.host.is_empty())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// The latest that an agent said of its connection to a scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Connection {
    /// It began to connect, or asked to subscribe, and said nothing since.
    Trying,
    /// Its request to subscribe was sent. That does not prove that the scheduler took it: another
    /// agent of the same name and number may hold the place.
    Subscribed,
    /// The attempt failed.
    Failed,
    /// The stream that it had broke.
    Broken,
    /// The subscription ended; the agent tries again.
    Ended,
}

/// What the log of an agent proves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentLog {
    /// The scheduler that it last began to connect to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduler: Option<Address>,
    /// The latest event of its connection; `None` where the log has none, which proves nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<Connection>,
    /// The latest failure of its connection since it was last subscribed. It outlives the next
    /// attempt, which an agent that does not get through begins every few seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The capabilities that it declares, in their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<String>>,
    /// Why it cannot see whether its own address is published, from 2.10 on: the API server or the
    /// right to read `EndpointSlices` is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<String>,
    /// What it said last before it exited by itself, such as that it cannot read its settings of
    /// rclone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fatal: Option<String>,
}

const CONNECTING: &str = "Connecting (non-blocking) to scheduler at ";
const CAPABILITIES: &str = "Setting capabilities from env SELDON_SERVER_CAPABILITIES with value ";
const ENDPOINTS: &str = "failed waiting to check if pod's IP is published to endpoints";

impl AgentLog {
    /// Reads a log, the oldest line first.
    pub fn read(log: &[u8]) -> Self {
        let mut read = Self::default();
        for line in lines(log) {
            read.take(&Line::read(&line));
        }
        read
    }

    /// Takes one more line.
    pub(super) fn take(&mut self, line: &Line<'_>) {
        let error = line.field("error").unwrap_or_default();
        if let Some(address) = line.message.strip_prefix(CONNECTING) {
            self.scheduler = Address::parse(address);
            self.connection = Some(Connection::Trying);
        } else if let Some(list) = line.message.strip_prefix(CAPABILITIES) {
            self.capabilities = Some(words(list));
        } else if let Some(state) = connection(&line.message) {
            match state {
                Connection::Subscribed => self.failure = None,
                Connection::Failed | Connection::Broken => self.failure = Some(Failure::new(error)),
                Connection::Trying | Connection::Ended => {}
            }
            self.connection = Some(state);
        }
        if line.field("level") == Some("fatal") {
            let parts = [line.message.as_ref(), error].into_iter().filter(|part| !part.is_empty());
            self.fatal = Some(bounded(&parts.collect::<Vec<_>>().join(": ")));
        }
        if line.message.starts_with(ENDPOINTS) {
            self.endpoints = Some(bounded(&line.message));
        } else if error.contains(ENDPOINTS) {
            self.endpoints = Some(bounded(error));
        }
    }
}

fn connection(message: &str) -> Option<Connection> {
    Some(match message {
        "Call subscribe to scheduler" => Connection::Trying,
        "Subscribed to scheduler" => Connection::Subscribed,
        "Scheduler not ready" | "Failed to connect to the scheduler" | "Failed to create connection to scheduler" => {
            Connection::Failed
        }
        "event recv failed" => Connection::Broken,
        "Scheduler subscription ended" => Connection::Ended,
        _ => return None,
    })
}

/// A list as Go prints one, `[a b]`, or as the variable holds it, `a,b`.
fn words(list: &str) -> Vec<String> {
    let list = list.trim().trim_start_matches('[').trim_end_matches(']');
    list.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::FailureKind;

    const START: &str = "time=\"t\" level=info msg=\"Connecting (non-blocking) to scheduler at seldon-scheduler:9005\"\n\
                         time=\"t\" level=info msg=\"Call subscribe to scheduler\"\n";
    const AGAIN: &str = "time=\"t\" level=info msg=\"Call subscribe to scheduler\" func=HandleSchedulerSubscription\n";
    const SUBSCRIBED: &str = "time=\"t\" level=info msg=\"Subscribed to scheduler\"\n";
    const BROKEN: &str =
        "time=\"t\" level=error msg=\"event recv failed\" error=\"rpc error: code = Unavailable desc = EOF\"\n";
    const NOT_READY: &str =
        "time=\"t\" level=error msg=\"Scheduler not ready\" error=\"dial tcp 10.0.0.1:9005: i/o timeout\"\n";
    const ENDED: &str = "time=\"t\" level=info msg=\"Scheduler subscription ended\" func=StartControlLoop\n";

    fn read(parts: &[&str]) -> AgentLog {
        AgentLog::read(parts.concat().as_bytes())
    }

    #[test]
    fn the_latest_event_wins() {
        use Connection::{Broken, Ended, Failed, Subscribed, Trying};
        use FailureKind::{Closed, TimedOut};
        let cases: [(&[&str], Option<Connection>, Option<FailureKind>); 9] = [
            (&[], None, None),
            (&[START], Some(Trying), None),
            (&[START, NOT_READY], Some(Failed), Some(TimedOut)),
            (&[START, NOT_READY, AGAIN], Some(Trying), Some(TimedOut)),
            (&[START, NOT_READY, AGAIN, SUBSCRIBED], Some(Subscribed), None),
            (&[START, SUBSCRIBED, BROKEN], Some(Broken), Some(Closed)),
            (&[START, SUBSCRIBED, BROKEN, ENDED, AGAIN], Some(Trying), Some(Closed)),
            (&[SUBSCRIBED, BROKEN, ENDED, AGAIN, NOT_READY], Some(Failed), Some(TimedOut)),
            (&[SUBSCRIBED, BROKEN, ENDED], Some(Ended), Some(Closed)),
        ];
        for (parts, connection, failure) in cases {
            let log = read(parts);
            assert_eq!((log.connection, log.failure.map(|one| one.kind)), (connection, failure), "{parts:?}");
        }
    }

    #[test]
    fn the_host_that_is_dialled_is_told() {
        let address = |host: &str, port| Some(Address { host: host.to_owned(), port });
        assert_eq!(read(&[START]).scheduler, address("seldon-scheduler", 9005));
        let line = r#"{"level":"info","msg":"Connecting (non-blocking) to scheduler at [fd00::1]:9005"}"#;
        assert_eq!(read(&[line]).scheduler, address("fd00::1", 9005));
        assert_eq!(read(&["level=info msg=\"Connecting (non-blocking) to scheduler at here\""]).scheduler, None);
    }

    #[test]
    fn capabilities_are_those_of_the_running_pod() {
        let log = format!("level=info msg=\"{CAPABILITIES}[mlserver alibi-detect]\"\n");
        assert_eq!(read(&[&log]).capabilities.unwrap(), ["mlserver", "alibi-detect"]);
        let log = format!("level=info msg=\"{CAPABILITIES}mlserver,numpy\"\n");
        assert_eq!(read(&[&log]).capabilities.unwrap(), ["mlserver", "numpy"]);
    }

    #[test]
    fn unseen_endpoints_are_told() {
        let log = format!("level=error msg=\"event recv failed\" error=\"{ENDPOINTS}: forbidden\"\n");
        assert!(read(&[&log]).endpoints.unwrap().ends_with("forbidden"));
    }

    #[test]
    fn the_last_words_of_an_agent_are_told() {
        let log = "level=fatal msg=\"Failed to initialise rclone config listener\" error=\"secrets not found\"\n";
        assert_eq!(read(&[log]).fatal.unwrap(), "Failed to initialise rclone config listener: secrets not found");
        let json = r#"{"level":"fatal","msg":"Failed to parse replica config"}"#;
        assert_eq!(read(&[json]).fatal.unwrap(), "Failed to parse replica config");
    }
}
