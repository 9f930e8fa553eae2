//! Cases by chance, the same in every run. The policies are such as the API server admits.

use std::collections::BTreeMap;

use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{select, subsequence},
    strategy::ValueTree,
    test_runner::TestRunner,
};
use seldon_central_core::reason::network::{Port, Protocol};
use serde_json::{Value, json};

use super::case::{Case, Owned, Pod, Spot, policy};

/// Few enough for selectors, blocks and ports to hit and to miss about as often.
const NAMESPACES: [&str; 2] = ["a", "b"];
const ADDRESSES: [&str; 8] =
    ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "192.0.2.1", "fd00::", "fd00::1", "fd00::2"];
const BLOCKS: [(&str, &[&str]); 7] = [
    ("0.0.0.0/0", &[]),
    ("0.0.0.0/0", &["10.0.0.0/30"]),
    ("10.0.0.0/30", &["10.0.0.0/31", "10.0.0.3/32"]),
    ("10.0.0.0/31", &["10.0.0.1/32"]),
    ("10.0.0.2/32", &[]),
    ("::/0", &["fd00::/127"]),
    ("fd00::/127", &[]),
];
const NAMES: [&str; 2] = ["web", "dns"];

/// As many cases.
pub(super) fn cases(count: usize) -> Vec<Case> {
    let (mut runner, strategy) = (TestRunner::deterministic(), case());
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

fn case() -> impl Strategy<Value = Case> {
    let namespaces = (labels(), labels());
    (vec(any_policy(), 1..6), namespaces, any_spot(), any_spot(), port()).prop_map(
        |(specs, (a, b), mut from, mut to, port)| {
            // Two pods of one namespace see the same labels of it.
            for pod in [&mut from, &mut to].into_iter().filter_map(|spot| spot.pod.as_mut()) {
                let own = if pod.namespace == "a" { &a } else { &b };
                pod.namespace_labels.extend(own.clone());
            }
            let named = specs.iter().enumerate();
            let policies = named.map(|(n, (namespace, spec))| policy(namespace, &format!("p{n}"), spec)).collect();
            Case { policies, from, to, port }
        },
    )
}

fn labels() -> impl Strategy<Value = Owned> {
    let value = |values: Vec<&'static str>| option::weighted(0.8, select(values));
    (value(vec!["x", "y", "z"]), value(vec!["x", "z"])).prop_map(|(k, l)| {
        let label = |key: &str, value: Option<&str>| Some((key.to_owned(), value?.to_owned()));
        [label("k", k), label("l", l)].into_iter().flatten().collect()
    })
}

fn any_spot() -> impl Strategy<Value = Spot> {
    let names = (port(), port()).prop_map(|(web, dns)| NAMES.into_iter().zip([web, dns]));
    let pod = (select(NAMESPACES.to_vec()), labels(), names).prop_map(|(namespace, labels, ports)| Pod {
        namespace,
        // The API server gives every namespace this one.
        namespace_labels: BTreeMap::from([("kubernetes.io/metadata.name".to_owned(), namespace.to_owned())]),
        labels,
        ports: ports.collect(),
    });
    (select(ADDRESSES.to_vec()), option::weighted(0.85, pod))
        .prop_map(|(address, pod)| Spot { address: address.parse().unwrap(), pod })
}

fn port() -> impl Strategy<Value = Port> {
    (select(vec![Protocol::Tcp, Protocol::Tcp, Protocol::Udp, Protocol::Sctp]), 1_u16..4)
        .prop_map(|(protocol, number)| Port { protocol, number })
}

fn any_policy() -> impl Strategy<Value = (&'static str, Value)> {
    let types = select(vec![None, Some(vec!["Egress"]), Some(vec!["Ingress"]), Some(vec!["Ingress", "Egress"])]);
    let selected = prop_oneof![3 => Just(json!({})), 1 => selector()];
    (
        select(NAMESPACES.to_vec()),
        selected,
        types,
        option::weighted(0.8, rules("to")),
        option::weighted(0.8, rules("from")),
    )
        .prop_map(|(namespace, selected, types, egress, ingress)| {
            (
                namespace,
                without_nulls(
                    json!({"podSelector": selected, "policyTypes": types, "egress": egress, "ingress": ingress}),
                ),
            )
        })
}

/// Rules, from none at all to those that admit everything.
fn rules(peers: &'static str) -> impl Strategy<Value = Value> {
    let rule = (option::weighted(0.9, vec(peer(), 0..4)), option::weighted(0.5, vec(rule_port(), 0..4)));
    vec(rule.prop_map(move |(who, ports)| without_nulls(json!({peers: who, "ports": ports}))), 0..4)
        .prop_map(Value::from)
}

fn peer() -> impl Strategy<Value = Value> {
    let block = (select(BLOCKS.to_vec()), any::<bool>()).prop_map(
        |((cidr, except), with)| json!({"ipBlock": {"cidr": cidr, "except": if with { except } else { &[] }}}),
    );
    prop_oneof![
        3 => block,
        2 => selector().prop_map(|pods| json!({"podSelector": pods})),
        2 => namespace_selector().prop_map(|namespaces| json!({"namespaceSelector": namespaces})),
        2 => (namespace_selector(), selector())
            .prop_map(|(namespaces, pods)| json!({"namespaceSelector": namespaces, "podSelector": pods})),
    ]
}

fn namespace_selector() -> impl Strategy<Value = Value> {
    let by_name = select(NAMESPACES.to_vec());
    prop_oneof![
        3 => selector(),
        1 => by_name.prop_map(|name| json!({"matchLabels": {"kubernetes.io/metadata.name": name}})),
    ]
}

fn selector() -> impl Strategy<Value = Value> {
    let value = (select(vec!["k", "l"]), select(vec!["x", "y"]));
    prop_oneof![
        2 => Just(json!({})),
        3 => value.prop_map(|(key, value)| json!({"matchLabels": {key: value}})),
        3 => vec(requirement(), 1..3).prop_map(|all| json!({"matchExpressions": all})),
        1 => (value_of_k(), requirement())
            .prop_map(|(value, one)| json!({"matchLabels": {"k": value}, "matchExpressions": [one]})),
    ]
}

fn value_of_k() -> impl Strategy<Value = &'static str> {
    select(vec!["x", "y"])
}

fn requirement() -> impl Strategy<Value = Value> {
    let values = subsequence(vec!["x", "y"], 1..=2);
    (select(vec!["k", "l"]), select(vec!["In", "In", "NotIn", "Exists", "DoesNotExist"]), values).prop_map(
        |(key, operator, values)| match operator {
            "In" | "NotIn" => json!({"key": key, "operator": operator, "values": values}),
            _ => json!({"key": key, "operator": operator}),
        },
    )
}

fn rule_port() -> impl Strategy<Value = Value> {
    let port = prop_oneof![
        1 => Just(json!({})),
        3 => (1..4).prop_map(|port| json!({"port": port})),
        2 => (1..4, 0..3).prop_map(|(port, more)| json!({"port": port, "endPort": port + more})),
        2 => select(NAMES.to_vec()).prop_map(|name| json!({"port": name})),
    ];
    (port, option::of(select(vec!["TCP", "UDP", "SCTP"]))).prop_map(|(mut port, protocol)| {
        if let Some(protocol) = protocol {
            port["protocol"] = json!(protocol);
        }
        port
    })
}

/// Leaves out what was not drawn.
fn without_nulls(mut value: Value) -> Value {
    value.as_object_mut().unwrap().retain(|_, field| !field.is_null());
    value
}
