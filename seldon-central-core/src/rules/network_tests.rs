//! What the rules about `NetworkPolicies` say, beyond their fixtures.

use super::*;
use crate::{
    desired, manifest,
    object::Object,
    profile::{ControlPlane, Profile, Surroundings, resolve},
    resource::{self, NAMESPACE, NETWORK_POLICY},
    snapshot::{Observed, Origin, Read, Scope, Snapshot},
};

const NAMESPACES: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: seldon-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: kube-system}
---
";

const LABELLED: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: seldon-system, labels: {name: seldon-system}}
---
";

/// The policy of the specification.
const SPECIFICATION: &str = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: financial-inference-app-policy, namespace: financial-inference}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to:
    - namespaceSelector: {matchLabels: {name: seldon-system}}
    ports:
    - {protocol: TCP, port: 9002}
    - {protocol: TCP, port: 9004}
    - {protocol: TCP, port: 9005}
";

fn objects(text: &str) -> Vec<Object> {
    manifest::read("-", text).unwrap().objects.into_iter().map(|observed| observed.object).collect()
}

/// A tenant as it is built, with these objects in the place of its policies.
fn tenant_of(profile: &str, text: &str) -> Vec<Object> {
    let profile = Profile::from_yaml(&format!("tenants: [{{namespace: financial-inference{profile}}}]")).unwrap();
    let built = desired::build(&resolve(&profile, &Surroundings::default()).unwrap());
    built.objects().filter(|object| !object.is(&NETWORK_POLICY)).cloned().chain(objects(text)).collect()
}

fn tenant(text: &str) -> Vec<Object> {
    tenant_of("", text)
}

fn cluster(objects: &[Object]) -> Snapshot {
    let mut snapshot = Snapshot::live();
    for kind in resource::ALL {
        let of_kind = objects.iter().filter(|object| object.is(kind)).cloned().collect();
        snapshot.add_read(kind, Scope::Cluster, Read::Complete, of_kind);
    }
    snapshot
}

fn manifests(objects: Vec<Object>) -> Snapshot {
    let observed = |object| Observed { object, origin: Origin::File { path: "-".to_owned(), line: 1, column: 1 } };
    Snapshot::from_manifests(objects.into_iter().map(observed).collect(), &ControlPlane::default().namespace)
}

/// What family 06 says: rule and message, or rule and why it is unknown.
fn said(snapshot: &Snapshot) -> Vec<String> {
    let control_plane = ControlPlane::default();
    let world = World::new(snapshot, &control_plane, &[]);
    let outcomes = run(RULES.iter().filter(|rule| rule.id.starts_with("SCS06")), &world);
    let line = |outcome: &Outcome| match &outcome.verdict {
        Verdict::Fail(finding) => {
            assert!(!finding.message.contains("SCS") && !finding.message.ends_with('.'), "{finding:?}");
            assert!(!finding.evidence.is_empty() && !finding.remedy.is_empty(), "{finding:?}");
            Some(format!("{} {}", outcome.rule, finding.message))
        }
        Verdict::Unknown { reason } => Some(format!("{} ? {reason}", outcome.rule)),
        Verdict::Pass | Verdict::Suppressed { .. } => None,
    };
    let mut said: Vec<String> = outcomes.iter().filter_map(line).collect();
    said.sort();
    said
}

/// The same for a policy of the tenant with this spec, in a cluster.
fn said_of(spec: &str) -> Vec<String> {
    said(&cluster(&tenant(&format!("{NAMESPACES}{}", policy("financial-inference", "p", spec)))))
}

fn policy(namespace: &str, name: &str, spec: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         spec: {spec}\n---\n"
    )
}

/// What one rule says.
fn of<'s>(rule: &str, said: &'s [String]) -> Vec<&'s str> {
    said.iter().filter_map(|line| line.strip_prefix(rule)).map(str::trim_start).collect()
}

const DNS: &str = "SCS0602 no egress rule of financial-inference-app-policy admits hodometer, seldon-envoy, \
                   seldon-modelgateway, Server pods -> cluster DNS on 53";
const SERVING: &str = "SCS0605 no egress rule of financial-inference-app-policy admits seldon-envoy -> Server pods on \
                       9001, 9501; seldon-modelgateway -> seldon-envoy on 9000";
