use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    log::Address,
    object::Object,
    pattern::{self, SCHEDULER_SERVICE},
    resource::{AGENT_LOG, POD, SERVER, SERVICE},
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::Unknown,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0702",
    name: "agent-at-another-scheduler",
    level: Level::Error,
    judged: Judged::Live,
    summary: "An agent connects to a host that is neither the alias nor the central scheduler, or to another port.",
    why: "The agent logs the host and the port that it really uses, after all flags and variables. One that dials \
          another scheduler logs `Subscribed to scheduler` all the same, and its Server is known there and not on the \
          central one. A flag in the Server's `podSpec` goes before the ServerConfig's variable.",
    fix: "Take `--scheduler-host`, `--scheduler-port` and `SELDON_SCHEDULER_HOST` out of the Server's `podSpec`, or out \
          of the ServerConfig, so that the default `seldon-scheduler:9005` holds.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&SERVER, &POD, &SERVICE, &AGENT_LOG],
    sources: &["scheduler/pkg/agent/agent_svc_manager.go:499", "scheduler/cmd/agent/cli/cli.go:504-516"],
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
spec: {containers: [{name: agent, args: ['--scheduler-host=seldon-scheduler.seldon-mesh']}]}
status: {phase: Running}
---
apiVersion: kubectl-seldon/v1
kind: Log
metadata: {name: fin-mlserver-0, namespace: financial-inference}
container: agent
text: |
  time=\"2026-03-01T10:00:00Z\" level=info msg=\"Connecting (non-blocking) to scheduler at seldon-scheduler.seldon-mesh:9005\"
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
",
};

fn check(world: &World<'_>, report: &mut Report) {
    world.for_each_agent(report, |server, agent, report| {
        let (pod, namespace) = (agent.pod, server.namespace().unwrap_or_default());
        let address = match &agent.log {
            Ok(log) => log.scheduler.as_ref().or_else(|| agent.earlier?.scheduler.as_ref()),
            Err(reason) => return report.unknown(pod.object.id(), reason.clone()),
        };
        let Some(address) = address else {
            let what = format!("which scheduler the agent of Pod {namespace}/{} connects to", pod.object.name());
            return report.unknown(pod.object.id(), Unknown::NotInInput { what });
        };
        let is_host = is_own_name(&address.host, namespace, world) || is_address(&address.host, namespace, world);
        let message = match (is_host, is_port(address)) {
            (true, true) => return report.pass(pod),
            (true, false) => {
                format!("the agent connects to port {} of the scheduler, where agents are not served", address.port)
            }
            (false, _) => {
                format!("the agent connects to {address}, which is neither the alias nor the central scheduler")
            }
        };
        let remedy =
            format!("let it connect to `{SCHEDULER_SERVICE}` on port 9005, by which the others in {namespace} go");
        report.fail(
            pod,
            message,
            vec![Evidence::new("", format!("Connecting (non-blocking) to scheduler at {address}"))],
            remedy,
        );
    });
}

/// The ports on which the scheduler takes agents.
fn is_port(address: &Address) -> bool {
    let of_agents = pattern::SCHEDULER_PORTS.iter().filter(|port| matches!(port.name, "agent" | "agent-mtls"));
    of_agents.into_iter().any(|port| port.port == address.port)
}

/// Whether a host is the Service `seldon-scheduler` of the namespace or of the control plane, however
/// much of its domain is written.
fn is_own_name(host: &str, namespace: &str, world: &World<'_>) -> bool {
    // As a target of gRPC may be written.
    let host = ["passthrough:///", "dns:///"].iter().find_map(|scheme| host.strip_prefix(scheme)).unwrap_or(host);
    let Some(rest) = host.strip_suffix('.').unwrap_or(host).strip_prefix(SCHEDULER_SERVICE) else { return false };
    let domain = world.control_plane.cluster_domain.as_str();
    let is_rest_of = |namespace: &str| {
        [format!(".{namespace}"), format!(".{namespace}.svc"), format!(".{namespace}.svc.{domain}")]
            .contains(&rest.to_owned())
    };
    rest.is_empty() || is_rest_of(namespace) || is_rest_of(world.central())
}

/// Whether a host is an address of one of those Services, or of the central scheduler's pod.
fn is_address(host: &str, namespace: &str, world: &World<'_>) -> bool {
    let service = |namespace: &str| world.snapshot.get(&SERVICE, namespace, SCHEDULER_SERVICE).ok().flatten();
    let of_services = [service(namespace), service(world.central())];
    let has = |object: &Object, pointer: &str| object.text(pointer) == Some(host);
    let scheduler = world
        .snapshot
        .known_in(&POD, world.central())
        .filter(|pod| pod.object.label(pattern::COMPONENT_LABEL) == Some(pattern::Component::Scheduler.name()));
    of_services.into_iter().flatten().any(|service| has(&service.object, "/spec/clusterIP"))
        || scheduler.into_iter().any(|pod| has(&pod.object, "/status/podIP"))
}
