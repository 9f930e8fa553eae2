//! What every question about flows asks for, read once: labels of namespaces, and policies.

use std::collections::BTreeMap;

use super::{super::network::Labels, Policies};
use crate::{
    resource::{NAMESPACE, NETWORK_POLICY},
    snapshot::{Origin, Snapshot, Unknown},
};

/// The network of a cluster, as far as some namespaces are concerned.
#[derive(Debug, Clone)]
pub struct Network<'a> {
    pub(super) snapshot: &'a Snapshot,
    labels: BTreeMap<&'a str, Labels<'a>>,
    policies: BTreeMap<String, Policies<'a>>,
}

impl<'a> Network<'a> {
    /// Reads the labels of all namespaces and the policies of some.
    pub fn new<'n>(snapshot: &'a Snapshot, namespaces: impl IntoIterator<Item = &'n str>) -> Self {
        // An object that is yet to be applied adds to labels that it does not know.
        let observed = snapshot.known(&NAMESPACE).filter(|observed| observed.origin != Origin::Desired);
        let labels = observed.map(|observed| (observed.object.name(), observed.object.labels())).collect();
        let policies = |namespace: &str| (namespace.to_owned(), Policies::known(snapshot, namespace));
        Self { snapshot, labels, policies: namespaces.into_iter().map(policies).collect() }
    }

    /// The labels of a namespace, when it was seen.
    pub fn labels(&self, namespace: &str) -> Option<&Labels<'a>> {
        self.labels.get(namespace)
    }

    /// Why the labels of a namespace are not known.
    pub fn labels_missing(&self, namespace: &str) -> Unknown {
        match self.snapshot.all(&NAMESPACE) {
            Err(reason) if reason.is_incomplete() => reason,
            _ => Unknown::NotInInput { what: format!("Namespace {namespace}, whose labels a policy asks for,") },
        }
    }

    /// The known policies of a namespace.
    ///
    /// # Errors
    /// [`Unknown`] when this was not made for that namespace.
    pub fn known_policies(&self, namespace: &str) -> Result<&Policies<'a>, Unknown> {
        let what = || Unknown::NotInInput { what: format!("{NETWORK_POLICY} of namespace {namespace}") };
        self.policies.get(namespace).ok_or_else(what)
    }

    /// All policies of a namespace.
    ///
    /// # Errors
    /// [`Unknown`] when there may be more than the snapshot holds, any of which could admit what
    /// the others do not, or one of them cannot be read.
    pub fn policies(&self, namespace: &str) -> Result<&Policies<'a>, Unknown> {
        let policies = self.known_policies(namespace)?;
        policies.gap().map_or(Ok(policies), |gap| Err(gap.clone()))
    }
}
