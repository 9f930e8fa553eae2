//! What is certainly there, what is certainly absent, and what is unknown.

use std::collections::BTreeSet;

use super::{Observed, Read, Scope, Snapshot, Unknown};
use crate::{
    object::ObjectId,
    resource::{self, Resource},
};

impl Snapshot {
    /// All objects of a kind in a namespace.
    ///
    /// # Errors
    /// [`Unknown`] when there may be more than the snapshot holds.
    pub fn all_in(&self, resource: &'static Resource, namespace: &str) -> Result<Vec<&Observed>, Unknown> {
        self.closed(resource, namespace)?;
        Ok(self.known_in(resource, namespace).collect())
    }

    /// One object of a namespace, or proof that it is absent.
    ///
    /// # Errors
    /// [`Unknown`] when it is not in the snapshot and absence is not proved.
    pub fn get(&self, resource: &'static Resource, namespace: &str, name: &str) -> Result<Option<&Observed>, Unknown> {
        match self.known_in(resource, namespace).find(|observed| observed.object.name() == name) {
            Some(found) => Ok(Some(found)),
            None => self.absent(resource, namespace, name).map(|()| None),
        }
    }

    /// Ok when an object that is not in the snapshot is certainly not there.
    fn absent(&self, resource: &'static Resource, namespace: &str, name: &str) -> Result<(), Unknown> {
        let scope = Scope::Object { namespace: namespace.to_owned(), name: name.to_owned() };
        match self.reads.get(&(resource, scope)) {
            Some(read) => read.told(|| ObjectId::of(resource, Some(namespace), name).to_string()),
            None => self.closed(resource, namespace),
        }
    }

    /// All objects of a kind in the cluster.
    ///
    /// # Errors
    /// [`Unknown`] when there may be more than the snapshot holds.
    pub fn all(&self, resource: &'static Resource) -> Result<Vec<&Observed>, Unknown> {
        match self.reads.get(&(resource, Scope::Cluster)) {
            Some(read) => read.told(|| resource.to_string()).map(|()| self.known(resource).collect()),
            None => Err(Unknown::NotInInput { what: format!("the list of all {resource}") }),
        }
    }

    /// Whether the snapshot was told that the API server does not serve this kind.
    pub fn is_not_served(&self, resource: &'static Resource) -> bool {
        self.reads.iter().any(|((read, _), result)| *read == resource && *result == Read::NotServed)
    }

    /// Ok when every object of the kind in the namespace is in the snapshot.
    pub(crate) fn closed(&self, resource: &'static Resource, namespace: &str) -> Result<(), Unknown> {
        let what = || format!("{resource} of namespace {namespace}");
        let scoped = (resource, Scope::Namespace(namespace.to_owned()));
        let read = self.reads.get(&scoped).or_else(|| self.reads.get(&(resource, Scope::Cluster)));
        if let Some(read) = read {
            return read.told(what);
        }
        let in_control_plane = self.control_plane.as_ref().is_some_and(|own| own.as_str() == namespace);
        let closed_kind =
            [&resource::SELDON_CONFIG, &resource::SERVER_CONFIG, &resource::SELDON_RUNTIME, &resource::NETWORK_POLICY]
                .into_iter()
                .any(|kind| kind == resource && self.known_in(kind, namespace).next().is_some())
                && !self.kustomizations.opens(namespace);
        if self.closed_namespaces.contains(namespace) || (in_control_plane && closed_kind) {
            return Ok(());
        }
        Err(Unknown::NotInInput { what: what() })
    }

    /// The events that could not be read, each with the reason. No verdict depends on them, so that
    /// nothing is unknown for want of them.
    pub fn unread_events(&self) -> BTreeSet<String> {
        let failed = |((kind, scope), read): (&(&'static Resource, Scope), &Read)| match (scope, read) {
            (Scope::Cluster, Read::Failed(reason)) if **kind == resource::EVENT => Some((None, reason.clone())),
            (Scope::Namespace(namespace), Read::Failed(reason)) if **kind == resource::EVENT => {
                Some((Some(namespace.clone()), reason.clone()))
            }
            _ => None,
        };
        let is_closer = |(kind, scope): &(&'static Resource, Scope)| {
            **kind == resource::EVENT && matches!(scope, Scope::Namespace(_))
        };
        let asked_closer = self.reads.keys().any(is_closer);
        let said = |(namespace, reason): (Option<String>, String)| match namespace {
            Some(namespace) => Some(format!("events of namespace {namespace} ({reason})")),
            // What was refused for the whole cluster was asked for again in each namespace.
            None => (!asked_closer).then(|| format!("events ({reason})")),
        };
        self.reads.iter().filter_map(failed).filter_map(said).collect()
    }
}
