//! The log of the operator, the container `manager` of `seldon-v2-controller-manager`.
//!
//! Messages as `operator/scheduler` logs them from 2.6 to 2.10.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Failure, Line, lines};

/// The latest that the operator said of its connection for a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Link {
    /// It takes the scheduler's events for the namespace.
    Connected,
    /// It tries again and again.
    Retrying(Option<Failure>),
}

/// What the log of an operator proves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperatorLog {
    /// The latest of each namespace that a line names.
    pub links: BTreeMap<String, Link>,
    /// Its version, where a line tells it.
    pub version: Option<String>,
    /// The latest failure that names no namespace. It is of the connection that was tried last,
    /// whichever that was.
    pub last_failure: Option<Failure>,
}

impl OperatorLog {
    /// Reads a log, the oldest line first.
    pub fn read(log: &[u8]) -> Self {
        let mut read = Self::default();
        for line in lines(log) {
            read.take(&Line::read(&line));
        }
        read
    }

    fn take(&mut self, line: &Line<'_>) {
        if let Some(version) = line.field("version") {
            self.version = Some(version.to_owned());
        }
        let error = line.field("error").filter(|text| !text.is_empty()).map(Failure::new);
        let latest = match line.message.as_ref() {
            "Starting event handling" | "Sent notify server to scheduler" => Link::Connected,
            "Failed smoke test on scheduler" | "Retrying to connect" | "Failed calling ServerNotify" => {
                Link::Retrying(error)
            }
            "Scheduler not ready" => {
                self.last_failure = error.or_else(|| self.last_failure.take());
                return;
            }
            _ => return,
        };
        if let Some(namespace) = line.field("namespace") {
            self.note(namespace, latest);
        }
    }

    /// A retry that gives no reason does not lose the one that was given before.
    fn note(&mut self, namespace: &str, link: Link) {
        let link = match (link, self.links.remove(namespace)) {
            (Link::Retrying(None), Some(Link::Retrying(reason))) => Link::Retrying(reason),
            (link, _) => link,
        };
        self.links.insert(namespace.to_owned(), link);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::FailureKind;

    fn line(message: &str, fields: &str) -> String {
        format!("2026-03-01T10:00:00.000Z\tINFO\tschedulerClient\t{message}\t{{{fields}}}\n")
    }

    #[test]
    fn the_latest_of_each_namespace_counts() {
        let failed = line(
            "Failed smoke test on scheduler",
            r#""namespace":"fin","error":"dial tcp 10.0.0.9:9004: i/o timeout""#,
        );
        let retrying = line("Retrying to connect", r#""namespace":"fin""#);
        let other = line("Starting event handling", r#""namespace":"risk""#);
        let read = OperatorLog::read([failed.clone(), retrying.clone(), other].concat().as_bytes());
        let Some(Link::Retrying(Some(failure))) = read.links.get("fin") else { panic!() };
        assert_eq!(failure.kind, FailureKind::TimedOut);
        assert_eq!(read.links.get("risk"), Some(&Link::Connected));

        let healed = line("Starting event handling", r#""namespace":"fin""#);
        let read = OperatorLog::read([failed, retrying, healed].concat().as_bytes());
        assert_eq!(read.links.get("fin"), Some(&Link::Connected));
    }

    #[test]
    fn a_failure_without_a_namespace_is_nobodys() {
        let log = line("Scheduler not ready", r#""error":"connection refused","version":"2.10.2""#);
        let read = OperatorLog::read(log.as_bytes());
        assert!(read.links.is_empty());
        assert_eq!(read.last_failure.unwrap().kind, FailureKind::Refused);
        assert_eq!(read.version.unwrap(), "2.10.2");
    }
}
