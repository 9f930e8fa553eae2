//! The engine against the API documentation, a naive evaluator and the specification's policy.

mod documentation;
mod flaws;
mod oracle;
mod remedies;
mod specification;
mod unknowns;

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::NetworkPolicy;
use serde_json::{Value, json};

use super::*;

fn policy(namespace: &str, name: &str, spec: &Value) -> NetworkPolicy {
    parse(&json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": { "namespace": namespace, "name": name },
        "spec": spec,
    }))
    .unwrap()
}

/// A pod about which everything but the address is known.
fn workload<'a>(namespace: &'a str, labels: &[(&'a str, &'a str)]) -> Workload<'a> {
    Workload {
        name: "pod".into(),
        namespace,
        namespace_labels: Some(BTreeMap::new()),
        labels: labels.iter().copied().collect(),
        named_ports: Some(BTreeMap::new()),
        address: None,
    }
}

fn pod<'a>(namespace: &'a str, labels: &[(&'a str, &'a str)]) -> End<'a> {
    End::Pod(workload(namespace, labels))
}

fn labelled<'a>(namespace: &'a str, namespace_labels: &[(&'a str, &'a str)], labels: &[(&'a str, &'a str)]) -> End<'a> {
    let namespace_labels = Some(namespace_labels.iter().copied().collect());
    End::Pod(Workload { namespace_labels, ..workload(namespace, labels) })
}

fn address(text: &str) -> End<'static> {
    End::Address(text.parse().unwrap())
}

/// `allowed`, `denied` with the sides to blame, or `unknown`.
fn short(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed { .. } => "allowed",
        Verdict::Denied { egress: Some(_), ingress: None } => "denied: egress",
        Verdict::Denied { egress: None, ingress: Some(_) } => "denied: ingress",
        Verdict::Denied { egress: Some(_), ingress: Some(_) } => "denied: both",
        Verdict::Denied { egress: None, ingress: None } => "denied by nobody",
        Verdict::Unknown { .. } => "unknown",
    }
}
