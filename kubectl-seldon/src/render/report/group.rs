//! Records by whom they concern.

use std::{cmp::Reverse, collections::BTreeMap};

use seldon_central_core::report::{Record, Report};

/// Whom a record concerns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group<'a> {
    ControlPlane(&'a str),
    Namespace(&'a str),
    Cluster,
}

impl Group<'_> {
    /// For a heading.
    pub(super) fn title(&self) -> String {
        match self {
            Self::ControlPlane(namespace) => format!("{namespace} (control plane)"),
            Self::Namespace(namespace) => (*namespace).to_owned(),
            Self::Cluster => "outside of namespaces".to_owned(),
        }
    }
}

/// Records of a report in groups: the control plane, then namespaces by name, then the rest. In each
/// the worst come first.
pub(super) fn groups<'a>(
    report: &'a Report,
    records: impl Iterator<Item = &'a Record>,
) -> BTreeMap<Group<'a>, Vec<&'a Record>> {
    let mut groups: BTreeMap<Group<'_>, Vec<&Record>> = BTreeMap::new();
    for record in records {
        let group = match record.namespace() {
            Some(namespace) if namespace == report.control_plane => Group::ControlPlane(namespace),
            Some(namespace) => Group::Namespace(namespace),
            None => Group::Cluster,
        };
        groups.entry(group).or_default().push(record);
    }
    for records in groups.values_mut() {
        records.sort_by_key(|record| Reverse(record.level));
    }
    groups
}