const OUTSIDE: &str = "SCS0606 no egress rule of financial-inference-app-policy could admit hodometer, \
                       seldon-modelgateway, Server pods -> API server on 443, 6443; Server pods -> object store on 443, \
                       9000; seldon-modelgateway -> Kafka on 9092, 9093";

#[test]
fn the_specifications_policy_denies_nearly_everything() {
    let unlabelled = cluster(&tenant(&format!("{NAMESPACES}{SPECIFICATION}")));
    let scheduler = "SCS0601 no egress rule of financial-inference-app-policy admits Server pods -> central scheduler \
                     on 9005; seldon-envoy -> central scheduler on 9002; hodometer, seldon-modelgateway -> central \
                     scheduler on 9004";
    let selector = "SCS0604 the selector `name=seldon-system` is meant for namespace seldon-system and asks for a label \
                    that it does not carry";
    assert_eq!(said(&unlabelled), [scheduler, DNS, selector, SERVING, OUTSIDE]);
}

#[test]
fn with_the_label_on_the_namespace_it_admits_the_scheduler() {
    assert_eq!(said(&cluster(&tenant(&format!("{LABELLED}{SPECIFICATION}")))), [DNS, SERVING, OUTSIDE]);
}

#[test]
fn on_manifests_the_label_is_unlikely_and_the_rest_of_it_unknown() {
    assert_eq!(
        said(&manifests(tenant(SPECIFICATION))),
        [
            "SCS0601 ? Namespace seldon-system, whose labels a policy asks for, is not in the input",
            DNS,
            "SCS0603 ? networkpolicies.networking.k8s.io of namespace seldon-system is not in the input",
            "SCS0604 the selector `name=seldon-system` is meant for namespace seldon-system and asks for a label that \
             it carries only if somebody sets it",
            SERVING,
            OUTSIDE,
        ]
    );
}

#[test]
fn a_lone_policy_in_an_open_world_proves_nothing() {
    let said = said(&manifests(objects(SPECIFICATION)));
    for rule in ["SCS0601", "SCS0602", "SCS0603", "SCS0605", "SCS0606"] {
        assert!(of(rule, &said)[0].starts_with('?'), "{said:#?}");
    }
}

#[test]
fn a_finding_names_what_isolates_the_nearest_rule_and_the_missing_one() {
    let control_plane = ControlPlane::default();
    let snapshot = cluster(&tenant(&format!("{NAMESPACES}{SPECIFICATION}")));
    let outcomes = run([find("SCS0601").as_ref().unwrap()], &World::new(&snapshot, &control_plane, &[]));
    let finding = outcomes[0].finding().unwrap();
    let evidence: Vec<(&str, &str)> = finding.evidence.iter().map(|e| (e.path.as_str(), e.value.as_str())).collect();
    let missing = concat!(
        r#"{"ports":[{"port":9005,"protocol":"TCP"},{"port":9002,"protocol":"TCP"},{"port":9004,"protocol":"TCP"}],"#,
        r#""to":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"seldon-system"}},"#,
        r#""podSelector":{"matchLabels":{"app.kubernetes.io/name":"seldon-scheduler"}}}]}"#,
    );
    assert_eq!(
        evidence,
        [
            ("/spec/policyTypes", "Egress: financial-inference-app-policy isolates these pods"),
            ("/spec/egress/0", "wants `name=seldon-system` of namespace seldon-system, which does not carry it"),
            ("/spec/egress/-", missing),
        ]
    );
    assert_eq!(finding.remedy, format!("add to `spec.egress` of financial-inference-app-policy: {missing}"));
}

