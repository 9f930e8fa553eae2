//! One case: policies, and traffic about whose ends everything is known.

use std::{collections::BTreeMap, net::IpAddr};

use seldon_central_core::reason::network::{End, Labels, PolicyIndex, Port, Verdict, Workload, parse};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Labels, as a pod or a namespace has them.
pub(super) type Owned = BTreeMap<String, String>;

/// What both evaluators are given.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Case {
    pub(super) policies: Vec<Value>,
    pub(super) from: Spot,
    pub(super) to: Spot,
    pub(super) port: Port,
}

/// An end: a pod, or an address outside.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spot {
    pub(super) address: IpAddr,
    #[serde(flatten)]
    pub(super) pod: Option<Pod>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pod {
    pub(super) namespace: &'static str,
    pub(super) namespace_labels: Owned,
    pub(super) labels: Owned,
    pub(super) ports: BTreeMap<&'static str, Port>,
}

/// What the policies at either end let pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Sides {
    pub(super) egress: bool,
    pub(super) ingress: bool,
}

impl Case {
    /// Traffic between two pods without any label, under one policy of the source's namespace.
    pub(super) fn between_pods(spec: &Value) -> Self {
        let pod = |namespace, address: &str| Spot {
            address: address.parse().unwrap(),
            pod: Some(Pod { namespace, namespace_labels: Owned::new(), labels: Owned::new(), ports: BTreeMap::new() }),
        };
        let policies = vec![policy("a", "only", spec)];
        Self { policies, from: pod("a", "10.0.0.1"), to: pod("b", "10.0.0.2"), port: Port::tcp(80) }
    }

    /// The engine's verdict.
    pub(super) fn judge(&self) -> Sides {
        let policies: Vec<_> = self.policies.iter().map(|policy| parse(policy).unwrap()).collect();
        let index = PolicyIndex::new(&policies);
        assert!(index.problems().is_empty(), "the API server would refuse this: {:?}", index.problems());
        match index.evaluate(&self.from.end(), &self.to.end(), self.port) {
            Verdict::Allowed { .. } => Sides { egress: true, ingress: true },
            Verdict::Denied { egress, ingress } => Sides { egress: egress.is_none(), ingress: ingress.is_none() },
            Verdict::Unknown { .. } => panic!("everything is known, and the verdict is not: {}", self.to_json()),
        }
    }

    /// Whether Cyclonus does not follow the documentation here. `NotIn` also selects what does not
    /// have the key (Kubernetes, "Labels and Selectors", set-based requirements); Cyclonus wants the
    /// key to be there.
    pub(super) fn is_deviation(&self) -> bool {
        let mut asked = Vec::new();
        for policy in &self.policies {
            not_in(policy, "", &mut asked);
        }
        let pods = || [&self.from, &self.to].into_iter().filter_map(|spot| spot.pod.as_ref());
        asked.into_iter().any(|(selector, key)| {
            let labels =
                |pod: &Pod| if selector == "namespaceSelector" { pod.has_namespace(key) } else { pod.has(key) };
            pods().any(|pod| !labels(pod))
        })
    }

    /// What Cyclonus is given.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap()
    }
}

/// The keys of all `NotIn` requirements, with the fields whose selectors they are in.
fn not_in<'v>(value: &'v Value, field: &'v str, found: &mut Vec<(&'v str, &'v str)>) {
    match value {
        Value::Object(fields) if fields.get("operator").is_some_and(|operator| operator == "NotIn") => {
            found.push((field, fields["key"].as_str().unwrap()));
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                not_in(value, if name.ends_with("Selector") { name } else { field }, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| not_in(item, field, found)),
        _ => {}
    }
}

/// A policy as the API server has it.
pub(super) fn policy(namespace: &str, name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"namespace": namespace, "name": name},
        "spec": spec,
    })
}

impl Spot {
    fn end(&self) -> End<'_> {
        let Some(pod) = &self.pod else { return End::Address(self.address) };
        End::Pod(Workload {
            name: "pod".into(),
            namespace: pod.namespace,
            namespace_labels: Some(borrowed(&pod.namespace_labels)),
            labels: borrowed(&pod.labels),
            named_ports: Some(pod.ports.clone()),
            address: Some(self.address),
        })
    }
}

impl Pod {
    fn has(&self, key: &str) -> bool {
        self.labels.contains_key(key)
    }

    fn has_namespace(&self, key: &str) -> bool {
        self.namespace_labels.contains_key(key)
    }
}

fn borrowed(labels: &Owned) -> Labels<'_> {
    labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}
