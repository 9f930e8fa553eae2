use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    flow::Party,
    log::{Failure, Link, OperatorLog},
    object::ObjectId,
    resource::{
        EXPERIMENT, MODEL, NAMESPACE, NETWORK_POLICY, OPERATOR_LOG, PIPELINE, POD, Resource, SELDON_RUNTIME, SERVER,
        SERVICE,
    },
    rules::{
        FixSafety, Judged, Report, Rule, World,
        cause::{self, Cause},
    },
    snapshot::{Observed, Origin, Unknown},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0705",
    name: "operator-cannot-reach-scheduler",
    level: Level::Error,
    judged: Judged::Live,
    summary: "The operator's connection to the scheduler for a namespace fails, or it holds on to one that it has closed.",
    why: "The operator dials `seldon-scheduler.NAMESPACE` for every namespace with objects of Seldon's. While that fails, \
          Models and Servers of it are not loaded, changed or deleted, and other namespaces wait with it. \
          `Connected to scheduler` proves nothing, because nothing was sent yet; what counts is the latest of the \
          connection's test and of the streams after it. When a SeldonRuntime is deleted or created again, the operator \
          closes the connection and goes on with its streams for ever: `Canceled … the client connection is closing`.",
    fix: "Follow the cause that the finding names. Streams that the operator holds on to end with a restart of it; it is no \
          matter of the SeldonConfig.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[
        &NAMESPACE,
        &POD,
        &SERVICE,
        &NETWORK_POLICY,
        &SELDON_RUNTIME,
        &SERVER,
        &MODEL,
        &PIPELINE,
        &EXPERIMENT,
        &OPERATOR_LOG,
    ],
    sources: &["operator/scheduler/client.go:88-285"],
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
metadata: {name: fin-mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver}
---
apiVersion: v1
kind: Pod
metadata:
  name: seldon-v2-controller-manager-7d9f
  namespace: seldon-system
  labels: {control-plane: v2-controller-manager}
