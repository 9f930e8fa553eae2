use crate::{
    finding::{Evidence, Level},
    fix::{Repair, places},
    reason::placement::{Scheduler, ServerView},
    resource::{MODEL, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::Observed,
    text,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0403",
    name: "server-not-found",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A Model's `spec.server` names no Server of its namespace.",
    why: "The scheduler compares the name with the bare names of all Servers it knows. A name that none has leaves the \
          Model unscheduled. A name that only a Server of another namespace has gets it loaded there, where the agent \
          looks for the Model's Secret in the wrong namespace and the tenant's Envoy cannot reach it. `namespace/name` \
          is compared as one name and never matches.",
    fix: "Name a Server of the Model's own namespace.",
    fix_safety: FixSafety::Manual,
    repair: Repair::Proposed(places),
    reads: &[&MODEL, &SERVER],
    sources: &["scheduler/pkg/scheduler/filters/sharing.go:24-27", "scheduler/pkg/agent/agent_svc_manager.go:531"],
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
spec: {serverConfig: mlserver, capabilities: [mlflow]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec: {server: ml-server, requirements: [mlflow], storageUri: s3://mlflow-artifacts/path/to/model}
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
    for (namespace, model) in world.on_scheduler(&MODEL, report) {
        let Some(name) = model.object.text("/spec/server") else { continue };
        if scheduler.named(name).any(|server| server.namespace == namespace) {
            report.pass(model);
            continue;
        }
        match world.snapshot.closed(&SERVER, namespace) {
            Err(reason) => report.unknown(model.object.id(), reason),
            Ok(()) => fail(report, &scheduler, namespace, model, name),
        }
    }
}

fn fail(report: &mut Report, scheduler: &Scheduler<'_>, namespace: &str, model: &Observed, name: &str) {
    let own: Vec<&str> =
        scheduler.servers().iter().filter(|server| server.namespace == namespace).map(ServerView::name).collect();
    let mut evidence = vec![
        Evidence::new("/spec/server", name),
        Evidence::new(
            "",
            format!("Servers of {namespace}: {}", if own.is_empty() { "none".to_owned() } else { own.join(", ") }),
        ),
    ];
    let elsewhere = scheduler.named(name).next().map(|server| server.namespace);
    let message = match elsewhere {
        Some(other) => {
            evidence.push(Evidence::new("", format!("Server {other}/{name} has the name")));
            format!("`{name}` is a Server of {other} and not of {namespace}")
        }
        None => format!("{namespace} has no Server `{name}`"),
    };
    let bare = name.rsplit('/').next().unwrap_or(name);
    let meant = own.iter().copied().find(|own| *own == bare).or_else(|| text::nearest(bare, own.iter().copied()));
    let remedy = match (meant, own.as_slice()) {
        (Some(meant), _) | (None, &[meant]) => format!("set `spec.server` to `{meant}`"),
        (None, []) => format!("create a Server in {namespace} and name it in `spec.server`"),
        (None, several) => format!("set `spec.server` to one of {}", several.join(", ")),
    };
    report.fail(model, message, evidence, remedy);
}
