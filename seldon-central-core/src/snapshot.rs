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

mod applied;
mod difference;
mod file;
mod logs;
pub(crate) mod redact;

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

pub use self::{
    difference::{Difference, Field, differences},
    file::{Saved, SavedError},
};
use serde::Serialize;

use crate::{
    kustomize::Kustomizations,
    log::{Container, ContainerLog},
    manifest::Texts,
    name::Namespace,
    object::{Object, ObjectId},
    resource::{self, Resource},
};

/// Where an object was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", tag = "from")]
pub enum Origin {
    /// A manifest.
    #[serde(rename_all = "camelCase")]
    File {
        /// Path as it was given or found under what was given, without `.` and `..` within it; `-` for
        /// standard input.
        path: String,
        /// Line, from 1: of the object's beginning or, for a finding, of what proves it.
        line: u64,
        /// Column, from 1, in Unicode characters.
        column: u64,
    },
    /// The API server.
    Cluster,
    /// Built by this library and not applied yet.
    Desired,
}

/// An object and where it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// The object.
    pub object: Object,
    /// Where it was found.
    pub origin: Origin,
}

impl Observed {
    /// Whether the API server returned it, so that its status says something.
    pub fn is_live(&self) -> bool {
        self.origin == Origin::Cluster
    }
}

/// Why something is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, thiserror::Error)]
#[serde(rename_all = "camelCase", tag = "why")]
pub enum Unknown {
    /// The input is not the whole world and says nothing of it.
    #[error("{what} is not in the input")]
    NotInInput {
        /// What is missing.
        what: String,
    },
    /// A read was attempted and failed.
    #[error("{what} could not be read: {reason}")]
    ReadFailed {
        /// What was asked for.
        what: String,
        /// Why it failed.
        reason: String,
    },
    /// The right to read it is not there, and whoever judges is not expected to have it.
    #[error("{what} may not be read, and need not be: {reason}")]
    Withheld {
        /// What was asked for.
        what: String,
        /// The refusal.
        reason: String,
    },
}

impl Unknown {
    /// Whether a read was attempted and failed, which makes a run incomplete.
    pub const fn is_incomplete(&self) -> bool {
        matches!(self, Self::ReadFailed { .. })
    }
}

/// How the objects of one kind in one scope were read from a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// All of them were listed.
    Complete,
    /// The kind is not served, so there are none.
    NotServed,
    /// The read failed.
    Failed(String),
    /// The read was refused, and the right for it is optional.
    Withheld(String),
}

impl Read {
    /// Ok when all that there is was read.
    fn told(&self, what: impl FnOnce() -> String) -> Result<(), Unknown> {
        match self {
            Self::Complete | Self::NotServed => Ok(()),
            Self::Failed(reason) => Err(Unknown::ReadFailed { what: what(), reason: reason.clone() }),
            Self::Withheld(reason) => Err(Unknown::Withheld { what: what(), reason: reason.clone() }),
        }
    }
}

/// Where a read looked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Every namespace, or cluster-scoped objects.
    Cluster,
    /// One namespace.
    Namespace(String),
    /// One object, asked for by name.
    Object {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
}

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

