//! The log of an agent, the container `agent` of a Server's pod.
//!
//! Messages as `scheduler/cmd/agent` and `scheduler/pkg/agent` log them from 2.6 to 2.10.

use std::fmt;

use serde::Serialize;

use super::{Failure, Line, lines};

/// Where a process connects to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Connection {
    /// It began to connect, or asked to subscribe, and said nothing since.
    Trying,
    /// Its request to subscribe was sent. That does not prove that the scheduler took it: another
    /// agent of the same name and number may hold the place.
    Subscribed,
    /// The attempt failed.
    Failed(Failure),
    /// The stream that it had broke.
    Broken(Failure),
    /// The subscription ended; the agent tries again.
    Ended,
}

/// What the log of an agent proves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentLog {
    /// The scheduler that it last began to connect to.
    pub scheduler: Option<Address>,
    /// The latest event of its connection; `None` where the log has none, which proves nothing.
    pub connection: Option<Connection>,
    /// The capabilities that it declares, in their order.
    pub capabilities: Option<Vec<String>>,
    /// Why it cannot see whether its own address is published, from 2.10 on: the API server or the
    /// right to read `EndpointSlices` is missing.
    pub endpoints: Option<String>,
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

    fn take(&mut self, line: &Line<'_>) {
        if let Some(address) = line.message.strip_prefix(CONNECTING) {
            self.scheduler = Address::parse(address);
            self.connection = Some(Connection::Trying);
        } else if let Some(list) = line.message.strip_prefix(CAPABILITIES) {
            self.capabilities = Some(words(list));
        } else if let Some(state) = connection(line) {
            self.connection = Some(state);
        }
        let error = line.field("error").unwrap_or_default();
        if line.message.starts_with(ENDPOINTS) {
            self.endpoints = Some(line.message.to_string());
        } else if error.contains(ENDPOINTS) {
            self.endpoints = Some(error.to_owned());
        }
    }
}

fn connection(line: &Line<'_>) -> Option<Connection> {
    let failure = || Failure::new(line.field("error").unwrap_or_default());
    Some(match line.message.as_ref() {
        "Call subscribe to scheduler" => Connection::Trying,
        "Subscribed to scheduler" => Connection::Subscribed,
        "Scheduler not ready" | "Failed to connect to the scheduler" => Connection::Failed(failure()),
        "event recv failed" => Connection::Broken(failure()),
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
    const SUBSCRIBED: &str = "time=\"t\" level=info msg=\"Subscribed to scheduler\"\n";
    const BROKEN: &str =
        "time=\"t\" level=error msg=\"event recv failed\" error=\"rpc error: code = Unavailable desc = EOF\"\n";
    const NOT_READY: &str =
        "time=\"t\" level=error msg=\"Scheduler not ready\" error=\"dial tcp 10.0.0.1:9005: i/o timeout\"\n";

    fn read(parts: &[&str]) -> AgentLog {
        AgentLog::read(parts.concat().as_bytes())
    }

    #[test]
    fn the_latest_event_wins() {
        assert_eq!(read(&[]).connection, None);
        assert_eq!(read(&[START]).connection, Some(Connection::Trying));
        assert_eq!(read(&[START, NOT_READY, SUBSCRIBED]).connection, Some(Connection::Subscribed));
        let Some(Connection::Broken(failure)) = read(&[START, SUBSCRIBED, BROKEN]).connection else { panic!() };
        assert_eq!(failure.kind, FailureKind::Closed);
        let Some(Connection::Failed(failure)) = read(&[START, SUBSCRIBED, BROKEN, NOT_READY]).connection else {
            panic!()
        };
        assert_eq!(failure.kind, FailureKind::TimedOut);
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
}
