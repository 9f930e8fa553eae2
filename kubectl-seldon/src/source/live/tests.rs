//! Which requests looking takes.

use std::collections::{BTreeMap, BTreeSet};

use seldon_central_core::rules::RULES;
use serde_json::json;

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
    assert!(requests.iter().all(|request| request.starts_with("GET ") && !request.contains("/namespaces/")));
    assert_eq!(api.most_in_flight(), (lists + 1).min(IN_FLIGHT));
}

#[tokio::test]
async fn what_is_refused_in_the_cluster_is_asked_for_in_the_namespaces_and_never_again() {
    let forbidden = |seen: &Seen| !seen.path.contains("/namespaces/");
    let api = Api::new(move |seen| if forbidden(seen) { Reply::status(403, "Forbidden", "no") } else { empty() });
    let named = [Namespace::new("fin").unwrap(), Namespace::new("risk").unwrap()];
    let snapshot = look(&api, &named, false).await;
    let requests = once(&api);
    for kind in needs::kinds(RULES).into_iter().filter(|kind| kind.namespaced && *kind != &SECRET) {
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