/// Where the objects of a kind the pattern knows are in the list of all. Rules ask for them by kind
/// and namespace once a tenant, so a walk over everything each time would be quadratic.
#[derive(Debug, Clone, PartialEq, Default)]
struct Index(BTreeMap<&'static Resource, Places>);

/// The places of the objects of one kind, in the order of the list.
#[derive(Debug, Clone, PartialEq, Default)]
struct Places {
    all: Vec<usize>,
    by_namespace: BTreeMap<String, Vec<usize>>,
}

impl Index {
    fn of(objects: &[Observed]) -> Self {
        let mut index = Self::default();
        objects.iter().enumerate().for_each(|(place, observed)| index.add(place, &observed.object));
        index
    }

    fn add(&mut self, place: usize, object: &Object) {
        let Some(resource) = object.resource() else { return };
        let places = self.0.entry(resource).or_default();
        places.all.push(place);
        if let Some(namespace) = object.namespace() {
            places.by_namespace.entry(namespace.to_owned()).or_default().push(place);
        }
    }

    fn all(&self, resource: &Resource) -> &[usize] {
        self.0.get(resource).map_or(&[], |places| &places.all)
    }

    fn in_namespace(&self, resource: &Resource, namespace: &str) -> &[usize] {
        let places = self.0.get(resource).and_then(|places| places.by_namespace.get(namespace));
        places.map_or(&[], Vec::as_slice)
    }
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

    /// The snapshot as it would be with these objects applied: each replaces the one of its name.
    #[must_use]
    pub fn with_desired<'a>(&self, desired: impl IntoIterator<Item = &'a Object>) -> Self {
        fn key(object: &Object) -> (&str, Option<&str>, &str) {
            (object.kind(), object.namespace(), object.name())
        }
        let mut order = Vec::new();
        let mut last = BTreeMap::new();
        for object in desired {
            if last.insert(key(object), object).is_none() {
                order.push(key(object));
            }
        }
        let mut next = self.clone();
        next.objects.retain(|observed| !last.contains_key(&key(&observed.object)));
        let desired = order.iter().filter_map(|key| last.get(key));
        next.objects.extend(desired.map(|object| Observed { object: (*object).clone(), origin: Origin::Desired }));
        next.index = Index::of(&next.objects);
        next
    }

    /// The snapshot as it would be with these objects changed: each takes the place of the one of its
    /// identity and keeps where that was found. What was not there yet is added.
    #[must_use]
    pub fn with_edited(&self, edited: &[Object]) -> Self {
        let mut next = self.clone();
        let mut edited: BTreeMap<ObjectId, &Object> = edited.iter().map(|object| (object.id(), object)).collect();
        for observed in &mut next.objects {
            if let Some(object) = edited.remove(&observed.object.id()) {
                observed.object = object.clone();
            }
        }
        let new = edited.into_values().map(|object| Observed { object: object.clone(), origin: Origin::Desired });
        next.objects.extend(new);
        next.index = Index::of(&next.objects);
        next
    }

    /// The snapshot as it would be without these objects.
    #[must_use]
    pub fn without(&self, gone: &BTreeSet<ObjectId>) -> Self {
        let mut next = self.clone();
        next.objects.retain(|observed| !gone.contains(&observed.object.id()));
        next.index = Index::of(&next.objects);
        next
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

    /// Namespaces in which anything was seen, sorted.
    pub fn namespaces(&self) -> BTreeSet<&str> {
        let objects = self.objects.iter().map(|observed| &observed.object);
        let own = |object: &Object| object.is(&resource::NAMESPACE);
        objects.filter_map(|object| if own(object) { Some(object.name()) } else { object.namespace() }).collect()
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
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resource::{SELDON_CONFIG, SELDON_RUNTIME, SERVER, SERVICE};

    fn object(resource: &Resource, namespace: &str, name: &str) -> Observed {
        let object = Object::new(json!({
            "apiVersion": resource.api_version(), "kind": resource.kind,
            "metadata": {"name": name, "namespace": namespace},
        }));
        Observed { object: object.unwrap(), origin: Origin::Cluster }
    }

    fn manifests(objects: Vec<Observed>) -> Snapshot {
        Snapshot::from_manifests(objects, &Namespace::new("seldon-system").unwrap())
    }

    #[test]
    fn one_kind_does_not_close_a_namespace_and_two_do() {
        let one = manifests(vec![object(&SERVER, "fin", "a"), object(&SERVER, "fin", "b")]);
        assert!(matches!(one.get(&SERVICE, "fin", "seldon-scheduler"), Err(Unknown::NotInInput { .. })));
        assert!(one.get(&SERVER, "fin", "a").unwrap().is_some());
        let two = manifests(vec![object(&SERVER, "fin", "a"), object(&SELDON_RUNTIME, "fin", "r")]);
        assert_eq!(two.get(&SERVICE, "fin", "seldon-scheduler"), Ok(None));
        assert!(two.get(&SERVICE, "other", "seldon-scheduler").is_err());
    }

    #[test]
    fn the_control_plane_is_closed_kind_by_kind() {
        let snapshot = manifests(vec![
            object(&SELDON_CONFIG, "seldon-system", "default"),
            object(&SELDON_RUNTIME, "seldon-system", "seldon"),
        ]);
        assert_eq!(snapshot.get(&SELDON_CONFIG, "seldon-system", "other"), Ok(None));
        assert!(snapshot.get(&resource::SERVER_CONFIG, "seldon-system", "mlserver").is_err());
    }

    #[test]
    fn a_failed_read_is_never_absence() {
        let mut snapshot = Snapshot::live();
        let fin = Scope::Namespace("fin".to_owned());
        snapshot.add_read(&SERVICE, fin.clone(), Read::Failed("forbidden".to_owned()), vec![]);
        snapshot.add_read(&SERVER, fin, Read::Complete, vec![]);
        let unknown = snapshot.get(&SERVICE, "fin", "seldon-scheduler").unwrap_err();
        assert!(unknown.is_incomplete());
        assert_eq!(unknown.to_string(), "services of namespace fin could not be read: forbidden");
        assert_eq!(snapshot.get(&SERVER, "fin", "mlserver"), Ok(None));
    }

    #[test]
    fn objects_are_found_by_kind_and_namespace_in_their_order() {
        let snapshot = manifests(vec![
            object(&SERVER, "fin", "b"),
            object(&SERVICE, "fin", "a"),
            object(&SERVER, "other", "c"),
            object(&SERVER, "fin", "a"),
        ]);
        let names = |found: Vec<&Observed>| found.iter().map(|o| o.object.name().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(snapshot.known(&SERVER).collect()), ["b", "c", "a"]);
        assert_eq!(names(snapshot.known_in(&SERVER, "fin").collect()), ["b", "a"]);
        assert_eq!(snapshot.known_in(&SERVICE, "other").count(), 0);
    }

    #[test]
    fn an_object_that_was_read_by_name_is_found_by_name() {
        let mut snapshot = Snapshot::live();
        snapshot.add_found(object(&SERVER, "fin", "a").object);
        assert!(snapshot.get(&SERVER, "fin", "a").unwrap().is_some());
        assert!(snapshot.get(&SERVER, "fin", "b").is_err());
    }

    #[test]
    fn an_object_that_was_asked_for_by_name_is_there_or_absent_or_unknown() {
        let scope = |name: &str| Scope::Object { namespace: "fin".to_owned(), name: name.to_owned() };
        let mut snapshot = Snapshot::live();
        snapshot.add_read(&resource::SECRET, scope("a"), Read::Complete, vec![]);
        snapshot.add_read(&resource::SECRET, scope("b"), Read::Failed("forbidden".to_owned()), vec![]);
        assert_eq!(snapshot.get(&resource::SECRET, "fin", "a"), Ok(None));
        let unknown = snapshot.get(&resource::SECRET, "fin", "b").unwrap_err();
        assert_eq!(unknown.to_string(), "Secret fin/b could not be read: forbidden");
        assert!(unknown.is_incomplete());
        assert!(!snapshot.get(&resource::SECRET, "fin", "c").unwrap_err().is_incomplete());
        assert!(snapshot.all_in(&resource::SECRET, "fin").is_err());
    }

    #[test]
    fn desired_objects_replace_the_ones_of_their_name() {
        let mut snapshot = Snapshot::live();
        snapshot.add_read(&SERVER, Scope::Cluster, Read::Complete, vec![object(&SERVER, "fin", "a").object]);
        let desired = [object(&SERVER, "fin", "a").object, object(&SERVER, "fin", "b").object];
        let next = snapshot.with_desired(&desired);
        assert_eq!(next.all(&SERVER).unwrap().len(), 2);
        assert_eq!(next.get(&SERVER, "fin", "a").unwrap().unwrap().origin, Origin::Desired);
    }
}
