//! What rules say of a repository that is laid over a cluster, beyond their fixtures.

use super::*;
use crate::{
    manifest,
    object::Object,
    profile::ControlPlane,
    snapshot::{Observed, Snapshot},
};

const RUNTIME: &str = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: r, namespace: fin}
spec: {seldonConfig: default, overrides: [{name: seldon-scheduler, replicas: 0}]}
";

fn objects(text: &str) -> Vec<Observed> {
    manifest::read("repo.yaml", text).unwrap().objects
}

/// `rule object: message` of what is found in family 08, and what of it holds, with a repository over a
/// cluster.
fn said(live: &str, repository: &str) -> Vec<String> {
    let control_plane = ControlPlane::default();
    let live: Vec<Object> = objects(live).into_iter().map(|observed| observed.object).collect();
    let live = tests::cluster(&live);
    let now = run(RULES, &World::new(&live, &control_plane, &[]));
    let files = Snapshot::from_manifests(objects(repository), &control_plane.namespace);
    let after = live.with_applied(objects(repository));
    let world = World::new(&after, &control_plane, &[]).with_files(&files).with_applied_over(&live, &now);
    let outcomes = sides(&now, run(RULES, &world));
    let own = outcomes.iter().filter(|outcome| outcome.rule.starts_with("SCS08"));
    let told = |outcome: &Outcome| match &outcome.verdict {
        Verdict::Pass => Some(format!("{} {}: pass", outcome.rule, outcome.object)),
        Verdict::Fail(finding) => Some(format!("{} {}: {}", outcome.rule, outcome.object, finding.message)),
        Verdict::Suppressed { .. } | Verdict::Unknown { .. } => None,
    };
    own.filter_map(told).collect()
}

#[test]
fn rules_for_manifests_judge_the_repository_and_not_the_cluster() {
    let misspelled = RUNTIME.replace("replicas: 0", "replicas: 0, replica: 0");
    let null = RUNTIME.replace("replicas: 0", "replicas: 0, podSpec: null");
    let unknown = "SCS0801 SeldonRuntime fin/r: repo wrong, live right: SeldonRuntime has no field \
                   /spec/overrides/0/replica; `replicas` is meant";
    assert!(said(RUNTIME, &misspelled).contains(&unknown.to_owned()), "{:#?}", said(RUNTIME, &misspelled));
    assert!(said(&misspelled, RUNTIME).iter().all(|told| !told.starts_with("SCS0801") || told.ends_with("pass")));
    // What applying takes away leaves no trace in the cluster as it would be.
    let refused = "SCS0802 SeldonRuntime fin/r: repo wrong, live right: /spec/overrides/0/podSpec is null";
    assert!(said(RUNTIME, &null).contains(&refused.to_owned()), "{:#?}", said(RUNTIME, &null));
    assert!(said(RUNTIME, RUNTIME).contains(&"SCS0802 SeldonRuntime fin/r: pass".to_owned()));
}

#[test]
fn the_definition_that_the_cluster_serves_goes_before_what_is_known() {
    let definition = "---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: seldonruntimes.mlops.seldon.io}
spec:
  versions:
  - name: v1alpha1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        properties:
          apiVersion: {type: string}
          kind: {type: string}
          metadata: {type: object}
          spec:
            type: object
            properties:
              seldonConfig: {type: string}
              shiny: {type: string}
              overrides: {type: array, items: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";
    let shiny = RUNTIME.replace("seldonConfig: default", "seldonConfig: default, shiny: a");
    let about = |lines: Vec<String>| lines.into_iter().filter(|line| line.starts_with("SCS0801")).collect::<Vec<_>>();
    assert_eq!(about(said(&format!("{RUNTIME}{definition}"), &shiny)), ["SCS0801 SeldonRuntime fin/r: pass"]);
    assert_eq!(
        about(said(RUNTIME, &shiny)),
        ["SCS0801 SeldonRuntime fin/r: repo wrong, live right: SeldonRuntime has no field /spec/shiny"]
    );
}

#[test]
fn what_the_repository_does_not_hold_is_still_changed_in_the_cluster() {
    let owned = RUNTIME.replace(
        "namespace: fin}",
        "namespace: fin, labels: {kustomize.toolkit.fluxcd.io/name: t, \
        kustomize.toolkit.fluxcd.io/namespace: flux-system}}",
    );
    let wrong = owned.replace("seldonConfig: default", "seldonConfig: other");
    let elsewhere = "apiVersion: v1\nkind: Service\nmetadata: {name: mine, namespace: fin}\nspec: {}\n";
    let reverted = "SCS0809 SeldonRuntime fin/r: Flux Kustomization `flux-system/t` owns it and undoes what is changed in \
                    the cluster alone";
    assert!(said(&wrong, elsewhere).contains(&reverted.to_owned()), "{:#?}", said(&wrong, elsewhere));
    assert!(said(&wrong, &wrong).iter().all(|line| !line.starts_with("SCS0809")), "{:#?}", said(&wrong, &wrong));
}
