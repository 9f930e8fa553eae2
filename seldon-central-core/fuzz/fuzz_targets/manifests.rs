//! Any text as a manifest file: it is read or refused, and every rule judges what was read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use seldon_central_core::{
    manifest,
    profile::ControlPlane,
    rules::{RULES, World, run},
    snapshot::Snapshot,
};

fuzz_target!(|text: &str| {
    let Ok(read) = manifest::read("-", text) else { return };
    let control_plane = ControlPlane::default();
    let named: Vec<_> = "fin".parse().into_iter().collect();
    let manifests = Snapshot::from_manifests(read.objects, &control_plane.namespace);
    let judged = run(RULES, &World::new(&manifests, &control_plane, &named));
    let again = run(RULES, &World::new(&manifests, &control_plane, &named));
    assert_eq!(judged, again, "the same input is judged in two ways");
});
