//! Where something is.

use seldon_central_core::{report::Record, snapshot::Origin, text::printable};

/// A place in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// Path as it was given; `-` for standard input.
    pub(super) path: &'a str,
    /// Line, from 1.
    pub(super) line: u64,
    /// Column, from 1.
    pub(super) column: u64,
}

/// The place in a file, for what is in one.
pub(super) fn in_file(record: &Record) -> Option<Place<'_>> {
    match &record.location {
        Some(Origin::File { path, line, column, .. }) => Some(Place { path, line: *line, column: *column }),
        Some(Origin::Cluster | Origin::Desired) | None => None,
    }
}

/// `path:line:column`, else the object as `namespace/Kind/name`; safe to print.
pub(super) fn shown(record: &Record) -> String {
    let place = in_file(record).map(|Place { path, line, column }| format!("{path}:{line}:{column}"));
    printable(&place.unwrap_or_else(|| object_path(record))).into_owned()
}

/// The object as a path: `fin/Server/mlserver`, `Namespace/fin`.
pub(super) fn object_path(record: &Record) -> String {
    let Some(object) = &record.object else { return record.rule.to_owned() };
    let namespace = object.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    format!("{namespace}{}/{}", object.kind, object.name)
}

/// The same below the cluster's name, when several were judged.
pub(super) fn qualified_path(record: &Record) -> String {
    let cluster = record.cluster.as_ref().map(|cluster| format!("{cluster}/")).unwrap_or_default();
    format!("{cluster}{}", object_path(record))
}

/// The object for people, after the cluster's name, when several were judged: `prod: Server
/// fin/mlserver`. Where there is no object, the cluster's name alone.
pub(super) fn qualified(record: &Record) -> String {
    match (&record.cluster, &record.object) {
        (Some(cluster), Some(object)) => format!("{cluster}: {object}"),
        (Some(cluster), None) => cluster.clone(),
        (None, object) => object.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

/// The object for people: `Server fin/mlserver`; safe to print.
pub(super) fn object(record: &Record) -> String {
    record.object.as_ref().map(|object| printable(&object.to_string()).into_owned()).unwrap_or_default()
}

/// The same without the namespace, for where that is known.
pub(super) fn object_within(record: &Record) -> String {
    let object = record.object.as_ref();
    object.map(|object| printable(&format!("{} {}", object.kind, object.name)).into_owned()).unwrap_or_default()
}
