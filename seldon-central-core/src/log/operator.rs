//! The log of the operator, the container `manager` of `seldon-v2-controller-manager`.
//!
//! Messages as `operator/scheduler` logs them from 2.6 to 2.10.
//!
//! The operator says little of a connection that works. `Starting event handling` follows a call that
//! the scheduler answered; `Retrying to connect` is said of every stream, the first time as well; and
//! `Scheduler not ready` names no namespace (`operator/scheduler/client.go:170-285`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Failure, FailureKind, Line, failure::bounded, lines};

/// The latest that the operator said of its connection for a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "failure")]
pub enum Link {
    /// The scheduler answered when it last connected, and no failure came after that.
    Connected,
    /// The scheduler had answered, and since then streams failed of which the log does not say whose
    /// they are.
    Doubtful(Failure),
    /// It cannot connect; with the reason, where a line gives it.
    Failed(Option<Failure>),
}

/// What the log of an operator proves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OperatorLog {
    /// The latest of each namespace that a line names.
    pub links: BTreeMap<String, Link>,
    /// How often it began to take the events of each namespace: more than once after a runtime was
    /// created again.
    pub beginnings: BTreeMap<String, u32>,
    /// How many attempts were made on connections that the operator had closed itself, as it does
    /// when a runtime is deleted. They name no namespace, and never end.
    pub abandoned: u32,
    /// The latest error that ended a reconcile of each object, as `SeldonRuntime NAMESPACE/NAME`. Nothing
    /// tells that a later one went well.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, String>,
    /// Its version, where a line tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The latest failure that names no namespace, unless the scheduler was heard after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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

    /// Takes one more line.
    pub(super) fn take(&mut self, line: &Line<'_>) {
        if let Some(version) = line.field("version") {
            self.version = Some(bounded(version));
        }
        if line.message == "Reconciler error"
            && let (Some(object), Some(error)) = (reconciled(line), line.field("error"))
        {
            self.errors.insert(object, bounded(error));
        }
        let error = line.field("error").filter(|text| !text.is_empty()).map(Failure::new);
        let namespace = line.field("namespace").map(bounded);
        match (line.message.as_ref(), namespace) {
            ("Starting event handling", Some(namespace)) => {
                *self.beginnings.entry(namespace.clone()).or_default() += 1;
                self.links.insert(namespace, Link::Connected);
            }
            ("Failed smoke test on scheduler" | "Failed to connect to scheduler", Some(namespace)) => {
                self.failed(namespace, error);
            }
            // The smoke test gives no reason; the reconciler that wanted the connection does.
            ("Reconciler error", Some(namespace)) if self.is_failed(&namespace) => self.failed(namespace, error),
            ("Scheduler not ready" | "event recv failed", _) => self.fail_somewhere(error),
            ("Received event", _) => self.heard(),
            _ => {}
        }
    }

    fn is_failed(&self, namespace: &str) -> bool {
        matches!(self.links.get(namespace), Some(Link::Failed(_)))
    }

    /// A failure that gives no reason does not lose the one that was given before.
    fn failed(&mut self, namespace: String, reason: Option<Failure>) {
        let before = match self.links.remove(&namespace) {
            Some(Link::Failed(before)) => before,
            Some(Link::Connected | Link::Doubtful(_)) | None => None,
        };
        let reason = reason.filter(|failure| before.is_none() || failure.kind != FailureKind::Other);
        self.links.insert(namespace, Link::Failed(reason.or(before)));
    }

    fn fail_somewhere(&mut self, failure: Option<Failure>) {
        let Some(failure) = failure else { return };
        if failure.kind == FailureKind::Abandoned {
            self.abandoned = self.abandoned.saturating_add(1);
            return;
        }
        for link in self.links.values_mut().filter(|link| !matches!(link, Link::Failed(_))) {
            *link = Link::Doubtful(failure.clone());
        }
        self.last_failure = Some(failure);
    }

    /// A scheduler sent an event: one at least of the connections works, and all lead to the same.
    fn heard(&mut self) {
        self.last_failure = None;
        for link in self.links.values_mut().filter(|link| matches!(link, Link::Doubtful(_))) {
            *link = Link::Connected;
        }
    }

    /// Whether it says nothing of any connection.
    pub fn is_silent(&self) -> bool {
        self.links.is_empty() && self.last_failure.is_none() && self.abandoned == 0
    }
}

