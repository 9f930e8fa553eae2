//! Ports of flows, and what a rule says about ports.

use std::{collections::BTreeMap, fmt, str::FromStr};

use k8s_openapi::{api::networking::v1::NetworkPolicyPort, apimachinery::pkg::util::intstr::IntOrString};
use serde::{Deserialize, Serialize};

use super::{problem::Flaw, truth::Truth};

/// A transport protocol that a `NetworkPolicy` can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Protocol {
    /// TCP, which a port without a protocol means.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// As manifests write it, in capitals.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Protocol {
    type Err = Flaw;
    fn from_str(text: &str) -> Result<Self, Flaw> {
        [Self::Tcp, Self::Udp, Self::Sctp]
            .into_iter()
            .find(|protocol| protocol.as_str() == text)
            .ok_or_else(|| Flaw::Protocol(text.to_owned()))
    }
}

/// A port of a pod or of an address outside. Policies are applied after a Service's translation, so
/// this is the port the *pod* listens on, never that of a Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Port {
    /// Transport protocol.
    pub protocol: Protocol,
    /// Number.
    pub number: u16,
}

impl Port {
    /// A TCP port.
    pub const fn tcp(number: u16) -> Self {
        Self { protocol: Protocol::Tcp, number }
    }

    /// A UDP port.
    pub const fn udp(number: u16) -> Self {
        Self { protocol: Protocol::Udp, number }
    }

    /// As an entry of a rule's `ports`, with the protocol spelt out.
    pub(super) fn to_rule(self) -> NetworkPolicyPort {
        NetworkPolicyPort {
            protocol: Some(self.protocol.as_str().to_owned()),
            port: Some(IntOrString::Int(i32::from(self.number))),
            end_port: None,
        }
    }
}

impl fmt::Display for Port {
    /// `TCP/9004`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.protocol, self.number)
    }
}

/// An entry of a rule's `ports`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortMatch {
    /// Every port of a protocol.
    Every(Protocol),
    /// The ports from `first` to `last`, both included; one port when they are equal.
    Range {
        /// Transport protocol.
        protocol: Protocol,
        /// Lowest port.
        first: u16,
        /// Highest port.
        last: u16,
    },
    /// Whatever port the destination pod's containers give this name.
    Named {
        /// Transport protocol.
        protocol: Protocol,
        /// Name of a container port.
        name: String,
    },
}

/// The names a destination's ports have.
#[derive(Debug, Clone, Copy)]
pub(super) enum Names<'v> {
    /// It is no pod, so its ports have no names.
    Nameless,
    /// It is a pod whose container ports were not seen.
    Unseen,
    Seen(&'v BTreeMap<&'v str, Port>),
}

impl PortMatch {
    /// Checks an entry.
    pub(super) fn new(port: &NetworkPolicyPort) -> Result<Self, Flaw> {
        let protocol = port.protocol.as_deref().map_or(Ok(Protocol::Tcp), str::parse)?;
        match (&port.port, port.end_port) {
            (None, None) => Ok(Self::Every(protocol)),
            (Some(IntOrString::Int(number)), None) => {
                let number = port_number(*number)?;
                Ok(Self::Range { protocol, first: number, last: number })
            }
            (Some(IntOrString::Int(first)), Some(last)) => {
                let (first, last) = (port_number(*first)?, port_number(last)?);
                if last < first {
                    return Err(Flaw::EndPortBelowPort { port: first, end_port: last });
                }
                Ok(Self::Range { protocol, first, last })
            }
            (Some(IntOrString::String(name)), None) if is_port_name(name) => {
                Ok(Self::Named { protocol, name: name.clone() })
            }
            (Some(IntOrString::String(name)), None) => Err(Flaw::PortName(name.clone())),
            (None | Some(IntOrString::String(_)), Some(_)) => Err(Flaw::EndPortWithoutNumber),
        }
    }

    pub(super) fn admits(&self, port: Port, names: Names<'_>) -> Truth {
        if self.protocol() != port.protocol {
            return Truth::No;
        }
        match self {
            Self::Every(_) => Truth::Yes,
            Self::Range { first, last, .. } => (*first..=*last).contains(&port.number).into(),
            Self::Named { name, .. } => match names {
                Names::Nameless => Truth::No,
                Names::Unseen => Truth::Maybe,
                Names::Seen(names) => (names.get(name.as_str()) == Some(&port)).into(),
            },
        }
    }

    /// The entry's protocol.
    pub const fn protocol(&self) -> Protocol {
        match self {
            Self::Every(protocol) | Self::Range { protocol, .. } | Self::Named { protocol, .. } => *protocol,
        }
    }
}

impl fmt::Display for PortMatch {
    /// `TCP/9004`, `TCP/9000-9010`, `TCP/http`, `TCP/*`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(protocol) => write!(f, "{protocol}/*"),
            Self::Range { protocol, first, last } if first == last => write!(f, "{protocol}/{first}"),
            Self::Range { protocol, first, last } => write!(f, "{protocol}/{first}-{last}"),
            Self::Named { protocol, name } => write!(f, "{protocol}/{name}"),
        }
    }
}

fn port_number(number: i32) -> Result<u16, Flaw> {
    u16::try_from(number).ok().filter(|number| *number > 0).ok_or(Flaw::PortNumber(number))
}

/// The API server's grammar (IANA service names): 1 to 15 of `a-z0-9-`, a letter among them, no
/// hyphen at either end and no two in a row. So `"80"` in quotes is no port.
fn is_port_name(name: &str) -> bool {
    (1..=15).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && name.bytes().any(|b| b.is_ascii_lowercase())
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}
