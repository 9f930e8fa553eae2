use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    flow::Party,
    log::{AgentLog, Connection},
    resource::{AGENT_LOG, NAMESPACE, NETWORK_POLICY, POD, SCHEDULER_LOG, SELDON_RUNTIME, SERVER, SERVICE},
    rules::{
        Agent, FixSafety, Judged, Report, Rule, World,
        cause::{self, Cause},
        logs::Place,
    },
    snapshot::Unknown,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0701",
    name: "agent-not-subscribed",
    level: Level::Error,
    judged: Judged::Live,
    summary: "The latest that an agent's log says of its connection is not that it subscribed to the scheduler.",
    why: "A Server that no agent registers takes no Model, whatever its capabilities are: Models wait with `no matching \
          servers are available`. The agent says why it does not get through, and the finding combines that with what \
          is known of the alias, of policies and of the scheduler. An earlier line proves nothing: the latest event of \
          the connection wins. `Subscribed to scheduler` does not prove the connection either, so the rule holds only \
          when the central scheduler's log shows the subscription too.",
    fix: "Follow the cause that the finding names. The agent tries again by itself, every few seconds.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&SERVER, &POD, &SERVICE, &NETWORK_POLICY, &NAMESPACE, &SELDON_RUNTIME, &AGENT_LOG, &SCHEDULER_LOG],
    sources: &["scheduler/pkg/agent/agent_svc_manager.go:276-284,499-586", "scheduler/pkg/agent/server.go:421-427"],
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
  name: fin-mlserver-0
  namespace: financial-inference
  labels: {app.kubernetes.io/name: seldon-server, seldon-server-name: fin-mlserver}
spec: {containers: [{name: agent}]}
status: {phase: Running}
---
apiVersion: kubectl-seldon/v1
kind: Log
metadata: {name: fin-mlserver-0, namespace: financial-inference}
container: agent
text: |
  time=\"2026-03-01T10:00:00Z\" level=info msg=\"Connecting (non-blocking) to scheduler at seldon-scheduler:9005\"
  time=\"2026-03-01T10:00:00Z\" level=info msg=\"Call subscribe to scheduler\"
  time=\"2026-03-01T10:00:00Z\" level=error msg=\"Scheduler not ready\" error=\"dial tcp: lookup seldon-scheduler: no such host\"
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
  name: fin-mlserver-0
  namespace: financial-inference
  labels: {app.kubernetes.io/name: seldon-server, seldon-server-name: fin-mlserver}
spec: {containers: [{name: agent}]}
status: {phase: Running}
---
apiVersion: kubectl-seldon/v1
kind: Log
metadata: {name: fin-mlserver-0, namespace: financial-inference}
container: agent
text: |
  time=\"2026-03-01T10:00:00Z\" level=info msg=\"Connecting (non-blocking) to scheduler at seldon-scheduler:9005\"
  time=\"2026-03-01T10:00:00Z\" level=error msg=\"Scheduler not ready\" error=\"dial tcp: lookup seldon-scheduler: no such host\"
  time=\"2026-03-01T10:00:09Z\" level=info msg=\"Subscribed to scheduler\"
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
  time=\"2026-03-01T10:00:09Z\" level=info msg=\"Received agent subscribe request from fin-mlserver:0\"
",
};

fn check(world: &World<'_>, report: &mut Report) {
    world.for_each_agent(report, |server, agent, report| {
        let id = || agent.pod.object.id();
        let log = match &agent.log {
            Ok(log) => *log,
            Err(reason) => return report.unknown(id(), reason.clone()),
        };
        let namespace = server.namespace().unwrap_or_default();
        if !agent.is_running {
            return fail(agent, &stopped(world, namespace, log), report);
        }
        match (log.connection, agent.earlier) {
            (Some(Connection::Subscribed), _) => match world.place(server, agent) {
                Ok(Place::Held) => report.pass(agent.pod),
                // Another rule says what the scheduler does not know.
                Ok(Place::Left | Place::Never) => {}
                Err(reason) => report.unknown(id(), reason),
            },
            (Some(state), _) => fail(agent, &outside(world, namespace, state, log), report),
            (None, Some(earlier)) if earlier.failure.is_some() => {
                let cause = outside(world, namespace, Connection::Failed, earlier);
                fail(agent, &Cause { what: format!("before it was restarted, {}", cause.what), ..cause }, report);
            }
            (None, _) => {
                let what =
                    format!("what the agent of Pod {namespace}/{} says of its connection", agent.pod.object.name());
                report.unknown(id(), Unknown::NotInInput { what });
            }
        }
    });
}

fn fail(agent: &Agent<'_>, cause: &Cause, report: &mut Report) {
    let message = format!("the agent is not subscribed to the scheduler: {}", cause.what);
    report.fail(agent.pod, message, cause.evidence.iter().cloned().collect(), cause.remedy.clone());
}

/// Why an agent that runs is not subscribed.
fn outside(world: &World<'_>, namespace: &str, state: Connection, log: &AgentLog) -> Cause {
    if let Some(failure) = &log.failure {
        return cause::explain(world, namespace, Party::Server, failure);
    }
    let what =
        if state == Connection::Trying { "it asked, and has no answer yet" } else { "its subscription has ended" };
    Cause {
        what: what.to_owned(),
        evidence: None,
        remedy: format!("look at where the Service `seldon-scheduler` of {namespace} leads, and at the scheduler"),
    }
}

/// Why an agent that does not run is not subscribed.
fn stopped(world: &World<'_>, namespace: &str, log: &AgentLog) -> Cause {
    match (&log.fatal, &log.failure) {
        (Some(words), _) => Cause {
            what: "its container does not run, and ended by itself".to_owned(),
            evidence: Some(Evidence::new("", words.clone())),
            remedy: "mend what its last words name".to_owned(),
        },
        (None, Some(failure)) => cause::explain(world, namespace, Party::Server, failure),
        (None, None) => Cause {
            what: "its container does not run".to_owned(),
            evidence: None,
            remedy: "look at the pod with `kubectl describe`, and at the other containers' logs".to_owned(),
        },
    }
}
