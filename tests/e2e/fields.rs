//! The fields that the plugin knows are those of the CRDs of Seldon's releases.

use std::{collections::BTreeSet, fs};

use seldon_central_core::{
    fields::Tree,
    manifest,
    resource::{self, Resource, SELDON_GROUP},
    version::SeldonVersion,
};

use crate::harness::{data::Data, plan::Plan};

/// The release whose CRDs stand for a version that counts as verified.
const RELEASES: [(SeldonVersion, &str); 3] =
    [(SeldonVersion::V2_6, "v2.6.0"), (SeldonVersion::V2_9, "v2.9.1"), (SeldonVersion::V2_10, "v2.10.2")];

pub(crate) fn add(plan: &mut Plan) {
    for (version, release) in RELEASES {
        plan.local_with_data(&format!("fields::are_those_of_{release}"), move |data| {
            are_those_of(data, version, release);
        });
    }
    plan.local_with_data("fields::of_verified_versions_were_compared", |_| of_verified_versions_were_compared());
}

fn are_those_of(data: &Data, version: SeldonVersion, release: &str) {
    let kinds = resource::ALL.into_iter().filter(|kind| kind.group == SELDON_GROUP);
    let mut compared = 0;
    for kind in kinds {
        let ours = paths(&Tree::of_kind(kind, version).unwrap());
        let theirs = paths(&of_crd(data, release, kind));
        assert!(theirs.len() > 10, "{kind} of {release} has next to no fields: {theirs:?}");
        let (missing, surplus): (Vec<_>, Vec<_>) =
            (theirs.difference(&ours).collect(), ours.difference(&theirs).collect());
        assert!(missing.is_empty(), "{kind} of {release} has fields that are not known: {missing:#?}");
        assert!(surplus.is_empty(), "{kind} of {release} has no such fields: {surplus:#?}");
        compared += theirs.len();
    }
    assert!(compared > 1000, "only {compared} fields of {release} were compared");
}

fn of_verified_versions_were_compared() {
    for version in SeldonVersion::ALL {
        let is_compared = RELEASES.iter().any(|(compared, _)| *compared == version);
        assert_eq!(version.is_verified(), is_compared, "{version}");
    }
}

fn of_crd(data: &Data, release: &str, kind: &Resource) -> Tree {
    let file = data.schemas("seldon").join(release).join(format!("{SELDON_GROUP}_{}.yaml", kind.plural));
    let read = manifest::read("-", &fs::read_to_string(&file).unwrap()).unwrap();
    Tree::of_crd(&read.objects[0].object).unwrap()
}

/// JSON pointers to all fields, without the places in lists.
fn paths(tree: &Tree) -> BTreeSet<String> {
    fn collect(tree: &Tree, path: &str, into: &mut BTreeSet<String>) {
        if let Tree::Fields(fields) = tree {
            // What is closed and has no fields differs from what is open.
            if fields.is_empty() {
                into.insert(format!("{path}/(nothing)"));
            }
            for (name, below) in fields {
                let path = format!("{path}/{name}");
                collect(below, &path, into);
                into.insert(path);
            }
        }
    }
    let mut into = BTreeSet::new();
    collect(tree, "", &mut into);
    into
}
