//! Names from the cluster, for somebody who waits at a prompt.

use std::time::Duration;

use seldon_central_core::resource::Resource;

use crate::{cli::kube::KubeFlags, cluster::Cluster, error::CliError, verbs::block_on};

/// Whoever pressed a key waits no longer than this.
const PATIENCE: Duration = Duration::from_secs(2);

/// The names of a kind's objects: in the namespace that is meant, where the kind has one. None when the cluster does not
/// say so in time.
pub(super) fn names(kube: &KubeFlags, resource: &'static Resource) -> Vec<String> {
    let read = async {
        let reading = tokio::time::timeout(PATIENCE, read(kube, resource)).await;
        reading.unwrap_or_else(|_| Ok(Vec::new()))
    };
    block_on(read).unwrap_or_default()
}

async fn read(kube: &KubeFlags, resource: &'static Resource) -> Result<Vec<String>, CliError> {
    let cluster = Cluster::connect(kube).await?;
    let namespace = resource.namespaced.then(|| cluster.namespace().to_owned());
    let objects = cluster.list(resource, namespace.as_deref(), None).await?;
    Ok(objects.iter().map(|object| object.name().to_owned()).collect())
}
