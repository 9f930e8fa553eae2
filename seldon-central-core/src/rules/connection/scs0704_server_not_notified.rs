use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    resource::{POD, SCHEDULER_LOG, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World, status},
    snapshot::Unknown,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0704",
    name: "server-not-notified",
    level: Level::Warning,
    judged: Judged::Live,
    summary: "The central scheduler's log goes back to its start and has no notification of a Server by the operator.",
    why: "The operator tells the scheduler of every Server: how many replicas it has, and which object it is. Without that \
          the status of the Server and its LOADED MODELS stay as they were. It is weak evidence: the line names no \
          namespace, and it comes only when a Server changes or the operator connects. So the rule speaks only of a log \
          that is whole since the scheduler started.",
    fix: "See whether the operator watches the namespace and reaches the scheduler for it. A restart of the operator makes \
          it tell the scheduler of every Server.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&SERVER, &POD, &SCHEDULER_LOG],
    sources: &["scheduler/pkg/server/server.go:442-459", "operator/scheduler/server.go:43-110"],
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
  name: seldon-scheduler-0
  namespace: seldon-system
  labels: {app.kubernetes.io/name: seldon-scheduler}
spec: {containers: [{name: scheduler}]}
status: {phase: Running}
---
apiVersion: kubectl-seldon/v1
kind: Log
metadata: {name: seldon-scheduler-0, namespace: seldon-system}
container: scheduler
text: |
  time=\"2026-03-01T09:00:00Z\" level=info msg=\"Scheduler server running on 9004 mtls:false\"
  time=\"2026-03-01T09:00:05Z\" level=info msg=\"Server notification mlserver expectedReplicas 1 shared false\"
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
  name: seldon-scheduler-0
  namespace: seldon-system
  labels: {app.kubernetes.io/name: seldon-scheduler}
spec: {containers: [{name: scheduler}]}
status: {phase: Running}
---
apiVersion: kubectl-seldon/v1
kind: Log
metadata: {name: seldon-scheduler-0, namespace: seldon-system}
container: scheduler
text: |
  time=\"2026-03-01T09:00:05Z\" level=info msg=\"Server notification fin-mlserver expectedReplicas 1 shared false\"
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let servers = world.servers(report);
    for server in servers.into_iter().filter(|server| server.is_live() && !status::is_deleting(&server.object)) {
        let id = server.object.id();
        let log = match world.scheduler_log() {
            Ok(Some(log)) => log,
            Ok(None) => continue,
            Err(reason) => {
                report.unknown(id, reason);
                continue;
            }
        };
        if log.notified.contains_key(server.object.name()) {
            report.pass(server);
        } else if log.from_the_start {
            report.fail(
                server,
                "since it started, the scheduler was told nothing of this Server",
                vec![Evidence::new("/metadata/name", "no `Server notification` with this name")],
                "see whether the operator watches the namespace, and what its log says of the scheduler",
            );
        } else {
            report.unknown(id, Unknown::NotInInput { what: "the beginning of the central scheduler's log".to_owned() });
        }
    }
}
