//! Policies that the API server would refuse.

use serde_json::{Value, json};

use super::*;

#[test]
fn a_malformed_part_admits_nothing_and_is_reported() {
    let selector = |operator: &str| json!({ "matchExpressions": [{ "key": "a", "operator": operator }] });
    for (rule, expected) in [
        (json!({ "to": [{}] }), "to[0]: the peer has none of ipBlock, namespaceSelector, podSelector"),
        (
            json!({ "to": [{ "ipBlock": { "cidr": "10.0.0.0/8" }, "podSelector": {} }] }),
            "to[0]: the peer has ipBlock beside a selector",
        ),
        (
            json!({ "to": [{ "ipBlock": { "cidr": "10.0.0.0" } }] }),
            "to[0].ipBlock.cidr: `10.0.0.0` is not an address range",
        ),
        (json!({ "to": [{ "ipBlock": { "cidr": "" } }] }), "to[0].ipBlock.cidr: `` is not an address range"),
        (
            json!({ "to": [{ "ipBlock": { "cidr": "10.0.0.0/8", "except": ["ten"] } }] }),
            "to[0].ipBlock.except: `ten` is not an address range",
        ),
        (
            json!({ "to": [{ "ipBlock": { "cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"] } }] }),
            "to[0].ipBlock.except: exception `10.0.0.0/8` does not lie inside `10.0.0.0/8`",
        ),
        (
            json!({ "to": [{ "ipBlock": { "cidr": "10.0.0.0/8", "except": ["::/0"] } }] }),
            "to[0].ipBlock.except: exception `::/0` does not lie inside `10.0.0.0/8`",
        ),
        (
            json!({ "to": [{ "podSelector": selector("exists") }] }),
            "to[0].podSelector: operator `exists` of label `a` is none of In, NotIn, Exists, DoesNotExist",
        ),
        (
            json!({ "to": [{ "namespaceSelector": selector("In") }] }),
            "to[0].namespaceSelector: operator `In` of label `a` needs values",
        ),
        (json!({ "ports": [{ "protocol": "tcp" }] }), "ports[0]: protocol `tcp` is none of TCP, UDP, SCTP"),
        (json!({ "ports": [{ "port": 0 }] }), "ports[0]: port 0 is not between 1 and 65535"),
        (json!({ "ports": [{ "port": 65536 }] }), "ports[0]: port 65536 is not between 1 and 65535"),
        (json!({ "ports": [{ "port": "80" }] }), "ports[0]: `80` cannot be the name of a port"),
        (json!({ "ports": [{ "endPort": 80 }] }), "ports[0]: endPort needs a numeric port beside it"),
        (json!({ "ports": [{ "port": "http", "endPort": 80 }] }), "ports[0]: endPort needs a numeric port beside it"),
        (json!({ "ports": [{ "port": 81, "endPort": 80 }] }), "ports[0]: endPort 80 is below port 81"),
        (json!({ "ports": [{ "port": 81, "endPort": 65536 }] }), "ports[0]: port 65536 is not between 1 and 65535"),
    ] {
        let policy = policy("app", "p", &json!({ "policyTypes": ["Egress"], "egress": [rule] }));
        let index = PolicyIndex::new([&policy]);
        let problems: Vec<_> = index.problems().iter().map(ToString::to_string).collect();
        assert_eq!(problems, [format!("NetworkPolicy app/p: spec.egress[0].{expected}")]);
        for to in [pod("app", &[("a", "1")]), address("10.0.0.1"), End::Anywhere] {
            assert_eq!(short(&index.evaluate(&pod("app", &[]), &to, Port::tcp(80))), "denied: egress", "{rule} {to}");
        }
        assert_eq!(index.rules_on_port(&workload("app", &[]), Direction::Egress, Port::tcp(80)), []);
    }
}

#[test]
fn the_sound_entries_beside_a_malformed_one_still_count() {
    let policy = policy(
        "app",
        "p",
        &json!({ "egress": [
        { "to": [{ "ipBlock": { "cidr": "x" } }, { "podSelector": {} }], "ports": [{ "port": 0 }, { "port": 80 }] },
    ] }),
    );
    let index = PolicyIndex::new([&policy]);
    assert_eq!(index.problems().len(), 2);
    let to = pod("app", &[]);
    let verdict = index.evaluate(&to, &to, Port::tcp(80));
    assert_eq!(short(&verdict), "denied: ingress");
}

#[test]
fn host_bits_of_a_range_are_ignored_as_the_api_server_does() {
    let policy = policy(
        "app",
        "p",
        &json!({ "egress": [{ "to": [{ "ipBlock": { "cidr": "10.0.0.9/8", "except": ["10.1.0.9/16"] } }] }] }),
    );
    let index = PolicyIndex::new([&policy]);
    assert_eq!(index.problems(), []);
    assert_eq!(short(&index.evaluate(&pod("app", &[]), &address("10.9.9.9"), Port::tcp(80))), "allowed");
    assert_eq!(short(&index.evaluate(&pod("app", &[]), &address("10.1.9.9"), Port::tcp(80))), "denied: egress");
}

#[test]
fn a_policy_that_cannot_apply_isolates_nothing() {
    let broken = |spec: Value, namespace: &str| {
        let policy = policy(namespace, "p", &spec);
        let index = PolicyIndex::new([&policy]);
        let isolating = [Direction::Egress, Direction::Ingress].map(|d| index.isolates(&workload("app", &[]), d).len());
        let problems: Vec<_> = index.problems().iter().map(|p| format!("{}: {}", p.path, p.flaw)).collect();
        (isolating, problems.join("; "))
    };
    assert_eq!(
        broken(json!({ "podSelector": { "matchExpressions": [{ "key": "a", "operator": "Is" }] } }), "app"),
        ([0, 0], "spec.podSelector: operator `Is` of label `a` is none of In, NotIn, Exists, DoesNotExist".into())
    );
    assert_eq!(
        broken(json!({ "policyTypes": ["egress"] }), "app"),
        ([0, 0], "spec.policyTypes[0]: policy type `egress` is neither Ingress nor Egress".into())
    );
    assert_eq!(broken(json!({}), ""), ([0, 0], "metadata.namespace: the policy has no namespace".into()));
}

#[test]
fn json_that_is_no_policy_is_a_typed_error() {
    let error = |value: Value| parse(&value).unwrap_err().to_string();
    let object = |kind: &str, spec: Value| {
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": kind, "metadata": { "namespace": "a", "name": "b\u{1b}" }, "spec": spec,
        })
    };
    assert!(error(object("Ingress", json!({}))).starts_with("a/b\\u{1b} is not a NetworkPolicy: "));
    assert!(error(object("NetworkPolicy", json!({ "ingress": {} }))).contains("expected a sequence"));
    assert!(error(json!([])).starts_with("the object is not a NetworkPolicy: "));
    assert!(error(object("NetworkPolicy", json!({ "ingress": [{ "ports": [{ "port": 1.5 }] }] }))).contains("a/b"));
}
