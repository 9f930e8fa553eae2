use crate::{
    finding::Level,
    fix::{Repair, admitted},
    reason::flows::Judged as Flows,
    resource::{NAMESPACE, NETWORK_POLICY, SELDON_RUNTIME, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World, denial},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0601",
    name: "scheduler-flow-blocked",
    level: Level::Error,
    judged: Judged::Either,
    summary: "NetworkPolicies of a tenant deny one of its components the way to the central scheduler.",
    why: "As soon as one policy isolates a pod, only what some policy admits passes. An agent that does not reach the \
          scheduler registers no Server, an Envoy gets no routes, a gateway no models. Policies are applied to pods \
          after Services are resolved, so neither the alias nor its ports help; a namespace is found by its labels, \
          of which only `kubernetes.io/metadata.name` is always there. With a relay, the way from the operator and \
          the tenant to the relay's pods counts too.",
    fix: "Add the rule that the finding names. `kubectl seldon onboard` builds policies with every flow of the pattern.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(|world, outcome| admitted(world, outcome, FixSafety::Safe)),
    reads: &[&NETWORK_POLICY, &NAMESPACE, &SELDON_RUNTIME, &SERVER],
    sources: &[
        "specification, Network Policies",
        "operator/scheduler/client.go:88-90,227",
        "scheduler/config/envoy.yaml:12-13",
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
    ],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: financial-inference}
spec: {podSelector: {}, policyTypes: [Egress]}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: to-the-scheduler, namespace: financial-inference}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: seldon-system}}
      podSelector: {matchLabels: {app.kubernetes.io/name: seldon-scheduler}}
    ports:
    - {protocol: TCP, port: 9002}
    - {protocol: TCP, port: 9004}
    - {protocol: TCP, port: 9005}
    - {protocol: TCP, port: 9008}
",
};

/// The last row of the table of flows that is about the scheduler.
const LAST_SCHEDULER_FLOW: u8 = 5;

fn check(world: &World<'_>, report: &mut Report) {
    denial::for_each_tenant(world, report, |tenant, pods, policies, report| {
        let mut judged = Flows::default();
        for flow in pods.flows().iter().filter(|flow| flow.number <= LAST_SCHEDULER_FLOW) {
            judged.add(policies, pods, flow);
        }
        denial::report(judged, policies, &tenant.namespace, report);
    });
}
