use std::collections::BTreeSet;

use crate::{
    finding::{Evidence, Level},
    flow::Party,
    object::ObjectId,
    pattern::pod_port,
    reason::{
        flows::{Pods, Policies, RawRule, is_pods},
        network::{Direction, Port, Workload},
    },
    resource::{NAMESPACE, NETWORK_POLICY, SELDON_RUNTIME, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World, denial, service},
    snapshot::Observed,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0607",
    name: "unauthenticated-port-open",
    level: Level::Warning,
    judged: Judged::Either,
    summary: "A NetworkPolicy admits other pods to rclone (5572) or to the agent's debug service (7777) of a tenant's \
              Servers.",
    why: "rclone's remote control runs without authentication and listens on every address: whoever reaches it reads \
          the credentials of the object store and writes artifacts. The agent's debug service asks nobody either. Both \
          are only used inside the pod, over loopback, which policies do not touch. A rule without ports opens them \
          with everything else. In a namespace that no policy isolates for ingress they are as open, which is common, \
          and no finding of this rule.",
    fix: "List the ports that are needed: 9001 and 9501 from Envoy, the metrics ports from your scraper. This cuts off \
          whoever uses another port of the Servers.",
    fix_safety: FixSafety::Unsafe,
    reads: &[&NETWORK_POLICY, &NAMESPACE, &SELDON_RUNTIME, &SERVER],
    sources: &[
        "k8s/helm-charts/seldon-core-v2-setup/templates/seldon-v2-components.yaml",
        "https://rclone.org/rc/#rc-no-auth",
    ],
    check,
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
metadata: {name: inside, namespace: financial-inference}
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
  - from: [{podSelector: {}}]
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
metadata: {name: inside, namespace: financial-inference}
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
  - from: [{podSelector: {}}]
    ports:
    - {protocol: TCP, port: 9000}
    - {protocol: TCP, port: 9001}
    - {protocol: TCP, port: 9501}
",
};

/// The name of rclone's port in the stock `ServerConfigs`.
const RCLONE_PORT_NAME: &str = "rclone";

fn check(world: &World<'_>, report: &mut Report) {
    for tenant in &world.tenants {
        let namespace = tenant.namespace.as_str();
        let pods = match (world.snapshot.all_in(&NETWORK_POLICY, namespace), denial::pods(world, tenant)) {
            (Err(reason), _) if reason.is_incomplete() => Err(reason),
            (_, pods) => pods,
        };
        match pods {
            // What one policy admits no other takes back, so each is judged by itself.
            Ok(pods) => {
                for policy in world.snapshot.known_in(&NETWORK_POLICY, namespace) {
                    judge(policy, &pods, report);
                }
            }
            Err(reason) => report.unknown(ObjectId::of(&NAMESPACE, None, namespace), reason),
        }
    }
}

fn judge(policy: &Observed, pods: &Pods<'_>, report: &mut Report) {
    let Some(policies) = Policies::one(policy) else { return };
    let (mut ports, mut evidence) = (BTreeSet::new(), Vec::new());
    for server in servers(pods) {
        for port in [pod_port::RCLONE, pod_port::AGENT_DEBUG] {
            let rules = policies.rules_on_port(&server, Direction::Ingress, Port::tcp(port));
            for rule in rules.iter().filter(|rule| admits_pods(rule)) {
                ports.insert(port);
                let text = format!("from {}, ports {}", denial::compact(&rule.peers), denial::compact(&rule.ports));
                let proof = Evidence::new(format!("/spec/ingress/{}", rule.index), text);
                if !evidence.contains(&proof) {
                    evidence.push(proof);
                }
            }
        }
    }
    if ports.is_empty() {
        return report.pass(policy);
    }
    report.fail(
        policy,
        format!(
            "other pods may reach {} of the Servers' pods, where nobody is asked who they are",
            service::list(&ports)
        ),
        evidence,
        "list the ports that are meant, such as 9001 and 9501, and neither 5572 nor 7777 among them",
    );
}

/// A rule without peers admits everybody, pods among them; one for every port and addresses alone
/// is meant for something else.
fn admits_pods(rule: &RawRule<'_>) -> bool {
    rule.admits(is_pods) || rule.tcp_ports().is_some()
}

fn servers<'a>(pods: &Pods<'a>) -> Vec<Workload<'a>> {
    let names = || [(RCLONE_PORT_NAME, Port::tcp(pod_port::RCLONE))].into();
    let servers = pods.of(Party::Server).into_iter();
    servers.map(|server| Workload { named_ports: Some(names()), ..server }).collect()
}