#[test]
fn the_missing_rules_mend_what_they_are_for() {
    let control_plane = ControlPlane::default();
    for rule in ["SCS0601", "SCS0602", "SCS0605"] {
        for types in ["[Egress]", "[Ingress]", "[Egress, Ingress]"] {
            let spec = format!("{{podSelector: {{}}, policyTypes: {types}}}");
            let mut text = policy("financial-inference", "deny", &spec);
            let snapshot = cluster(&tenant(&format!("{NAMESPACES}{text}")));
            let world = World::new(&snapshot, &control_plane, &[]);
            for (number, outcome) in run([find(rule).as_ref().unwrap()], &world).iter().enumerate() {
                let Some(finding) = outcome.finding() else { continue };
                for (place, evidence) in finding.evidence.iter().filter(|e| e.path.ends_with("/-")).enumerate() {
                    let list = evidence.path.split('/').nth(2).unwrap();
                    let spec = format!("{{podSelector: {{}}, {list}: [{}], policyTypes: {types}}}", evidence.value);
                    text += &policy("financial-inference", &format!("fix-{number}-{place}"), &spec);
                }
            }
            let mended = said(&cluster(&tenant(&format!("{NAMESPACES}{text}"))));
            assert_eq!(of(rule, &mended), Vec::<&str>::new(), "{text}");
        }
    }
}

#[test]
fn pods_carry_the_labels_of_their_runtime_and_server() {
    let spec = "{podSelector: {matchLabels: {kubectl-seldon/tenant: financial-inference}}, policyTypes: [Egress]}";
    assert_eq!(of("SCS0602", &said_of(spec)).len(), 1);
    let spec = "{podSelector: {matchLabels: {seldon-server-name: mlserver}}, policyTypes: [Egress]}";
    assert_eq!(of("SCS0601", &said_of(spec)), ["no egress rule of p admits Server pods -> central scheduler on 9005"]);
    let spec = "{podSelector: {matchLabels: {app: other}}, policyTypes: [Egress, Ingress]}";
    assert_eq!(said_of(spec), Vec::<String>::new());
}

#[test]
fn a_relay_is_reached_and_reaches() {
    let deny = policy("financial-inference", "deny", "{podSelector: {}, policyTypes: [Ingress, Egress]}");
    let objects = tenant_of(", wiring: relay, relay: {image: envoy}", &format!("{NAMESPACES}{deny}"));
    assert_eq!(
        of("SCS0601", &said(&cluster(&objects))),
        [
            "no egress rule of deny admits Server pods -> relay on 9005; relay -> central scheduler on 9002, 9004, \
             9005; seldon-envoy -> relay on 9002; hodometer, seldon-modelgateway -> relay on 9004",
            "no ingress rule of deny admits operator, hodometer, seldon-modelgateway -> relay on 9004; Server pods -> \
             relay on 9005; seldon-envoy -> relay on 9002",
        ]
    );
}

#[test]
fn a_relay_that_is_left_over_behind_an_alias_is_not_judged() {
    let relay = tenant_of(", wiring: relay, relay: {image: envoy}", "");
    let relay = relay.into_iter().filter(|object| object.is(&resource::DEPLOYMENT));
    let built = desired::build(
        &resolve(&Profile::from_yaml("tenants: [{namespace: financial-inference}]").unwrap(), &Surroundings::default())
            .unwrap(),
    );
    let all: Vec<Object> = built.objects().cloned().chain(objects(NAMESPACES)).chain(relay).collect();
    assert!(all.iter().any(|object| object.is(&resource::DEPLOYMENT)));
    assert_eq!(of("SCS0601", &said(&cluster(&all))), Vec::<&str>::new());
}

#[test]
fn the_control_plane_is_judged_for_each_tenant_and_for_the_operator() {
    let deny = policy("seldon-system", "lock", "{podSelector: {}, policyTypes: [Ingress, Egress]}");
    let said_of = |text: &str| said(&cluster(&tenant(&format!("{NAMESPACES}{text}"))));
    assert_eq!(
        of("SCS0603", &said_of(&deny)),
        ["no ingress rule of lock admits operator, hodometer of financial-inference, seldon-modelgateway of \
             financial-inference -> central scheduler on 9004; Server pods of financial-inference -> central \
             scheduler on 9005; seldon-envoy of financial-inference -> central scheduler on 9002"]
    );
    let admit = "{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {}}]}]}";
    let open = format!("{deny}{}", policy("seldon-system", "open", admit));
    assert_eq!(of("SCS0603", &said_of(&open)), Vec::<&str>::new());
    let other = policy("seldon-system", "other", "{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress]}");
    assert_eq!(of("SCS0603", &said_of(&other)), Vec::<&str>::new());
}

