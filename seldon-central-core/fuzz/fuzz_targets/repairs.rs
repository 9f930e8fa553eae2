//! Any text as a manifest file, put right as far as the rules can: what the edited text is taken to
//! have settled is settled.

#![no_main]

use libfuzzer_sys::fuzz_target;
use seldon_central_core::{
    fix::{
        Answer, Limits,
        files::{Repository, differs, edited},
        plan, settled,
    },
    kustomize::Tree,
    manifest::{self, Texts},
    profile::ControlPlane,
    rules::{RULES, World, run},
    snapshot::Snapshot,
};

const FILE: &str = "tenant.yaml";

fuzz_target!(|text: &str| {
    let control_plane = ControlPlane::default();
    let named: Vec<_> = "financial-inference".parse().into_iter().collect();
    let Some(before) = snapshot([(FILE, text)], &control_plane) else { return };
    let world = World::new(&before, &control_plane, &named);
    let plan = plan(&world, &Limits { wanted: &|_| true, unsafe_too: true, owned_too: false });
    let tree = Tree::default();
    let exists = |path: &str| path == FILE;
    let done = edited(&plan, &Repository { snapshot: &before, tree: &tree, may_edit: &|_| true, exists: &exists });
    let kept = (!done.files.contains_key(FILE)).then_some((FILE, text));
    let made = done.files.iter().filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)));
    // What cannot be read again, or came out in another way, is refused.
    let Some(after) = snapshot(kept.into_iter().chain(made), &control_plane) else { return };
    if !done.by_hand.is_empty() || differs(&plan, &done.files, &before, &after).is_some() {
        return;
    }
    let answers: Vec<Answer> = plan.steps.iter().flat_map(|step| step.answers.clone()).collect();
    let (found, left) = (run(RULES, &world), run(RULES, &World::new(&after, &control_plane, &named)));
    let proof = settled(&answers, &found, &left);
    assert!(proof.is_ok(), "{proof:?} by {:?}", done.files);
});

fn snapshot<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>, control_plane: &ControlPlane) -> Option<Snapshot> {
    let (mut objects, mut texts) = (Vec::new(), Texts::default());
    for (path, text) in files {
        objects.extend(manifest::read(path, text).ok()?.objects);
        texts.insert(path, text);
    }
    Some(Snapshot::from_manifests(objects, &control_plane.namespace).with_texts(texts))
}
