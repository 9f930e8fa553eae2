//! Accounts of objects in small worlds, as people read them.

use super::account;
use crate::{manifest, profile::ControlPlane, rules::World, snapshot::Snapshot};

const TENANT: &str = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: {name: default, namespace: seldon-system}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: ServerConfig
metadata: {name: mlserver, namespace: seldon-system}
spec:
  podSpec:
    containers:
    - name: agent
      env: [{name: SELDON_SERVER_CAPABILITIES, value: 'mlserver,sklearn'}]
---
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: fin}
spec:
  type: ExternalName
  externalName: seldon-scheduler.seldon-system.svc.cluster.local
  ports: [{name: agent, port: 9005}]
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: runtime, namespace: fin}
spec:
  seldonConfig: default
  overrides: [{name: seldon-scheduler, replicas: 0}, {name: seldon-envoy, replicas: 2}, {name: hodometer, replicas: 0}]
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: fin}
spec: {serverConfig: mlserver}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: income, namespace: fin}
spec: {server: mlserver, storageUri: 'gs://b/m', requirements: [scikit-learn]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: churn, namespace: fin}
spec: {server: mlserver, storageUri: 'gs://b/n', requirements: [sklearn]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Experiment
metadata: {name: ab, namespace: fin}
spec: {default: churn, candidates: [{name: churn, weight: 50}, {name: income, weight: 30}, {name: absent, weight: 20}]}
";

/// What is said about an object, as Markdown.
fn said(text: &str, kind: &str, name: &str) -> String {
    let control_plane = ControlPlane::default();
    let objects = manifest::read("tenant.yaml", text).unwrap().objects;
    let snapshot = Snapshot::from_manifests(objects, &control_plane.namespace);
    let world = World::new(&snapshot, &control_plane, &[]);
    let is_meant = |o: &&crate::snapshot::Observed| o.object.kind() == kind && o.object.name() == name;
    let observed = snapshot.objects().iter().find(is_meant).unwrap();
    account(&world, observed).unwrap().page().to_markdown(1)
}

#[test]
fn a_model_is_told_which_server_rejects_it_and_what_would_help() {
    insta::assert_snapshot!(said(TENANT, "Model", "income"));
}

#[test]
fn a_model_that_fits_is_placed() {
    let said = said(TENANT, "Model", "churn");
    assert!(said.contains("The scheduler would place it on Server fin/mlserver."), "{said}");
    assert!(said.contains("In Service fin/seldon-scheduler:"), "{said}");
}

#[test]
fn a_model_whose_server_is_not_in_the_input_is_not_judged() {
    let alone = TENANT.split("---\n").filter(|one| one.contains("kind: Model")).collect::<Vec<_>>().join("---\n");
    let said = said(&alone, "Model", "income");
    assert!(said.contains("Whether a Server takes it is not known"), "{said}");
}

#[test]
fn a_server_says_what_it_offers_and_to_whom() {
    insta::assert_snapshot!(said(TENANT, "Server", "mlserver"));
}

#[test]
fn a_runtime_says_what_it_runs_and_what_becomes_of_the_alias() {
    insta::assert_snapshot!(said(TENANT, "SeldonRuntime", "runtime"));
}

#[test]
fn an_experiment_says_what_becomes_of_each_candidate() {
    insta::assert_snapshot!(said(TENANT, "Experiment", "ab"));
}
