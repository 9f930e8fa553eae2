//! Who a rule admits.

use std::net::IpAddr;

use ipnet::IpNet;
use k8s_openapi::api::networking::v1::{IPBlock, NetworkPolicyPeer};

use super::{
    end::{End, Families, Labels},
    port::{Names, Port},
    problem::Flaw,
    truth::Truth,
};
use crate::{
    pattern::NAMESPACE_NAME_LABEL,
    reason::selector::{Requirement, Selector},
};

/// An entry of `from` or `to`.
#[derive(Debug, Clone)]
pub(super) enum Peer {
    Block(Block),
    Pods {
        /// `None` stands for the policy's own namespace.
        namespaces: Option<Selector>,
        pods: Selector,
    },
}

/// A range of addresses with holes.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) net: IpNet,
    pub(super) except: Vec<IpNet>,
}

/// What a rule is held against: the end that is not the selected pod, and the flow's port.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'v> {
    /// The namespace of the policies.
    pub(super) own: &'v str,
    pub(super) other: &'v End<'v>,
    pub(super) other_labels: Option<&'v Labels<'v>>,
    pub(super) other_address: Option<IpAddr>,
    pub(super) port: Port,
    pub(super) names: Names<'v>,
    pub(super) families: Families,
}

impl View<'_> {
    /// Whether the other end's namespace meets a requirement.
    pub(super) fn namespace_meets(&self, requirement: &Requirement) -> Truth {
        let Some(workload) = self.other.workload() else { return Truth::No };
        // The API server sets this label and puts it back when it is changed.
        if requirement.key == NAMESPACE_NAME_LABEL {
            return requirement.holds(Some(workload.namespace)).into();
        }
        self.other_labels.map(|labels| requirement.holds(labels.get(requirement.key.as_str()).copied())).into()
    }
}

impl Peer {
    /// Checks an entry; on failure also names the field at fault.
    pub(super) fn new(peer: &NetworkPolicyPeer) -> Result<Self, (&'static str, Flaw)> {
        match (&peer.ip_block, &peer.namespace_selector, &peer.pod_selector) {
            (Some(block), None, None) => Block::new(block).map(Self::Block),
            (Some(_), _, _) => Err(("", Flaw::MixedPeer)),
            (None, None, None) => Err(("", Flaw::EmptyPeer)),
            (None, namespaces, pods) => {
                let namespaces = namespaces.as_ref().map(Selector::new).transpose();
                let pods = pods.as_ref().map(Selector::new).transpose();
                Ok(Self::Pods {
                    namespaces: namespaces.map_err(|error| (".namespaceSelector", error.into()))?,
                    pods: pods.map_err(|error| (".podSelector", error.into()))?.unwrap_or_default(),
                })
            }
        }
    }

    pub(super) fn admits(&self, view: &View<'_>) -> Truth {
        match self {
            Self::Block(block) => match view.other_address {
                Some(address) => block.contains(address).into(),
                None if block.except.is_empty() && view.families.are_all_of(block.net) => Truth::Yes,
                None => Truth::Maybe,
            },
            Self::Pods { namespaces, pods } => {
                let Some(workload) = view.other.workload() else { return Truth::No };
                if !pods.matches(&workload.labels) {
                    return Truth::No;
                }
                match namespaces {
                    None => (workload.namespace == view.own).into(),
                    Some(selector) => {
                        Truth::all(selector.requirements().iter().map(|requirement| view.namespace_meets(requirement)))
                    }
                }
            }
        }
    }
}

impl Block {
    fn new(block: &IPBlock) -> Result<Self, (&'static str, Flaw)> {
        let parse = |text: &str| text.parse::<IpNet>().map(|net| net.trunc()).map_err(|_| Flaw::Cidr(text.to_owned()));
        let net = parse(&block.cidr).map_err(|flaw| (".ipBlock.cidr", flaw))?;
        let except = block.except.iter().flatten().map(|text| {
            let except = parse(text)?;
            if net.contains(&except) && net != except {
                return Ok(except);
            }
            Err(Flaw::ExceptOutside { except: text.clone(), cidr: block.cidr.clone() })
        });
        let except = except.collect::<Result<_, _>>().map_err(|flaw| (".ipBlock.except", flaw))?;
        Ok(Self { net, except })
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        self.net.contains(&address) && self.exception(address).is_none()
    }

    /// The hole in which an address lies.
    pub(super) fn exception(&self, address: IpAddr) -> Option<IpNet> {
        self.except.iter().copied().find(|except| except.contains(&address))
    }
}
