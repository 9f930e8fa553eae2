//! From a cluster into a snapshot: one LIST per kind and scope, in flight together.

use std::collections::BTreeSet;

use seldon_central_core::{
    name::Namespace,
    pattern,
    resource::{
        DEPLOYMENT, EXPERIMENT, MODEL, NAMESPACE, NETWORK_POLICY, PIPELINE, POD, Resource, SELDON_CONFIG,
        SELDON_RUNTIME, SERVER, SERVER_CONFIG, SERVICE, STATEFUL_SET,
    },
    snapshot::Snapshot,
};

use super::list::{Wanted, is_total, list_all};
use crate::cluster::{Cluster, Need, ReadError};

/// Kinds of Seldon that are read in the whole cluster: their names are global to a scheduler.
static CLUSTER_WIDE: [&Resource; 5] = [&SELDON_RUNTIME, &SERVER, &MODEL, &PIPELINE, &EXPERIMENT];
/// Kinds that are read in the control plane's namespace.
static CONTROL_PLANE: [&Resource; 6] =
    [&SELDON_CONFIG, &SERVER_CONFIG, &SERVICE, &STATEFUL_SET, &DEPLOYMENT, &NETWORK_POLICY];
/// Kinds that are read in a tenant's namespace.
static TENANT: [&Resource; 5] = [&SERVICE, &STATEFUL_SET, &DEPLOYMENT, &NETWORK_POLICY, &POD];

/// Reads everything that onboarding tenants on a control plane depends on.
///
/// # Errors
/// When the cluster cannot be reached or does not accept the credentials. What it refuses to show
/// is recorded in the snapshot instead.
pub async fn observe(
    cluster: &Cluster,
    control_plane: &Namespace,
    tenants: &[Namespace],
) -> Result<Snapshot, ReadError> {
    let mut snapshot = Snapshot::live();
    let own = control_plane.as_str();
    let tenants: BTreeSet<&str> = tenants.iter().map(Namespace::as_str).collect();
    // The first answer shows whether there is anybody to ask.
    for namespace in tenants.iter().copied().chain([own]) {
        match cluster.get(&NAMESPACE, None, namespace).await {
            Ok(found) => found.into_iter().for_each(|object| snapshot.add_found(object)),
            Err(error) if is_total(&error) => return Err(error),
            Err(_) => {}
        }
    }
    let first = list_all(cluster, wanted(own, &tenants)).await;
    // Whoever may not look at the whole cluster may still look at these namespaces.
    let failed = first.iter().map(|one| (one, &one.wanted)).filter(|(one, wanted)| {
        wanted.namespace.is_none()
            && one.result.as_ref().is_err_and(|error| !matches!(error, ReadError::KindNotServed { .. }))
    });
    let scoped: Vec<_> = failed
        .flat_map(|(_, wanted)| {
            tenants.iter().chain([&own]).map(|namespace| Wanted::all(wanted.kind, Some(*namespace)))
        })
        .collect();
    let second = list_all(cluster, scoped).await;
    for one in first.into_iter().chain(second) {
        match one.result {
            Err(error) if is_total(&error) => return Err(error),
            _ => one.keep(&mut snapshot),
        }
    }
    // Where the aliases of other namespaces lead tells whose tenants they are. Whoever may not look
    // takes them all for tenants of this control plane.
    let aliases = match cluster.list_named(&SERVICE, pattern::SCHEDULER_SERVICE).await {
        Ok(aliases) => aliases,
        Err(ReadError::Forbidden { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    let read = |namespace: &str| namespace == own || tenants.contains(namespace);
    aliases
        .into_iter()
        .filter(|alias| !alias.namespace().is_some_and(read))
        .for_each(|alias| snapshot.add_found(alias));
    Ok(snapshot)
}

/// The rights that [`observe`] takes.
pub fn needs(control_plane: &Namespace, tenants: &[Namespace]) -> Vec<Need> {
    let get =
        |name: &Namespace| Need { verb: "get", resource: &NAMESPACE, namespace: None, name: Some(name.to_string()) };
    let list = |one: Wanted| Need { verb: "list", resource: one.kind, namespace: one.namespace, name: None };
    let aliases =
        Need { verb: "list", resource: &SERVICE, namespace: None, name: Some(pattern::SCHEDULER_SERVICE.to_owned()) };
    let names: BTreeSet<&str> = tenants.iter().map(Namespace::as_str).collect();
    let lists = wanted(control_plane.as_str(), &names).into_iter().map(list);
    tenants.iter().chain([control_plane]).map(get).chain(lists).chain([aliases]).collect()
}

/// The lists of which no other takes the place.
fn wanted(own: &str, tenants: &BTreeSet<&str>) -> Vec<Wanted> {
    let wide = CLUSTER_WIDE.into_iter().map(|kind| Wanted::all(kind, None));
    let control_plane = CONTROL_PLANE.into_iter().map(|kind| Wanted::all(kind, Some(own)));
    let tenant = tenants.iter().flat_map(|namespace| TENANT.map(|kind| Wanted::all(kind, Some(*namespace))));
    wide.chain(control_plane).chain(tenant).collect()
}
