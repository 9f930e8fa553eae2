//! What rules have to read in a cluster, and what of it may be kept.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    object::Object,
    pattern,
    resource::{MODEL, Resource, SELDON_CONFIG, SELDON_RUNTIME},
    rules::{Judged, Rule, World},
};

/// The kinds that these rules read on a cluster, those by which tenants are recognised included.
pub fn kinds<'a>(rules: impl IntoIterator<Item = &'a &'static Rule>) -> BTreeSet<&'static Resource> {
    let rules = rules.into_iter().filter(|rule| rule.judged != Judged::Manifests);
    rules.flat_map(|rule| rule.reads).chain(World::READS).copied().collect()
}

/// The Secrets that agents read on the central scheduler, by namespace and name: those that a
/// runtime or its `SeldonConfig` lists, the chart's own, and those that Models name.
pub fn secrets(world: &World<'_>) -> BTreeSet<(String, String)> {
    let mut wanted = BTreeSet::new();
    let central = world.control_plane.namespace.as_str();
    for namespace in world.tenants.iter().map(|tenant| tenant.namespace.as_str()) {
        let mut want = |name: &str| wanted.insert((namespace.to_owned(), name.to_owned()));
        want(pattern::RCLONE_SECRET);
        for runtime in world.snapshot.known_in(&SELDON_RUNTIME, namespace) {
            let named = runtime.object.text("/spec/seldonConfig");
            let configs = world.snapshot.known_in(&SELDON_CONFIG, central);
            let config = configs.filter(|config| Some(config.object.name()) == named);
            config.chain([runtime]).flat_map(|one| rclone_secrets(&one.object)).for_each(|name| {
                want(name);
            });
        }
    }
    for (namespace, model) in world.shared().objects(&MODEL) {
        wanted.extend(model.object.text("/spec/secretName").map(|name| (namespace.to_owned(), name.to_owned())));
    }
    wanted
}

/// The Secrets of rclone settings that a `SeldonConfig` or a `SeldonRuntime` lists.
pub fn rclone_secrets(object: &Object) -> impl Iterator<Item = &str> {
    let secrets = object.pointer("/spec/config/agentConfig/rclone/config_secrets").and_then(Value::as_array);
    secrets.into_iter().flatten().filter_map(Value::as_str)
}

/// A Secret with its identity and the names of its keys, and nothing else of it.
#[must_use]
pub fn keys_only(secret: &Object) -> Object {
    let keys = ["/data", "/stringData"].into_iter().filter_map(|field| secret.pointer(field)?.as_object());
    let data: serde_json::Map<String, Value> = keys.flatten().map(|(key, _)| (key.clone(), json!(""))).collect();
    let kept = json!({
        "apiVersion": secret.api_version(),
        "kind": secret.kind(),
        "metadata": {"name": secret.name(), "namespace": secret.namespace()},
        "data": data,
    });
    // Built with an identity, so there is nothing that could be missing.
    Object::new(kept).unwrap_or_else(|_| secret.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        manifest,
        profile::ControlPlane,
        resource::{DEPLOYMENT, NAMESPACE, SECRET, SERVICE},
        rules,
        snapshot::Snapshot,
    };

    fn find(id: &str) -> &'static Rule {
        rules::find(id).unwrap()
    }

    #[test]
    fn kinds_are_what_the_rules_read_and_what_tells_tenants() {
        let kinds = kinds(&[find("SCS0408")]);
        assert!(kinds.is_superset(&[&MODEL, &SECRET, &SERVICE, &DEPLOYMENT, &NAMESPACE].into()), "{kinds:?}");
        assert!(!kinds.contains(&SELDON_CONFIG));
        assert_eq!(super::kinds(&[find("SCS0802")]), super::kinds(&[]), "a rule for manifests reads no cluster");
    }

    #[test]
    fn secrets_are_those_that_are_named() {
        let text = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: {name: default, namespace: seldon-system}
spec: {config: {agentConfig: {rclone: {config_secrets: [shared]}}}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: r, namespace: fin}
spec:
  seldonConfig: default
  overrides: [{name: seldon-scheduler, replicas: 0}]
  config: {agentConfig: {rclone: {config_secrets: [own]}}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: m, namespace: fin}
spec: {secretName: minio}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: m, namespace: elsewhere}
spec: {secretName: theirs}
";
        let control_plane = ControlPlane::default();
        let objects = manifest::read("-", text).unwrap().objects;
        let snapshot = Snapshot::from_manifests(objects, &control_plane.namespace);
        let names: Vec<_> = secrets(&World::new(&snapshot, &control_plane, &[])).into_iter().collect();
        let fin = |name: &str| ("fin".to_owned(), name.to_owned());
        assert_eq!(names, [fin("minio"), fin("own"), fin("seldon-rclone-gs-public"), fin("shared")]);
    }

    #[test]
    fn of_a_secret_only_the_names_of_its_keys_are_kept() {
        let secret = Object::new(json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": "a", "namespace": "fin", "annotations": {"last": "dG9rZW4="}},
            "data": {"s3": "dG9rZW4="},
        }))
        .unwrap();
        let kept = keys_only(&secret).to_value();
        assert_eq!(
            kept,
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "fin"}, "data": {"s3": ""}})
        );
    }
}
