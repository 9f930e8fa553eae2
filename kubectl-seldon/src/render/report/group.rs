//! Records by whom they concern.

use std::{cmp::Reverse, collections::BTreeMap};

use seldon_central_core::report::{Record, Report};

/// Whom a record concerns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group<'a> {
    /// When several clusters were judged: the place of this one, and its name.
    cluster: Option<(usize, &'a str)>,
    whose: Whose<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Whose<'a> {
    ControlPlane(&'a str),
    Namespace(&'a str),
    Cluster,
}

impl Group<'_> {
    /// For a heading.
    pub(super) fn title(&self) -> String {
        match self.cluster {
            Some((_, name)) => format!("{name}: {}", self.title_within()),
            None => self.title_within(),
        }
    }

    /// For a heading below one of the cluster.
    pub(super) fn title_within(&self) -> String {
        match self.whose {
            Whose::ControlPlane(namespace) => format!("{namespace} (control plane)"),
            Whose::Namespace(namespace) => namespace.to_owned(),
            Whose::Cluster => "outside of namespaces".to_owned(),
        }
    }
}

/// Records of a report in groups: cluster by cluster the control plane, then namespaces by name, then
/// the rest. In each the worst come first.
pub(super) fn groups<'a>(
    report: &'a Report,
    records: impl Iterator<Item = &'a Record>,
) -> BTreeMap<Group<'a>, Vec<&'a Record>> {
    let mut groups: BTreeMap<Group<'_>, Vec<&Record>> = BTreeMap::new();
    for record in records {
        let whose = match record.namespace() {
            Some(namespace) if namespace == report.control_plane => Whose::ControlPlane(namespace),
            Some(namespace) => Whose::Namespace(namespace),
            None => Whose::Cluster,
        };
        let is_own = |name: &str| record.cluster.as_deref() == Some(name);
        let place = report.clusters.iter().position(|cluster| is_own(&cluster.name));
        let cluster = place.zip(record.cluster.as_deref());
        groups.entry(Group { cluster, whose }).or_default().push(record);
    }
    for records in groups.values_mut() {
        records.sort_by_key(|record| Reverse(record.level));
    }
    groups
}
