//! What there is of a tenant.

use seldon_central_core::{
    offboard::STAGES,
    pattern::{RCLONE_SECRET, RELAY_NAME},
    profile::ControlPlane,
    resource::{CONFIG_MAP, DEPLOYMENT, NAMESPACE, Resource, SECRET},
    snapshot::Snapshot,
};

use crate::{
    cli::offboard::OffboardArgs,
    cluster::{Cluster, ReadError},
    error::CliError,
    source,
};

/// Reads what offboarding depends on. What could not be read is taken for nothing that is gone.
///
/// # Errors
/// When the namespace does not exist, or something of it could not be read.
pub(super) async fn observe(
    cluster: &Cluster,
    args: &OffboardArgs,
    control_plane: &ControlPlane,
) -> Result<Snapshot, CliError> {
    let own = args.tenant.as_str();
    if cluster.get(&NAMESPACE, None, own).await?.is_none() {
        return Err(CliError::new(format!("the cluster has no namespace `{own}`"))
            .hint("choose another cluster with --context, or check the name"));
    }
    let mut snapshot =
        source::cluster::observe(cluster, &control_plane.namespace, std::slice::from_ref(&args.tenant)).await?;
    for kind in STAGES.into_iter().filter(|kind| kind.namespaced && !by_name(kind)) {
        if let Err(reason) = snapshot.all_in(kind, own)
            && reason.is_incomplete()
        {
            return Err(CliError::incomplete(format!("{}, because {reason}", args.refused())));
        }
    }
    let named = args.also.iter().filter(|one| by_name(one.kind)).map(|one| (one.kind, one.name.as_str()));
    for (kind, name) in [(&CONFIG_MAP, RELAY_NAME), (&SECRET, RCLONE_SECRET)].into_iter().chain(named) {
        match cluster.get(kind, Some(own), name).await {
            Ok(found) => found.into_iter().for_each(|object| snapshot.add_found(object)),
            // Where there is no relay, nobody has its ConfigMap.
            Err(ReadError::Forbidden { .. }) if *kind == CONFIG_MAP && !has_relay(&snapshot, own) => {}
            Err(error) => return Err(CliError::incomplete(format!("{}, because {error}", args.refused()))),
        }
    }
    Ok(snapshot)
}

/// Whether objects of a kind are read one by one: lists of them hold what is nobody's business here.
fn by_name(kind: &Resource) -> bool {
    [&CONFIG_MAP, &SECRET].into_iter().any(|one| one == kind)
}

fn has_relay(snapshot: &Snapshot, namespace: &str) -> bool {
    snapshot.known_in(&DEPLOYMENT, namespace).any(|seen| seen.object.name() == RELAY_NAME)
}
