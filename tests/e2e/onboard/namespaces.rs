//! Namespaces that are there already, and whose they stay.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::writing_nothing;
use crate::harness::{
    control_plane::Server,
    plan::Plan,
    tenant::{Ground, NAMESPACE},
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("onboard::existing_namespace_is_marked_and_stays_its_owners", marked);
    plan.cluster("onboard::existing_namespace_of_a_controller_is_left_alone", owned);
    plan.own_cluster("onboard::mark_of_the_relay_goes_with_it", mark_of_the_relay);
    plan.cluster("onboard::asked_for_labels_reach_an_existing_namespace", asked_labels);
}

fn marked(server: &Server) {
    let ground = Ground::healthy(server);
    ground.namespace(&ground.tenant);
    let managers = |namespace: &Value| -> BTreeMap<String, Value> {
        let all = namespace["metadata"]["managedFields"].as_array().unwrap();
        all.iter().map(|one| (one["manager"].as_str().unwrap().to_owned(), one["fieldsV1"].clone())).collect()
    };
    let before = ground.api.get(NAMESPACE, "", &ground.tenant);
    let output = ground.onboard(&[]).succeeds();
    assert_eq!(output.stdout.lines().next(), Some(format!("namespace/{} configured", ground.tenant).as_str()));
    let after = ground.api.get(NAMESPACE, "", &ground.tenant);
    assert_eq!(after["metadata"]["labels"]["kubectl-seldon/tenant"], ground.tenant.as_str());
    let (mut managers, before) = (managers(&after), managers(&before));
    let own = managers.remove("kubectl-seldon");
    let only = json!({"f:metadata": {"f:labels": {"f:kubectl-seldon/tenant": {}}}});
    assert_eq!((own, managers), (Some(only), before), "nothing but the label is ours");
    let again = writing_nothing(&ground, || ground.onboard(&[])).succeeds();
    assert!(again.stdout.lines().all(|line| line.ends_with(" unchanged")), "{again}");
}

fn owned(server: &Server) {
    for (marks, owner) in [
        (
            json!({"annotations": {"argocd.argoproj.io/tracking-id": "team-a:/Namespace:/TENANT"}}),
            "Argo CD application `team-a`",
        ),
        (
            json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "tenants", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}),
            "Flux Kustomization `flux-system/tenants`",
        ),
        (
            json!({"annotations": {"meta.helm.sh/release-name": "spaces", "meta.helm.sh/release-namespace": "default"}}),
            "Helm release `default/spaces`",
        ),
    ] {
        let ground = Ground::healthy(server);
        ground.namespace(&ground.tenant);
        let marks: Value = serde_json::from_str(&marks.to_string().replace("TENANT", &ground.tenant)).unwrap();
        let before = ground.api.merge(NAMESPACE, "", &ground.tenant, &json!({"metadata": marks}));
        let said = format!("note: {}: the namespace is left as it is, because {owner} owns it", ground.tenant);
        let label = format!("set the label `kubectl-seldon/tenant={}` there", ground.tenant);
        writing_nothing(&ground, || ground.onboard(&["--diff"])).ends_with(1).says(&[&said]);
        let output = ground.onboard(&[]).succeeds().says(&[&said, &label]);
        assert_eq!(output.stdout.lines().next(), Some(format!("namespace/{} unchanged", ground.tenant).as_str()));
        assert_eq!(ground.api.get(NAMESPACE, "", &ground.tenant), before);
        let asked = writing_nothing(&ground, || ground.onboard(&["--label", "team=risk"])).ends_with(2);
        asked.says(&["owners would change these objects back", owner]);
        ground.onboard(&["--force-live"]).succeeds();
        let forced = ground.api.get(NAMESPACE, "", &ground.tenant);
        assert_eq!(forced["metadata"]["labels"]["kubectl-seldon/tenant"], ground.tenant.as_str());
    }
}

/// With it left on, the policies for the alias would not hold in the namespace.
fn mark_of_the_relay(server: &Server) {
    let ground = Ground::healthy(server);
    let mark =
        || ground.api.get(NAMESPACE, "", &ground.tenant)["metadata"]["labels"].get("kubectl-seldon/wiring").cloned();
    ground.namespace(&ground.tenant);
    ground.onboard(&["--wiring", "relay"]).succeeds();
    assert_eq!(mark(), Some(json!("relay")));
    ground.onboard(&[]).succeeds();
    assert_eq!(mark(), None);
}

fn asked_labels(server: &Server) {
    let ground = Ground::healthy(server);
    ground.namespace(&ground.tenant);
    ground.api.merge(NAMESPACE, "", &ground.tenant, &json!({"metadata": {"labels": {"mine": "stays"}}}));
    let output = ground.onboard(&["--label", "team=risk"]).succeeds();
    assert_eq!(output.stdout.lines().next(), Some(format!("namespace/{} configured", ground.tenant).as_str()));
    let labels = ground.api.get(NAMESPACE, "", &ground.tenant)["metadata"]["labels"].clone();
    assert_eq!((&labels["team"], &labels["mine"]), (&json!("risk"), &json!("stays")));
}
