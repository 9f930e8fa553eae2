use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    log::{Container, ContainerLog, Excerpt, Parsed, Reading, SchedulerLog, Start, Unread},
    resource::{AGENT_LOG, OPERATOR_LOG, POD, SCHEDULER_LOG, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::Unknown,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0706",
    name: "log-evidence-unavailable",
    level: Level::Info,
    judged: Judged::Live,
    summary: "A log that would prove connections is not there, or no longer holds the lines that would.",
    why: "Nodes keep a few megabytes of a container's log and drop the oldest; a pod that was replaced takes its log along. \
          A line that is gone is no sign of a fault, and none of health: the rules that rest on it are unknown, and not \
          passed. Where a log could not be read, this rule is unknown as well.",
    fix: "What was rotated away comes again when the process connects anew, such as after a restart of the agent's pod; \
          whether that is worth it is yours to decide. Where the right to read logs is missing, `kubectl seldon verify \
          --print-rbac` prints it.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&SERVER, &POD, &AGENT_LOG, &SCHEDULER_LOG, &OPERATOR_LOG],
    sources: &["https://kubernetes.io/docs/concepts/cluster-administration/logging/#log-rotation"],
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
  time=\"2026-03-01T10:00:09Z\" level=info msg=\"Load model income:1 success\"
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
  time=\"2026-03-01T10:00:09Z\" level=info msg=\"Subscribed to scheduler\"
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for namespace in world.scheduler_namespaces() {
        // Whose pods are not known, of them nobody knows which logs there are.
        world.seen(&POD, namespace, report);
    }
    for (container, log) in world.snapshot.logs() {
        let Ok(Some(pod)) = world.snapshot.get(&POD, &container.namespace, &container.pod) else { continue };
        match missing(world, container, log) {
            Ok(None) => report.pass(pod),
            Ok(Some(Missing { what, detail, remedy })) => report.fail(
                pod,
                format!("{what} of container {}, so what rests on it is unknown", container.process.container()),
                vec![Evidence::new("", detail)],
                remedy,
            ),
            Err(reason) => report.unknown(pod.object.id(), reason),
        }
    }
}

/// What of a log is missing.
struct Missing {
    /// The beginning of a sentence that the container's name continues.
    what: &'static str,
    detail: String,
    remedy: &'static str,
}

fn missing(world: &World<'_>, container: &Container, log: &ContainerLog) -> Result<Option<Missing>, Unknown> {
    let later = "run it again when the pod is up";
    let absent = |what, detail: &str| Ok(Some(Missing { what, detail: detail.to_owned(), remedy: later }));
    match &log.current {
        Reading::Unread(Unread::Gone) => absent("the pod is gone, and with it the log", "it is not there any more"),
        Reading::Unread(Unread::NotStarted(reason)) => absent("there is no log yet", reason),
        _ => {
            let excerpt = world.snapshot.log(container)?;
            let remedy = "trust the statuses meanwhile, or let the process connect anew by deleting its pod";
            Ok(lost(world, container, excerpt).map(|what| Missing { what, detail: older(excerpt), remedy }))
        }
    }
}

/// What a log that was read no longer holds.
fn lost(world: &World<'_>, container: &Container, excerpt: &Excerpt) -> Option<&'static str> {
    let before = world.snapshot.previous_log(container);
    let says_nothing = excerpt.log.is_silent() && before.is_none_or(|before| before.log.is_silent());
    match &excerpt.log {
        Parsed::Agent(_) | Parsed::Operator(_) if says_nothing => {
            Some("no line about the connection is left in the log")
        }
        Parsed::Scheduler(log) if !log.from_the_start && lacks_an_agent(world, log) => {
            Some("the lines about some agents are no longer in the log")
        }
        Parsed::Agent(_) | Parsed::Operator(_) | Parsed::Scheduler(_) => None,
    }
}

/// Whether the log of a scheduler says nothing of a Server that is there.
fn lacks_an_agent(world: &World<'_>, log: &SchedulerLog) -> bool {
    let shared = world.shared();
    let knows = |name: &str| log.agents.keys().any(|replica| replica.server == name);
    shared.objects(&SERVER).any(|(_, server)| !knows(server.object.name()))
}

fn older(excerpt: &Excerpt) -> String {
    match excerpt.start {
        Start::Tail => "older lines were not asked for".to_owned(),
        Start::Kept => "older lines are not kept, or were never written".to_owned(),
    }
}
