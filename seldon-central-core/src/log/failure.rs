//! Why a connection to the scheduler failed.

use serde::{Deserialize, Serialize};

/// What kind of failure an error of gRPC tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The name does not resolve.
    NoSuchHost,
    /// The name resolves to no address.
    NoAddresses,
    /// DNS itself did not answer.
    DnsTimedOut,
    /// An address answered that nobody listens.
    Refused,
    /// Nobody answered: packets are dropped on the way.
    TimedOut,
    /// The pod's own kernel refused to send: a policy enforced there.
    Rejected,
    /// The handshake of TLS failed.
    Tls,
    /// The connection was closed in the midst of it.
    Closed,
    /// Whoever dialled had closed the connection itself, and goes on with it for ever.
    Abandoned,
    /// Anything else.
    Other,
}

impl FailureKind {
    /// What it is called in a sentence: `the scheduler's name does not resolve`.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NoSuchHost => "the scheduler's name does not resolve",
            Self::NoAddresses => "the scheduler's name has no address",
            Self::DnsTimedOut => "DNS does not answer",
            Self::Refused => "nobody listens at the scheduler's address",
            Self::TimedOut => "nothing answers at the scheduler's address, as when a policy drops packets",
            Self::Rejected => "a policy on the node rejects the connection",
            Self::Tls => "the TLS handshake with the scheduler fails",
            Self::Closed => "the connection was closed",
            Self::Abandoned => "the connection is one that its own process has closed",
            Self::Other => "the connection fails",
        }
    }
}

/// An error of gRPC, and what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Failure {
    /// Its kind.
    pub kind: FailureKind,
    /// Its text as it was logged, without what is beyond 500 characters: nothing in it is safe to
    /// print.
    pub text: String,
}

/// Characters of a logged text that are kept. An error of gRPC has about two hundred.
const LONGEST: usize = 500;

/// The beginning of a text, as far as it is kept.
pub(super) fn bounded(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// Texts by which a failure is known, the more particular first. A name that cannot be looked up
/// because DNS is cut off is a timeout too, and a handshake that times out is one of TLS.
const KNOWN: [(&str, FailureKind); 14] = [
    ("client connection is closing", FailureKind::Abandoned),
    ("no such host", FailureKind::NoSuchHost),
    ("produced zero addresses", FailureKind::NoAddresses),
    ("authentication handshake failed", FailureKind::Tls),
    ("tls:", FailureKind::Tls),
    ("x509:", FailureKind::Tls),
    ("connection refused", FailureKind::Refused),
    ("operation not permitted", FailureKind::Rejected),
    ("i/o timeout", FailureKind::TimedOut),
    ("connection timed out", FailureKind::TimedOut),
    ("deadline exceeded", FailureKind::TimedOut),
    ("connection reset", FailureKind::Closed),
    ("closing", FailureKind::Closed),
    ("eof", FailureKind::Closed),
];

impl Failure {
    /// Classifies the text of an error.
    pub fn new(text: &str) -> Self {
        let folded = text.to_ascii_lowercase();
        let known = KNOWN.iter().find(|(sign, _)| folded.contains(sign)).map(|(_, kind)| *kind);
        let is_lookup = folded.contains("lookup ") || folded.contains(":53: ");
        let kind = match known {
            Some(FailureKind::TimedOut) if is_lookup => FailureKind::DnsTimedOut,
            Some(kind) => kind,
            None => FailureKind::Other,
        };
        Self { kind, text: bounded(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_classified() {
        let dial = |what: &str| {
            format!(
                "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: {what}\""
            )
        };
        let cases = [
            (dial("dial tcp: lookup seldon-scheduler on 10.96.0.10:53: no such host"), FailureKind::NoSuchHost),
            (dial("dial tcp: lookup seldon-scheduler: i/o timeout"), FailureKind::DnsTimedOut),
            (dial("dial tcp 10.1.2.3:9005: i/o timeout"), FailureKind::TimedOut),
            (dial("dial tcp 10.1.2.3:9005: connect: connection timed out"), FailureKind::TimedOut),
            (dial("dial tcp 10.1.2.3:9005: connect: connection refused"), FailureKind::Refused),
            (dial("dial tcp 10.1.2.3:9005: connect: operation not permitted"), FailureKind::Rejected),
            (
                "rpc error: code = Unavailable desc = name resolver error: produced zero addresses".to_owned(),
                FailureKind::NoAddresses,
            ),
            (
                "transport: authentication handshake failed: tls: failed to verify certificate".to_owned(),
                FailureKind::Tls,
            ),
            (
                "rpc error: code = Canceled desc = grpc: the client connection is closing".to_owned(),
                FailureKind::Abandoned,
            ),
            ("rpc error: code = Unavailable desc = transport is closing".to_owned(), FailureKind::Closed),
            ("EOF".to_owned(), FailureKind::Closed),
            ("context deadline exceeded".to_owned(), FailureKind::TimedOut),
            ("something new".to_owned(), FailureKind::Other),
        ];
        for (text, kind) in cases {
            assert_eq!(Failure::new(&text).kind, kind, "{text}");
        }
    }

    #[test]
    fn of_a_long_text_the_beginning_is_kept() {
        let failure = Failure::new(&"ä".repeat(10_000));
        assert_eq!(failure.text.chars().count(), LONGEST);
    }
}
