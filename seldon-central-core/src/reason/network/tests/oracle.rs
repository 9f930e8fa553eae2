//! The engine against an evaluator that is too slow to use and too plain to be wrong: it reads the
//! policies as they are, one flow between two pods of which everything is known, and tries every
//! value of every unknown fact.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use k8s_openapi::{
    api::networking::v1::{NetworkPolicyPeer, NetworkPolicyPort},
    apimachinery::pkg::{apis::meta::v1::LabelSelector, util::intstr::IntOrString},
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Value, json};

use super::*;

type Owned = BTreeMap<String, String>;

/// An end as the test draws it.
#[derive(Debug, Clone)]
enum Spot {
    Pod {
        namespace: &'static str,
        labels: Owned,
        address: Option<&'static str>,
        names: Option<Vec<(&'static str, Port)>>,
    },
    Address(&'static str),
    Anywhere,
}

#[derive(Debug, Clone)]
struct Scene {
    policies: Vec<NetworkPolicy>,
    /// The labels of each namespace, as far as they are known.
    namespaces: BTreeMap<&'static str, Option<Owned>>,
    from: Spot,
    to: Spot,
    port: Port,
}

/// One way everything could be.
#[derive(Debug, Clone)]
struct Reality {
    namespaces: BTreeMap<&'static str, Owned>,
    from_address: Option<IpAddr>,
    to_address: Option<IpAddr>,
    names: Vec<(&'static str, Port)>,
}

const ADDRESSES: [&str; 8] =
    ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "192.0.2.1", "fd00::", "fd00::1", "fd00::2"];
const BLOCKS: [(&str, &[&str]); 7] = [
    ("0.0.0.0/0", &[]),
    ("0.0.0.0/0", &["10.0.0.0/30"]),
    ("10.0.0.0/30", &["10.0.0.0/31"]),
    ("10.0.0.0/31", &["10.0.0.1/32"]),
    ("10.0.0.2/32", &[]),
    ("::/0", &["fd00::/127"]),
    ("fd00::/127", &[]),
];
const NAMES: [&str; 2] = ["web", "dns"];

// ---- the naive evaluator ----

fn naive_selector(selector: &LabelSelector, labels: &Owned) -> Option<bool> {
    let mut result = true;
    for (key, value) in selector.match_labels.clone().unwrap_or_default() {
        result &= labels.get(&key) == Some(&value);
    }
    for expression in selector.match_expressions.clone().unwrap_or_default() {
        let values = expression.values.unwrap_or_default();
        let found = labels.get(&expression.key);
        let needs_values = match expression.operator.as_str() {
            "In" => {
                result &= found.is_some_and(|value| values.contains(value));
                true
            }
            "NotIn" => {
                result &= found.is_none_or(|value| !values.contains(value));
                true
            }
            "Exists" => {
                result &= found.is_some();
                false
            }
            "DoesNotExist" => {
                result &= found.is_none();
                false
            }
            _ => return None,
        };
        if needs_values == values.is_empty() {
            return None;
        }
    }
    Some(result)
}

fn naive_inside(cidr: &str, address: IpAddr) -> bool {
    let (base, length) = cidr.split_once('/').unwrap();
    let length: u32 = length.parse().unwrap();
    match (base.parse().unwrap(), address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            length == 0 || base.to_bits() >> (32 - length) == address.to_bits() >> (32 - length)
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => {
            length == 0 || base.to_bits() >> (128 - length) == address.to_bits() >> (128 - length)
        }
        _ => false,
    }
}

fn naive_peer(peer: &NetworkPolicyPeer, own: &str, other: &Spot, at: Option<IpAddr>, reality: &Reality) -> bool {
    if let Some(block) = &peer.ip_block {
        return peer.namespace_selector.is_none()
            && peer.pod_selector.is_none()
            && block.cidr.contains('/')
            && at.is_some_and(|at| {
                naive_inside(&block.cidr, at) && !block.except.iter().flatten().any(|except| naive_inside(except, at))
            });
    }
    let Spot::Pod { namespace, labels, .. } = other else { return false };
    let namespace_labels = &reality.namespaces[namespace];
    let pods = peer.pod_selector.as_ref().map(|selector| naive_selector(selector, labels));
    match (&peer.namespace_selector, pods) {
        (_, Some(None)) | (None, None) => false,
        (None, Some(Some(pods))) => pods && *namespace == own,
        (Some(selector), pods) => {
            naive_selector(selector, namespace_labels) == Some(true) && pods.flatten().is_none_or(|pods| pods)
        }
    }
}

fn naive_port(entry: &NetworkPolicyPort, port: Port, names: &[(&str, Port)]) -> bool {
    if entry.protocol.as_deref().unwrap_or("TCP") != port.protocol.to_string() {
        return false;
    }
    match (&entry.port, entry.end_port) {
        (None, None) => true,
        (None | Some(IntOrString::String(_)), Some(_)) => false,
        (Some(IntOrString::String(name)), None) => names.iter().any(|(n, p)| n == name && *p == port),
        (Some(IntOrString::Int(first)), last) => {
            let last = last.unwrap_or(*first);
            *first > 0 && last < 65536 && *first <= i32::from(port.number) && i32::from(port.number) <= last
        }
    }
}

fn naive_side(scene: &Scene, reality: &Reality, direction: &str) -> bool {
    let egress = direction == "Egress";
    let (subject, other, at) = if egress {
        (&scene.from, &scene.to, reality.to_address)
    } else {
        (&scene.to, &scene.from, reality.from_address)
    };
    let Spot::Pod { namespace, labels, .. } = subject else { return true };
    let mut isolated = false;
    for policy in &scene.policies {
        let spec = policy.spec.clone().unwrap();
        let selector = spec.pod_selector.clone().unwrap_or_default();
        if policy.metadata.namespace.as_deref() != Some(*namespace) || naive_selector(&selector, labels) != Some(true) {
            continue;
        }
        if !naive_types(policy).contains(direction) {
            continue;
        }
        isolated = true;
        for (peers, ports) in naive_rules(policy, direction) {
            let peer = peers.is_empty() || peers.iter().any(|peer| naive_peer(peer, namespace, other, at, reality));
            let port = ports.is_empty() || ports.iter().any(|entry| naive_port(entry, scene.port, &reality.names));
            if peer && port {
                return true;
            }
        }
    }
    !isolated
}

fn naive_types(policy: &NetworkPolicy) -> BTreeSet<String> {
    let spec = policy.spec.clone().unwrap();
    let mut types: BTreeSet<String> = spec.policy_types.unwrap_or_default().into_iter().collect();
    if types.is_empty() {
        types.insert("Ingress".to_owned());
        if !spec.egress.unwrap_or_default().is_empty() {
            types.insert("Egress".to_owned());
        }
    }
    types
}

fn naive_rules(policy: &NetworkPolicy, direction: &str) -> Vec<(Vec<NetworkPolicyPeer>, Vec<NetworkPolicyPort>)> {
    let spec = policy.spec.clone().unwrap();
    if direction == "Egress" {
        let rules = spec.egress.unwrap_or_default().into_iter();
        rules.map(|rule| (rule.to.unwrap_or_default(), rule.ports.unwrap_or_default())).collect()
    } else {
        let rules = spec.ingress.unwrap_or_default().into_iter();
        rules.map(|rule| (rule.from.unwrap_or_default(), rule.ports.unwrap_or_default())).collect()
    }
}

// ---- every reality ----

/// Addresses an unknown one could have: those of the families that some rule mentions.
fn addresses(policies: &[NetworkPolicy]) -> Vec<Option<IpAddr>> {
    let mut cidrs = Vec::new();
    for policy in policies {
        for direction in ["Egress", "Ingress"].into_iter().filter(|direction| naive_types(policy).contains(*direction))
        {
            for (peers, _) in naive_rules(policy, direction) {
                let sound = peers.into_iter().filter(|peer| peer.pod_selector.is_none());
                cidrs
                    .extend(sound.filter_map(|peer| peer.ip_block).map(|block| block.cidr).filter(|c| c.contains('/')));
            }
        }
    }
    let families = [cidrs.iter().any(|cidr| cidr.contains('.')), cidrs.iter().any(|cidr| cidr.contains(':'))];
    let addresses = ADDRESSES.iter().filter(|address| families[usize::from(address.contains(':'))]);
    let addresses: Vec<_> = addresses.map(|address| address.parse().ok()).collect();
    if addresses.is_empty() { vec![None] } else { addresses }
}

fn realities(scene: &Scene) -> Vec<Reality> {
    let labels = |known: &Option<Owned>, namespace: &str| -> Vec<Owned> {
        let named = |labels: &[(&str, Option<&str>)]| {
            let labels = labels.iter().filter_map(|(key, value)| Some(((*key).to_owned(), (*value)?.to_owned())));
            labels.chain([("kubernetes.io/metadata.name".to_owned(), namespace.to_owned())]).collect()
        };
        let borrow = |known: &Owned| {
            named(&known.iter().map(|(key, value)| (key.as_str(), Some(value.as_str()))).collect::<Vec<_>>())
        };
        match known {
            Some(known) => vec![borrow(known)],
            None => [None, Some("x"), Some("y"), Some("z")]
                .into_iter()
                .flat_map(|k| [None, Some("x"), Some("z")].map(|l| named(&[("k", k), ("l", l)])))
                .collect(),
        }
    };
    let possible = addresses(&scene.policies);
    let spot_addresses = |spot: &Spot| match spot {
        Spot::Pod { address: Some(address), .. } | Spot::Address(address) => vec![address.parse().ok()],
        Spot::Pod { address: None, .. } | Spot::Anywhere => possible.clone(),
    };
    let names = match &scene.to {
        Spot::Pod { names: Some(names), .. } => vec![names.clone()],
        Spot::Pod { names: None, .. } => {
            let named = |bits: usize| {
                let chosen = NAMES.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0);
                chosen.map(|(_, name)| (*name, scene.port)).collect()
            };
            (0..4).map(named).collect()
        }
        _ => vec![Vec::new()],
    };
    let relevant = |namespace: &str| {
        [&scene.from, &scene.to].iter().any(|spot| matches!(spot, Spot::Pod { namespace: n, .. } if *n == namespace))
    };
    let mut all =
        vec![Reality { namespaces: BTreeMap::new(), from_address: None, to_address: None, names: Vec::new() }];
    for (namespace, known) in &scene.namespaces {
        if relevant(namespace) {
            all = cross(&all, &labels(known, namespace), |reality, labels| {
                reality.namespaces.insert(namespace, labels);
            });
        }
    }
    all = cross(&all, &spot_addresses(&scene.from), |reality, address| reality.from_address = address);
    all = cross(&all, &spot_addresses(&scene.to), |reality, address| reality.to_address = address);
    cross(&all, &names, |reality, names| reality.names = names)
}

fn cross<T: Clone>(all: &[Reality], choices: &[T], set: impl Fn(&mut Reality, T)) -> Vec<Reality> {
    let mut result = Vec::new();
    for reality in all {
        for choice in choices {
            let mut reality = reality.clone();
            set(&mut reality, choice.clone());
            result.push(reality);
        }
    }
    result
}

fn naive(scene: &Scene, realities: &[Reality]) -> &'static str {
    let sides: BTreeSet<(bool, bool)> = realities
        .iter()
        .map(|reality| (naive_side(scene, reality, "Egress"), naive_side(scene, reality, "Ingress")))
        .collect();
    let always_no = (sides.iter().all(|(egress, _)| !egress), sides.iter().all(|(_, ingress)| !ingress));
    match (sides.contains(&(true, true)), always_no) {
        (true, _) if sides.len() == 1 => "allowed",
        (true, _) => "unknown",
        (false, (true, false)) => "denied: egress",
        (false, (false, true)) => "denied: ingress",
        (false, _) => "denied: both",
    }
}