spec: {containers: [{name: manager}]}
status: {phase: Running}
---
apiVersion: kubectl-seldon/v1
kind: Log
metadata: {name: seldon-v2-controller-manager-7d9f, namespace: seldon-system}
container: manager
text: |
  2026-03-01T10:00:00Z\tINFO\tSchedulerClient\tFailed smoke test on scheduler\t{\"namespace\": \"financial-inference\"}
  2026-03-01T10:00:00Z\tERROR\tReconciler error\t{\"namespace\": \"financial-inference\", \"error\": \"dial tcp 10.43.7.12:9004: i/o timeout\"}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec: {seldonConfig: default, overrides: [{name: seldon-scheduler, replicas: 0}]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: fin-mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver}
---
apiVersion: v1
kind: Pod
metadata:
  name: seldon-v2-controller-manager-7d9f
  namespace: seldon-system
  labels: {control-plane: v2-controller-manager}
spec: {containers: [{name: manager}]}
status: {phase: Running}
---
apiVersion: kubectl-seldon/v1
kind: Log
metadata: {name: seldon-v2-controller-manager-7d9f, namespace: seldon-system}
container: manager
text: |
  2026-03-01T10:00:00Z\tINFO\tSchedulerClient\tFailed smoke test on scheduler\t{\"namespace\": \"financial-inference\"}
  2026-03-01T10:00:09Z\tINFO\tSchedulerClient\tStarting event handling\t{\"namespace\": \"financial-inference\"}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let logs = world.operator_logs();
    if let Ok(logs) = &logs {
        for (pod, log) in logs {
            check_abandoned(world, pod, log, report);
        }
    }
    for namespace in world.scheduler_namespaces() {
        if !needs_a_connection(world, namespace) {
            continue;
        }
        let id = ObjectId::of(&NAMESPACE, None, namespace);
        match &logs {
            Ok(logs) if logs.is_empty() => {}
            Ok(logs) => check_namespace(world, namespace, logs, id, report),
            Err(reason) => report.unknown(id, reason.clone()),
        }
    }
}

fn check_namespace(
    world: &World<'_>,
    namespace: &str,
    logs: &[(&Observed, &OperatorLog)],
    id: ObjectId,
    report: &mut Report,
) {
    let own = |(_, log): &&(&Observed, &OperatorLog)| log.links.contains_key(namespace);
    let Some((pod, log)) = logs.iter().find(own) else {
        let Some((pod, Link::Failed(failure))) = world.earlier_link(namespace) else {
            let what = format!("what the operator's log says of its connection for {namespace}");
            return report.unknown(id, Unknown::NotInInput { what });
        };
        let message = format!("before it was restarted, the operator did not reach the scheduler for {namespace}");
        return fail(world, namespace, (pod, &message), failure.as_ref(), id, report);
    };
    match log.links.get(namespace) {
        Some(Link::Failed(failure)) => {
            let message = format!("the operator does not reach the scheduler for {namespace}");
            fail(world, namespace, (pod, &message), failure.as_ref(), id, report);
        }
        Some(Link::Doubtful(failure)) => {
            let sentence = failure.kind.sentence();
            let what =
                format!("for which namespace the operator's streams failed last ({sentence}), maybe {namespace},");
            report.unknown(id, Unknown::NotInInput { what });
        }
        Some(Link::Connected) if is_stale(log, namespace) => report.fail_at(
            id,
            Origin::Cluster,
            format!("the operator goes on with streams of {namespace} from before its SeldonRuntime was created again"),
            Evidence::new("", abandoned(log)),
            cause::restart_operator(world),
        ),
        Some(Link::Connected) => report.holds(id),
        None => {}
    }
}

fn fail(
    world: &World<'_>,
    namespace: &str,
    (pod, message): (&Observed, &str),
    failure: Option<&Failure>,
    id: ObjectId,
    report: &mut Report,
) {
    let Cause { what, evidence, remedy } = match failure {
        Some(failure) => cause::explain(world, namespace, Party::Operator, failure),
        None => Cause {
            what: "its first call fails".to_owned(),
            evidence: None,
            remedy: format!("see where the Service `seldon-scheduler` of {namespace} leads, and what policies admit"),
        },
    };
    let said = evidence.map_or_else(|| "Failed smoke test on scheduler".to_owned(), |evidence| evidence.value);
    let evidence = Evidence::new("", format!("Pod {} logs: {said}", pod.object.name()));
    report.fail_at(id, Origin::Cluster, format!("{message}: {what}"), evidence, remedy);
}

/// Whether the operator dials the scheduler for a namespace: it does for these kinds, and not for a
/// `SeldonRuntime`. Where it cannot be seen, it may.
fn needs_a_connection(world: &World<'_>, namespace: &str) -> bool {
    let has = |kind: &'static Resource| match world.snapshot.all_in(kind, namespace) {
        Ok(all) => !all.is_empty(),
        Err(reason) => reason.is_incomplete(),
    };
    [&SERVER, &MODEL, &PIPELINE, &EXPERIMENT].into_iter().any(has)
}

/// Whether the streams that the operator holds on to are of this namespace, which it began twice.
fn is_stale(log: &OperatorLog, namespace: &str) -> bool {
    log.abandoned > 0 && log.beginnings.get(namespace).is_some_and(|times| *times > 1)
}

/// Streams of which the log does not say whose they were: a runtime that is gone disturbs nobody.
fn check_abandoned(world: &World<'_>, pod: &Observed, log: &OperatorLog, report: &mut Report) {
    if log.abandoned == 0 || log.beginnings.keys().any(|namespace| is_stale(log, namespace)) {
        return;
    }
    report.fail_as(
        Level::Warning,
        pod,
        "the operator goes on with streams of a SeldonRuntime that was deleted, and never ends that by itself",
        vec![Evidence::new("", abandoned(log))],
        cause::restart_operator(world),
    );
}

fn abandoned(log: &OperatorLog) -> String {
    format!("{} times `Canceled … the client connection is closing`", log.abandoned)
}
