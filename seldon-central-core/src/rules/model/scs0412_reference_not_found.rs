use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    finding::{Evidence, Level},
    fix::{Repair, references},
    object::Object,
    reason::shared::Shared,
    resource::{EXPERIMENT, MODEL, PIPELINE, Resource},
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::Observed,
    text,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0412",
    name: "reference-not-found",
    level: Level::Error,
    judged: Judged::Either,
    summary: "An Experiment's candidate or a Pipeline's step names no Model of its namespace.",
    why: "The scheduler accepts the name and waits for a Model that never comes: the Experiment's candidates or the \
          Pipeline's models stay unready. A Model of that name in another namespace of the scheduler is found by it, \
          but the namespace's own Envoy cannot reach the Server it is on. An Experiment with `resourceType: pipeline` \
          names Pipelines instead.",
    fix: "Create the Model, or name one that is there.",
    fix_safety: FixSafety::Manual,
    repair: Repair::Proposed(references),
    reads: &[&MODEL, &PIPELINE, &EXPERIMENT],
    sources: &[
        "operator/apis/mlops/v1alpha1/experiment_types.go:33-61",
        "operator/apis/mlops/v1alpha1/pipeline_types.go:56-148",
        "scheduler/pkg/envoy/xdscache/seldoncache.go:505-521",
    ],
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
apiVersion: mlops.seldon.io/v1alpha1
kind: Experiment
metadata: {name: baseline-or-enhanced, namespace: financial-inference}
spec:
  default: baseline-predictor
  candidates:
  - {name: baseline-predictor, weight: 70}
  - {name: enhanced-predictor, weight: 30}
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
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: enhanced-predictor, namespace: financial-inference}
spec: {server: mlserver, storageUri: s3://mlflow-artifacts/path/to/another}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Experiment
metadata: {name: baseline-or-enhanced, namespace: financial-inference}
spec:
  default: baseline-predictor
  candidates:
  - {name: baseline-predictor, weight: 70}
  - {name: enhanced-predictor, weight: 30}
",
};

/// A name in an object, and where it stands.
struct Reference<'a> {
    path: String,
    name: &'a str,
}

fn check(world: &World<'_>, report: &mut Report) {
    let shared = world.shared();
    let known = |kind| shared.objects(kind).map(|(namespace, observed)| (namespace, observed.object.name())).collect();
    let (models, pipelines): (Known<'_>, Known<'_>) = (known(&MODEL), known(&PIPELINE));
    for (namespace, experiment) in world.on_scheduler(&EXPERIMENT, report) {
        let object = &experiment.object;
        let of_pipelines = object.text("/spec/resourceType") == Some("pipeline");
        let (kind, known) = if of_pipelines { (&PIPELINE, &pipelines) } else { (&MODEL, &models) };
        let fixed = ["/spec/default", "/spec/mirror/name"];
        let fixed =
            fixed.into_iter().filter_map(|path| Some(Reference { path: path.to_owned(), name: object.text(path)? }));
        let references = named(object, "/spec/candidates").chain(fixed).collect();
        Judgement { shared: &shared, kind, known, namespace, observed: experiment }.judge(report, references);
    }
    for (namespace, pipeline) in world.on_scheduler(&PIPELINE, report) {
        let references = named(&pipeline.object, "/spec/steps").collect();
        let judgement = Judgement { shared: &shared, kind: &MODEL, known: &models, namespace, observed: pipeline };
        judgement.judge(report, references);
    }
}

/// The names of the entries of a list.
fn named<'a>(object: &'a Object, list: &'a str) -> impl Iterator<Item = Reference<'a>> {
    let entries = object.pointer(list).and_then(Value::as_array).into_iter().flatten().enumerate();
    entries.filter_map(move |(index, entry)| {
        Some(Reference { path: format!("{list}/{index}/name"), name: entry.get("name")?.as_str()? })
    })
}

/// Namespaces and names of the known objects of a kind.
type Known<'a> = BTreeSet<(&'a str, &'a str)>;

/// An object that names others.
struct Judgement<'a> {
    shared: &'a Shared<'a>,
    /// What it names.
    kind: &'static Resource,
    known: &'a Known<'a>,
    namespace: &'a str,
    observed: &'a Observed,
}

impl Judgement<'_> {
    fn judge(&self, report: &mut Report, mut references: Vec<Reference<'_>>) {
        references.retain(|reference| !self.known.contains(&(self.namespace, reference.name)));
        let unseen = self.shared.snapshot().closed(self.kind, self.namespace).err();
        match unseen {
            _ if references.is_empty() => report.pass(self.observed),
            Some(reason) => report.unknown(self.observed.object.id(), reason),
            None => self.fail(report, &references),
        }
    }

    fn fail(&self, report: &mut Report, missing: &[Reference<'_>]) {
        let (kind, namespace) = (self.kind.kind, self.namespace);
        let elsewhere = |name: &str| self.known.iter().find(|(_, known)| *known == name).map(|(home, _)| home);
        let evidence = missing
            .iter()
            .map(|reference| match elsewhere(reference.name) {
                Some(home) => Evidence::new(&reference.path, format!("{}, which is in {home}", reference.name)),
                None => Evidence::new(&reference.path, reference.name),
            })
            .collect();
        let missing: BTreeSet<&str> = missing.iter().map(|reference| reference.name).collect();
        let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
        let own = || self.known.iter().filter(|(home, _)| *home == namespace).map(|(_, name)| *name);
        let remedies = missing.iter().map(|name| match text::nearest(name, own()) {
            Some(meant) => format!("name `{meant}` instead of `{name}`, or create {kind} `{name}` in {namespace}"),
            None => format!("create {kind} `{name}` in {namespace}, or name another"),
        });
        let remedy = remedies.collect::<Vec<_>>().join("; ");
        report.fail(self.observed, format!("{namespace} has no {kind} {}", names.join(", ")), evidence, remedy);
    }
}