// ---- scenes ----

fn requirement() -> impl Strategy<Value = Value> {
    let value = |key: &'static str| if key == "k" { vec!["x", "y"] } else { vec!["x"] };
    select(vec!["k", "l"]).prop_flat_map(move |key| {
        let values = proptest::sample::subsequence(value(key), 0..=value(key).len());
        (select(vec!["In", "NotIn", "Exists", "DoesNotExist", "In", "NotIn", "in"]), values).prop_map(
            move |(operator, values)| {
                // Mostly as the API server wants it.
                let values = match operator {
                    "Exists" | "DoesNotExist" => Vec::new(),
                    _ => values,
                };
                json!({ "key": key, "operator": operator, "values": values })
            },
        )
    })
}

fn selector() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => Just(json!({})),
        3 => (select(vec!["k", "l"]), select(vec!["x", "x", "y"])).prop_map(|(key, value)| {
            let value = if key == "k" { value } else { "x" };
            json!({ "matchLabels": { key: value } })
        }),
        3 => vec(requirement(), 1..3).prop_map(|all| json!({ "matchExpressions": all })),
    ]
}

fn namespace_selector() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => selector(),
        1 => select(vec!["a", "b"]).prop_map(|n| json!({ "matchLabels": { "kubernetes.io/metadata.name": n } })),
    ]
}

