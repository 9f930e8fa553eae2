//! Each sentence of the API documentation, as a row.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;

/// The verdict on one flow under one policy of namespace `app`.
fn under(spec: &Value, from: &End<'_>, to: &End<'_>, port: Port) -> &'static str {
    let policy = policy("app", "p", spec);
    short(&PolicyIndex::new([&policy]).evaluate(from, to, port))
}

#[test]
fn a_policy_isolates_by_its_types_and_their_defaults() {
    let any = json!([{}]);
    for (spec, expected) in [
        (json!({}), (false, true)),
        (json!({ "ingress": any }), (false, true)),
        (json!({ "egress": any }), (true, true)),
        (json!({ "egress": [] }), (false, true)),
        (json!({ "policyTypes": [] }), (false, true)),
        (json!({ "policyTypes": [], "egress": any }), (true, true)),
        (json!({ "policyTypes": ["Egress"] }), (true, false)),
        (json!({ "policyTypes": ["Egress"], "ingress": any }), (true, false)),
        (json!({ "policyTypes": ["Ingress"], "egress": any }), (false, true)),
        (json!({ "policyTypes": ["Ingress", "Egress"] }), (true, true)),
        (Value::Null, (false, true)),
    ] {
        let policy = policy("app", "p", &spec);
        let index = PolicyIndex::new([&policy]);
        let isolates = |direction| !index.isolates(&workload("app", &[]), direction).is_empty();
        assert_eq!((isolates(Direction::Egress), isolates(Direction::Ingress)), expected, "{spec}");
    }
}

#[test]
fn a_pod_selector_selects_pods_of_its_own_namespace_only() {
    let selecting = |selector: Value, workload: &Workload<'_>| {
        let policy = policy("app", "p", &json!({ "podSelector": selector }));
        let isolates = !PolicyIndex::new([&policy]).isolates(workload, Direction::Ingress).is_empty();
        assert_eq!(selects(&policy, workload), isolates);
        isolates
    };
    let web = workload("app", &[("tier", "web")]);
    assert!(selecting(json!({}), &web));
    assert!(selecting(json!({ "matchLabels": { "tier": "web" } }), &web));
    assert!(!selecting(json!({ "matchLabels": { "tier": "db" } }), &web));
    assert!(selecting(json!({ "matchExpressions": [{ "key": "tier", "operator": "Exists" }] }), &web));
    assert!(!selecting(json!({}), &workload("other", &[("tier", "web")])));
}

#[test]
fn without_isolation_everything_passes() {
    let index = PolicyIndex::default();
    assert_eq!(
        index.evaluate(&pod("a", &[]), &pod("b", &[]), Port::tcp(80)),
        Verdict::Allowed { egress: Admission::NotIsolated, ingress: Admission::NotIsolated }
    );
    assert_eq!(
        index.evaluate(&End::Anywhere, &address("192.0.2.1"), Port::tcp(80)),
        Verdict::Allowed { egress: Admission::OutsideCluster, ingress: Admission::OutsideCluster }
    );
}

#[test]
fn missing_and_empty_rule_lists_deny_everything() {
    let (here, there) = (pod("app", &[]), pod("other", &[]));
    for spec in [json!({ "policyTypes": ["Egress"] }), json!({ "policyTypes": ["Egress"], "egress": [] })] {
        assert_eq!(under(&spec, &here, &there, Port::tcp(80)), "denied: egress");
        assert_eq!(under(&spec, &there, &here, Port::tcp(80)), "allowed");
        assert_eq!(under(&spec, &here, &here, Port::tcp(80)), "denied: egress");
        assert_eq!(under(&spec, &here, &End::Anywhere, Port::tcp(80)), "denied: egress");
    }
    for spec in [json!({}), json!({ "ingress": [] })] {
        assert_eq!(under(&spec, &there, &here, Port::tcp(80)), "denied: ingress");
        assert_eq!(under(&spec, &here, &there, Port::tcp(80)), "allowed");
        assert_eq!(under(&spec, &End::Anywhere, &here, Port::tcp(80)), "denied: ingress");
    }
    let both = json!({ "policyTypes": ["Ingress", "Egress"] });
    assert_eq!(under(&both, &here, &here, Port::tcp(80)), "denied: both");
}

