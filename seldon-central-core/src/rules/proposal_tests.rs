//! What is proposed in place of a configuration that does not exist.

use super::*;
use crate::{
    manifest,
    name::ObjectName,
    profile::ControlPlane,
    snapshot::{Observed, Origin, Snapshot},
};

const TENANT: &str = "
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: fin-runtime, namespace: fin}
spec: {seldonConfig: nope, overrides: [{name: seldon-scheduler, replicas: 0}]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: fin}
spec: {serverConfig: nope}
---
";

fn objects(text: &str) -> Vec<Observed> {
    manifest::read("-", text).unwrap().objects
}

/// What a rule proposes when the control plane, too, is told of the missing name.
fn proposed(rule: &str, kind: &str, names: &[&str]) -> String {
    let there = |name: &&str| {
        format!(
            "---\napiVersion: mlops.seldon.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}, namespace: seldon-system}}\nspec: {{}}\n"
        )
    };
    let text = format!("{TENANT}{}", names.iter().map(there).collect::<String>());
    let nope = || ObjectName::new("nope").unwrap();
    let control_plane = ControlPlane { seldon_config: nope(), server_config: nope(), ..ControlPlane::default() };
    let snapshot = Snapshot::from_manifests(objects(&text), &control_plane.namespace);
    let world = World::new(&snapshot, &control_plane, &[]);
    let outcomes = run([&find(rule).unwrap()], &world);
    outcomes.iter().find_map(|outcome| outcome.finding()).unwrap().remedy.clone()
}

#[test]
fn the_name_that_is_missing_is_never_proposed() {
    assert_eq!(proposed("SCS0106", "SeldonConfig", &["default"]), "set `seldonConfig: default`");
    assert_eq!(proposed("SCS0106", "SeldonConfig", &["b", "nopes"]), "set `seldonConfig: nopes`");
    let there = "name one that exists there, such as `serverConfig: ";
    assert_eq!(proposed("SCS0107", "ServerConfig", &["triton", "mlserver"]), format!("{there}mlserver`"));
    assert_eq!(proposed("SCS0107", "ServerConfig", &["triton"]), format!("{there}triton`"));
}

#[test]
fn a_runtime_that_is_yet_to_be_built_is_not_counted_as_there() {
    let runtime = |name: &str| {
        format!(
            "apiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonRuntime\nmetadata: {{name: {name}, namespace: fin}}\nspec: {{seldonConfig: default}}\n"
        )
    };
    let mut found = objects(&format!("{}---\n{}---\n{}", runtime("a"), runtime("b"), runtime("fin-runtime")));
    found[2].origin = Origin::Desired;
    let control_plane = ControlPlane::default();
    let snapshot = Snapshot::from_manifests(found, &control_plane.namespace);
    let fin = crate::name::Namespace::new("fin").unwrap();
    let world = World::new(&snapshot, &control_plane, &[fin]);
    let outcomes = run([&find("SCS0202").unwrap()], &world);
    let messages: Vec<&str> = outcomes.iter().filter_map(Outcome::finding).map(|one| one.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "fin has 2 SeldonRuntimes, which fight over the same objects",
            "fin has 2 SeldonRuntimes, which fight over the same objects",
            "fin has SeldonRuntimes already, and another would fight with them over the same objects",
        ]
    );
}