fn peer() -> impl Strategy<Value = Value> {
    let block = select(BLOCKS.to_vec())
        .prop_flat_map(|(cidr, except)| any::<bool>().prop_map(move |with| (cidr, if with { except } else { &[] })));
    prop_oneof![
        4 => block.prop_map(|(cidr, except)| json!({ "ipBlock": { "cidr": cidr, "except": except } })),
        3 => selector().prop_map(|pods| json!({ "podSelector": pods })),
        3 => namespace_selector().prop_map(|namespaces| json!({ "namespaceSelector": namespaces })),
        3 => (namespace_selector(), selector())
            .prop_map(|(namespaces, pods)| json!({ "namespaceSelector": namespaces, "podSelector": pods })),
        1 => select(vec![
            json!({}),
            json!({ "ipBlock": { "cidr": "10.0.0.0" } }),
            json!({ "ipBlock": { "cidr": "::/0" }, "podSelector": {} }),
        ]),
    ]
}

fn rule_port() -> impl Strategy<Value = Value> {
    let port = prop_oneof![
        2 => Just(json!({})),
        3 => (1..4).prop_map(|port| json!({ "port": port })),
        2 => (1..4, 1..4).prop_map(|(port, end)| json!({ "port": port, "endPort": end })),
        3 => select(NAMES.to_vec()).prop_map(|name| json!({ "port": name })),
        1 => select(vec![json!({ "port": "web", "endPort": 3 }), json!({ "endPort": 3 }), json!({ "port": 0, "endPort": 3 })]),
    ];
    (port, select(vec!["", "TCP", "TCP", "UDP", "tcp"])).prop_map(|(mut port, protocol)| {
        if !protocol.is_empty() {
            port["protocol"] = json!(protocol);
        }
        port
    })
}

