//! A namespace whose alias could not be read may be another control plane's.

use super::*;
use crate::{
    manifest,
    name::Namespace,
    profile::ControlPlane,
    resource::{self, SELDON_RUNTIME, SERVICE},
    snapshot::{Read, Scope, Snapshot},
};

fn alias(target: &str) -> String {
    format!(
        "\
---
apiVersion: v1
kind: Service
metadata: {{name: seldon-scheduler, namespace: risk}}
spec: {{type: ExternalName, externalName: seldon-scheduler.{target}.svc.cluster.local}}
"
    )
}

fn runtime((namespace, replicas): (&str, u8)) -> String {
    format!(
        "\
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {{name: r, namespace: {namespace}}}
spec: {{seldonConfig: default, overrides: [{{name: seldon-scheduler, replicas: {replicas}}}]}}
"
    )
}

fn workload(namespace: &str) -> String {
    format!(
        "\
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {{name: mlserver, namespace: {namespace}}}
spec: {{serverConfig: mlserver}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {{name: income, namespace: {namespace}}}
spec: {{server: mlserver, storageUri: 's3://a/b'}}
"
    )
}

/// `fin` and `risk` have a Server and a Model of the same names, and `risk` an alias to somewhere.
fn snapshot(target: &str, refused: &[&'static Resource]) -> Snapshot {
    let runtimes = [("fin", 0), ("risk", 0), ("seldon-system", 1), ("other-system", 1)].map(runtime).concat();
    let text = [alias(target), runtimes, ["fin", "risk"].map(workload).concat()].concat();
    let objects: Vec<_> = manifest::read("-", &text).unwrap().objects.into_iter().map(|seen| seen.object).collect();
    let mut snapshot = Snapshot::live();
    for kind in resource::ALL {
        if refused.contains(&kind) {
            snapshot.add_read(kind, Scope::Cluster, Read::Failed("forbidden".to_owned()), vec![]);
            for namespace in ["fin", "seldon-system"] {
                let here = |object: &&crate::object::Object| object.is(kind) && object.namespace() == Some(namespace);
                let objects = objects.iter().filter(here).cloned().collect();
                snapshot.add_read(kind, Scope::Namespace(namespace.to_owned()), Read::Complete, objects);
            }
        } else {
            let of_kind = objects.iter().filter(|object| object.is(kind)).cloned().collect();
            snapshot.add_read(kind, Scope::Cluster, Read::Complete, of_kind);
        }
    }
    snapshot
}

/// `fail`, `unknown` or `pass` of a rule for an object of `fin`.
fn result(snapshot: &Snapshot, rule: &str) -> String {
    let (control_plane, fin) = (ControlPlane::default(), Namespace::new("fin").unwrap());
    let outcomes = run([&find(rule).unwrap()], &World::new(snapshot, &control_plane, &[fin]));
    let own = outcomes.iter().filter(|outcome| outcome.object.namespace.as_deref() == Some("fin"));
    let results = own.map(|outcome| match &outcome.verdict {
        Verdict::Fail(_) | Verdict::Suppressed { .. } => "fail",
        Verdict::Unknown { reason } if reason.is_incomplete() => "unknown",
        Verdict::Unknown { .. } => "not in the input",
        Verdict::Pass => "pass",
    });
    results.collect::<Vec<_>>().join(" ")
}

#[test]
fn names_collide_only_on_one_scheduler() {
    for rule in ["SCS0304", "SCS0405"] {
        assert_eq!(result(&snapshot("seldon-system", &[]), rule), "fail", "{rule}");
        assert_eq!(result(&snapshot("other-system", &[]), rule), "pass", "{rule}");
    }
}

#[test]
fn names_collide_with_those_of_nobody_knows_whom_is_unknown() {
    for rule in ["SCS0304", "SCS0405"] {
        for target in ["seldon-system", "other-system"] {
            assert_eq!(result(&snapshot(target, &[&SERVICE]), rule), "unknown", "{rule} {target}");
        }
        // Who runs a scheduler is not known then, and where an alias leads is.
        assert_eq!(result(&snapshot("seldon-system", &[&SELDON_RUNTIME]), rule), "fail", "{rule}");
        assert_eq!(result(&snapshot("other-system", &[&SELDON_RUNTIME]), rule), "unknown", "{rule}");
    }
}

#[test]
fn nothing_is_found_in_a_namespace_that_may_be_anothers() {
    let snapshot = snapshot("other-system", &[&SERVICE]);
    let control_plane = ControlPlane::default();
    let world = World::new(&snapshot, &control_plane, &[]);
    assert_eq!(world.doubtful().keys().collect::<Vec<_>>(), ["risk"]);
    assert!(!world.others().contains("risk"));
    for rule in RULES.iter().filter(|rule| rule.judged != Judged::Manifests) {
        let outcomes = run([rule], &world);
        let about: Vec<_> = outcomes
            .iter()
            .filter(|outcome| outcome.object.namespace.as_deref() == Some("risk") || outcome.object.name == "risk")
            .collect();
        let unknown =
            |outcome: &&Outcome| matches!(&outcome.verdict, Verdict::Unknown { reason } if reason.is_incomplete());
        assert!(about.len() == 1 && about.iter().all(unknown), "{rule:?}: {about:#?}");
    }
}
