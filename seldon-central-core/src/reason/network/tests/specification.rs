//! The `NetworkPolicy` of the specification, and what it does to a tenant.

use serde_json::json;

use super::*;
use crate::pattern::{COMPONENT_LABEL, CONTROL_PLANE_NAMESPACE};

const TENANT: &str = "financial-inference";

fn index() -> PolicyIndex {
    let policy = policy(
        TENANT,
        "financial-inference-app-policy",
        &json!({
            "podSelector": {},
            "policyTypes": ["Egress"],
            "egress": [{
                "to": [{ "namespaceSelector": { "matchLabels": { "name": "seldon-system" } } }],
                "ports": [
                    { "protocol": "TCP", "port": 9002 },
                    { "protocol": "TCP", "port": 9004 },
                    { "protocol": "TCP", "port": 9005 },
                ],
            }],
        }),
    );
    PolicyIndex::new([&policy])
}

fn component(name: &str) -> End<'_> {
    pod(TENANT, &[(COMPONENT_LABEL, name)])
}

fn scheduler<'a>(namespace_labels: Option<&[(&'a str, &'a str)]>) -> End<'a> {
    let namespace_labels = namespace_labels.map(|labels| labels.iter().copied().collect());
    End::Pod(Workload {
        namespace_labels,
        ..workload(CONTROL_PLANE_NAMESPACE, &[(COMPONENT_LABEL, "seldon-scheduler")])
    })
}

#[test]
fn it_blocks_dns_the_api_server_and_what_envoy_serves() {
    let index = index();
    let dns = pod("kube-system", &[("k8s-app", "kube-dns")]);
    let server = component("seldon-server");
    for (from, to, port) in [
        (&server, &dns, Port::udp(53)),
        (&server, &dns, Port::tcp(53)),
        (&server, &address("10.96.0.1"), Port::tcp(443)),
        (&server, &End::Anywhere, Port::tcp(6443)),
        (&component("seldon-envoy"), &server, Port::tcp(9001)),
        (&component("seldon-envoy"), &server, Port::tcp(9501)),
        (&component("seldon-modelgateway"), &component("seldon-envoy"), Port::tcp(9000)),
    ] {
        assert_eq!(short(&index.evaluate(from, to, port)), "denied: egress", "{from} -> {to} {port}");
    }
    // Nothing is said about what comes in.
    assert!(index.evaluate(&End::Anywhere, &component("seldon-envoy"), Port::tcp(9000)).is_allowed());
}

#[test]
fn it_admits_the_scheduler_only_where_the_control_plane_carries_a_label_name() {
    let index = index();
    let verdict = |labels, port| index.evaluate(&component("seldon-server"), &scheduler(labels), Port::tcp(port));
    for port in [9002, 9004, 9005] {
        assert_eq!(short(&verdict(Some(&[("name", "seldon-system")]), port)), "allowed");
        assert_eq!(short(&verdict(Some(&[]), port)), "denied: egress");
        assert_eq!(short(&verdict(Some(&[("name", "seldon")]), port)), "denied: egress");
        assert_eq!(short(&verdict(None, port)), "unknown");
    }
    assert_eq!(short(&verdict(Some(&[("name", "seldon-system")]), 9008)), "denied: egress");
    assert_eq!(short(&verdict(None, 9008)), "denied: egress");

    let Verdict::Denied { egress: Some(denial), ingress: None } = verdict(Some(&[]), 9005) else { panic!() };
    let Some(Mismatch::NamespaceLabels { namespace, unmet }) = denial.nearest.map(|near| near.but) else { panic!() };
    assert_eq!(namespace, CONTROL_PLANE_NAMESPACE);
    assert_eq!(unmet.iter().map(ToString::to_string).collect::<Vec<_>>(), ["name=seldon-system"]);

    let Verdict::Unknown { doubts } = verdict(None, 9005) else { panic!() };
    assert_eq!(
        doubts.iter().map(|doubt| doubt.gap.to_string()).collect::<Vec<_>>(),
        ["the labels of namespace seldon-system are unknown; wanted: name=seldon-system"]
    );
}
