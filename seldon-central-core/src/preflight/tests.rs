use super::*;
use crate::{
    desired,
    profile::{Profile, Surroundings, resolve},
    resource,
    snapshot::{Read, Scope},
};

fn judged(yaml: &str, snapshot: &Snapshot) -> Preflight {
    let profile = resolve(&Profile::from_yaml(yaml).unwrap(), &Surroundings::default()).unwrap();
    preflight(snapshot, &profile, &desired::build(&profile), None)
}

fn ids(outcomes: &[Outcome]) -> Vec<&str> {
    outcomes.iter().map(|outcome| outcome.rule).collect()
}

#[test]
fn a_cluster_that_could_not_be_read_is_incomplete_and_not_at_fault() {
    let mut snapshot = Snapshot::live();
    for kind in resource::ALL {
        snapshot.add_read(kind, Scope::Cluster, Read::Failed("forbidden".to_owned()), vec![]);
    }
    let result = judged("tenants: [{namespace: fin}]", &snapshot);
    assert_eq!(ids(&result.blocking), Vec::<&str>::new());
    let wanted = format!("{SELDON_CONFIG} of namespace seldon-system");
    assert!(result.incomplete.iter().any(|unknown| unknown.to_string().contains(&wanted)), "{:?}", result.incomplete);
}

#[test]
fn a_cluster_without_seldon_blocks() {
    let mut snapshot = Snapshot::live();
    for kind in resource::ALL {
        let read = if kind.group == resource::SELDON_GROUP { Read::NotServed } else { Read::Complete };
        snapshot.add_read(kind, Scope::Cluster, read, vec![]);
    }
    let result = judged("tenants: [{namespace: fin}]", &snapshot);
    assert_eq!(ids(&result.blocking), ["SCS0101"; 7]);
}

fn cluster(yaml: &str) -> Snapshot {
    let mut snapshot = Snapshot::live();
    let objects: Vec<Object> =
        crate::manifest::read("cluster", yaml).unwrap().objects.into_iter().map(|one| one.object).collect();
    for kind in resource::ALL {
        let of_kind = objects.iter().filter(|object| object.is(kind)).cloned().collect();
        snapshot.add_read(kind, Scope::Cluster, Read::Complete, of_kind);
    }
    snapshot
}

const DENY_ALL: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
                        metadata: {name: deny, namespace: fin}\n\
                        spec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n";

fn of_network(result: &Preflight) -> Vec<&str> {
    let all = result.blocking.iter().chain(&result.warnings);
    all.map(|outcome| outcome.rule).filter(|rule| rule.starts_with(NETWORK_FAMILY)).collect()
}

#[test]
fn a_policy_that_is_not_ours_blocks_when_none_of_ours_opens_what_it_shuts() {
    let none = judged("tenants: [{namespace: fin, networkPolicy: {set: none}}]", &cluster(DENY_ALL));
    assert!(ids(&none.blocking).contains(&"SCS0601"), "{none:?}");
    let full = judged("tenants: [{namespace: fin}]", &cluster(DENY_ALL));
    assert!(!ids(&full.blocking).contains(&"SCS0601"), "{full:?}");
    let elsewhere = judged(
        "tenants: [{namespace: fin, networkPolicy: {set: none}}]",
        &cluster(&DENY_ALL.replace("namespace: fin", "namespace: other")),
    );
    assert_eq!(of_network(&elsewhere), Vec::<&str>::new());
}

#[test]
fn a_set_that_others_join_warns_of_what_no_policy_admits() {
    let partial = "tenants: [{namespace: fin, networkPolicy: {set: scheduler}}]";
    let alone = judged(partial, &cluster(""));
    assert!(alone.blocking.iter().all(|outcome| !outcome.rule.starts_with(NETWORK_FAMILY)), "{alone:?}");
    assert_eq!(of_network(&alone), ["SCS0605", "SCS0606"]);
    let remedy = &alone.warnings[0].finding().unwrap().remedy;
    assert!(remedy.contains("--network-policy scheduler"), "{remedy}");
    let open = DENY_ALL.replace("policyTypes: [Ingress, Egress]", "policyTypes: [Egress], egress: [{}]");
    assert_eq!(of_network(&judged(partial, &cluster(&open))), Vec::<&str>::new());
}