#[test]
fn dns_may_be_elsewhere() {
    let dns = |to: &str, port: u16| {
        let rule = format!("{{to: [{to}], ports: [{{protocol: UDP, port: {port}}}]}}");
        let said = said_of(&format!("{{podSelector: {{}}, policyTypes: [Egress], egress: [{rule}]}}"));
        match of("SCS0602", &said).as_slice() {
            [] => "passes",
            [unknown] if unknown.starts_with('?') => "unknown",
            _ => "fails",
        }
    };
    let by = |labels: &str| format!("{{namespaceSelector: {{matchLabels: {{{labels}}}}}}}");
    assert_eq!(dns(&by("kubernetes.io/metadata.name: kube-system"), 53), "passes");
    assert_eq!(dns("{namespaceSelector: {}}", 53), "passes");
    assert_eq!(dns("{ipBlock: {cidr: 0.0.0.0/0}}", 53), "passes");
    assert_eq!(dns("{ipBlock: {cidr: 169.254.20.10/32}}", 53), "passes");
    assert_eq!(dns(&by("kubernetes.io/metadata.name: openshift-dns"), 5353), "passes");
    // The address of a Service, which some network plugins translate first.
    assert_eq!(dns("{ipBlock: {cidr: 10.96.0.10/32}}", 53), "unknown");
    assert_eq!(dns(&by("kubernetes.io/metadata.name: dns"), 53), "unknown");
    let coredns = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: \
                   {matchLabels: {app: coredns}}}";
    assert_eq!(dns(coredns, 53), "unknown");
    assert_eq!(dns(&by("name: kube-system"), 53), "fails");
    assert_eq!(dns("{podSelector: {}}", 53), "fails");
    assert_eq!(dns(&by("kubernetes.io/metadata.name: seldon-system"), 53), "fails");
    assert_eq!(dns(&by("kubernetes.io/metadata.name: kube-system"), 5300), "fails");
}

#[test]
fn a_selector_is_unmatched_only_where_its_namespace_is_known_to_be_meant() {
    let selector = |labels: &str| {
        let peer = format!("{{namespaceSelector: {{matchLabels: {{{labels}}}}}}}");
        let said = said_of(&format!("{{podSelector: {{}}, ingress: [{{from: [{peer}]}}]}}"));
        of("SCS0604", &said).iter().map(|line| (*line).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(selector("name: kube-system").len(), 1);
    assert_eq!(selector("team: seldon-system").len(), 1);
    assert_eq!(selector("name: monitoring"), Vec::<String>::new());
    assert_eq!(selector("kubernetes.io/metadata.name: seldon-system"), Vec::<String>::new());
    assert!(selector("name: seldon-mesh")[0].starts_with("? Namespace seldon-mesh"));
    // On the control plane's side it is the tenant's namespace that is meant.
    let peer =
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: financial-inference}}}]}]}";
    let text = format!("{NAMESPACES}{}", policy("seldon-system", "lock", peer));
    assert_eq!(of("SCS0604", &said(&cluster(&tenant(&text)))).len(), 1);
}

#[test]
fn clients_are_shut_out_only_where_nobody_but_seldon_is_admitted() {
    let ingress = |rules: &str| {
        let said = said_of(&format!("{{podSelector: {{}}, policyTypes: [Ingress], ingress: [{rules}]}}"));
        of("SCS0605", &said).iter().map(|line| (*line).to_owned()).collect::<Vec<_>>()
    };
    let clients = "no ingress rule of p admits inference clients -> seldon-envoy on 9000";
    let seldon = "{from: [{podSelector: {matchExpressions: [{key: app.kubernetes.io/name, operator: In, values: \
                  [seldon-envoy, seldon-server, seldon-modelgateway]}]}}]}";
    assert_eq!(ingress(seldon), [clients]);
    assert_eq!(ingress(&format!("{seldon}, {{from: [{{ipBlock: {{cidr: 10.0.0.0/8}}}}]}}")), Vec::<String>::new());
    assert_eq!(ingress("{from: [{podSelector: {}}]}"), Vec::<String>::new());
    assert_eq!(
        ingress(""),
        [
            clients,
            "no ingress rule of p admits seldon-envoy -> Server pods on 9001, 9501; seldon-modelgateway -> seldon-envoy on \
             9000",
        ]
    );
    // The port of the Service is not the port of the pod.
    let service_port = ingress("{from: [{podSelector: {}}], ports: [{protocol: TCP, port: 80}]}");
    assert_eq!(service_port.len(), 2, "{service_port:?}");
}

