//! Records by the namespace that they concern.

use std::collections::BTreeMap;

use super::Record;

/// Records by the namespace that they concern. What is said of a tenant is found among its own: a walk
/// over all records for each tenant would be quadratic.
#[derive(Debug, Default)]
pub(super) struct Homes<'a>(BTreeMap<Option<&'a str>, Vec<(usize, &'a Record)>>);

impl<'a> Homes<'a> {
    /// Sorts records, which keep their order.
    pub(super) fn of(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut homes = Self::default();
        for (place, record) in records.into_iter().enumerate() {
            homes.0.entry(record.namespace()).or_default().push((place, record));
        }
        homes
    }

    /// The records of these namespaces, each named once, and of `None` those of no namespace; in the
    /// order of all.
    pub(super) fn within(&self, homes: &[Option<&str>]) -> Vec<&'a Record> {
        let mut found: Vec<_> = homes.iter().filter_map(|home| self.0.get(home)).flatten().copied().collect();
        found.sort_unstable_by_key(|(place, _)| *place);
        found.into_iter().map(|(_, record)| record).collect()
    }
}
