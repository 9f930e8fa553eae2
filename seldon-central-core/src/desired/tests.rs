use super::*;
use crate::{
    profile::{Profile, Surroundings, resolve},
    yaml,
};

fn desired(yaml: &str) -> Desired {
    build(&resolve(&Profile::from_yaml(yaml).unwrap(), &Surroundings::default()).unwrap())
}

fn object(desired: &Desired, id: &str) -> String {
    let found = desired.objects().find(|object| object.id().to_string() == id);
    yaml::write(&found.unwrap_or_else(|| panic!("no {id} among {}", ids(desired))).to_value())
}

fn ids(desired: &Desired) -> String {
    desired.objects().map(|object| format!("{}\n", object.id())).collect()
}

#[test]
fn the_specifications_tenant_is_built_in_the_order_that_works() {
    let desired = desired("tenants: [{namespace: financial-inference}]");
    insta::assert_snapshot!("order", ids(&desired));
    for id in ids(&desired).lines() {
        insta::assert_snapshot!(id.replace([' ', '/'], "_"), object(&desired, id));
    }
}

#[test]
fn a_rule_without_ports_is_never_built_because_it_would_admit_all() {
    let desired = desired(
        "tenants: [{namespace: fin, networkPolicy: {dns: {ports: []}, kafka: {ports: []}, apiServer: {ports: [443, 443]}}}]",
    );
    let policy = object(&desired, "NetworkPolicy fin/fin-app-policy");
    assert!(!policy.contains("ports: []"), "{policy}");
    for port in [53, 9092, 443] {
        assert!(policy.contains(&format!("port: {port}\n")), "{policy}");
    }
}

#[test]
fn a_destination_that_is_open_to_anyone_is_told() {
    let desired =
        desired("tenants: [{namespace: fin, networkPolicy: {dns: {pods: [], cidrs: []}, kafka: {namespace: null}}}]");
    let notices = desired.tenants[0].notices.join("\n");
    assert!(notices.contains("DNS") && notices.contains("Kafka"), "{notices}");
}

#[test]
fn a_notice_that_holds_for_several_tenants_is_told_once() {
    let desired = desired("tenants: [{namespace: a}, {namespace: b, networkPolicy: {set: none}}, {namespace: c}]");
    let notices = desired.notices();
    for notice in &notices {
        let tenants: Vec<_> = notice.tenants.iter().map(|tenant| tenant.as_str()).collect();
        assert_eq!(tenants, ["a", "c"], "{}", notice.text);
    }
    assert_eq!(notices.len(), desired.tenants[0].notices.len());
}

#[test]
fn bounds_of_replicas_are_built_and_the_default_namespace_is_told_of() {
    let text = "tenants: [{namespace: default, servers: [{minReplicas: 2, maxReplicas: 3}], models: [{name: m, \
                storageUri: 'gs://b/m', minReplicas: 1, maxReplicas: 2}]}]";
    let built = desired(text);
    let server = object(&built, "Server default/mlserver");
    assert!(server.contains("minReplicas: 2") && server.contains("maxReplicas: 3"), "{server}");
    assert!(server.contains("\n  replicas: 2"), "{server}");
    let model = object(&built, "Model default/m");
    assert!(model.contains("minReplicas: 1") && model.contains("maxReplicas: 2"), "{model}");
    assert!(built.tenants[0].notices[0].starts_with("whatever names no namespace"), "{:?}", built.tenants[0].notices);
}

#[test]
fn kafka_is_admitted_where_the_profile_else_the_cluster_says() {
    let around = Surroundings {
        kafka: Some("kafka.streaming:9095".to_owned()),
        own_kafka: [("own".to_owned(), "broker.example.com:9094".to_owned())].into(),
        ..Surroundings::default()
    };
    let built =
        |yaml: &str, around: &Surroundings| build(&resolve(&Profile::from_yaml(yaml).unwrap(), around).unwrap());
    let egress = |built: &Desired, tenant: &str| {
        let policy = object(built, &format!("NetworkPolicy {tenant}/{tenant}-app-policy"));
        let rule = policy.split("- ports:").find(|rule| rule.contains("909")).unwrap_or_default().to_owned();
        (rule, built.tenants[0].notices.join("\n"))
    };
    let (told, notices) = egress(&built("tenants: [{namespace: fin}]", &around), "fin");
    assert!(told.contains("metadata.name: streaming") && told.contains("9095") && !told.contains("9092"), "{told}");
    assert!(!notices.contains("Kafka"), "{notices}");
    let (own, notices) = egress(&built("tenants: [{namespace: own}]", &around), "own");
    assert!(own.contains("9094") && !own.contains("to:"), "{own}");
    assert!(notices.contains("Kafka (--kafka-namespace or --kafka-cidr) is admitted to any address"), "{notices}");
    let named = |servers: &str| {
        let around = Surroundings { kafka: Some(servers.to_owned()), ..Surroundings::default() };
        egress(&built("tenants: [{namespace: fin}]", &around), "fin").1
    };
    let addresses = named("192.0.2.7:9092");
    assert!(addresses.contains("in `bootstrap.servers` are admitted (192.0.2.7/32); brokers at"), "{addresses}");
    let short = named("kafka:9092");
    assert!(short.contains("Kafka is taken to be in this namespace"), "{short}");
    let said = "tenants: [{namespace: fin, networkPolicy: {kafka: {namespace: mine}}}]";
    let (said, notices) = egress(&built(said, &around), "fin");
    assert!(said.contains("metadata.name: mine") && said.contains("9092"), "{said}");
    assert!(!notices.contains("Kafka"), "{notices}");
    let (assumed, notices) = egress(&built("tenants: [{namespace: fin}]", &Surroundings::default()), "fin");
    assert!(assumed.contains("metadata.name: seldon-mesh"), "{assumed}");
    assert!(notices.contains("Kafka is taken to be in namespace seldon-mesh"), "{notices}");
    let off = "tenants: [{namespace: fin, runtime: {components: {seldon-modelgateway: {replicas: 0}}}}]";
    assert!(!egress(&built(off, &Surroundings::default()), "fin").1.contains("Kafka"));
}

#[test]
fn replicas_that_another_scales_are_left_out_and_told_unless_they_are_declared() {
    let around = Surroundings { scaled: [("fin".to_owned(), "mlserver".to_owned())].into(), ..Surroundings::default() };
    let built = |yaml: &str| build(&resolve(&Profile::from_yaml(yaml).unwrap(), &around).unwrap());
    let left = built("tenants: [{namespace: fin}]");
    assert!(!object(&left, "Server fin/mlserver").contains("replicas"));
    assert!(left.tenants[0].notices[0].contains("replicas of Server mlserver are left to whoever scaled it"));
    let declared = built("tenants: [{namespace: fin, servers: [{replicas: 2}]}]");
    assert!(object(&declared, "Server fin/mlserver").contains("replicas: 2"));
    assert!(declared.tenants[0].notices.iter().all(|notice| !notice.contains("scaled")));
}
