use crate::{
    finding::Level,
    fix::{Repair, admitted},
    flow::{Flow, Party, operator_flow},
    object::ObjectId,
    profile::Wiring,
    reason::{
        flows::{Denied, Judged as Flows, Pods, Policies},
        network::Direction,
    },
    resource::{NAMESPACE, NETWORK_POLICY, SELDON_RUNTIME, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World, denial},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0603",
    name: "control-plane-ingress-blocked",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A NetworkPolicy that isolates the central scheduler's pod does not admit a tenant or the operator.",
    why: "A connection needs the consent of both ends. The first policy that selects the scheduler for ingress shuts \
          out every namespace that none admits, also those that have used it for long. The operator dials the \
          scheduler from its own namespace, so a policy there can part the two. Manifests never show all policies of \
          the control plane's namespace, so only a cluster tells.",
    fix: "Admit each tenant's pods by `kubernetes.io/metadata.name` on 9002, 9004, 9005 (with TLS 9044 and 9055; with a \
          dataflow engine 9008) and the operator's on 9004 and 9044. `controlPlaneIngress: true` in a profile builds \
          these policies.",
    fix_safety: FixSafety::Unsafe,
    repair: Repair::Edits(|world, outcome| admitted(world, outcome, FixSafety::Unsafe)),
    reads: &[&NETWORK_POLICY, &NAMESPACE, &SELDON_RUNTIME, &SERVER],
    sources: &[
        "operator/scheduler/client.go:88-90,227",
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
    ],
    check,
    guard: None,
    bad: "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: scheduler, namespace: seldon-system}
spec:
  podSelector: {matchLabels: {app.kubernetes.io/name: seldon-scheduler}}
  policyTypes: [Ingress]
  ingress:
  - from: [{podSelector: {}}]
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
",
    good: "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: scheduler, namespace: seldon-system}
spec:
  podSelector: {matchLabels: {app.kubernetes.io/name: seldon-scheduler}}
  policyTypes: [Ingress]
  ingress:
  - from: [{podSelector: {}}]
  - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: financial-inference}}}]
    ports: [{protocol: TCP, port: 9002, endPort: 9008}]
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let central = world.central();
    let policies = match world.network().policies(central) {
        Ok(policies) => policies,
        Err(reason) => return report.unknown(ObjectId::of(&NAMESPACE, None, central), reason),
    };
    let mut judged = Flows::default();
    let operator = operator_flow(Party::CentralScheduler, world.control_plane.transport);
    if let Ok(pods) = Pods::new(world.network(), world.control_plane, central, Wiring::ExternalName) {
        judged.add(policies, &pods, &operator);
    }
    for tenant in world.tenants.iter().filter(|tenant| world.is_asked(&tenant.namespace)) {
        match denial::pods(world, tenant) {
            Ok(pods) => {
                for flow in pods.flows().iter().filter(|flow| flow.to == Party::CentralScheduler) {
                    add(policies, &pods, flow, &tenant.namespace, &mut judged);
                }
            }
            // Of a tenant that is not known, nothing is known; the others are judged all the same.
            Err(reason) => report.unknown(ObjectId::of(&NAMESPACE, None, &tenant.namespace), reason),
        }
    }
    // What leaves the operator's own pod is not the scheduler's isolation.
    judged.denied.retain(|denied| denied.direction == Direction::Ingress);
    denial::report(judged, policies, central, report);
}

/// Holds a tenant's flow against the policies, and says whose it is.
fn add(policies: &Policies<'_>, pods: &Pods<'_>, flow: &Flow, tenant: &str, judged: &mut Flows) {
    let mut own = Flows::default();
    own.add(policies, pods, flow);
    let denied = own.denied.into_iter().map(|denied| Denied { from: format!("{} of {tenant}", denied.from), ..denied });
    judged.denied.extend(denied);
    judged.doubts.extend(own.doubts);
}
