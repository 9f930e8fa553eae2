//! What is wrong with a policy.

use std::fmt;

use super::policy::PolicyId;
use crate::reason::selector::SelectorError;

/// A part of a policy that the API server would refuse. It is not guessed at: a malformed peer or
/// port admits nothing, a malformed pod selector selects nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The policy.
    pub policy: PolicyId,
    /// Where in it: `spec.egress[0].to[1].ipBlock`.
    pub path: String,
    /// What is wrong there.
    pub flaw: Flaw,
}

impl fmt::Display for Problem {
    /// `NetworkPolicy app/default-deny: spec.egress[0].ports[0]: port 0 is not between 1 and 65535`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NetworkPolicy {}: {}: {}", self.policy, self.path, self.flaw)
    }
}

/// What is wrong with a part of a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The policy names no namespace, so it applies nowhere.
    #[error("the policy has no namespace")]
    NoNamespace,
    /// A value of `policyTypes` other than the two.
    #[error("policy type `{0}` is neither Ingress nor Egress")]
    PolicyType(String),
    /// A label selector that cannot be read.
    #[error(transparent)]
    Selector(#[from] SelectorError),
    /// A peer with neither selector nor `ipBlock`.
    #[error("the peer has none of ipBlock, namespaceSelector, podSelector")]
    EmptyPeer,
    /// A peer with `ipBlock` and a selector.
    #[error("the peer has ipBlock beside a selector")]
    MixedPeer,
    /// A text that is no address range.
    #[error("`{0}` is not an address range")]
    Cidr(String),
    /// An exception that is not a proper part of its range.
    #[error("exception `{except}` does not lie inside `{cidr}`")]
    ExceptOutside {
        /// The exception.
        except: String,
        /// The range.
        cidr: String,
    },
    /// A protocol other than the three, which are written in capitals.
    #[error("protocol `{0}` is none of TCP, UDP, SCTP")]
    Protocol(String),
    /// A port number out of range.
    #[error("port {0} is not between 1 and 65535")]
    PortNumber(i32),
    /// A text that cannot name a container port, such as a number in quotes.
    #[error("`{0}` cannot be the name of a port")]
    PortName(String),
    /// `endPort` without a numeric `port`.
    #[error("endPort needs a numeric port beside it")]
    EndPortWithoutNumber,
    /// `endPort` less than `port`.
    #[error("endPort {end_port} is below port {port}")]
    EndPortBelowPort {
        /// `port`.
        port: u16,
        /// `endPort`.
        end_port: u16,
    },
}
