//! From a cluster into a snapshot: one LIST per kind and scope, in flight together.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use seldon_central_core::{
    object::Object,
    pattern,
    profile::Profile,
    resource::{
        DEPLOYMENT, EXPERIMENT, MODEL, NAMESPACE, NETWORK_POLICY, PIPELINE, POD, Resource, SELDON_CONFIG,
        SELDON_RUNTIME, SERVER, SERVER_CONFIG, SERVICE, STATEFUL_SET,
    },
    snapshot::{Read, Scope, Snapshot},
};

use crate::cluster::{Cluster, ReadError};

/// Requests in flight at once; each is a connection of its own.
const IN_FLIGHT: usize = 8;

/// Kinds of Seldon that are read in the whole cluster: their names are global to a scheduler.
static CLUSTER_WIDE: [&Resource; 5] = [&SELDON_RUNTIME, &SERVER, &MODEL, &PIPELINE, &EXPERIMENT];
/// Kinds that are read in the control plane's namespace.
static CONTROL_PLANE: [&Resource; 6] =
    [&SELDON_CONFIG, &SERVER_CONFIG, &SERVICE, &STATEFUL_SET, &DEPLOYMENT, &NETWORK_POLICY];
/// Kinds that are read in a tenant's namespace.
static TENANT: [&Resource; 5] = [&SERVICE, &STATEFUL_SET, &DEPLOYMENT, &NETWORK_POLICY, &POD];

/// Reads everything that onboarding a profile depends on.
///
/// # Errors
/// When the cluster cannot be reached or does not accept the credentials. What it refuses to show
/// is recorded in the snapshot instead.
pub async fn observe(cluster: &Cluster, profile: &Profile) -> Result<Snapshot, ReadError> {
    let mut snapshot = Snapshot::live();
    let own = profile.control_plane.namespace.as_str();
    let tenants: BTreeSet<&str> = profile.tenants.iter().map(|tenant| tenant.namespace.as_str()).collect();
    // The first answer shows whether there is anybody to ask.
    for namespace in tenants.iter().copied().chain([own]) {
        match cluster.get(&NAMESPACE, None, namespace).await {
            Ok(found) => found.into_iter().for_each(|object| snapshot.add_found(object)),
            Err(error) if is_total(&error) => return Err(error),
            Err(_) => {}
        }
    }
    let wide = CLUSTER_WIDE.into_iter().map(|kind| (kind, None));
    let control_plane = CONTROL_PLANE.into_iter().map(|kind| (kind, Some(own)));
    let tenant = tenants.iter().flat_map(|namespace| TENANT.into_iter().map(|kind| (kind, Some(*namespace))));
    let first = list_all(cluster, wide.chain(control_plane).chain(tenant)).await;
    // Whoever may not look at the whole cluster may still look at these namespaces.
    let forbidden = first.iter().filter(|one| one.namespace.is_none() && matches!(one.read, Read::Failed(_)));
    let scoped: Vec<_> = forbidden
        .flat_map(|one| tenants.iter().copied().chain([own]).map(|namespace| (one.kind, Some(namespace))))
        .collect();
    let second = list_all(cluster, scoped.into_iter()).await;
    for one in first.into_iter().chain(second) {
        if let Some(error) = one.total {
            return Err(error);
        }
        let scope = one.namespace.map_or(Scope::Cluster, Scope::Namespace);
        snapshot.add_read(one.kind, scope, one.read, one.objects);
    }
    // Where the aliases of other namespaces lead tells whose tenants they are. Whoever may not look
    // takes them all for tenants of this control plane.
    let read = |namespace: &str| namespace == own || tenants.contains(namespace);
    let aliases = cluster.list_named(&SERVICE, pattern::SCHEDULER_SERVICE).await.unwrap_or_default();
    aliases
        .into_iter()
        .filter(|alias| !alias.namespace().is_some_and(read))
        .for_each(|alias| snapshot.add_found(alias));
    Ok(snapshot)
}

struct Listed {
    kind: &'static Resource,
    namespace: Option<String>,
    read: Read,
    objects: Vec<Object>,
    total: Option<ReadError>,
}

async fn list_all<'a>(
    cluster: &Cluster,
    wanted: impl Iterator<Item = (&'static Resource, Option<&'a str>)>,
) -> Vec<Listed> {
    let list = |(kind, namespace): (&'static Resource, Option<&'a str>)| async move {
        let (read, objects, total) = match cluster.list(kind, namespace, None).await {
            Ok(objects) => (Read::Complete, objects, None),
            Err(ReadError::KindNotServed { .. }) => (Read::NotServed, Vec::new(), None),
            Err(error) => (Read::Failed(error.to_string()), Vec::new(), is_total(&error).then_some(error)),
        };
        Listed { kind, namespace: namespace.map(str::to_owned), read, objects, total }
    };
    stream::iter(wanted).map(list).buffered(IN_FLIGHT).collect().await
}

/// Whether no other request would fare better.
fn is_total(error: &ReadError) -> bool {
    matches!(error, ReadError::Unreachable { .. } | ReadError::Unauthorized { .. } | ReadError::TimedOut { .. })
}
