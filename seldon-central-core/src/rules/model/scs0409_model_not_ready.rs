use serde_json::Value;

use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    reason::{
        cause::{Deleting, why_composed, why_model, why_model_stays},
        model_status::{Cause, ModelStatus},
        placement::Explanation,
    },
    resource::{
        AGENT_LOG, DEPLOYMENT, EVENT, EXPERIMENT, MODEL, NETWORK_POLICY, OPERATOR_LOG, PIPELINE, POD, SCHEDULER_LOG,
        SECRET, SELDON_CONFIG, SELDON_RUNTIME, SERVER, SERVER_CONFIG, SERVICE, STATEFUL_SET,
    },
    rules::{FixSafety, Judged, Report, Rule, World, status::is_deleting},
    snapshot::Observed,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0409",
    name: "model-not-ready",
    level: Level::Error,
    judged: Judged::Live,
    summary: "A Model is not ready, or a Pipeline or Experiment composed of Models; the finding says what is behind the \
              status.",
    why: "The status alone names the symptom: one text stands for five causes of an unscheduled Model, and a Model \
          that the operator could not pass on shows a gRPC error. Here the text is held against the Servers, their pods \
          and events, the placement the scheduler would come to, the alias, policies and the central scheduler. The \
          finding says the cause that these prove, and otherwise those that they do not exclude. In this condition `reason` \
          carries the sentence and `message` the state. A Model that is still loading, or being deleted, is a warning; \
          one that cannot be unloaded stays for ever. Of a Pipeline or an Experiment that is not ready it says which of \
          its Models are not.",
    fix: "Do what the finding proposes. Failed Models are tried again only when an agent subscribes anew or the Model \
          changes, not when a Server object changes.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[
        &MODEL,
        &PIPELINE,
        &EXPERIMENT,
        &SERVER,
        &SERVER_CONFIG,
        &STATEFUL_SET,
        &DEPLOYMENT,
        &POD,
        &EVENT,
        &SERVICE,
        &NETWORK_POLICY,
        &SELDON_RUNTIME,
        &SELDON_CONFIG,
        &SECRET,
        &AGENT_LOG,
        &SCHEDULER_LOG,
        &OPERATOR_LOG,
    ],
    sources: &[
        "specification, Validation and Troubleshooting",
        "operator/apis/mlops/v1alpha1/model_conditions.go:57-76",
        "scheduler/pkg/scheduler/scheduler.go:206,247",
        "operator/controllers/mlops/model_controller.go:119-135",
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
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver, capabilities: [mlflow]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec: {server: mlserver, requirements: [mlflow, torch], storageUri: s3://mlflow-artifacts/path/to/model}
status:
  conditions:
  - type: ModelReady
    status: 'False'
    reason: Failed to schedule model as no matching servers are available
    message: ScheduleFailed
",
    good: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver, capabilities: [mlflow, torch]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec: {server: mlserver, requirements: [mlflow, torch], storageUri: s3://mlflow-artifacts/path/to/model}
status:
  conditions:
  - {type: ModelReady, status: 'True', message: ModelAvailable}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let scheduler = world.scheduler();
    for (namespace, model) in world.on_scheduler(&MODEL, report).into_iter().filter(|(_, model)| model.is_live()) {
        let status = ModelStatus::of(&model.object);
        if is_deleting(&model.object) {
            being_deleted(world, report, model, status.as_ref());
            continue;
        }
        let why = || why_model(world, &scheduler, namespace, &model.object, status.as_ref());
        let Some(status) = &status else {
            let none = Evidence::new("/status/conditions", "neither ModelReady nor Ready");
            let Explanation { message, evidence, remedy } = why();
            report.fail(model, message, std::iter::once(none).chain(evidence).collect(), remedy);
            continue;
        };
        let unwanted = model.object.pointer("/spec/replicas").and_then(Value::as_u64) == Some(0);
        if status.is_ready() || unwanted {
            report.pass(model);
            continue;
        }
        let Explanation { message, evidence, remedy } = why();
        let evidence = status_evidence(status).into_iter().chain(evidence).collect();
        report.fail_as(level(status), model, message, evidence, remedy);
    }
    for kind in [&PIPELINE, &EXPERIMENT] {
        let composed = world.on_scheduler(kind, report).into_iter().map(|(_, observed)| observed);
        composed.filter(|observed| observed.is_live()).for_each(|observed| check_composed(world, report, observed));
    }
}

fn check_composed(world: &World<'_>, report: &mut Report, composed: &Observed) {
    if is_deleting(&composed.object) {
        return being_deleted(world, report, composed, None);
    }
    match why_composed(world, &composed.object) {
        Some(Explanation { message, evidence, remedy }) => report.fail(composed, message, evidence, remedy),
        None => report.pass(composed),
    }
}

fn being_deleted(world: &World<'_>, report: &mut Report, model: &Observed, status: Option<&ModelStatus<'_>>) {
    let Deleting { why, is_stuck } = why_model_stays(world, &model.object);
    let evidence = status.map(status_evidence).unwrap_or_default().into_iter().chain(why.evidence).collect();
    let level = if is_stuck { Level::Error } else { Level::Warning };
    report.fail_as(level, model, why.message, evidence, why.remedy);
}

/// A Model that is still on its way is no error, unless a call failed on the way.
fn level(status: &ModelStatus<'_>) -> Level {
    let on_its_way = matches!(status.state, Some("ModelProgressing" | "ModelCreate" | "ModelScaledDown"));
    if on_its_way && Cause::of(status.sentence).is_none() { Level::Warning } else { Level::Error }
}

fn status_evidence(status: &ModelStatus<'_>) -> Vec<Evidence> {
    let texts = [status.state.unwrap_or_default(), status.sentence];
    let texts: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    vec![Evidence::new(&status.path, format!("status {}: {}", status.status, texts.join(", ")))]
}
