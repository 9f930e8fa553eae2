use serde_json::Value;

use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    reason::{
        model_status::{Cause, ModelStatus},
        placement::{Explanation, ModelNeeds, Outcome, Scheduler, ServerView},
    },
    resource::{DEPLOYMENT, MODEL, Resource, SERVER, SERVER_CONFIG, STATEFUL_SET},
    rules::{FixSafety, Judged, Report, Rule, World, status::is_deleting},
    snapshot::{Observed, Snapshot},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0409",
    name: "model-not-ready",
    level: Level::Error,
    judged: Judged::Live,
    summary: "A Model is not ready; the finding says what is behind the status.",
    why: "The status alone names the symptom: one text stands for five causes of an unscheduled Model, and a Model \
          that the operator could not pass on shows a gRPC error. Here the text is held against the Servers, their pods \
          and the placement the scheduler would come to. In this condition `reason` carries the sentence and `message` the \
          state. A Model that is still loading, or being deleted, is a warning.",
    fix: "Do what the finding proposes. Failed Models are tried again only when an agent subscribes anew or the Model \
          changes, not when a Server object changes.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&MODEL, &SERVER, &SERVER_CONFIG, &STATEFUL_SET, &DEPLOYMENT],
    sources: &[
        "specification, Validation and Troubleshooting",
        "operator/apis/mlops/v1alpha1/model_conditions.go:57-76",
        "scheduler/pkg/scheduler/scheduler.go:206,247",
        "operator/controllers/mlops/model_controller.go:119-135",
    ],
    check,
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
            being_deleted(report, model, status.as_ref());
            continue;
        }
        let Some(status) = status else {
            never_reconciled(report, namespace, model);
            continue;
        };
        let unwanted = model.object.pointer("/spec/replicas").and_then(Value::as_u64) == Some(0);
        if status.is_ready() || unwanted {
            report.pass(model);
            continue;
        }
        let why = explain(&scheduler, namespace, model, &status);
        let evidence = status_evidence(&status).into_iter().chain(why.evidence).collect();
        report.fail_as(level(&status), model, why.message, evidence, why.remedy);
    }
}

fn being_deleted(report: &mut Report, model: &Observed, status: Option<&ModelStatus<'_>>) {
    report.fail_as(
        Level::Warning,
        model,
        "it is being deleted and waits for the scheduler to unload it",
        status.map(status_evidence).unwrap_or_default(),
        "wait, and if it stays look whether `seldon-scheduler` of the namespace leads to the central scheduler; \
         removing the finalizer by hand leaves the model loaded",
    );
}

fn never_reconciled(report: &mut Report, namespace: &str, model: &Observed) {
    report.fail(
        model,
        "the operator has not said anything about it",
        vec![Evidence::new("/status/conditions", "neither ModelReady nor Ready")],
        format!("look whether the operator runs and watches {namespace}"),
    );
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

fn explain(scheduler: &Scheduler<'_>, namespace: &str, model: &Observed, status: &ModelStatus<'_>) -> Explanation {
    let needs = ModelNeeds::of(&model.object);
    match Cause::of(status.sentence) {
        Some(Cause::Known { meaning, remedy }) => plain(meaning, remedy),
        Some(Cause::NoServer) => unscheduled(scheduler, &needs, namespace),
        Some(Cause::NoReplicas) => match scheduler.place(&needs) {
            Outcome::NoReplicas => scheduler.why_no_replicas(&needs),
            Outcome::Crowded(crowd) => crowd.why(&needs),
            _ => plain(
                "no suitable Server has enough replicas with free memory that are not draining",
                "give the Server more replicas or memory, or unload other Models from it",
            ),
        },
        None => match status.state {
            Some("ModelProgressing" | "ModelCreate") => {
                plain("it is still being loaded", "wait, and if it stays look at the log of the Server's agent")
            }
            Some("ModelScaledDown") => plain("it is scaled down to nothing", "give it replicas to serve it again"),
            Some("ScheduleFailed") => unscheduled(scheduler, &needs, namespace),
            _ => plain("it failed to load", "look at the logs of the Server's `agent` and `rclone` containers"),
        },
    }
}

/// The scheduler found no Server; says why, from what is declared and then from what runs.
fn unscheduled(scheduler: &Scheduler<'_>, needs: &ModelNeeds<'_>, namespace: &str) -> Explanation {
    let ambiguous = scheduler.accepted(needs).into_iter().any(|server| scheduler.is_ambiguous(server));
    match scheduler.has_server(needs) {
        Err(_) if ambiguous => not_registered(scheduler, needs, namespace),
        Ok(false) => scheduler.why_no_server(needs, namespace),
        Ok(true) => not_registered(scheduler, needs, namespace),
        Err(reason) => Explanation {
            message: "the scheduler found no Server for it, and what is known does not tell why".to_owned(),
            evidence: vec![Evidence::new("/spec/requirements", reason.to_string())],
            remedy: "hold its requirements against `SELDON_SERVER_CAPABILITIES` of the Server's pods".to_owned(),
        },
    }
}

/// By its spec a Server takes the Model, so the scheduler does not know that Server as it is.
fn not_registered(scheduler: &Scheduler<'_>, needs: &ModelNeeds<'_>, namespace: &str) -> Explanation {
    let accepted = scheduler.accepted(needs);
    let Some(server) = accepted.iter().find(|server| server.namespace == namespace).or(accepted.first()) else {
        return plain("the scheduler found no Server for it", "look at the Servers of the namespace");
    };
    let id = server.observed.object.id();
    let twin = scheduler.named(server.name()).find(|other| other.namespace != server.namespace);
    let ready = ready_pods(scheduler.shared().snapshot(), server);
    let (message, remedy) = match (twin, ready) {
        (Some(twin), _) => (
            format!("{id} would take it, but {} has the same name, and only one of the two registers", twin.namespace),
            format!("rename one of the two Servers, this one to `{}-{}` for example", server.namespace, server.name()),
        ),
        (None, Some(0)) => (
            format!("{id} would take it, but none of its pods is ready"),
            format!("look at the pods with the label `seldon-server-name={}` in {}", server.name(), server.namespace),
        ),
        (None, _) => (
            format!("{id} would take it by its spec, so its agents are not registered or declare something else"),
            format!("look for `Subscribed to scheduler` and the capabilities in the log of the agent of {id}"),
        ),
    };
    let pods = ready.map(|ready| Evidence::new("/spec/server", format!("{id} has {ready} ready pods")));
    Explanation { message, evidence: pods.into_iter().collect(), remedy }
}

/// Ready pods of the workload that the operator makes of a Server, when it is known.
fn ready_pods(snapshot: &Snapshot, server: &ServerView<'_>) -> Option<u64> {
    let workload = |kind: &'static Resource| {
        let mut workloads = snapshot.known_in(kind, server.namespace);
        workloads.find(|workload| workload.object.name() == server.name())
    };
    let workload = workload(&STATEFUL_SET).or_else(|| workload(&DEPLOYMENT))?;
    Some(workload.object.pointer("/status/readyReplicas").and_then(Value::as_u64).unwrap_or(0))
}

fn plain(message: &str, remedy: &str) -> Explanation {
    Explanation { message: message.to_owned(), evidence: Vec::new(), remedy: remedy.to_owned() }
}
