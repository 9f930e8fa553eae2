use crate::{
    finding::{Evidence, Level},
    fix::{Repair, admitted},
    flow::{Flow, Party},
    pattern::{Component, pod_port},
    reason::{
        flows::{Judged as Flows, Pods, Policies, is_own_seldon},
        network::{Direction, Port},
    },
    resource::{NAMESPACE, NETWORK_POLICY, SELDON_RUNTIME, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World, denial},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0605",
    name: "serving-flow-blocked",
    level: Level::Error,
    judged: Judged::Either,
    summary: "NetworkPolicies of a tenant deny a flow that inference needs: clients to Envoy, Envoy to the Servers or to \
              the pipeline gateway, gateways to Envoy.",
    why: "Everything may be Ready and loaded, and requests still time out. Policies are judged on the ports of pods: \
          Envoy listens on 9000, not on the 80 of its Service, and reaches a Server through the agent's 9001 and \
          9501, not through MLServer's own ports. An egress policy for `podSelector: {}` without a rule for the \
          namespace's own pods denies all of it.",
    fix: "Add the rules that the finding names. Those between Seldon's pods of the namespace are safe; who else may \
          reach Envoy on 9000 is for you to say.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(|world, outcome| admitted(world, outcome, FixSafety::Safe)),
    reads: &[&NETWORK_POLICY, &NAMESPACE, &SELDON_RUNTIME, &SERVER],
    sources: &[
        "k8s/helm-charts/seldon-core-v2-setup/templates/seldon-v2-components.yaml",
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
spec: {podSelector: {}, policyTypes: [Ingress]}
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
metadata: {name: serving, namespace: financial-inference}
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
  - from: [{podSelector: {}}]
    ports:
    - {protocol: TCP, port: 9000}
    - {protocol: TCP, port: 9001}
    - {protocol: TCP, port: 9501}
    - {protocol: TCP, port: 9010}
    - {protocol: TCP, port: 9011}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    denial::for_each_tenant(world, report, |tenant, pods, policies, report| {
        let mut judged = Flows::default();
        for flow in pods.flows().iter().filter(|flow| serves(flow)) {
            judged.add(policies, pods, flow);
        }
        let shut = shut_out(pods, policies);
        if judged != Flows::default() || !shut {
            denial::report(judged, policies, &tenant.namespace, report);
        }
        if shut {
            report_shut_out(pods, policies, report);
        }
    });
}

/// Clients are unknown, and judged by [`shut_out`].
fn serves(flow: &Flow) -> bool {
    matches!(flow.number, 6..=8)
}

/// Whether Envoy runs, is isolated, and admits nobody but Seldon's own pods.
fn shut_out(pods: &Pods<'_>, policies: &Policies<'_>) -> bool {
    let admits = |envoy| {
        let rules = policies.rules_on_port(envoy, Direction::Ingress, Port::tcp(pod_port::ENVOY_HTTP));
        rules.iter().any(|(_, rule)| rule.admits(|peer| !is_own_seldon(peer)))
    };
    pods.of(Party::AnyEnvoy).iter().any(|envoy| policies.rules(envoy, Direction::Ingress).is_some() && !admits(envoy))
}

fn report_shut_out(pods: &Pods<'_>, policies: &Policies<'_>, report: &mut Report) {
    for envoy in pods.of(Party::AnyEnvoy) {
        let isolating: Vec<_> = policies.index().isolates(&envoy, Direction::Ingress).into_iter().cloned().collect();
        let Some(policy) = isolating.first().and_then(|id| policies.observed(id)) else { continue };
        let missing = format!("{{\"ports\":[{{\"port\":{},\"protocol\":\"TCP\"}}]}}", pod_port::ENVOY_HTTP);
        report.fail(
            policy,
            format!(
                "no ingress rule of {} admits {} -> {} on {}",
                denial::names(&isolating),
                Party::Clients,
                Component::Envoy.name(),
                pod_port::ENVOY_HTTP
            ),
            vec![
                Evidence::new("/spec/policyTypes", denial::isolation(Direction::Ingress, &isolating)),
                Evidence::new("/spec/ingress/-", &missing),
            ],
            format!("add to `spec.ingress` of {}, with `from` for your clients: {missing}", policy.object.name()),
        );
    }
}