/// The object whose reconcile a line tells of. controller-runtime names the kind in one field or in
/// another, by its version.
fn reconciled(line: &Line<'_>) -> Option<String> {
    let kind = line.field("controllerKind").or_else(|| line.field("reconciler kind"))?;
    Some(bounded(&format!("{kind} {}/{}", line.field("namespace")?, line.field("name")?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(message: &str, fields: &str) -> String {
        format!("2026-03-01T10:00:00.000Z\tINFO\tSchedulerClient\t{message}\t{{{fields}}}\n")
    }

    fn of(namespace: &str, message: &str) -> String {
        line(message, &format!(r#""namespace":"{namespace}""#))
    }

    fn failing(error: &str) -> String {
        line("Scheduler not ready", &format!(r#""error":"{error}""#))
    }

    fn read(lines: &[String]) -> OperatorLog {
        OperatorLog::read(lines.concat().as_bytes())
    }

    const TIMED_OUT: &str = "rpc error: code = Unavailable desc = dial tcp 10.0.0.9:9004: i/o timeout";
    const ABANDONED: &str = "rpc error: code = Canceled desc = grpc: the client connection is closing";

    #[test]
    fn streams_that_start_are_not_taken_for_failures() {
        let started = [
            line("Dialing scheduler", r#""host":"seldon-scheduler.fin","port":9004"#),
            line("Connected to scheduler", r#""host":"seldon-scheduler.fin","port":9004"#),
            of("fin", "Starting event handling"),
            of("fin", "Retrying to connect"),
            of("fin", "Retrying to connect"),
        ];
        assert_eq!(read(&started).links, [("fin".to_owned(), Link::Connected)].into());
    }

    #[test]
    fn a_connection_that_was_dialled_is_none_yet() {
        let dialled = [line("Connected to scheduler", r#""host":"seldon-scheduler.fin","port":9004"#)];
        assert!(read(&dialled).is_silent());
    }

    #[test]
    fn the_latest_of_each_namespace_counts() {
        let failed = of("fin", "Failed smoke test on scheduler");
        let reason =
            line("Reconciler error", &format!(r#""controller":"server","namespace":"fin","error":"{TIMED_OUT}""#));
        let other = of("risk", "Starting event handling");
        let log = read(&[failed.clone(), reason.clone(), failed.clone(), other]);
        let Some(Link::Failed(Some(failure))) = log.links.get("fin") else { panic!("{log:?}") };
        assert_eq!(failure.kind, FailureKind::TimedOut);
        assert_eq!(log.links.get("risk"), Some(&Link::Connected));

        let log = read(&[failed, reason, of("fin", "Starting event handling")]);
        assert_eq!(log.links.get("fin"), Some(&Link::Connected));
        let stranger = line("Reconciler error", r#""namespace":"fin","error":"x""#);
        assert!(read(&[stranger]).is_silent(), "a reconciler fails for many reasons");
    }

    #[test]
    fn a_failure_without_a_namespace_makes_doubtful_until_an_event_comes() {
        let both = [of("fin", "Starting event handling"), of("risk", "Starting event handling"), failing(TIMED_OUT)];
        let log = read(&both);
        assert!(log.links.values().all(|link| matches!(link, Link::Doubtful(_))), "{log:?}");
        assert_eq!(log.last_failure.unwrap().kind, FailureKind::TimedOut);
        let heard = read(&[&both[..], &[line("Received event", r#""server":"mlserver""#)]].concat());
        assert!(heard.links.values().all(|link| *link == Link::Connected), "{heard:?}");
        assert_eq!(heard.last_failure, None);
    }

    #[test]
    fn connections_that_the_operator_closed_itself_are_counted_and_no_failures() {
        let begun = of("fin", "Starting event handling");
        let log = read(&[begun.clone(), failing(ABANDONED), begun, failing(ABANDONED), failing(ABANDONED)]);
        assert_eq!((log.abandoned, log.beginnings.get("fin")), (3, Some(&2)));
        assert_eq!(log.links.get("fin"), Some(&Link::Connected));
        assert!(log.last_failure.is_none() && !log.is_silent());
    }

    #[test]
    fn errors_of_reconciles_are_told_by_object() {
        let error = |kind: &str, name: &str, error: &str| {
            line(
                "Reconciler error",
                &format!(r#""{kind}":"SeldonRuntime","namespace":"fin","name":"{name}","error":"{error}""#),
            )
        };
        let nameless = line("Reconciler error", r#""controllerKind":"Server","error":"x""#);
        let log = read(&[
            error("controllerKind", "a", "first"),
            error("reconciler kind", "b", "other"),
            error("controllerKind", "a", "last"),
            nameless,
        ]);
        let errors: Vec<_> = log.errors.iter().map(|(object, error)| format!("{object}: {error}")).collect();
        assert_eq!(errors, ["SeldonRuntime fin/a: last", "SeldonRuntime fin/b: other"]);
        assert!(log.is_silent(), "a reconciler fails for many reasons");
    }

    #[test]
    fn the_version_is_told() {
        assert_eq!(read(&[line("starting manager", r#""version":"2.10.2""#)]).version.unwrap(), "2.10.2");
    }
}
