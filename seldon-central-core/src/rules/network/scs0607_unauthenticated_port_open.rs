use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    flow::Party,
    object::ObjectId,
    pattern::pod_port,
    reason::{
        flows::{Pods, Policies, RawRule, is_pods},
        network::{Direction, PolicyId, Port, Workload},
    },
    resource::{NAMESPACE, NETWORK_POLICY, SELDON_RUNTIME, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World, denial, service},
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
    repair: Repair::Edits(repair),
    reads: &[&NETWORK_POLICY, &NAMESPACE, &SELDON_RUNTIME, &SERVER],
    sources: &[
        "k8s/helm-charts/seldon-core-v2-setup/templates/seldon-v2-components.yaml",
        "https://rclone.org/rc/#rc-no-auth",
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

/// What one policy opens: the ports, and the rules that do.
type Opened = (BTreeSet<u16>, Vec<Evidence>);

fn check(world: &World<'_>, report: &mut Report) {
    for tenant in &world.tenants {
        let namespace = tenant.namespace.as_str();
        // What one policy admits no other takes back, so there may be more of them.
        let judged = world.network().known_policies(namespace).and_then(|policies| {
            let pods = denial::pods(world, tenant)?;
            judge(policies, &pods, report);
            policies.gap().filter(|gap| gap.is_incomplete()).map_or(Ok(()), |gap| Err(gap.clone()))
        });
        if let Err(reason) = judged {
            report.unknown(ObjectId::of(&NAMESPACE, None, namespace), reason);
        }
    }
}

fn judge(policies: &Policies<'_>, pods: &Pods<'_>, report: &mut Report) {
    let mut opened: BTreeMap<PolicyId, Opened> = BTreeMap::new();
    for server in servers(pods) {
        for port in [pod_port::RCLONE, pod_port::AGENT_DEBUG] {
            let rules = policies.rules_on_port(&server, Direction::Ingress, Port::tcp(port));
            for (id, rule) in rules.into_iter().filter(|(_, rule)| admits_pods(rule)) {
                let (ports, evidence) = opened.entry(id).or_default();
                ports.insert(port);
                let text = format!("from {}, ports {}", denial::compact(&rule.peers), denial::compact(&rule.ports));
                let proof = Evidence::new(format!("/spec/ingress/{}", rule.index), text);
                if !evidence.contains(&proof) {
                    evidence.push(proof);
                }
            }
        }
    }
    for (id, policy) in policies.objects() {
        match opened.remove(id) {
            Some((ports, evidence)) => report.fail(policy, message(&ports), evidence, REMEDY),
            None => report.pass(policy),
        }
    }
}

const REMEDY: &str = "list the ports that are meant, such as 9001 and 9501, and neither 5572 nor 7777 among them";

fn message(ports: &BTreeSet<u16>) -> String {
    let ports = service::list(ports);
    format!("other pods may reach {ports} of the Servers' pods, where nobody is asked who they are")
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

/// A rule for every port gets those of the pattern; one for listed ports loses the two.
fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let (Some(policy), Some(finding)) = (find(world.snapshot, &outcome.object), outcome.finding()) else {
        return Vec::new();
    };
    let rules = finding.evidence.iter().map(|evidence| evidence.path.as_str());
    Remedy::rough(rules.map(|path| {
        let listed = policy.object.pointer(&format!("{path}/ports")).and_then(Value::as_array);
        let kept: Vec<Value> = match listed.filter(|listed| !listed.is_empty()) {
            Some(listed) => listed.iter().flat_map(without_closed).collect(),
            None => MEANT.map(|port| json!({"protocol": "TCP", "port": port})).into(),
        };
        // No ports would mean every port.
        match kept.as_slice() {
            [] => Edit::remove(&policy.object, path),
            _ => Edit::set(&policy.object, format!("{path}/ports"), kept),
        }
    }))
}

/// The ports of a tenant's pods that others are meant to reach: inference, pipelines, metrics.
const MEANT: [u16; 9] = [
    pod_port::ENVOY_HTTP,
    pod_port::SERVER_HTTP,
    pod_port::ENVOY_STATS,
    pod_port::AGENT_METRICS,
    pod_port::PIPELINE_HTTP,
    pod_port::PIPELINE_GRPC,
    pod_port::SERVER_GRPC,
    pod_port::MLSERVER_METRICS,
    pod_port::TRITON_METRICS,
];

/// An entry of `ports` without the two that are never opened; a range is what is left of it.
fn without_closed(entry: &Value) -> Vec<Value> {
    if entry.get("protocol").and_then(Value::as_str).is_some_and(|protocol| protocol != "TCP") {
        return vec![entry.clone()];
    }
    let Some(first) = entry.get("port").and_then(Value::as_u64) else {
        let is_closed = entry.get("port").and_then(Value::as_str) == Some(RCLONE_PORT_NAME);
        return if is_closed || entry.get("port").is_none() { Vec::new() } else { vec![entry.clone()] };
    };
    let last = entry.get("endPort").and_then(Value::as_u64).unwrap_or(first);
    let mut start = first;
    let mut kept = Vec::new();
    for closed in [pod_port::RCLONE, pod_port::AGENT_DEBUG].map(u64::from) {
        if (start..=last).contains(&closed) {
            kept.extend((start < closed).then(|| range(entry, start, closed.saturating_sub(1))));
            start = closed.saturating_add(1);
        }
    }
    kept.extend((start <= last).then(|| range(entry, start, last)));
    kept
}

fn range(entry: &Value, first: u64, last: u64) -> Value {
    let mut range = entry.clone();
    if let Some(fields) = range.as_object_mut() {
        fields.insert("port".to_owned(), first.into());
        if first == last {
            fields.remove("endPort");
        } else {
            fields.insert("endPort".to_owned(), last.into());
        }
    }
    range
}
