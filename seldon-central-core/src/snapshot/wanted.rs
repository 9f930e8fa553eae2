//! A snapshot as it would be with objects added, changed or gone.

use std::collections::{BTreeMap, BTreeSet};

use super::{Index, Observed, Origin, Snapshot};
use crate::object::{Object, ObjectId};

impl Snapshot {
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
}
