//! What an object is explained from: files, or a cluster.

use std::path::PathBuf;

use std::collections::BTreeSet;

use seldon_central_core::{
    log::Process,
    name::Namespace,
    needs,
    profile::{ControlPlane, GrpcPrefix},
    resource::RELEASE,
    rules::RULES,
    snapshot::Snapshot,
    surroundings::grpc_service_prefix,
};

use crate::{
    cli::{explain::ControlPlaneArgs, kube::KubeFlags, verify::LOG_REQUESTS},
    cluster::Cluster,
    error::CliError,
    source::{
        live::{self, Look},
        manifests,
    },
    verbs::block_on,
};

/// Objects, and what is known of the control plane.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) snapshot: Snapshot,
    pub(super) control_plane: ControlPlane,
    /// The namespaces that are meant; none for all.
    pub(super) namespaces: Vec<Namespace>,
}

/// Reads the files, or the cluster when there are none. Without a namespace that is meant, the one of
/// the flags counts, and on a cluster the context's. Of a cluster the logs of these processes are read, as far
/// as that is allowed.
///
/// # Errors
/// When something cannot be read, or there is nothing in it.
pub(super) fn read(
    files: &[PathBuf],
    flags: &ControlPlaneArgs,
    kube: &KubeFlags,
    meant: Option<&Namespace>,
    processes: &BTreeSet<Process>,
) -> Result<Scene, CliError> {
    let control_plane = flags.control_plane();
    let by_flag = kube.namespace.as_deref().filter(|_| !kube.all_namespaces).map(Namespace::new).transpose()?;
    let named = meant.cloned().or(by_flag);
    if files.is_empty() {
        return block_on(from_cluster(flags, kube, control_plane, named, processes));
    }
    let manifests = manifests::read(files, false, None)?;
    if manifests.objects.is_empty() {
        return Err(CliError::new("there is no Kubernetes object in what was named, so there is nothing to explain"));
    }
    let snapshot = Snapshot::from_manifests(manifests.objects, &control_plane.namespace)
        .with_kustomizations(manifests.kustomizations);
    Ok(Scene { snapshot, control_plane, namespaces: named.into_iter().collect() })
}

async fn from_cluster(
    flags: &ControlPlaneArgs,
    kube: &KubeFlags,
    mut control_plane: ControlPlane,
    named: Option<Namespace>,
    processes: &BTreeSet<Process>,
) -> Result<Scene, CliError> {
    let cluster = Cluster::connect(kube).await?;
    let everywhere = kube.all_namespaces;
    let namespaces = match named {
        Some(named) => vec![named],
        None if everywhere => Vec::new(),
        None => vec![Namespace::new(cluster.namespace())?],
    };
    let mut kinds = needs::kinds(RULES);
    // Warnings about the installation explain no object, so nobody is asked for its Secrets.
    kinds.remove(&RELEASE);
    let look = Look {
        kinds: &kinds,
        everywhere,
        named: &namespaces,
        control_plane: &control_plane,
        processes,
        log_requests: LOG_REQUESTS.into(),
    };
    let snapshot = live::observe(&cluster, &look).await?;
    if flags.grpc_service_prefix.is_none()
        && let Some(prefix) = grpc_service_prefix(&snapshot, &control_plane)
        && let Ok(prefix) = GrpcPrefix::new(prefix)
    {
        control_plane.grpc_service_prefix = prefix;
    }
    Ok(Scene { snapshot, control_plane, namespaces })
}
