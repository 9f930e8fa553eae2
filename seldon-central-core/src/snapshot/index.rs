//! Where the objects of a kind are.

use std::collections::BTreeMap;

use super::Observed;
use crate::{object::Object, resource::Resource};

/// Where the objects of a kind the pattern knows are in the list of all. Rules ask for them by kind
/// and namespace once a tenant, so a walk over everything each time would be quadratic.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Index(BTreeMap<&'static Resource, Places>);

/// The places of the objects of one kind, in the order of the list.
#[derive(Debug, Clone, PartialEq, Default)]
struct Places {
    all: Vec<usize>,
    by_namespace: BTreeMap<String, Vec<usize>>,
}

impl Index {
    pub(super) fn of(objects: &[Observed]) -> Self {
        let mut index = Self::default();
        objects.iter().enumerate().for_each(|(place, observed)| index.add(place, &observed.object));
        index
    }

    pub(super) fn add(&mut self, place: usize, object: &Object) {
        let Some(resource) = object.resource() else { return };
        let places = self.0.entry(resource).or_default();
        places.all.push(place);
        if let Some(namespace) = object.namespace() {
            places.by_namespace.entry(namespace.to_owned()).or_default().push(place);
        }
    }

    pub(super) fn all(&self, resource: &Resource) -> &[usize] {
        self.0.get(resource).map_or(&[], |places| &places.all)
    }

    pub(super) fn in_namespace(&self, resource: &Resource, namespace: &str) -> &[usize] {
        let places = self.0.get(resource).and_then(|places| places.by_namespace.get(namespace));
        places.map_or(&[], Vec::as_slice)
    }
}
