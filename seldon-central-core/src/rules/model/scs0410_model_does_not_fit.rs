use crate::{
    finding::{Evidence, Level},
    fix::{Repair, places},
    reason::placement::{ModelNeeds, Outcome},
    resource::{MODEL, SERVER, SERVER_CONFIG},
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0410",
    name: "model-does-not-fit",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A Model asks for more replicas or memory than any suitable Server can give.",
    why: "A Server that passes by its labels still has to have one replica for each replica of the Model, with the \
          memory free on each, and explainers need `alibi-explain` there. Memory is what the agent reports: the memory \
          request of the model server's container and 10 % on top. A Model that is too big for an empty replica never \
          loads; the scheduler reports `Failed to schedule model as no matching server had enough suitable replicas`. \
          Models on one replica share its memory. Where there is no choice of replicas that has room for all that name \
          a Server, one goes without; the order in which the scheduler places them decides which, and no manifest tells \
          it, so all that may be the one are named. Replicas are those of `spec.replicas`: \
          the scheduler does not wait for autoscaling. From manifests, the Servers among them are all that count where \
          they hold the Model's namespace and a Server of it.",
    fix: "Lower `spec.replicas` or `spec.memory` of the Model, set `spec.minReplicas` to what is enough, or give the \
          Server more replicas or memory.",
    fix_safety: FixSafety::Manual,
    repair: Repair::Proposed(places),
    reads: &[&MODEL, &SERVER, &SERVER_CONFIG],
    sources: &[
        "scheduler/pkg/scheduler/scheduler.go:51,231-261",
        "scheduler/pkg/scheduler/filters/replicamemory.go",
        "operator/apis/mlops/v1alpha1/model_types.go:185-273",
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
spec: {serverConfig: mlserver, capabilities: [mlflow], replicas: 2}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec: {server: mlserver, replicas: 3, requirements: [mlflow], storageUri: s3://mlflow-artifacts/path/to/model}
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
spec: {serverConfig: mlserver, capabilities: [mlflow], replicas: 3}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec: {server: mlserver, replicas: 3, requirements: [mlflow], storageUri: s3://mlflow-artifacts/path/to/model}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let scheduler = world.scheduler();
    for (_, model) in world.on_scheduler(&MODEL, report) {
        let needs = ModelNeeds::of(&model.object);
        if let Some(problem) = needs.memory.problem() {
            let memory = model.object.pointer("/spec/memory").map(ToString::to_string).unwrap_or_default();
            report.fail(
                model,
                format!("the operator cannot pass on `spec.memory`: {problem}"),
                vec![Evidence::new("/spec/memory", memory)],
                "write it as a whole number of bytes, with a unit such as `Mi`",
            );
            continue;
        }
        match scheduler.place(&needs) {
            Outcome::Placed => report.pass(model),
            // No Server is suitable in the first place; that is another matter.
            Outcome::NoServer => {}
            Outcome::Unknown(reason) => report.unknown(model.object.id(), reason),
            Outcome::Crowded(crowd) => {
                let why = crowd.why(&needs);
                report.fail(model, why.message, why.evidence, why.remedy);
            }
            Outcome::NoReplicas => {
                let why = scheduler.why_no_replicas(&needs);
                report.fail(model, why.message, why.evidence, why.remedy);
            }
        }
    }
}
