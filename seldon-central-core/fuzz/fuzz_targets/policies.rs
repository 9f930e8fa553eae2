//! Any spec of a NetworkPolicy beside a tenant, on a cluster where everything is known: the rules of
//! the network judge it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use seldon_central_core::{
    manifest,
    object::Object,
    profile::ControlPlane,
    resource,
    rules::{RULES, World, run},
    snapshot::{Read, Scope, Snapshot},
};

/// Two namespaces, and everything between them that the rules ask for.
const TENANT: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: fin, labels: {kubernetes.io/metadata.name: fin, team: a}}
---
apiVersion: v1
kind: Namespace
metadata: {name: seldon-system, labels: {kubernetes.io/metadata.name: seldon-system}}
---
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: fin}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: fin, namespace: fin}
spec: {seldonConfig: default, overrides: [{name: seldon-scheduler, replicas: 0}]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: fin}
spec: {serverConfig: mlserver}
";

fuzz_target!(|text: &str| {
    // What is fuzzed is the specs, in flow style or on one line each; the rest of a policy is given.
    let mut objects: Vec<Object> = objects(TENANT);
    for (index, spec) in text.split("\n---\n").enumerate() {
        let namespace = if index % 2 == 0 { "fin" } else { "seldon-system" };
        let indented = spec.replace('\n', "\n  ");
        objects.extend(self::objects(&format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p{index}, namespace: \
             {namespace}}}\nspec:\n  {indented}\n"
        )));
    }
    let control_plane = ControlPlane::default();
    let mut snapshot = Snapshot::live();
    for kind in resource::ALL {
        let of_kind = objects.iter().filter(|object| object.is(kind)).cloned().collect();
        snapshot.add_read(kind, Scope::Cluster, Read::Complete, of_kind);
    }
    let network = RULES.iter().filter(|rule| rule.id.starts_with("SCS06"));
    let outcomes = run(network, &World::new(&snapshot, &control_plane, &[]));
    assert!(!outcomes.is_empty(), "the rules of the network say nothing of a tenant");
});

fn objects(text: &str) -> Vec<Object> {
    let read = manifest::read("-", text).unwrap_or_default();
    read.objects.into_iter().map(|observed| observed.object).collect()
}
