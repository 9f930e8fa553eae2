//! A picture of tenants and their flows.

use std::collections::BTreeSet;

use seldon_central_core::{
    explain::graph,
    name::Namespace,
    resource::{NAMESPACE, NETWORK_POLICY, SELDON_RUNTIME, SERVICE},
    rules::{TenantView, World},
    snapshot::{Snapshot, Unknown},
    text,
};

use super::world::{self, Scene};
use crate::{
    cli::{
        explain::{ExplainArgs, Output},
        kube::KubeFlags,
    },
    error::CliError,
    exit::Exit,
    ui::Ui,
};

/// Draws the tenants that are meant.
///
/// # Errors
/// When there is none, or what is around it cannot be read.
pub(super) fn run(args: &ExplainArgs, kube: &KubeFlags, ui: &Ui) -> Result<Exit, CliError> {
    if matches!(args.output, Some(Output::Text | Output::Markdown | Output::Json)) {
        return Err(CliError::new("--graph draws mermaid, dot or svg"));
    }
    let named = named(args, kube)?;
    let scene = world::read(&args.files, &args.control_plane, kube, named.as_ref(), &BTreeSet::new())?;
    exist(&scene)?;
    let world = World::new(&scene.snapshot, &scene.control_plane, &scene.namespaces);
    let is_meant = |tenant: &&TenantView| {
        scene.namespaces.is_empty() || scene.namespaces.iter().any(|named| named.as_str() == tenant.namespace)
    };
    let tenants: Vec<&TenantView> = world.tenants.iter().filter(is_meant).collect();
    if tenants.is_empty() {
        return Err(CliError::new("no namespace that was looked at is a tenant of the central scheduler")
            .hint("name one to draw it as such"));
    }
    let graph = graph(&world, &tenants);
    ui.data(&match args.output {
        Some(Output::Dot) => graph.to_dot(),
        Some(Output::Svg) => graph.to_svg(),
        _ => graph.to_mermaid(),
    })?;
    let unread = tenants.iter().find_map(|tenant| unread(&scene.snapshot, &tenant.namespace));
    if let Some(reason) = unread {
        ui.notice(&format!("what this would decide is drawn as unknown: {reason}"));
        return Ok(Exit::Incomplete);
    }
    Ok(Exit::Done)
}

/// The one namespace that is named.
fn named(args: &ExplainArgs, kube: &KubeFlags) -> Result<Option<Namespace>, CliError> {
    match args.what.as_slice() {
        [] => Ok(None),
        [one] if kube.namespace.is_none() && !kube.all_namespaces => Ok(Some(Namespace::new(one)?)),
        [_] => Err(CliError::new("name the namespace as an argument, with --namespace or with --all-namespaces")),
        _ => Err(CliError::new("name one namespace to draw, or all of them with --all-namespaces")),
    }
}

/// Nothing at all in a namespace is more likely a misspelled name than an empty tenant.
fn exist(scene: &Scene) -> Result<(), CliError> {
    let central = &scene.control_plane.namespace;
    if scene.namespaces.contains(central) {
        return Err(CliError::new(format!(
            "`{central}` is the control plane, which is in the picture of every tenant"
        ))
        .hint("name a tenant, or all of them with --all-namespaces"));
    }
    // Of a cluster only a list of all namespaces proves that there is no other.
    if scene.snapshot.is_live() && scene.snapshot.all(&NAMESPACE).is_err() {
        return Ok(());
    }
    let known = scene.snapshot.namespaces();
    let absent = scene.namespaces.iter().find(|named| !known.contains(named.as_str()));
    let Some(absent) = absent else { return Ok(()) };
    let error = CliError::new(format!("there is nothing in a namespace `{absent}`"));
    Err(match text::nearest(absent.as_str(), known) {
        Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
        None => error,
    })
}

/// Why what decides a tenant's flows could not be read.
fn unread(snapshot: &Snapshot, namespace: &str) -> Option<Unknown> {
    let kinds = [&NETWORK_POLICY, &SELDON_RUNTIME, &SERVICE];
    kinds.into_iter().find_map(|kind| snapshot.all_in(kind, namespace).err().filter(Unknown::is_incomplete))
}
