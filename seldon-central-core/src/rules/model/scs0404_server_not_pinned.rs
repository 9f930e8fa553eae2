use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    guard::{Guard, Scope},
    reason::placement::{Fit, ModelNeeds, Scheduler, ServerView, fit},
    resource::{MODEL, SERVER, SERVER_CONFIG},
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::Observed,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0404",
    name: "server-not-pinned",
    level: Level::Warning,
    judged: Judged::Either,
    summary: "A Model on a shared scheduler has no `spec.server`, so it may land on a Server of another namespace.",
    why: "The scheduler knows no namespaces: without a name it takes any Server with the capabilities and enough room. \
          On another tenant's Server the agent looks for the Model's Secret in that namespace, and the Model's own \
          Envoy cannot reach the pods. Which Server it is can change with every restart.",
    fix: "Set `spec.server` to a Server of the Model's namespace.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(repair),
    reads: &[&MODEL, &SERVER, &SERVER_CONFIG],
    sources: &["scheduler/pkg/scheduler/filters/sharing.go:24-27", "scheduler/pkg/agent/agent_svc_manager.go:531"],
    check,
    guard: Some(Guard {
        kinds: &[&MODEL],
        name: None,
        scope: Scope::Scheduler,
        variables: Guard::no_variables,
        holds: "has(self.spec) && has(self.spec.server)",
        limits: Some("It takes the scheduler for shared, though there may be no tenant yet."),
    }),
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec: {seldonConfig: default, overrides: [{name: seldon-scheduler, replicas: 0}]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver, capabilities: [mlflow]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec: {requirements: [mlflow], storageUri: s3://mlflow-artifacts/path/to/model}
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
spec: {serverConfig: mlserver, capabilities: [mlflow]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec: {server: mlserver, requirements: [mlflow], storageUri: s3://mlflow-artifacts/path/to/model}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let scheduler = world.scheduler();
    if !scheduler.shared().is_shared() {
        return;
    }
    for (namespace, model) in world.on_scheduler(&MODEL, report) {
        if model.object.text("/spec/server").is_some() {
            report.pass(model);
        } else {
            fail(report, &scheduler, namespace, model);
        }
    }
}

/// The Servers that would take a Model: those of its namespace, and others.
type Fitting<'s, 'a> = (Vec<&'s ServerView<'a>>, Vec<&'s ServerView<'a>>);

fn fitting<'s, 'a>(scheduler: &'s Scheduler<'a>, needs: &ModelNeeds<'_>, namespace: &str) -> Fitting<'s, 'a> {
    let accepted = scheduler.accepted(needs).into_iter();
    let fit = accepted.filter(|server| !matches!(fit(needs, server), Fit::Short(_)));
    fit.partition(|server| server.namespace == namespace)
}

fn fail(report: &mut Report, scheduler: &Scheduler<'_>, namespace: &str, model: &Observed) {
    let needs = ModelNeeds::of(&model.object);
    let (own, others) = fitting(scheduler, &needs, namespace);
    let mut evidence = vec![Evidence::new("/spec/server", "absent")];
    if let Some(other) = others.first() {
        let rest = if others.len() > 1 { format!(", and {} more", others.len() - 1) } else { String::new() };
        evidence.push(Evidence::new("", format!("{} would take it too{rest}", other.observed.object.id())));
    }
    let remedy = match own.as_slice() {
        [only] => format!("set `spec.server` to `{}`, the only Server of {namespace} that fits", only.name()),
        [] => format!("set `spec.server` to a Server of {namespace} that declares what the Model requires"),
        several => {
            let names: Vec<String> = several.iter().map(|server| format!("`{}`", server.name())).collect();
            format!("set `spec.server` to one of {}", names.join(", "))
        }
    };
    report.fail(
        model,
        "any Server on the scheduler may get the Model, also one of another namespace",
        evidence,
        remedy,
    );
}

/// Only where there is no choice.
fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let Some(model) = find(world.snapshot, &outcome.object) else { return Vec::new() };
    let (scheduler, needs) = (world.scheduler(), ModelNeeds::of(&model.object));
    let (own, _) = fitting(&scheduler, &needs, model.object.namespace().unwrap_or_default());
    match own.as_slice() {
        [only] => Remedy::safe([Edit::set(&model.object, "/spec/server", only.name())]),
        _ => Vec::new(),
    }
}