fn rules(peers: &'static str) -> impl Strategy<Value = Value> {
    let size = || prop_oneof![1 => Just(0), 9 => 1..4_usize];
    let peer_list = size().prop_flat_map(|size| vec(peer(), size));
    let port_list = size().prop_flat_map(|size| vec(rule_port(), size));
    let rule = (option::weighted(0.9, peer_list), option::weighted(0.5, port_list));
    vec(rule.prop_map(move |(from, ports)| json!({ peers: from, "ports": ports })), 0..4).prop_map(|rules| json!(rules))
}

fn any_policy() -> impl Strategy<Value = NetworkPolicy> {
    let types = select(vec![
        Value::Null,
        json!([]),
        json!(["Egress"]),
        json!(["Ingress"]),
        json!(["Egress", "Ingress"]),
        json!(["egress"]),
    ]);
    let selected = prop_oneof![3 => Just(json!({})), 1 => selector()];
    let lists = (option::weighted(0.8, rules("to")), option::weighted(0.8, rules("from")));
    (select(vec!["a", "b"]), selected, types, lists, any::<u16>()).prop_map(
        |(namespace, selector, types, (egress, ingress), name)| {
            let spec = json!({ "podSelector": selector, "policyTypes": types, "egress": egress, "ingress": ingress });
            policy(namespace, &format!("p{name}"), &spec)
        },
    )
}

