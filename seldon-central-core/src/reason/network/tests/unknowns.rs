//! Facts that were not observed.

use serde_json::{Value, json};

use super::*;

fn unread(namespace: &str) -> End<'_> {
    End::Pod(Workload { namespace_labels: None, named_ports: None, ..workload(namespace, &[("a", "1")]) })
}

fn to_unread(rules: &Value) -> Verdict {
    let policy = policy("app", "p", &json!({ "policyTypes": ["Egress"], "egress": rules }));
    PolicyIndex::new([&policy]).evaluate(&pod("app", &[]), &unread("other"), Port::tcp(80))
}

fn wants(operator: &str, values: &[&str]) -> Value {
    json!({ "to": [{ "namespaceSelector": { "matchExpressions": [{ "key": "k", "operator": operator, "values": values }] } }] })
}

#[test]
fn unknown_labels_matter_only_where_they_can_change_the_verdict() {
    for (rules, expected) in [
        (json!([wants("Exists", &[])]), "unknown"),
        (json!([{}, wants("Exists", &[])]), "allowed"),
        (json!([{ "to": [{ "namespaceSelector": {} }] }]), "allowed"),
        (
            json!([{ "to": [{ "namespaceSelector": { "matchLabels": { "k": "v" } }, "podSelector": { "matchLabels": { "a": "2" } } }] }]),
            "denied: egress",
        ),
        (
            json!([{ "to": [{ "namespaceSelector": { "matchLabels": { "k": "v" } } }], "ports": [{ "port": 81 }] }]),
            "denied: egress",
        ),
        (json!([wants("Exists", &[]), wants("DoesNotExist", &[])]), "allowed"),
        (json!([wants("In", &["x", "y"]), wants("NotIn", &["y"])]), "allowed"),
        (json!([wants("In", &["x"]), wants("NotIn", &["x", "y"])]), "unknown"),
        (
            json!([{ "to": [{ "namespaceSelector": { "matchLabels": { "k": "x" }, "matchExpressions": [{ "key": "k", "operator": "NotIn", "values": ["x"] }] } }] }]),
            "denied: egress",
        ),
    ] {
        assert_eq!(short(&to_unread(&rules)), expected, "{rules}");
    }
}

#[test]
fn a_doubt_names_the_rule_and_the_missing_fact() {
    let rules = json!([
        {},
        { "to": [{ "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "other", "name": "other" } } }] },
        { "ports": [{ "port": "http" }] },
        { "to": [{ "ipBlock": { "cidr": "10.0.0.0/8" } }], "ports": [{ "port": 80 }, { "port": "http" }] },
    ]);
    let Value::Array(rules) = rules else { panic!() };
    let Verdict::Unknown { doubts } = to_unread(&json!(rules.get(1..))) else { panic!() };
    let doubts: Vec<_> = doubts.iter().map(|doubt| format!("{}: {}", doubt.rule, doubt.gap)).collect();
    assert_eq!(
        doubts,
        [
            "app/p spec.egress[0]: the labels of namespace other are unknown; wanted: name=other",
            "app/p spec.egress[1]: which port of the destination is named http is unknown",
            "app/p spec.egress[2]: the address of other/pod is unknown",
        ]
    );
    assert_eq!(short(&to_unread(&json!(rules))), "allowed");
}

#[test]
fn what_is_unknown_of_one_namespace_is_the_same_at_both_ends() {
    let requires =
        |key: &str| json!([{ "namespaceSelector": { "matchExpressions": [{ "key": "k", "operator": key }] } }]);
    let policy = policy(
        "app",
        "p",
        &json!({ "egress": [{ "to": requires("Exists") }], "ingress": [{ "from": requires("DoesNotExist") }] }),
    );
    let index = PolicyIndex::new([&policy]);
    assert_eq!(short(&index.evaluate(&unread("app"), &unread("app"), Port::tcp(80))), "denied: both");
    // Labels that are known at one end are known at the other.
    let labelled = labelled("app", &[("k", "v")], &[]);
    assert_eq!(short(&index.evaluate(&unread("app"), &labelled, Port::tcp(80))), "denied: ingress");
    assert_eq!(short(&index.evaluate(&labelled, &unread("app"), Port::tcp(80))), "denied: ingress");
}

#[test]
fn too_many_unknown_facts_end_in_unknown_and_in_time() {
    let expressions: Vec<_> =
        (0..40).map(|n| json!({ "key": format!("k{n}"), "operator": "In", "values": ["x", "y"] })).collect();
    let rules = json!([
        { "to": [{ "namespaceSelector": { "matchExpressions": expressions } }] },
        wants("Exists", &[]),
        wants("DoesNotExist", &[]),
    ]);
    assert_eq!(short(&to_unread(&rules)), "unknown");
}

#[test]
fn an_unknown_side_does_not_save_a_flow_the_other_side_drops() {
    let doubtful = policy("app", "p", &json!({ "policyTypes": ["Egress"], "egress": [wants("Exists", &[])] }));
    let closed = policy("other", "closed", &json!({}));
    let index = PolicyIndex::new([&doubtful, &closed]);
    let verdict = index.evaluate(&pod("app", &[]), &unread("other"), Port::tcp(80));
    assert_eq!(short(&verdict), "denied: ingress");
}