#[test]
fn whatever_could_be_the_object_store_counts() {
    let egress = |rule: &str| {
        let said = said_of(&format!("{{podSelector: {{}}, policyTypes: [Egress], egress: [{rule}]}}"));
        let found = of("SCS0606", &said).concat();
        ["API server", "object store", "Kafka"].map(|party| !found.contains(party))
    };
    let on = |to: &str, port: u16| format!("{{to: [{to}], ports: [{{protocol: TCP, port: {port}}}]}}");
    assert_eq!(egress("{}"), [true; 3]);
    assert_eq!(egress(&on("", 443)), [true, true, false]);
    assert_eq!(egress(&on("{ipBlock: {cidr: 10.0.0.1/32}}", 6443)), [true, false, false]);
    assert_eq!(egress(&on("{namespaceSelector: {}}", 9092)), [false, false, true]);
    assert_eq!(egress(&on("{namespaceSelector: {}}", 8333)), [true; 3]);
    assert_eq!(egress(&on("", 9005)), [false; 3]);
    assert_eq!(egress("{ports: [{protocol: UDP, port: 53}]}"), [false; 3]);
    assert_eq!(egress("{to: [{podSelector: {}}]}"), [false, true, true]);
    let envoy = "{to: [{podSelector: {matchLabels: {app.kubernetes.io/name: seldon-envoy}}}]}";
    assert_eq!(egress(envoy), [false; 3]);
}

#[test]
fn a_rule_for_another_namespace_than_kafkas_does_not_count() {
    const DENIED: &str = "no egress rule of p could admit seldon-modelgateway -> Kafka on 9093";
    let found = |bootstrap: &str, peer: &str| {
        let ports = "ports: [{protocol: TCP, port: 443}, {protocol: TCP, port: 6443}, {protocol: TCP, port: 9093}]";
        let spec = format!(
            "{{podSelector: {{}}, policyTypes: [Egress], egress: [{{to: [{peer}], {ports}}}, {{to: \
                            [{{ipBlock: {{cidr: 10.0.0.0/8}}}}], ports: [{{protocol: TCP, port: 443}}]}}]}}"
        );
        let config = format!(
            "apiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonConfig\n\
                              metadata: {{name: default, namespace: seldon-system}}\n\
                              spec: {{config: {{kafkaConfig: {{bootstrap.servers: '{bootstrap}'}}}}}}\n"
        );
        let text = format!("{}{config}", policy("financial-inference", "p", &spec));
        of("SCS0606", &said(&cluster(&tenant(&text)))).iter().map(|line| (*line).to_owned()).collect::<Vec<_>>()
    };
    let named = |name: &str| format!("{{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}}}");
    let in_streaming = "kafka.streaming.svc.cluster.local:9093";
    assert_eq!(found(in_streaming, &named("seldon-mesh")), [DENIED]);
    assert_eq!(found(in_streaming, &named("streaming")), Vec::<String>::new());
    assert_eq!(found(in_streaming, "{namespaceSelector: {}}"), Vec::<String>::new());
    // The labels of that namespace are not known.
    assert_eq!(found(in_streaming, "{namespaceSelector: {matchLabels: {team: data}}}"), Vec::<String>::new());
    assert_eq!(found(in_streaming, "{ipBlock: {cidr: 172.16.0.0/12}}"), Vec::<String>::new());
    assert_eq!(found("192.0.2.7:9093", "{ipBlock: {cidr: 172.16.0.0/12}}"), [DENIED]);
    assert_eq!(found("192.0.2.7:9093", "{ipBlock: {cidr: 192.0.2.0/24}}"), Vec::<String>::new());
    assert_eq!(found("kafka.example.com:9093", &named("seldon-mesh")), Vec::<String>::new());
}

