//! Everything that is judged, from wherever it comes, as one value.

use seldon_central_core::{name::Namespace, profile::ControlPlane, snapshot::Snapshot};

use crate::{cli::verify::SourceArgs, error::CliError, source::manifests};

/// What is judged.
#[derive(Debug)]
pub(super) struct Input {
    /// The objects, and what is known to be absent.
    pub snapshot: Snapshot,
    /// The control plane as the flags, the profile or the cluster describe it.
    pub control_plane: ControlPlane,
    /// Namespaces that are tenants whatever they hold.
    pub tenants: Vec<Namespace>,
    /// How many documents are no Kubernetes objects.
    pub skipped: usize,
}

/// Reads what the flags name.
///
/// # Errors
/// When something cannot be read, is no YAML, or there is no object in it.
pub(super) fn gather(args: &SourceArgs) -> Result<Input, CliError> {
    let control_plane = args.control_plane();
    let manifests = manifests::read(&args.files)?;
    if manifests.objects.is_empty() {
        return Err(CliError::new("there is no Kubernetes object in what was named, so nothing was judged"));
    }
    let snapshot = Snapshot::from_manifests(manifests.objects, &control_plane.namespace).with_texts(manifests.texts);
    Ok(Input { snapshot, control_plane, tenants: args.namespaces.clone(), skipped: manifests.skipped })
}
