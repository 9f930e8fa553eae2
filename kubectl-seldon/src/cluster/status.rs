//! What the API server's refusals mean.

use kube::core::{Status, response::StatusDetails};

use super::error::line;

/// The refusal in a response's body, whoever wrote it.
pub(super) fn parse(code: u16, body: &[u8]) -> Status {
    match serde_json::from_slice::<Status>(body) {
        Ok(status) if status.is_failure() || !status.reason.is_empty() => status.with_code(code),
        // Written by a proxy, or by the API server for paths that it does not have.
        _ => Status::failure(String::from_utf8_lossy(body).trim(), "").with_code(code),
    }
}

/// Whether this 404 says that one named object is absent, rather than that the path is unknown.
pub(super) fn is_absence(status: &Status) -> bool {
    status.code == 404
        && status.reason == "NotFound"
        && status.details.as_ref().is_some_and(|details| !details.name.is_empty())
}

/// Whether this 404 says that the API server does not serve the kind.
///
/// For a group it does not have it answers in plain text; for a kind missing in a group of its own it
/// answers with a `Status` that names no object. Any other 404 is not the API server's.
pub(super) fn is_unknown_kind(status: &Status) -> bool {
    status.code == 404
        && if status.reason == "NotFound" {
            status.details.as_ref().is_none_or(|details| details.name.is_empty())
        } else {
            status.message == "404 page not found"
        }
}

/// Whether the refusal is about a namespace that does not exist.
pub(super) fn is_missing_namespace(status: &Status) -> bool {
    is_absence(status) && status.details.as_ref().is_some_and(|details| details.kind == "namespaces")
}

/// Whether the refusal has a cause of this kind.
pub(super) fn has_cause(status: &Status, reason: &str) -> bool {
    status.details.iter().flat_map(|details| &details.causes).any(|cause| cause.reason == reason)
}

/// The API server's own words, as one line. `services "a" is forbidden: ` is left out: the error says it.
pub(super) fn message(status: &Status) -> String {
    let text = status.message.split_once(" is forbidden: ").map_or(status.message.as_str(), |(_, reason)| reason);
    line(if text.trim().is_empty() { "it does not say why" } else { text })
}

/// A refusal with the wait that its header asks for, which counts more than what the body says.
pub(super) fn waiting(mut status: Status, seconds: Option<u32>) -> Status {
    if let Some(seconds) = seconds {
        let none = || StatusDetails {
            name: String::new(),
            group: String::new(),
            kind: String::new(),
            uid: String::new(),
            causes: Vec::new(),
            retry_after_seconds: 0,
        };
        status.details.get_or_insert_with(none).retry_after_seconds = seconds;
    }
    status
}

/// How long the API server asks to wait before the request is sent again.
pub(super) fn retry_after(status: &Status) -> Option<u64> {
    let seconds = status.details.as_ref().map_or(0, |details| details.retry_after_seconds);
    (seconds > 0).then_some(seconds.into())
}