#[test]
fn an_open_port_is_one_that_a_policy_admits_pods_to() {
    let open = |rule: &str| {
        let said = said_of(&format!("{{podSelector: {{}}, policyTypes: [Ingress], ingress: [{rule}]}}"));
        of("SCS0607", &said).concat().contains("may reach")
    };
    assert!(open("{}"));
    assert!(open("{from: [{namespaceSelector: {}}]}"));
    assert!(open("{from: [{podSelector: {}}], ports: [{protocol: TCP, port: 5572}]}"));
    assert!(open("{from: [{podSelector: {}}], ports: [{protocol: TCP, port: rclone}]}"));
    assert!(open("{from: [{podSelector: {}}], ports: [{protocol: TCP, port: 5000, endPort: 9000}]}"));
    assert!(open("{from: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{protocol: TCP, port: 7777}]}"));
    assert!(!open("{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}"));
    assert!(!open("{from: [{podSelector: {}}], ports: [{protocol: TCP, port: http}]}"));
    assert!(!open("{from: [{podSelector: {}}], ports: [{protocol: UDP, port: 5572}]}"));
    assert!(!open("{from: [{podSelector: {}}], ports: [{protocol: TCP, port: 9001}]}"));
    // Envoy's door alone, and a namespace that nothing isolates.
    let envoy = "{podSelector: {matchLabels: {app.kubernetes.io/name: seldon-envoy}}, ingress: [{}]}";
    assert!(of("SCS0607", &said_of(envoy)).is_empty());
    assert!(said(&cluster(&tenant(NAMESPACES))).is_empty());
}

#[test]
fn labels_that_could_not_be_read_make_a_run_incomplete() {
    let objects = tenant(SPECIFICATION);
    let mut snapshot = Snapshot::live();
    for kind in resource::ALL.into_iter().filter(|kind| **kind != NAMESPACE) {
        let of_kind = objects.iter().filter(|object| object.is(kind)).cloned().collect();
        snapshot.add_read(kind, Scope::Cluster, Read::Complete, of_kind);
    }
    snapshot.add_read(&NAMESPACE, Scope::Cluster, Read::Failed("forbidden".to_owned()), vec![]);
    let said = said(&snapshot);
    for rule in ["SCS0601", "SCS0604"] {
        assert_eq!(of(rule, &said), ["? namespaces could not be read: forbidden"], "{said:#?}");
    }
}

#[test]
fn a_selector_that_another_namespace_meets_is_meant_for_that_one() {
    let policy = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: scrapers, namespace: seldon-system}
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
  - from:
    - namespaceSelector: {matchLabels: {role: seldon-system}}
";
    let scrapers = "apiVersion: v1\nkind: Namespace\nmetadata: {name: mon, labels: {role: seldon-system}}\n---";
    assert_eq!(tests::findings("SCS0604", &format!("{NAMESPACES}{policy}")).len(), 1);
    assert_eq!(tests::findings("SCS0604", &format!("{NAMESPACES}{scrapers}{policy}")), [""; 0]);
}

#[test]
fn a_rule_that_admits_nothing_because_it_is_malformed_is_shown() {
    let policy = |name: &str, egress: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: \
             financial-inference}}\nspec: {{podSelector: {{}}, policyTypes: [Egress], egress: [{egress}]}}\n---\n"
        )
    };
    let wrong = policy("a", "{to: [{ipBlock: {cidr: 300.0.0.0/8}}]}, {ports: [{port: 9004, protocol: tcp}]}");
    let text = format!("{NAMESPACES}{wrong}{}", policy("b", "{ports: [{port: 0}]}"));
    let snapshot = manifests(tenant(&text));
    let control_plane = ControlPlane::default();
    let outcomes = run([find("SCS0601").as_ref().unwrap()], &World::new(&snapshot, &control_plane, &[]));
    let finding = outcomes.iter().find_map(Outcome::finding).unwrap();
    let shown: Vec<String> = finding.evidence.iter().map(|e| format!("{}: {}", e.path, e.value)).collect();
    for line in [
        "/spec/egress/0/to/0/ipBlock/cidr: the API server refuses this: `300.0.0.0/8` is not an address range",
        "/spec/egress/1/ports/0: the API server refuses this: protocol `tcp` is none of TCP, UDP, SCTP",
        ": spec.egress[0].ports[0] of b: the API server refuses this: port 0 is not between 1 and 65535",
    ] {
        assert!(shown.iter().any(|one| one == line), "{line}: {shown:#?}");
    }
}
