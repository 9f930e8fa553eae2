//! One object: find it and account for it.

use std::collections::BTreeSet;

use seldon_central_core::{
    explain::account,
    name::Namespace,
    needs,
    resource::{MODEL, Resource, SELDON_RUNTIME, SERVER},
    rules::{RULES, World},
    snapshot::{Observed, Unknown},
    text,
};

use super::{
    Form, print,
    world::{self, Scene},
};
use crate::{
    cli::{explain::ExplainArgs, kube::KubeFlags},
    error::CliError,
    exit::Exit,
    ui::Ui,
};

/// Explains an object.
///
/// # Errors
/// When it is not there, or what is around it cannot be read.
pub(super) fn run(
    args: &ExplainArgs,
    kube: &KubeFlags,
    (kind, name): (&'static Resource, &str),
    form: Form,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let has_causes = [&MODEL, &SERVER, &SELDON_RUNTIME].contains(&kind) && !args.no_logs;
    let processes = if has_causes { needs::processes(RULES) } else { BTreeSet::new() };
    let scene = world::read(&args.files, &args.control_plane, kube, None, &processes)?;
    let observed = find(&scene, kind, name)?;
    // Whoever asks about an object takes its namespace for a tenant.
    let central = &scene.control_plane.namespace;
    let home = observed.object.namespace().and_then(|home| Namespace::new(home).ok()).filter(|home| home != central);
    let tenants: Vec<Namespace> = home.into_iter().collect();
    let world = World::new(&scene.snapshot, &scene.control_plane, &tenants);
    let Some(account) = account(&world, observed) else {
        return Err(CliError::new(format!("nothing is known of objects of kind {}", kind.kind)));
    };
    ui.data(&print(form, &[account.page()], "account", &account))?;
    if account.is_incomplete() {
        ui.notice("something that the account needs could not be read, so it is incomplete");
        return Ok(Exit::Incomplete);
    }
    Ok(Exit::Done)
}

fn find<'a>(scene: &'a Scene, kind: &'static Resource, name: &str) -> Result<&'a Observed, CliError> {
    let is_meant = |observed: &&Observed| match scene.namespaces.as_slice() {
        [] => true,
        meant => meant.iter().any(|namespace| observed.object.namespace() == Some(namespace.as_str())),
    };
    let known: Vec<&Observed> = scene.snapshot.known(kind).filter(is_meant).collect();
    let found: Vec<&Observed> = known.iter().filter(|observed| observed.object.name() == name).copied().collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(absent(scene, kind, name, &known)),
        several => {
            let homes = several.iter().filter_map(|observed| observed.object.namespace());
            let homes = text::enumerate(homes);
            Err(CliError::new(format!("there is more than one {} `{name}`: in {homes}", kind.kind))
                .hint("name the namespace with --namespace"))
        }
    }
}

fn absent(scene: &Scene, kind: &'static Resource, name: &str, known: &[&Observed]) -> CliError {
    let place = match scene.namespaces.as_slice() {
        [] if scene.snapshot.is_live() => "on the cluster".to_owned(),
        [] => "in the input".to_owned(),
        namespaces => format!("in {}", text::enumerate(namespaces.iter().map(Namespace::as_str))),
    };
    let unread = match scene.namespaces.as_slice() {
        [] => scene.snapshot.all(kind).err(),
        namespaces => namespaces.iter().find_map(|namespace| scene.snapshot.all_in(kind, namespace.as_str()).err()),
    };
    if let Some(reason) = unread.as_ref().filter(|reason| Unknown::is_incomplete(reason)) {
        return CliError::incomplete(format!(
            "whether there is a {} `{name}` {place} is not known: {reason}",
            kind.kind
        ));
    }
    let error = CliError::new(format!("there is no {} `{name}` {place}", kind.kind));
    match text::nearest(name, known.iter().map(|observed| observed.object.name())) {
        Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
        None if known.is_empty() => error,
        None => {
            let names = text::enumerate(known.iter().map(|observed| observed.object.name()));
            error.hint(format!("what is there: {names}"))
        }
    }
}
