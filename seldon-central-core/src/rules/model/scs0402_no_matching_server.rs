use crate::{
    finding::Level,
    fix::{Repair, places},
    reason::placement::ModelNeeds,
    resource::{MODEL, SERVER, SERVER_CONFIG},
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0402",
    name: "no-matching-server",
    level: Level::Error,
    judged: Judged::Either,
    summary: "The scheduler's server filters leave no Server for a Model.",
    why: "For each Model the scheduler goes through every Server that registers with it, of whatever namespace, and \
          drops those without replicas, those the Model does not name, those that are being deleted, and those that do \
          not declare every requirement letter by letter. When none is left it reports `Failed to schedule model as no \
          matching servers are available`, the same text for each cause. This rule runs the same filters and says \
          which Server fails which.

A repository seldom holds every Server of a scheduler. From manifests the rule is judged on a Model whose namespace they \
          hold, with a Server: then their Servers are all that count. One that they do not show, in another namespace, \
          might take the Model, and would be of no use: Envoy looks for a Model's Server in its own namespace. Where a \
          Server may declare more, because its ServerConfig is not among the manifests, or the namespace is not, the \
          result is unknown.",
    fix: "Do what the finding proposes for the Server it names: respell the requirement, declare the capability on the \
          Server (that rolls its pods), give it replicas, or name another Server. A list in `spec.capabilities` \
          replaces the ServerConfig's list, so write the default labels too.",
    fix_safety: FixSafety::Manual,
    repair: Repair::Proposed(places),
    reads: &[&MODEL, &SERVER, &SERVER_CONFIG],
    sources: &[
        "specification, Capability Matching Rules and Troubleshooting",
        "scheduler/pkg/scheduler/scheduler.go:50,206",
        "operator/controllers/reconcilers/server/server_reconciler.go:100-117",
    ],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec: {seldonConfig: default, overrides: [{name: seldon-scheduler, replicas: 0}]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver, capabilities: [mlflow, sklearn]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec:
  server: mlserver
  requirements: [mlflow, torch]
  storageUri: s3://mlflow-artifacts/path/to/model
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec: {seldonConfig: default, overrides: [{name: seldon-scheduler, replicas: 0}]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver, capabilities: [mlflow, sklearn, torch]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec:
  server: mlserver
  requirements: [mlflow, torch]
  storageUri: s3://mlflow-artifacts/path/to/model
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let scheduler = world.scheduler();
    for (namespace, model) in world.on_scheduler(&MODEL, report) {
        let needs = ModelNeeds::of(&model.object);
        match scheduler.has_server(&needs) {
            Ok(true) => report.pass(model),
            Err(reason) => report.unknown(model.object.id(), reason),
            Ok(false) => {
                let why = scheduler.why_no_server(&needs, namespace);
                report.fail(model, why.message, why.evidence, why.remedy);
            }
        }
    }
}
