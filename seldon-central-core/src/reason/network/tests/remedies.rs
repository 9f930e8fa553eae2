//! What a denial says: the missing rule and the nearest one.

use serde_json::{Value, json};

use super::*;

fn denial(policies: &[NetworkPolicy], from: &End<'_>, to: &End<'_>, port: Port) -> Box<Denial> {
    match PolicyIndex::new(policies).evaluate(from, to, port) {
        Verdict::Denied { egress: Some(denial), .. } | Verdict::Denied { ingress: Some(denial), .. } => denial,
        verdict => panic!("{verdict:?}"),
    }
}

fn egress(rules: &Value) -> Vec<NetworkPolicy> {
    vec![policy("app", "p", &json!({ "policyTypes": ["Egress"], "egress": rules }))]
}

fn missing_rule(denial: &Denial) -> Value {
    match &denial.missing.rule {
        AnyRule::Egress(rule) => serde_json::to_value(rule),
        AnyRule::Ingress(rule) => serde_json::to_value(rule),
    }
    .unwrap()
}

#[test]
fn the_missing_rule_is_as_small_as_the_other_end_allows() {
    let from = pod("app", &[]);
    let closed = egress(&json!([]));
    let missing = |to: &End<'_>, port| missing_rule(&denial(&closed, &from, to, port));
    assert_eq!(
        missing(&pod("seldon-system", &[("app.kubernetes.io/name", "seldon-scheduler"), ("x", "y")]), Port::tcp(9004)),
        json!({
            "to": [{
                "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "seldon-system" } },
                "podSelector": { "matchLabels": { "app.kubernetes.io/name": "seldon-scheduler" } },
            }],
            "ports": [{ "protocol": "TCP", "port": 9004 }],
        })
    );
    assert_eq!(
        missing(&pod("app", &[("role", "db"), ("pod-template-hash", "1f"), ("helm.sh/chart", "c-1")]), Port::udp(53)),
        json!({ "to": [{ "podSelector": { "matchLabels": { "role": "db" } } }], "ports": [{ "protocol": "UDP", "port": 53 }] })
    );
    assert_eq!(missing(&pod("app", &[]), Port::tcp(1)).pointer("/to/0"), Some(&json!({ "podSelector": {} })));
    assert_eq!(
        missing(&address("192.0.2.1"), Port::tcp(6443)).pointer("/to/0"),
        Some(&json!({ "ipBlock": { "cidr": "192.0.2.1/32" } }))
    );
    assert_eq!(
        missing(&address("2001:db8::1"), Port::tcp(6443)).pointer("/to/0/ipBlock/cidr"),
        Some(&json!("2001:db8::1/128"))
    );
    assert_eq!(missing(&End::Anywhere, Port::tcp(443)).pointer("/to/0/ipBlock/cidr"), Some(&json!("0.0.0.0/0")));
}

#[test]
fn the_missing_rule_goes_into_the_most_particular_policy() {
    let web = json!({ "matchLabels": { "tier": "web" } });
    let policies = [
        policy("app", "a-all", &json!({})),
        policy("app", "b-web", &json!({ "podSelector": web })),
        policy("app", "c-web", &json!({ "podSelector": web })),
    ];
    let denial = denial(&policies, &pod("x", &[]), &pod("app", &[("tier", "web")]), Port::tcp(80));
    assert_eq!(denial.missing.policy.to_string(), "app/b-web");
    assert_eq!(denial.missing.rule.direction(), Direction::Ingress);
    let isolating: Vec<_> = denial.isolating.iter().map(ToString::to_string).collect();
    assert_eq!(isolating, ["app/a-all", "app/b-web", "app/c-web"]);
}

#[test]
fn the_nearest_rule_differs_in_one_thing() {
    let scheduler = pod("seldon-system", &[("app", "scheduler")]);
    let by_name = |name: &str| json!({ "matchLabels": { "kubernetes.io/metadata.name": name } });
    let app = |value: &str| json!({ "matchLabels": { "app": value } });
    let nearest = |rules: Value| denial(&egress(&rules), &pod("app", &[]), &scheduler, Port::tcp(9004)).nearest;
    let but = |rules: Value| nearest(rules).map(|near| (near.rule.index, near.but));
    let requirement = |key: &str, value: &str| crate::reason::selector::Requirement {
        key: key.to_owned(),
        condition: crate::reason::selector::Condition::In(vec![value.to_owned()]),
    };
    let port_9005 = PortMatch::Range { protocol: Protocol::Tcp, first: 9005, last: 9005 };

    assert_eq!(but(json!([{ "ports": [{ "port": 9005 }] }])), Some((0, Mismatch::Port { admitted: vec![port_9005] })));
    assert_eq!(
        but(json!([{ "to": [{ "podSelector": {} }] }])),
        Some((0, Mismatch::Namespace { namespace: "seldon-system".into() }))
    );
    assert_eq!(
        but(json!([{ "to": [{ "namespaceSelector": by_name("other") }] }])),
        Some((0, Mismatch::Namespace { namespace: "seldon-system".into() }))
    );
    assert_eq!(
        but(json!([{ "to": [{ "namespaceSelector": by_name("seldon-system"), "podSelector": app("envoy") }] }])),
        Some((0, Mismatch::PodLabels { unmet: vec![requirement("app", "envoy")] }))
    );
    // The label that names the namespace beats one that does not, wherever it stands.
    assert_eq!(
        but(json!([
            { "to": [{ "namespaceSelector": { "matchLabels": { "team": "x" } } }] },
            { "to": [{ "namespaceSelector": { "matchLabels": { "name": "seldon-system" } } }] },
            { "ports": [{ "port": 9005 }] },
        ])),
        Some((
            1,
            Mismatch::NamespaceLabels {
                namespace: "seldon-system".into(),
                unmet: vec![requirement("name", "seldon-system")]
            }
        ))
    );
    // Two differences are not near.
    assert_eq!(nearest(json!([{ "to": [{ "podSelector": app("envoy") }] }])), None);
    assert_eq!(nearest(json!([{ "to": [{ "podSelector": {} }], "ports": [{ "port": 9005 }] }])), None);

    let block = json!([{ "to": [{ "ipBlock": { "cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"] } }] }]);
    let address = |to: &str| denial(&egress(&block), &pod("app", &[]), &address(to), Port::tcp(1)).nearest.unwrap().but;
    let cidr = "10.0.0.0/8".parse().unwrap();
    assert_eq!(address("11.0.0.1"), Mismatch::Address { cidr, except: None });
    assert_eq!(address("10.1.0.1"), Mismatch::Address { cidr, except: "10.1.0.0/16".parse().ok() });
}

#[test]
fn the_rules_that_open_a_port_are_listed() {
    let policies = [policy(
        "app",
        "p",
        &json!({
            "ingress": [
                { "ports": [{ "port": 80 }] },
                { "from": [{ "podSelector": {} }] },
                { "ports": [{ "port": 5000, "endPort": 6000 }] },
                { "from": [{ "ipBlock": { "cidr": "none" } }] },
                { "ports": [{ "port": "rclone" }] },
            ],
        }),
    )];
    let index = PolicyIndex::new(&policies);
    let open = |workload: &Workload<'_>| {
        let rules = index.rules_on_port(workload, Direction::Ingress, Port::tcp(5572));
        rules.into_iter().map(|rule| rule.index).collect::<Vec<_>>()
    };
    assert_eq!(open(&workload("app", &[])), [1, 2]);
    assert_eq!(open(&Workload { named_ports: None, ..workload("app", &[]) }), [1, 2, 4]);
    assert_eq!(open(&workload("other", &[])), Vec::<usize>::new());
}
