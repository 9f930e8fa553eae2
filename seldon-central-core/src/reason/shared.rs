//! The objects on one scheduler, across namespaces.
//!
//! The scheduler keys Servers, Models, Pipelines and Experiments by bare name
//! (`scheduler/pkg/store/mesh.go:25-37`), so what it sees is the union of every namespace that is
//! wired to it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    resource::Resource,
    snapshot::{Observed, Snapshot, Unknown},
};

/// The namespaces on one scheduler, and what was observed in them.
#[derive(Debug, Clone)]
pub struct Shared<'a> {
    snapshot: &'a Snapshot,
    namespaces: BTreeSet<&'a str>,
    doubtful: BTreeMap<&'a str, &'a Unknown>,
}

impl<'a> Shared<'a> {
    /// The namespaces that are wired to one scheduler.
    pub const fn new(snapshot: &'a Snapshot, namespaces: BTreeSet<&'a str>) -> Self {
        Self { snapshot, namespaces, doubtful: BTreeMap::new() }
    }

    /// The same beside namespaces that may be wired to it as well, with what could not be read.
    #[must_use]
    pub fn beside(self, doubtful: &'a BTreeMap<String, Unknown>) -> Self {
        Self { doubtful: doubtful.iter().map(|(namespace, reason)| (namespace.as_str(), reason)).collect(), ..self }
    }

    /// What was observed, also in other namespaces.
    pub const fn snapshot(&self) -> &'a Snapshot {
        self.snapshot
    }

    /// Whether there is more than one namespace.
    pub fn is_shared(&self) -> bool {
        self.namespaces.len() > 1
    }

    /// The known objects of a kind with their namespaces.
    pub fn objects(&self, resource: &'static Resource) -> impl Iterator<Item = (&'a str, &'a Observed)> {
        self.snapshot.known(resource).filter_map(|observed| {
            let namespace = observed.object.namespace()?;
            self.namespaces.contains(namespace).then_some((namespace, observed))
        })
    }

    /// Ok when every object of the kind on the scheduler is in the snapshot.
    ///
    /// # Errors
    /// [`Unknown`] when there may be more; a failed read goes before what was never asked for.
    pub fn closed(&self, resource: &'static Resource) -> Result<(), Unknown> {
        // Whoever may look into some namespaces only does not know which others share the scheduler.
        if let Err(why) = self.snapshot.all(resource)
            && why.is_incomplete()
        {
            return Err(why);
        }
        for (namespace, reason) in &self.doubtful {
            if self.snapshot.known_in(resource, namespace).next().is_some() {
                return Err((*reason).clone());
            }
        }
        let mut unknown = None;
        for namespace in &self.namespaces {
            match self.snapshot.closed(resource, namespace) {
                Ok(()) => {}
                Err(why) if why.is_incomplete() || !self.snapshot.is_live() => return Err(why),
                Err(why) => unknown = Some(why),
            }
        }
        unknown.map_or(Ok(()), Err)
    }
}
