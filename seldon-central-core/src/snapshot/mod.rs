//! What was observed: objects, where each came from, and what could not be read.
//!
//! ```text
//! read (manifests, cluster, desired objects) → Snapshot → rules
//! ```
//!
//! "Not there" is a claim that has to be earned. From a cluster it is earned by a LIST that
//! succeeded; from manifests only inside a closed set: a tenant's namespace is closed when the
//! input holds at least two kinds of the pattern for it, and the control plane's `SeldonConfigs`,
//! `ServerConfigs`, `SeldonRuntimes` and `NetworkPolicies` are each closed when at least one of the
//! kind is in the input. Everything else is [`Unknown`].

mod absence;
mod applied;
mod difference;
mod file;
mod index;
mod logs;
mod observed;
mod read;
pub(crate) mod redact;
mod wanted;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use self::index::Index;
pub use self::{
    difference::{Difference, Field, differences},
    file::{Saved, SavedError},
    observed::{Observed, Origin},
    read::{Read, Scope, Unknown},
};

use crate::{
    kustomize::Kustomizations,
    log::{Container, ContainerLog},
    manifest::Texts,
    name::Namespace,
    object::Object,
    resource::{self, Resource},
};

/// Everything observed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    objects: Vec<Observed>,
    index: Index,
    reads: BTreeMap<(&'static Resource, Scope), Read>,
    logs: BTreeMap<Container, ContainerLog>,
    live: bool,
    closed_namespaces: BTreeSet<String>,
    control_plane: Option<Namespace>,
    texts: Texts,
    kustomizations: Kustomizations,
}

impl Snapshot {
    /// Manifests: an open world but for the closed sets described above.
    pub fn from_manifests(objects: Vec<Observed>, control_plane: &Namespace) -> Self {
        let mut kinds: BTreeMap<String, BTreeSet<&'static Resource>> = BTreeMap::new();
        for object in objects.iter().map(|observed| &observed.object) {
            if let (Some(namespace), Some(resource)) = (object.namespace(), object.resource()) {
                kinds.entry(namespace.to_owned()).or_default().insert(resource);
            }
        }
        let closed_namespaces = kinds
            .into_iter()
            .filter(|(namespace, kinds)| kinds.len() >= 2 && control_plane.as_str() != namespace)
            .map(|(namespace, _)| namespace)
            .collect();
        let index = Index::of(&objects);
        Self { objects, index, closed_namespaces, control_plane: Some(control_plane.clone()), ..Self::default() }
    }

    /// The same with the texts that the objects were read from, so that findings are placed in them.
    #[must_use]
    pub fn with_texts(mut self, texts: Texts) -> Self {
        self.texts = texts;
        self
    }

    /// The texts that the objects were read from, as far as they were kept.
    pub const fn texts(&self) -> &Texts {
        &self.texts
    }

    /// The same with what is known of the kustomizations that objects were built by. A namespace of
    /// one that was not built is not closed.
    #[must_use]
    pub fn with_kustomizations(mut self, kustomizations: Kustomizations) -> Self {
        self.closed_namespaces.retain(|namespace| !kustomizations.opens(namespace));
        self.kustomizations = kustomizations;
        self
    }

    /// What is known of the kustomizations that objects were built by.
    pub const fn kustomizations(&self) -> &Kustomizations {
        &self.kustomizations
    }

    /// An empty snapshot of a cluster, to be filled with [`Snapshot::add_read`].
    pub fn live() -> Self {
        Self { live: true, ..Self::default() }
    }

    /// Adds what one read of a cluster gave. Of several reads of one kind and scope, each of a part, all
    /// have to succeed.
    pub fn add_read(&mut self, resource: &'static Resource, scope: Scope, read: Read, objects: Vec<Object>) {
        match self.reads.entry((resource, scope)) {
            Entry::Occupied(known) if matches!(known.get(), Read::Failed(_)) => {}
            Entry::Occupied(mut known) => drop(known.insert(read)),
            Entry::Vacant(unknown) => drop(unknown.insert(read)),
        }
        for object in objects {
            self.index.add(self.objects.len(), &object);
            self.objects.push(Observed { object, origin: Origin::Cluster });
        }
    }

    /// Adds an object that was read by its name, which says nothing of others.
    pub fn add_found(&mut self, object: Object) {
        self.index.add(self.objects.len(), &object);
        self.objects.push(Observed { object, origin: Origin::Cluster });
    }

    /// Whether this is (also) a view of a cluster.
    pub const fn is_live(&self) -> bool {
        self.live
    }

    /// Every object, in the order it was added.
    pub fn objects(&self) -> &[Observed] {
        &self.objects
    }

    /// The objects of a kind that happen to be known, in any namespace; says nothing about absence.
    pub fn known<'a>(&'a self, resource: &Resource) -> impl Iterator<Item = &'a Observed> + use<'a> {
        self.at(self.index.all(resource))
    }

    /// The objects of a kind in a namespace that happen to be known; says nothing about absence.
    pub fn known_in<'a>(
        &'a self,
        resource: &Resource,
        namespace: &str,
    ) -> impl Iterator<Item = &'a Observed> + use<'a> {
        self.at(self.index.in_namespace(resource, namespace))
    }

    fn at<'a>(&'a self, places: &'a [usize]) -> impl Iterator<Item = &'a Observed> + use<'a> {
        places.iter().filter_map(|place| self.objects.get(*place))
    }

    /// Namespaces in which anything was seen, sorted.
    pub fn namespaces(&self) -> BTreeSet<&str> {
        let objects = self.objects.iter().map(|observed| &observed.object);
        let own = |object: &Object| object.is(&resource::NAMESPACE);
        objects.filter_map(|object| if own(object) { Some(object.name()) } else { object.namespace() }).collect()
    }
}
