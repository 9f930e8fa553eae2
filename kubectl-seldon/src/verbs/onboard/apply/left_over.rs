//! What earlier runs built and this one does not ask for. It is named and never deleted.

use futures::{StreamExt, stream};
use seldon_central_core::{
    left_over,
    object::Object,
    pattern::RELAY_NAME,
    reason::ownership::owner,
    resource::{CONFIG_MAP, DEPLOYMENT},
    snapshot::Snapshot,
};

use super::Built;
use crate::{
    cli::kube::KubeFlags,
    cluster::{Cluster, IN_FLIGHT, ReadError},
    ui::Ui,
};

/// Names what is left over, with the command that deletes it.
pub(super) async fn tell(cluster: &Cluster, kube: &KubeFlags, built: &Built, snapshot: &Snapshot, ui: &Ui) {
    let snapshot = with_config_maps(cluster, built, snapshot, ui).await;
    for (tenant, objects) in left_over::by_tenant(&snapshot, &built.desired) {
        for Told { notice, hint } in told(tenant.namespace.as_str(), &objects, kube) {
            ui.notice(&notice);
            ui.hint(&hint);
        }
    }
}

/// Adds the relays' `ConfigMaps`, which nothing else asks for.
async fn with_config_maps(cluster: &Cluster, built: &Built, snapshot: &Snapshot, ui: &Ui) -> Snapshot {
    let mut snapshot = snapshot.clone();
    let get = async |namespace: String| {
        let read = cluster.get(&CONFIG_MAP, Some(&namespace), RELAY_NAME).await;
        (namespace, read)
    };
    let namespaces: Vec<String> = built.desired.tenants.iter().map(|tenant| tenant.namespace.to_string()).collect();
    for (namespace, read) in stream::iter(namespaces).map(get).buffered(IN_FLIGHT).collect::<Vec<_>>().await {
        let has_relay = || snapshot.known_in(&DEPLOYMENT, &namespace).any(|known| known.object.name() == RELAY_NAME);
        match read {
            Ok(found) => found.into_iter().for_each(|object| snapshot.add_found(object)),
            // Where there is no relay, a missing right is not worth a word.
            Err(ReadError::Forbidden { .. }) if !has_relay() => {}
            Err(error) => ui.notice(&format!("whether a relay's ConfigMap is left over is not known: {error}")),
        }
    }
    snapshot
}

/// What is said of objects that are left over, and of what to do about them.
struct Told {
    notice: String,
    hint: String,
}

/// What a controller would make again is deleted in its repository, the rest with kubectl.
fn told(namespace: &str, objects: &[&Object], kube: &KubeFlags) -> Vec<Told> {
    const WHAT: &str = "left over from an earlier run and not asked for by this one";
    let owned = objects.iter().filter_map(|object| {
        let ownership = owner(object)?;
        let name = object.id().kubectl_name();
        let owner = ownership.owner;
        Some(Told {
            notice: format!("{namespace}: {WHAT}: {name}, which {owner} owns"),
            hint: "onboard never deletes; if it is no longer wanted, delete it there".to_owned(),
        })
    });
    let free: Vec<String> =
        objects.iter().filter(|object| owner(object).is_none()).map(|object| object.id().kubectl_name()).collect();
    let command = (!free.is_empty()).then(|| {
        let flags: String = kube.to_arguments().iter().map(|argument| format!(" {argument}")).collect();
        Told {
            notice: format!("{namespace}: {WHAT}: {}", free.join(", ")),
            hint: format!(
                "onboard never deletes; if they are no longer wanted: kubectl{flags} delete -n {namespace} {}",
                free.join(" ")
            ),
        }
    });
    owned.chain(command).collect()
}