#[test]
fn two_runtimes_are_said_without_the_flows_that_nobody_knows() {
    let runtime = "---\napiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonRuntime\n\
                   metadata: {name: other, namespace: fin}\nspec: {seldonConfig: default}\n---\n\
                   apiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonRuntime\n\
                   metadata: {name: third, namespace: fin}\nspec: {seldonConfig: default}\n";
    let text = format!("{DENY_ALL}{runtime}");
    let result = judged("tenants: [{namespace: fin, networkPolicy: {set: none}}]", &cluster(&text));
    assert!(ids(&result.blocking).contains(&"SCS0202"), "{result:?}");
    assert_eq!(of_network(&result), Vec::<&str>::new());
}

/// What is said of a tenant that names this `SeldonConfig`, where these are.
fn said_of_config(name: &str, there: &[&str]) -> Vec<(&'static str, String)> {
    let config = |name: &&str| {
        format!(
            "---\napiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonConfig\n\
             metadata: {{name: {name}, namespace: seldon-system}}\nspec: {{}}\n"
        )
    };
    let runtime = format!(
        "---\napiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonRuntime\n\
         metadata: {{name: seldon, namespace: seldon-system}}\nspec: {{seldonConfig: {}}}\n",
        there[0]
    );
    let text: String = there.iter().map(config).chain([runtime]).collect();
    let profile = format!("{{controlPlane: {{seldonConfig: {name}}}, tenants: [{{namespace: fin}}]}}");
    let result = judged(&profile, &cluster(&text));
    let of_config = |outcome: &&Outcome| [MISSING_CONFIG, OTHER_CONFIG].contains(&outcome.rule);
    let all = result.blocking.iter().chain(&result.warnings).filter(of_config);
    all.map(|outcome| (outcome.rule, outcome.finding().unwrap().remedy.clone())).collect()
}

#[test]
fn a_seldonconfig_of_the_users_choice_is_spoken_of_once_and_in_the_users_words() {
    let way_out = |there: &str| format!("name one that is there ({there}) with {CONFIG_CHOICE}");
    assert_eq!(said_of_config("alt", &["default"]), [(MISSING_CONFIG, way_out("`default`"))]);
    assert_eq!(said_of_config("default", &["b", "a"]), [(MISSING_CONFIG, way_out("`a`, `b`"))]);
    let kept = format!("keep it if you mean it; otherwise leave out {CONFIG_CHOICE}");
    assert_eq!(said_of_config("alt", &["default", "alt"]), [(OTHER_CONFIG, kept)]);
    assert_eq!(said_of_config("default", &["default"]), []);
}

#[test]
fn a_namespace_that_is_being_deleted_is_named() {
    let leaving = "apiVersion: v1\nkind: Namespace\nmetadata: {name: fin, deletionTimestamp: '2026-01-01T00:00:00Z'}\n\
                   ---\napiVersion: v1\nkind: Namespace\nmetadata: {name: risk}\n";
    let profile = Profile::from_yaml("tenants: [{namespace: fin}, {namespace: risk}]").unwrap();
    let profile = resolve(&profile, &Surroundings::default()).unwrap();
    let names: Vec<_> =
        being_deleted(&cluster(leaving), &profile).into_iter().map(crate::name::Namespace::as_str).collect();
    assert_eq!(names, ["fin"]);
}

#[test]
fn names_in_namespaces_that_could_not_be_read_make_it_incomplete() {
    let mut snapshot = Snapshot::live();
    for kind in [&SELDON_RUNTIME, &SERVER, &MODEL] {
        snapshot.add_read(kind, Scope::Cluster, Read::Failed("forbidden".to_owned()), vec![]);
        snapshot.add_read(kind, Scope::Namespace("fin".to_owned()), Read::Complete, vec![]);
    }
    let incomplete = judged("tenants: [{namespace: fin}]", &snapshot).incomplete;
    let spoken: Vec<String> = incomplete.iter().map(ToString::to_string).collect();
    assert!(spoken.iter().any(|text| text.starts_with("servers.mlops.seldon.io could not be read")), "{spoken:?}");
}