#[test]
fn missing_and_empty_peers_and_ports_admit_all() {
    let here = pod("app", &[]);
    for rule in [json!({}), json!({ "from": [], "ports": [] })] {
        let spec = json!({ "ingress": [rule] });
        for from in [pod("app", &[]), pod("other", &[("a", "b")]), address("192.0.2.1"), End::Anywhere] {
            for port in [Port::tcp(1), Port::udp(65535), Port { protocol: Protocol::Sctp, number: 7 }] {
                assert_eq!(under(&spec, &from, &here, port), "allowed", "{from} {port}");
            }
        }
    }
}

#[test]
fn peers_select_namespaces_and_pods() {
    let from_web = labelled("web", &[("team", "x")], &[("role", "client")]);
    let from_home = labelled("app", &[("team", "y")], &[("role", "client")]);
    let to = pod("app", &[]);
    let role = json!({ "matchLabels": { "role": "client" } });
    let other_role = json!({ "matchLabels": { "role": "server" } });
    let team = json!({ "matchLabels": { "team": "x" } });
    for (title, from, web, home) in [
        ("podSelector: own namespace", json!([{ "podSelector": role }]), false, true),
        ("empty podSelector: all of the own namespace", json!([{ "podSelector": {} }]), false, true),
        ("podSelector that does not match", json!([{ "podSelector": other_role }]), false, false),
        ("namespaceSelector: all its pods", json!([{ "namespaceSelector": team }]), true, false),
        ("empty namespaceSelector: all namespaces", json!([{ "namespaceSelector": {} }]), true, true),
        ("both in one peer: and", json!([{ "namespaceSelector": team, "podSelector": role }]), true, false),
        (
            "both in one peer, one fails",
            json!([{ "namespaceSelector": team, "podSelector": other_role }]),
            false,
            false,
        ),
        ("two peers: or", json!([{ "namespaceSelector": team }, { "podSelector": role }]), true, true),
        ("ipBlocks of addresses elsewhere", json!([{ "ipBlock": { "cidr": "10.0.0.0/8" } }]), false, false),
    ] {
        let spec = json!({ "ingress": [{ "from": from }] });
        let with_address = |end: &End<'static>| match end.clone() {
            End::Pod(workload) => End::Pod(Workload { address: "192.0.2.9".parse().ok(), ..workload }),
            end => end,
        };
        let verdict = |admitted| if admitted { "allowed" } else { "denied: ingress" };
        assert_eq!(under(&spec, &with_address(&from_web), &to, Port::tcp(80)), verdict(web), "{title}: other");
        assert_eq!(under(&spec, &with_address(&from_home), &to, Port::tcp(80)), verdict(home), "{title}: own");
        assert_eq!(under(&spec, &address("192.0.2.9"), &to, Port::tcp(80)), "denied: ingress", "{title}: outside");
    }
}

#[test]
fn every_namespace_has_its_name_as_a_label() {
    let selector = |name: &str| json!({ "egress": [{ "to": [{ "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": name } } }] }] });
    let unread = End::Pod(Workload { namespace_labels: None, ..workload("seldon-system", &[]) });
    let wrong = labelled("seldon-system", &[("kubernetes.io/metadata.name", "other")], &[]);
    for to in [&unread, &wrong, &pod("seldon-system", &[])] {
        assert_eq!(under(&selector("seldon-system"), &pod("app", &[]), to, Port::tcp(9004)), "allowed");
        assert_eq!(under(&selector("other"), &pod("app", &[]), to, Port::tcp(9004)), "denied: egress");
    }
}

