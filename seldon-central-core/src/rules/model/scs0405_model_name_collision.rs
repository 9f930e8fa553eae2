use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    resource::{EXPERIMENT, MODEL, PIPELINE, Resource},
    rules::{FixSafety, Judged, Report, Rule, World},
    text,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0405",
    name: "model-name-collision",
    level: Level::Error,
    judged: Judged::Either,
    summary: "Two namespaces on one scheduler have a Model, Pipeline or Experiment of the same name.",
    why: "The scheduler keys all three by bare name. Two Models of one name are versions of one model to it: whoever \
          comes last wins, the other namespace's object gets no more status, each operator reconcile flips the \
          version, and deleting one unloads it for both. Requests are routed by the name too.",
    fix: "Rename one of them, with the namespace in the name for example, and send the new name in the `seldon-model` \
          header.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&MODEL, &PIPELINE, &EXPERIMENT],
    sources: &["scheduler/pkg/store/mesh.go:25-37", "scheduler/pkg/store/memory.go:137-155"],
    check,
    guard: None,
    bad: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec: {server: mlserver, storageUri: s3://mlflow-artifacts/path/to/model}
---
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: risk}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: risk}
spec: {server: risk-mlserver, storageUri: s3://mlflow-artifacts/path/to/another}
",
    good: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec: {server: mlserver, storageUri: s3://mlflow-artifacts/path/to/model}
---
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: risk}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: risk-baseline-predictor, namespace: risk}
spec: {server: risk-mlserver, storageUri: s3://mlflow-artifacts/path/to/another}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for kind in [&MODEL, &PIPELINE, &EXPERIMENT] {
        check_kind(world, report, kind);
    }
}

fn check_kind(world: &World<'_>, report: &mut Report, kind: &'static Resource) {
    let mut homes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let seen = world.on_scheduler(kind, report);
    for (namespace, observed) in &seen {
        homes.entry(observed.object.name()).or_default().insert(namespace);
    }
    let unseen = world.shared().closed(kind).err();
    for (namespace, observed) in seen {
        let name = observed.object.name();
        let others: Vec<&str> =
            homes.get(name).into_iter().flatten().copied().filter(|home| *home != namespace).collect();
        match (&unseen, others.as_slice()) {
            (None, []) => report.pass(observed),
            (Some(reason), []) => report.unknown(observed.object.id(), reason.clone()),
            (_, others) => report.fail(
                observed,
                format!(
                    "{} on the same scheduler has a {} `{name}` too",
                    text::enumerate(others.iter().copied()),
                    kind.kind
                ),
                vec![Evidence::new(
                    "/metadata/name",
                    format!("{name}, also in {}", text::enumerate(others.iter().copied())),
                )],
                format!("rename one of them, this one to `{namespace}-{name}` for example"),
            ),
        }
    }
}
