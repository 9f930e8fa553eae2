//! Objects of earlier runs that a changed profile no longer asks for. Nothing deletes them by itself,
//! so whoever changes a profile is told of them.

use std::collections::BTreeSet;

use crate::{
    desired::{Desired, DesiredTenant},
    object::Object,
    pattern::TENANT_LABEL,
    resource::{CONFIG_MAP, DEPLOYMENT, MODEL, NETWORK_POLICY, Resource, SERVER},
    snapshot::Snapshot,
};

/// The kinds of which a profile may want fewer than before, in the order in which they are best
/// deleted. The rest every profile wants, or (the Secret) something else may have come to need.
static KINDS: [&Resource; 5] = [&MODEL, &SERVER, &NETWORK_POLICY, &DEPLOYMENT, &CONFIG_MAP];

/// The objects in a tenant's namespace that carry the label of its objects, and are not among them.
///
/// Children of other objects do not count: the operator copies the labels of a runtime to what it
/// makes. Neither do the policies in the control plane's namespace: without the one for it a tenant
/// is cut off from the scheduler as long as another isolates the scheduler.
pub fn left_over<'a>(snapshot: &'a Snapshot, tenant: &DesiredTenant) -> Vec<&'a Object> {
    let namespace = tenant.namespace.as_str();
    let wanted: BTreeSet<(&str, &str)> = tenant.objects.iter().map(|object| (object.kind(), object.name())).collect();
    let is_left_over = |object: &&Object| {
        object.label(TENANT_LABEL) == Some(namespace)
            && object.pointer("/metadata/ownerReferences").is_none()
            && object.pointer("/metadata/deletionTimestamp").is_none()
            && !wanted.contains(&(object.kind(), object.name()))
    };
    KINDS
        .into_iter()
        .flat_map(|kind| snapshot.known_in(kind, namespace))
        .map(|observed| &observed.object)
        .filter(is_left_over)
        .collect()
}

/// The tenants of which objects are left over, with these objects.
pub fn by_tenant<'a>(snapshot: &'a Snapshot, desired: &'a Desired) -> Vec<(&'a DesiredTenant, Vec<&'a Object>)> {
    let tenants = desired.tenants.iter().map(|tenant| (tenant, left_over(snapshot, tenant)));
    tenants.filter(|(_, objects)| !objects.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        desired,
        profile::{Profile, Surroundings, resolve},
    };

    fn built(tenant: &str) -> Desired {
        let profile = Profile::from_yaml(&format!("tenants: [{{namespace: fin{tenant}}}]")).unwrap();
        desired::build(&resolve(&profile, &Surroundings::default()).unwrap())
    }

    fn names(before: impl IntoIterator<Item = Object>, now: &Desired) -> Vec<String> {
        let mut snapshot = Snapshot::live();
        before.into_iter().for_each(|object| snapshot.add_found(object));
        let found = by_tenant(&snapshot, now);
        found.iter().flat_map(|(_, objects)| objects).map(|object| object.id().to_string()).collect()
    }

    #[test]
    fn what_a_changed_profile_no_longer_wants_is_left_over() {
        let objects = |tenant: &str| built(tenant).objects().cloned().collect::<Vec<_>>();
        let plain = objects("");
        assert_eq!(names(plain.clone(), &built("")), Vec::<String>::new());
        assert_eq!(
            names(plain.clone(), &built(", networkPolicy: {set: scheduler}")),
            ["NetworkPolicy fin/fin-metrics", "NetworkPolicy fin/fin-to-envoy", "NetworkPolicy fin/fin-to-servers"]
        );
        assert_eq!(names(plain, &built(", networkPolicy: {set: none}, rcloneSecret: external")).len(), 4);
        assert_eq!(
            names(objects(", wiring: relay, relay: {image: envoy}"), &built("")),
            [
                "NetworkPolicy fin/fin-to-relay",
                "Deployment fin/seldon-scheduler-relay",
                "ConfigMap fin/seldon-scheduler-relay"
            ]
        );
        assert_eq!(
            names(objects(", servers: [{name: old}], models: [{name: income, storageUri: 'gs://b/i'}]"), &built("")),
            ["Model fin/income", "Server fin/old"]
        );
    }

    #[test]
    fn what_others_made_is_not_left_over() {
        let now = built("");
        let policy = |more: serde_json::Value| {
            let mut metadata = json!({"name": "p", "namespace": "fin", "labels": {TENANT_LABEL: "fin"}});
            metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let (api_version, kind) = (NETWORK_POLICY.api_version(), NETWORK_POLICY.kind);
            Object::new(json!({"apiVersion": api_version, "kind": kind, "metadata": metadata})).unwrap()
        };
        assert_eq!(names([policy(json!({}))], &now), ["NetworkPolicy fin/p"]);
        for other in [
            json!({"labels": {}}),
            json!({"labels": {TENANT_LABEL: "risk"}}),
            json!({"namespace": "seldon-system"}),
            json!({"ownerReferences": [{"kind": "SeldonRuntime", "name": "fin-runtime"}]}),
            json!({"deletionTimestamp": "2025-06-01T12:00:00Z"}),
        ] {
            assert_eq!(names([policy(other.clone())], &now), Vec::<String>::new(), "{other}");
        }
    }
}