#[test]
fn address_blocks_admit_their_addresses_but_for_the_exceptions() {
    let spec = json!({ "egress": [{ "to": [
        { "ipBlock": { "cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"] } },
        { "ipBlock": { "cidr": "10.1.2.0/24" } },
        { "ipBlock": { "cidr": "2001:db8::/32" } },
    ] }] });
    for (to, expected) in [
        ("10.0.0.1", "allowed"),
        ("10.1.0.1", "denied: egress"),
        ("10.1.2.3", "allowed"),
        ("11.0.0.1", "denied: egress"),
        ("2001:db8::1", "allowed"),
        ("2001:db9::1", "denied: egress"),
        ("::ffff:10.0.0.1", "allowed"),
    ] {
        assert_eq!(under(&spec, &pod("app", &[]), &address(to), Port::tcp(443)), expected, "{to}");
    }
    let addressed = End::Pod(Workload { address: "10.0.0.1".parse().ok(), ..workload("other", &[]) });
    assert_eq!(under(&spec, &pod("app", &[]), &addressed, Port::tcp(443)), "allowed");
}

#[test]
fn ports_admit_by_protocol_number_range_and_name() {
    let sctp = |number| Port { protocol: Protocol::Sctp, number };
    let named = Some(BTreeMap::from([("http", Port::tcp(8080)), ("dns", Port::udp(53)), ("dns-tcp", Port::tcp(53))]));
    let to = End::Pod(Workload { named_ports: named, ..workload("app", &[]) });
    for (entry, admitted, refused) in [
        (json!({ "port": 80 }), vec![Port::tcp(80)], vec![Port::tcp(81), Port::udp(80), sctp(80)]),
        (json!({ "protocol": "UDP", "port": 53 }), vec![Port::udp(53)], vec![Port::tcp(53)]),
        (json!({ "protocol": "SCTP" }), vec![sctp(1), sctp(65535)], vec![Port::tcp(1)]),
        (json!({}), vec![Port::tcp(1), Port::tcp(65535)], vec![Port::udp(1), sctp(1)]),
        (
            json!({ "port": 80, "endPort": 82 }),
            vec![Port::tcp(80), Port::tcp(81), Port::tcp(82)],
            vec![Port::tcp(79), Port::tcp(83), Port::udp(81)],
        ),
        (json!({ "port": 80, "endPort": 80 }), vec![Port::tcp(80)], vec![Port::tcp(81)]),
        (json!({ "port": "http" }), vec![Port::tcp(8080)], vec![Port::tcp(80), Port::udp(8080)]),
        (json!({ "port": "dns" }), vec![], vec![Port::tcp(53), Port::udp(53)]),
        (json!({ "protocol": "UDP", "port": "dns" }), vec![Port::udp(53)], vec![Port::tcp(53)]),
        (json!({ "port": "https" }), vec![], vec![Port::tcp(443), Port::tcp(8080)]),
    ] {
        let spec = json!({ "ingress": [{ "ports": [entry] }] });
        for port in admitted {
            assert_eq!(under(&spec, &pod("x", &[]), &to, port), "allowed", "{entry} {port}");
        }
        for port in refused {
            assert_eq!(under(&spec, &pod("x", &[]), &to, port), "denied: ingress", "{entry} {port}");
        }
    }
}

#[test]
fn names_of_ports_are_those_of_the_destination_in_both_directions() {
    let spec = json!({ "policyTypes": ["Egress"], "egress": [{ "ports": [{ "port": "http" }] }] });
    let with_http = |number| {
        let named_ports = Some(BTreeMap::from([("http", Port::tcp(number))]));
        End::Pod(Workload { named_ports, ..workload("app", &[]) })
    };
    assert_eq!(under(&spec, &with_http(1), &with_http(2), Port::tcp(2)), "allowed");
    assert_eq!(under(&spec, &with_http(1), &with_http(2), Port::tcp(1)), "denied: egress");
    assert_eq!(under(&spec, &with_http(1), &address("192.0.2.1"), Port::tcp(1)), "denied: egress");
}

