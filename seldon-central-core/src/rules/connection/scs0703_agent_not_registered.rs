use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    log::Connection,
    resource::{AGENT_LOG, POD, SCHEDULER_LOG, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World, logs::Place},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0703",
    name: "agent-not-registered",
    level: Level::Error,
    judged: Judged::Live,
    summary: "An agent says that it subscribed, and the central scheduler's log shows no subscription of it, or its end.",
    why: "`Subscribed to scheduler` says that a call returned. An agent whose name and number another one holds waits \
          behind it and logs the same; so does one at another scheduler. The scheduler logs a subscription only when it \
          takes it, so both ends have to agree, and the Server's name has to be the only one of its kind on the \
          scheduler. A scheduler's log that has lost its beginning proves no absence, and the rule is then unknown.",
    fix: "See that no other namespace has a Server of this name, and that the alias leads to the central scheduler. \
          Delete the Server's pod when both are right, so that its agent subscribes anew.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&SERVER, &POD, &AGENT_LOG, &SCHEDULER_LOG],
    sources: &["scheduler/pkg/agent/server.go:419-459"],
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
  time=\"2026-03-01T09:00:00Z\" level=info msg=\"Agent server running on 9005 mtls:false\"
  time=\"2026-03-01T09:00:05Z\" level=info msg=\"Received agent subscribe request from fin-mlserver:0\"
  time=\"2026-03-01T09:30:00Z\" level=warning msg=\"Client replica fin-mlserver:0 has disconnected\"
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
  time=\"2026-03-01T09:30:00Z\" level=warning msg=\"Client replica fin-mlserver:0 has disconnected\"
  time=\"2026-03-01T10:00:09Z\" level=info msg=\"Received agent subscribe request from fin-mlserver:0\"
",
};

fn check(world: &World<'_>, report: &mut Report) {
    world.for_each_agent(report, |server, agent, report| {
        let pod = agent.pod;
        let is_subscribed = match &agent.log {
            Ok(log) => agent.is_running && log.connection == Some(Connection::Subscribed),
            Err(reason) => return report.unknown(pod.object.id(), reason.clone()),
        };
        if !is_subscribed {
            return;
        }
        let message = match world.place(server, agent) {
            Ok(Place::Held) => return report.pass(pod),
            Ok(Place::Left) => "the agent says that it subscribed, and the scheduler saw it leave",
            Ok(Place::Never) => "the agent says that it subscribed, and the scheduler has not taken its subscription",
            Err(reason) => return report.unknown(pod.object.id(), reason),
        };
        let known_as = agent.replica.as_ref().map(ToString::to_string).unwrap_or_default();
        let evidence = vec![
            Evidence::new("", "container agent logs `Subscribed to scheduler`"),
            Evidence::new("", format!("no subscription of {known_as} is the latest in the scheduler's log")),
        ];
        let remedy = match world.namesakes(server) {
            Ok(others) if !others.is_empty() => {
                format!("rename this Server or the one of {}, which holds the place", crate::text::enumerate(others))
            }
            _ => "see where the Service `seldon-scheduler` of the namespace leads; delete the pod when it is right"
                .to_owned(),
        };
        report.fail(pod, message, evidence, remedy);
    });
}