fn labels() -> impl Strategy<Value = Owned> {
    (option::of(select(vec!["x", "y", "z"])), option::of(select(vec!["x", "z"]))).prop_map(|(k, l)| {
        let label = |key: &str, value: Option<&str>| Some((key.to_owned(), value?.to_owned()));
        [label("k", k), label("l", l)].into_iter().flatten().collect()
    })
}

fn port() -> impl Strategy<Value = Port> {
    (select(vec![Protocol::Tcp, Protocol::Tcp, Protocol::Udp]), 1_u16..4)
        .prop_map(|(protocol, number)| Port { protocol, number })
}

fn spot() -> impl Strategy<Value = Spot> {
    let names = (port(), port()).prop_map(|(web, dns)| NAMES.into_iter().zip([web, dns]).collect());
    let pod = (
        select(vec!["a", "b"]),
        labels(),
        option::weighted(0.6, select(ADDRESSES.to_vec())),
        option::weighted(0.5, names),
    )
        .prop_map(|(namespace, labels, address, names)| Spot::Pod { namespace, labels, address, names });
    prop_oneof![6 => pod, 1 => select(ADDRESSES.to_vec()).prop_map(Spot::Address), 1 => Just(Spot::Anywhere)]
}

fn scene() -> impl Strategy<Value = Scene> {
    let known = || option::weighted(0.4, labels());
    (vec(any_policy(), 1..7), known(), known(), spot(), spot(), port()).prop_map(
        |(mut policies, a, b, from, to, port)| {
            policies.sort_by_key(PolicyId::of);
            policies.dedup_by_key(|policy| PolicyId::of(policy));
            Scene { policies, namespaces: BTreeMap::from([("a", a), ("b", b)]), from, to, port }
        },
    )
}

fn end<'a>(spot: &'a Spot, namespaces: &'a BTreeMap<&'static str, Option<Owned>>) -> End<'a> {
    let borrow = |labels: &'a Owned| labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    match spot {
        Spot::Pod { namespace, labels, address, names } => End::Pod(Workload {
            name: "pod".into(),
            namespace,
            namespace_labels: namespaces[namespace].as_ref().map(borrow),
            labels: borrow(labels),
            named_ports: names.as_ref().map(|names| names.iter().copied().collect()),
            address: address.and_then(|address| address.parse().ok()),
        }),
        Spot::Address(address) => End::Address(address.parse().unwrap()),
        Spot::Anywhere => End::Anywhere,
    }
}

fn evaluate(scene: &Scene, policies: &[NetworkPolicy]) -> Verdict {
    let (from, to) = (end(&scene.from, &scene.namespaces), end(&scene.to, &scene.namespaces));
    PolicyIndex::new(policies).evaluate(&from, &to, scene.port)
}

fn add(policies: &mut [NetworkPolicy], denial: Box<Denial>) {
    let MissingRule { policy, rule } = denial.missing;
    let target = policies.iter_mut().find(|candidate| PolicyId::of(candidate) == policy).unwrap();
    let spec = target.spec.as_mut().unwrap();
    match rule {
        AnyRule::Egress(rule) => spec.egress.get_or_insert_default().push(rule),
        AnyRule::Ingress(rule) => spec.ingress.get_or_insert_default().push(rule),
    }
}

proptest! {
    #[test]
    fn the_engine_agrees_with_the_naive_evaluator(scene in scene()) {
        let realities = realities(&scene);
        prop_assume!(realities.len() <= 2_048);
        prop_assert_eq!(short(&evaluate(&scene, &scene.policies)), naive(&scene, &realities));
    }

    #[test]
    fn the_missing_rules_end_a_denial(scene in scene()) {
        let Verdict::Denied { egress, ingress } = evaluate(&scene, &scene.policies) else { return Ok(()) };
        let mut policies = scene.policies.clone();
        for denial in egress.into_iter().chain(ingress) {
            prop_assert!(denial.isolating.contains(&denial.missing.policy));
            add(&mut policies, denial);
        }
        prop_assert!(!evaluate(&scene, &policies).is_denied());
    }
}
