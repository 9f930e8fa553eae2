use crate::{
    finding::{Evidence, Level},
    log::{Container, ContainerLog, Excerpt, Parsed, Reading, Start, Unread},
    resource::{AGENT_LOG, OPERATOR_LOG, POD, SCHEDULER_LOG, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0706",
    name: "log-evidence-unavailable",
    level: Level::Info,
    judged: Judged::Live,
    summary: "A log that proves connections could not be read, or no longer holds what would prove them.",
    why: "Nodes keep a few megabytes of a container's log and drop the oldest; a pod that was replaced takes its log along. \
          A line that is gone is no sign of a fault, and none of health: the rules that rest on it are unknown, and not \
          passed. A log that may not be read makes the run incomplete as well.",
    fix: "Give the right to read logs; `kubectl seldon verify --print-rbac` prints it. What was rotated away comes again when \
          the process connects anew, such as after a restart of the agent's pod; whether that is worth it is yours to \
          decide.",
    fix_safety: FixSafety::Manual,
    reads: &[&SERVER, &POD, &AGENT_LOG, &SCHEDULER_LOG, &OPERATOR_LOG],
    sources: &["https://kubernetes.io/docs/concepts/cluster-administration/logging/#log-rotation"],
    check,
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
            None => report.pass(pod),
            Some(reason) => report.fail(
                pod,
                format!("{} of container {}, so what rests on it is unknown", reason, container.process.container()),
                detail(log).into_iter().collect(),
                remedy(&log.current),
            ),
        }
    }
}

/// What of a log is missing, as the beginning of a sentence.
fn missing(world: &World<'_>, container: &Container, log: &ContainerLog) -> Option<&'static str> {
    let excerpt = match &log.current {
        Reading::Read(excerpt) if excerpt.cut().is_none() => excerpt,
        Reading::Read(_) => return Some("the latest lines are missing in the log"),
        Reading::Unread(Unread::Forbidden(_)) => return Some("it is not allowed to read the log"),
        Reading::Unread(Unread::Gone) => return Some("the pod is gone, and with it the log"),
        Reading::Unread(Unread::NotStarted(_)) => return Some("there is no log yet"),
        Reading::Unread(Unread::Failed(_)) => return Some("the log could not be read"),
    };
    let says_nothing = excerpt.log.is_silent() && world.snapshot.previous_log(container).is_none_or(|log| log.log.is_silent());
    match &excerpt.log {
        Parsed::Agent(_) | Parsed::Operator(_) if says_nothing => Some("no line about the connection is left in the log"),
        Parsed::Scheduler(log) if !log.from_the_start && lacks_an_agent(world, excerpt) => {
            Some("the lines about some agents are no longer in the log")
        }
        Parsed::Agent(_) | Parsed::Operator(_) | Parsed::Scheduler(_) => None,
    }
}

/// Whether the log of a scheduler without its beginning says nothing of a Server that is there.
fn lacks_an_agent(world: &World<'_>, excerpt: &Excerpt) -> bool {
    let Some(log) = excerpt.log.scheduler() else { return false };
    let shared = world.shared();
    let knows = |name: &str| log.agents.keys().any(|replica| replica.server == name);
    shared.objects(&SERVER).any(|(_, server)| !knows(server.object.name()))
}

fn detail(log: &ContainerLog) -> Option<Evidence> {
    let text = match &log.current {
        Reading::Read(excerpt) => excerpt.cut().unwrap_or_else(|| match excerpt.start {
            Start::Tail => "older lines were not asked for".to_owned(),
            Start::Kept => "older lines are not kept, or were never written".to_owned(),
        }),
        Reading::Unread(Unread::Forbidden(reason) | Unread::NotStarted(reason) | Unread::Failed(reason)) => reason.clone(),
        Reading::Unread(Unread::Gone) => return None,
    };
    Some(Evidence::new("", text))
}

fn remedy(reading: &Reading) -> &'static str {
    match reading {
        Reading::Unread(Unread::Forbidden(_)) => "ask for `get` on `pods/log` in the namespace; --print-rbac prints it",
        Reading::Unread(Unread::Failed(_)) => "look at the node of the pod, whose kubelet serves its logs",
        Reading::Unread(Unread::Gone | Unread::NotStarted(_)) => "run it again when the pod is up",
        Reading::Read(_) => "trust the statuses meanwhile, or let the process connect anew by deleting its pod",
    }
}
