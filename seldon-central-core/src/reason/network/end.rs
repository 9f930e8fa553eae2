//! The two ends of a flow.

use std::{borrow::Cow, collections::BTreeMap, fmt, net::IpAddr};

use ipnet::IpNet;

use super::port::Port;

/// Labels, keys and values borrowed from wherever they were read.
pub type Labels<'a> = BTreeMap<&'a str, &'a str>;

/// A pod, or the template of pods that do not exist yet. What policies say about pods on the host's
/// network is undefined by Kubernetes; such a pod is better given as [`End::Address`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workload<'a> {
    /// What people call it; policies never look at it.
    pub name: Cow<'a, str>,
    /// Its namespace.
    pub namespace: &'a str,
    /// The labels of its namespace, `None` when they could not be read. The API server gives every
    /// namespace the label `kubernetes.io/metadata.name`, so that one is known without being here.
    pub namespace_labels: Option<Labels<'a>>,
    /// Its labels.
    pub labels: Labels<'a>,
    /// The container ports that have a name, `None` when the containers were not seen.
    pub named_ports: Option<BTreeMap<&'a str, Port>>,
    /// Its address, `None` when it has none yet or it was not seen. Only an `ipBlock` looks at it;
    /// Kubernetes discourages those for pods, and some network plugins never match a pod by one.
    pub address: Option<IpAddr>,
}

impl fmt::Display for Workload<'_> {
    /// `financial-inference/mlserver`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// One end of a flow. A pod's traffic with the node it runs on is always admitted, and so is that
/// with itself over loopback; neither is a flow to ask about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End<'a> {
    /// A pod of the cluster.
    Pod(Workload<'a>),
    /// A known address outside the pod network.
    Address(IpAddr),
    /// An unknown address outside the pod network: admitted for certain only by rules that admit
    /// every address. A cluster whose policies have no IPv6 `ipBlock` is taken to have no IPv6, and
    /// likewise with IPv4, so that `0.0.0.0/0` alone is every address there.
    Anywhere,
}

impl<'a> End<'a> {
    pub(super) const fn workload(&self) -> Option<&Workload<'a>> {
        match self {
            Self::Pod(workload) => Some(workload),
            Self::Address(_) | Self::Anywhere => None,
        }
    }

    pub(super) fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Pod(workload) => workload.address,
            Self::Address(address) => Some(*address),
            Self::Anywhere => None,
        }
        .map(|address| address.to_canonical())
    }
}

impl fmt::Display for End<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pod(workload) => workload.fmt(f),
            Self::Address(address) => address.fmt(f),
            Self::Anywhere => f.write_str("any address"),
        }
    }
}

/// The address families that the policies of a cluster mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Families {
    pub(super) v4: bool,
    pub(super) v6: bool,
}

impl Families {
    pub(super) fn add(&mut self, net: IpNet) {
        match net {
            IpNet::V4(_) => self.v4 = true,
            IpNet::V6(_) => self.v6 = true,
        }
    }

    /// Whether a range is every address there is.
    pub(super) fn are_all_of(self, net: IpNet) -> bool {
        let other_family = match net {
            IpNet::V4(_) => self.v6,
            IpNet::V6(_) => self.v4,
        };
        net.prefix_len() == 0 && !other_family
    }
}
