//! A log as a document, for fixtures and examples: the text as a container wrote it, beside the
//! objects of a cluster.
//!
//! ```yaml
//! apiVersion: kubectl-seldon/v1
//! kind: Log
//! metadata: {name: mlserver-0, namespace: financial-inference}   # the pod
//! container: agent                                               # or scheduler, or manager
//! text: |
//!   time="…" level=info msg="Subscribed to scheduler"
//! ```
//!
//! `previous` holds the log of the run before, `tail: true` says that older lines are missing, `cut`
//! why newer ones are, and `forbidden` why nothing could be read.

use serde::Deserialize;

use super::{Container, ContainerLog, End, Process, Reader, Reading, Start, Unread};
use crate::object::Object;

/// `apiVersion` of the document.
const API_VERSION: &str = "kubectl-seldon/v1";
/// Its `kind`.
const KIND: &str = "Log";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    container: String,
    #[serde(default)]
    text: String,
    previous: Option<String>,
    #[serde(default)]
    tail: bool,
    cut: Option<String>,
    forbidden: Option<String>,
}

/// A log that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// A field is missing or of another type.
    #[error("it is no log: {0}")]
    Malformed(String),
    /// A container whose log is no evidence.
    #[error("`{0}` is none of the containers agent, scheduler and manager, whose logs are read")]
    Container(String),
}

/// The log that a document holds; `None` when it is something else.
///
/// # Errors
/// [`DocumentError`] when it is a log with a mistake in it.
pub fn document(object: &Object) -> Option<Result<(Container, ContainerLog), DocumentError>> {
    (object.api_version() == API_VERSION && object.kind() == KIND).then(|| read(object))
}

fn read(object: &Object) -> Result<(Container, ContainerLog), DocumentError> {
    let document: Document = object.read().map_err(|error| DocumentError::Malformed(error.to_string()))?;
    let process = Process::ALL.into_iter().find(|process| process.container() == document.container);
    let process = process.ok_or(DocumentError::Container(document.container))?;
    let run = |text: &str, end: End| {
        let mut reader = Reader::new(process);
        reader.push(text.as_bytes());
        Reading::Read(reader.finish(if document.tail { Start::Tail } else { Start::Kept }, end))
    };
    let current = match (document.forbidden, document.cut) {
        (Some(reason), _) => Reading::Unread(Unread::Forbidden(reason)),
        (None, Some(reason)) => run(&document.text, End::Broken(reason)),
        (None, None) => run(&document.text, End::Now),
    };
    let previous = document.previous.map(|text| run(&text, End::Now));
    let namespace = object.namespace().unwrap_or_default();
    Ok((Container::new(namespace, object.name(), process), ContainerLog { current, previous }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{log::Connection, manifest};

    fn read(fields: &str) -> Option<Result<(Container, ContainerLog), DocumentError>> {
        let text =
            format!("apiVersion: kubectl-seldon/v1\nkind: Log\nmetadata: {{name: a-0, namespace: fin}}\n{fields}");
        document(&manifest::read("-", &text).unwrap().objects[0].object)
    }

    #[test]
    fn a_document_is_read_as_a_log_is() {
        let text = "container: agent\ntext: |\n  level=info msg=\"Subscribed to scheduler\"\nprevious: ''\n";
        let (container, log) = read(text).unwrap().unwrap();
        assert_eq!(container, Container::new("fin", "a-0", Process::Agent));
        let excerpt = log.current.excerpt().unwrap();
        assert_eq!(excerpt.log.agent().unwrap().connection, Some(Connection::Subscribed));
        assert_eq!((excerpt.start, excerpt.cut()), (Start::Kept, None));
        assert!(log.previous.is_some());
        let (_, log) = read("container: manager\ntail: true\ncut: reset\n").unwrap().unwrap();
        assert_eq!(log.current.excerpt().unwrap().start, Start::Tail);
        assert!(log.current.excerpt().unwrap().cut().unwrap().contains("reset"));
        let (_, log) = read("container: scheduler\nforbidden: denied\n").unwrap().unwrap();
        assert_eq!(log.current, Reading::Unread(Unread::Forbidden("denied".to_owned())));
    }

    #[test]
    fn mistakes_are_told() {
        let error = |fields: &str| read(fields).unwrap().unwrap_err().to_string();
        assert!(error("container: envoy").contains("`envoy` is none of"), "{}", error("container: envoy"));
        assert!(error("text: x").contains("container"), "{}", error("text: x"));
    }
}
