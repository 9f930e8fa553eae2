//! `kubectl seldon verify`: read manifests, judge them, print what was found.

use seldon_central_core::{
    finding::Level,
    profile::ControlPlane,
    rules::{self, RULES, World},
    snapshot::Snapshot,
};

use crate::{
    cli::verify::{Output, VerifyArgs},
    error::CliError,
    exit::Exit,
    render::findings,
    source::manifests,
    ui::Ui,
};

/// Runs the verb.
///
/// # Errors
/// When the manifests cannot be read or hold nothing to judge.
pub fn run(args: &VerifyArgs, ui: &Ui) -> Result<Exit, CliError> {
    let manifests = manifests::read(&args.files)?;
    let looked_at = format!("{} objects, {} other documents skipped", manifests.objects.len(), manifests.skipped);
    if manifests.objects.is_empty() {
        return Err(CliError::new("there is no Kubernetes object in what was named, so nothing was judged"));
    }
    let control_plane = ControlPlane {
        namespace: args.control_plane_namespace.clone(),
        cluster_domain: args.cluster_domain.clone(),
        transport: args.transport.into(),
        grpc_service_prefix: args.grpc_service_prefix.clone(),
        ..ControlPlane::default()
    };
    let snapshot = Snapshot::from_manifests(manifests.objects, &control_plane.namespace);
    let world = World::new(&snapshot, &control_plane, &args.namespaces);
    let outcomes = rules::run(RULES, &world);
    ui.data(&match args.output {
        Output::Text => findings::text(&outcomes, &looked_at),
        Output::Json => findings::json(&outcomes),
    })?;
    if world.tenants.is_empty() {
        ui.notice("no namespace of the input is a tenant of the central scheduler; name one to judge it as such");
    }
    let threshold: Level = args.fail_on.into();
    let failed = outcomes.iter().filter_map(|outcome| outcome.finding()).any(|finding| finding.level >= threshold);
    Ok(if failed { Exit::Findings } else { Exit::Done })
}
