use k8s_openapi::api::networking::v1::NetworkPolicyPeer;

use crate::{
    finding::Level,
    fix::{Repair, admitted},
    flow::Party,
    pattern::{self, pod_port},
    profile::Dns,
    reason::{
        flows::{Judged as Flows, Pods, Policies, is_own_namespace, namespaces},
        network::{Direction, End, Labels, Port, Verdict, Workload},
        selector::Selector,
    },
    resource::{NAMESPACE, NETWORK_POLICY, SELDON_RUNTIME, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World, denial},
    snapshot::Unknown,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0602",
    name: "dns-blocked",
    level: Level::Error,
    judged: Judged::Either,
    summary: "NetworkPolicies of a tenant isolate its pods for egress and admit no DNS.",
    why: "Every component dials names: `seldon-scheduler`, `seldon-mesh`, the object store's. Without DNS no name is \
          resolved, and the ports that the policies do admit are of no use. The specification's policy denies it.",
    fix: "Admit UDP and TCP 53 to the pods `k8s-app: kube-dns` of `kube-system` and, where the node-local cache runs, \
          to 169.254.20.10. OpenShift's DNS pods listen on 5353, in `openshift-dns`.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(|world, outcome| admitted(world, outcome, FixSafety::Safe)),
    reads: &[&NETWORK_POLICY, &NAMESPACE, &SELDON_RUNTIME, &SERVER],
    sources: &[
        "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/",
        "https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/",
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
metadata: {name: to-the-scheduler, namespace: financial-inference}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: seldon-system}}
    ports:
    - {protocol: TCP, port: 9005}
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
metadata: {name: to-dns, namespace: financial-inference}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
      podSelector: {matchLabels: {k8s-app: kube-dns}}
    ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
",
};

/// The port on which OpenShift's DNS pods listen.
const OPENSHIFT_PORT: u16 = 5353;

fn check(world: &World<'_>, report: &mut Report) {
    denial::for_each_tenant(world, report, |tenant, pods, policies, report| {
        let mut judged = Flows::default();
        for flow in pods.flows().iter().filter(|flow| flow.to == Party::ClusterDns) {
            for source in pods.of(flow.from) {
                judge(world, pods, policies, &source, &flow.from.to_string(), &mut judged);
            }
        }
        denial::report(judged, policies, &tenant.namespace, report);
    });
}

/// One answering port over UDP is enough; which of the known ones the cluster has is its business.
fn judge(
    world: &World<'_>,
    pods: &Pods<'_>,
    policies: &Policies<'_>,
    source: &Workload<'_>,
    from: &str,
    judged: &mut Flows,
) {
    let end = End::Pod(source.clone());
    let ask = |to: &End<'_>, port| policies.index().evaluate(&end, to, port);
    let others = Dns::default().cidrs.into_iter().map(|cidr| (End::Address(cidr.net().addr()), pod_port::DNS));
    let openshift = (End::Pod(pods.openshift_dns()), OPENSHIFT_PORT);
    if others.chain([openshift]).any(|(to, port)| ask(&to, Port::udp(port)).is_allowed()) {
        return;
    }
    for target in pods.of(Party::ClusterDns).into_iter().map(End::Pod) {
        let udp = ask(&target, Port::udp(pod_port::DNS));
        if udp.is_denied() && admits_another(world, policies, source) {
            let what = "whether the pods to which a policy admits port 53 are the cluster's DNS".to_owned();
            judged.doubts.push(Unknown::NotInInput { what });
            continue;
        }
        let tcp = if udp.is_denied() { Some(ask(&target, Port::tcp(pod_port::DNS))) } else { None };
        for (verdict, port) in [(Some(udp), Port::udp(pod_port::DNS)), (tcp, Port::tcp(pod_port::DNS))] {
            let verdict = verdict.filter(|verdict| !matches!(verdict, Verdict::Allowed { .. }));
            if let Some(verdict) = verdict {
                judged.add_verdict(verdict, pods, (from, &Party::ClusterDns.to_string()), port);
            }
        }
    }
}

/// Whether a rule admits the port to somebody who might be a DNS that this rule does not know.
fn admits_another(world: &World<'_>, policies: &Policies<'_>, source: &Workload<'_>) -> bool {
    let shared = world.scheduler_namespaces();
    let is_known = |peer: &NetworkPolicyPeer, name: &String| {
        shared.contains(name.as_str()) || (name == pattern::DNS_NAMESPACE && selects_usual(peer))
    };
    let is_elsewhere = |peer: &NetworkPolicyPeer| {
        let named = namespaces(peer);
        !is_own_namespace(peer) && (named.is_empty() || !named.iter().all(|name| is_known(peer, name)))
    };
    [pod_port::DNS, OPENSHIFT_PORT].into_iter().any(|port| {
        let rules = policies.rules_on_port(source, Direction::Egress, Port::udp(port));
        rules.iter().any(|(_, rule)| rule.admits(is_elsewhere))
    })
}

/// Whether a peer selects the usual DNS pods, if it selects their namespace.
fn selects_usual(peer: &NetworkPolicyPeer) -> bool {
    let labels = Labels::from([pattern::DNS_POD_LABEL]);
    let selector = peer.pod_selector.as_ref().map(Selector::new).transpose();
    selector.is_ok_and(|selector| selector.unwrap_or_default().matches(&labels))
}