#[test]
fn a_rule_needs_peer_and_port_of_the_same_rule() {
    let spec = json!({ "ingress": [
        { "from": [{ "podSelector": { "matchLabels": { "a": "1" } } }], "ports": [{ "port": 1 }] },
        { "from": [{ "podSelector": { "matchLabels": { "a": "2" } } }], "ports": [{ "port": 2 }] },
    ] });
    let to = pod("app", &[]);
    assert_eq!(under(&spec, &pod("app", &[("a", "1")]), &to, Port::tcp(1)), "allowed");
    assert_eq!(under(&spec, &pod("app", &[("a", "1")]), &to, Port::tcp(2)), "denied: ingress");
    assert_eq!(under(&spec, &pod("app", &[("a", "2")]), &to, Port::tcp(2)), "allowed");
}

#[test]
fn policies_add_up_and_each_end_must_agree() {
    let deny = policy("app", "deny", &json!({ "policyTypes": ["Ingress", "Egress"] }));
    let dns = policy(
        "app",
        "dns",
        &json!({ "policyTypes": ["Egress"], "egress": [{ "ports": [{ "protocol": "UDP", "port": 53 }] }] }),
    );
    let web = policy(
        "app",
        "web",
        &json!({ "podSelector": { "matchLabels": { "tier": "web" } }, "policyTypes": ["Egress"], "egress": [{}] }),
    );
    let closed = policy("other", "closed", &json!({}));
    let index = PolicyIndex::new([&deny, &dns, &web, &closed]);
    let (plain, front) = (pod("app", &[]), pod("app", &[("tier", "web")]));
    let verdict = |from: &End<'_>, to: &End<'_>, port| short(&index.evaluate(from, to, port));
    assert_eq!(verdict(&plain, &address("192.0.2.1"), Port::udp(53)), "allowed");
    assert_eq!(verdict(&plain, &address("192.0.2.1"), Port::tcp(443)), "denied: egress");
    assert_eq!(verdict(&front, &address("192.0.2.1"), Port::tcp(443)), "allowed");
    assert_eq!(verdict(&front, &pod("other", &[]), Port::tcp(443)), "denied: ingress");
    assert_eq!(verdict(&plain, &pod("other", &[]), Port::tcp(443)), "denied: both");
    assert_eq!(verdict(&pod("other", &[]), &front, Port::tcp(443)), "denied: ingress");

    let Verdict::Allowed { egress: Admission::Rules(rules), .. } =
        index.evaluate(&front, &address("192.0.2.1"), Port::udp(53))
    else {
        panic!()
    };
    let rules: Vec<_> = rules.iter().map(ToString::to_string).collect();
    assert_eq!(rules, ["app/dns spec.egress[0]", "app/web spec.egress[0]"]);
    let isolating = |end: &End<'_>, direction| {
        let ids = index.isolates(end.workload().unwrap(), direction);
        ids.into_iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(isolating(&front, Direction::Egress), ["app/deny", "app/dns", "app/web"]);
    assert_eq!(isolating(&plain, Direction::Egress), ["app/deny", "app/dns"]);
    assert_eq!(isolating(&front, Direction::Ingress), ["app/deny"]);
}

#[test]
fn an_end_anywhere_passes_only_where_every_address_does() {
    let to = |blocks: Value| json!({ "egress": [{ "to": blocks }] });
    let block = |cidr: &str| json!({ "ipBlock": { "cidr": cidr } });
    for (spec, expected) in [
        (to(json!([block("0.0.0.0/0")])), "allowed"),
        (to(json!([block("::/0")])), "allowed"),
        (to(json!([block("0.0.0.0/1"), block("128.0.0.0/1")])), "allowed"),
        (to(json!([block("0.0.0.0/1"), block("128.0.0.0/2")])), "unknown"),
        (to(json!([block("0.0.0.0/0"), block("2001:db8::/32")])), "unknown"),
        (to(json!([block("0.0.0.0/0"), block("::/0")])), "allowed"),
        (to(json!([{ "ipBlock": { "cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"] } }])), "unknown"),
        (to(json!([block("10.0.0.0/8")])), "unknown"),
        (to(json!([{ "namespaceSelector": {} }])), "denied: egress"),
    ] {
        assert_eq!(under(&spec, &pod("app", &[]), &End::Anywhere, Port::tcp(443)), expected, "{spec}");
    }
}
