//! Which requests looking takes.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use seldon_central_core::{
    resource::CERTIFICATE,
    rules::{RULES, find},
    snapshot::Unknown,
};
use serde_json::{Value, json};

use super::*;
use crate::cluster::testing::{Api, Reply, Seen};

async fn look(api: &Api, named: &[Namespace], everywhere: bool) -> Snapshot {
    let (kinds, processes, control_plane) = (needs::kinds(RULES), needs::processes(RULES), ControlPlane::default());
    let (processes, log_requests) = (&processes, 8);
    let look = Look { kinds: &kinds, everywhere, named, control_plane: &control_plane, processes, log_requests };
    observe(&api.cluster(), &look).await.unwrap()
}

fn empty() -> Reply {
    Reply::json(200, &json!({"kind": "List", "metadata": {}, "items": []}))
}

/// Each request once: its path, and whether it asked for objects of a name or for the operator's.
fn once(api: &Api) -> BTreeSet<String> {
    let mut counts = BTreeMap::new();
    for Seen { method, path, query, .. } in api.seen() {
        let narrow = match query {
            query if query.contains("fieldSelector=metadata.name") => " by name",
            query if query.contains("v2-controller-manager") => " of the operator",
            _ => "",
        };
        *counts.entry(format!("{method} {path}{narrow}")).or_insert(0) += 1;
    }
    assert!(counts.values().all(|count| *count == 1), "{counts:#?}");
    counts.into_keys().collect()
}

#[tokio::test]
async fn a_cluster_takes_one_list_a_kind_all_in_flight_together() {
    let api = Api::new(|_| empty());
    look(&api, &[], true).await;
    let mut requests = once(&api);
    assert!(requests.remove("GET /api/v1/namespaces/seldon-system/pods of the operator"), "{requests:#?}");
    let lists = needs::kinds(RULES).into_iter().filter(|kind| *kind != &SECRET).count();
    assert_eq!(requests.len(), lists, "{requests:#?}");
    let central: Vec<&String> = requests.iter().filter(|request| request.contains("/namespaces/")).collect();
    assert_eq!(
        central,
        [
            "GET /api/v1/namespaces/seldon-system/secrets",
            "GET /apis/cert-manager.io/v1/namespaces/seldon-system/certificates"
        ]
    );
    assert!(requests.iter().all(|request| request.starts_with("GET ")));
    assert_eq!(api.most_in_flight(), (lists + 1).min(IN_FLIGHT));
}

#[tokio::test]
async fn what_is_refused_in_the_cluster_is_asked_for_in_the_namespaces_and_never_again() {
    let forbidden = |seen: &Seen| !seen.path.contains("/namespaces/");
    let api = Api::new(move |seen| if forbidden(seen) { Reply::status(403, "Forbidden", "no") } else { empty() });
    let named = [Namespace::new("fin").unwrap(), Namespace::new("risk").unwrap()];
    let snapshot = look(&api, &named, false).await;
    let requests = once(&api);
    for kind in
        needs::kinds(RULES).into_iter().filter(|kind| kind.namespaced && *kind != &SECRET && !needs::is_optional(kind))
    {
        let wide =
            |request: &&String| request.ends_with(&format!("/{}", kind.plural)) && !request.contains("/namespaces/");
        assert_eq!(requests.iter().filter(wide).count(), 1, "{kind}: {requests:#?}");
        for (namespace, in_control_plane) in [("fin", false), ("risk", false), ("seldon-system", true)] {
            let end = format!("/namespaces/{namespace}/{}", kind.plural);
            let asked = requests.iter().any(|request| request.ends_with(&end));
            assert_eq!(asked, needs::is_local(kind, in_control_plane), "{kind} in {namespace}: {requests:#?}");
            assert!(!asked || snapshot.all_in(kind, namespace).is_ok(), "{kind} in {namespace}");
        }
    }
    assert!(!requests.iter().any(|request| request.contains("/namespaces/elsewhere/")));
}

/// A Secret of Helm's, not compressed, which Helm reads as well.
fn release(status: &str) -> Value {
    let content = json!({"info": {"status": status}, "chart": {"metadata": {"name": "seldon-core-v2-setup"}},
        "config": {"controller": {"clusterwide": true}, "password": "hidden"}});
    let encoded = STANDARD.encode(STANDARD.encode(content.to_string()));
    json!({"metadata": {"name": "sh.helm.release.v1.seldon.v1", "namespace": "seldon-system"},
        "type": "helm.sh/release.v1", "data": {"release": encoded}})
}

#[tokio::test]
async fn helms_secrets_are_listed_by_label_in_the_control_plane_and_only_for_the_rule_that_asks() {
    let api = Api::new(|seen| match seen.path.as_str() {
        "/api/v1/namespaces/seldon-system/secrets" => {
            Reply::json(200, &json!({"metadata": {}, "items": [release("failed")]}))
        }
        _ => empty(),
    });
    let snapshot = look(&api, &[], true).await;
    let asked: Vec<Seen> = api.seen().into_iter().filter(|seen| seen.path.ends_with("/secrets")).collect();
    assert_eq!(asked.len(), 1, "{asked:#?}");
    let selector = "owner%3Dhelm%2Cstatus%20notin%20%28superseded%2Cuninstalled%29";
    assert_eq!(asked[0].parameter("labelSelector").map(|one| one.replace('+', "%20")).as_deref(), Some(selector));
    let kept: Vec<_> = snapshot.known(&RELEASE).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].object.text("/spec/status"), Some("failed"));
    assert!(!format!("{snapshot:?}").contains("hidden") && snapshot.known(&SECRET).next().is_none());

    let api = Api::new(|_| empty());
    let (kinds, control_plane) = (needs::kinds([find("SCS0203").as_ref().unwrap()]), ControlPlane::default());
    let processes = BTreeSet::new();
    let look = Look {
        kinds: &kinds,
        everywhere: true,
        named: &[],
        control_plane: &control_plane,
        processes: &processes,
        log_requests: 0,
    };
    observe(&api.cluster(), &look).await.unwrap();
    assert!(!api.seen().iter().any(|seen| seen.path.ends_with("/secrets")));
}

#[tokio::test]
async fn a_refusal_of_what_is_optional_makes_nothing_incomplete_and_any_other_failure_does() {
    let unknown = async |code: u16| {
        let api = Api::new(move |seen| match seen.path.as_str() {
            path if path.ends_with("/secrets") || path.ends_with("/certificates") => {
                Reply::status(code, "x", "no\u{1b}")
            }
            _ => empty(),
        });
        let snapshot = look(&api, &[], true).await;
        [&RELEASE, &CERTIFICATE].map(|kind| snapshot.all_in(kind, "seldon-system").unwrap_err())
    };
    for reason in unknown(403).await {
        assert!(matches!(reason, Unknown::Withheld { .. }), "{reason:?}");
        assert!(!reason.to_string().contains('\u{1b}'), "{reason}");
    }
    assert!(unknown(400).await.iter().all(Unknown::is_incomplete));
}
