//! `kubectl seldon offboard`: look, plan, show, ask, delete, wait.

mod carry;
mod look;
mod show;

use seldon_central_core::{
    offboard::{self, Plan, Request},
    profile::ControlPlane,
    rules::World,
    snapshot::Snapshot,
    text::printable,
};

use super::block_on;
use crate::{
    cli::{fix::DryRun, kube::KubeFlags, offboard::OffboardArgs},
    cluster::Cluster,
    error::CliError,
    exit::Exit,
    interrupt::Interrupt,
    ui::Ui,
};

/// Runs the verb.
///
/// # Errors
/// When nothing can be looked at, something is refused, or deleting ends in the middle.
pub fn run(args: &OffboardArgs, kube: &KubeFlags, ui: &Ui) -> Result<Exit, CliError> {
    let own = args.tenant.as_str();
    if kube.all_namespaces || kube.namespace.as_deref().is_some_and(|other| other != own) {
        return Err(CliError::new("offboard takes the one namespace that it is given as an argument"));
    }
    let control_plane = control_plane(args);
    if args.tenant == control_plane.namespace {
        return Err(CliError::new(format!("{own} is the control plane, which no tenant's leaving takes down")));
    }
    block_on(async {
        let cluster = Cluster::connect(kube).await?;
        let snapshot = look::observe(&cluster, args, &control_plane).await?;
        let request = Request {
            namespace: &args.tenant,
            control_plane: &control_plane.namespace,
            also: &args.also,
            namespace_too: args.delete_namespace,
            owned_too: args.force_live,
        };
        let plan = offboard::plan(&snapshot, &request);
        refuse(args, &plan)?;
        reachable(args, &control_plane, &snapshot, &plan)?;
        act(&cluster, args, plan, ui).await
    })
}

fn control_plane(args: &OffboardArgs) -> ControlPlane {
    let stock = ControlPlane::default();
    ControlPlane {
        namespace: args.control_plane_namespace.clone().unwrap_or(stock.namespace),
        cluster_domain: args.cluster_domain.clone().unwrap_or(stock.cluster_domain),
        ..stock
    }
}

/// Refuses what is others' to delete, and what would leave others' objects behind that can neither work nor go.
fn refuse(args: &OffboardArgs, plan: &Plan) -> Result<(), CliError> {
    let refused = args.refused();
    if !plan.missing.is_empty() {
        let names: Vec<String> = plan.missing.iter().map(|one| printable(&one.to_string()).into_owned()).collect();
        return Err(CliError::new(format!("{refused}, because there is no {} in {}", names.join(", "), args.tenant)));
    }
    if !plan.owned.is_empty() {
        let lines: Vec<String> =
            plan.owned.iter().map(|(object, owner)| printable(&format!("{object}: {owner}")).into_owned()).collect();
        return Err(CliError::new(format!(
            "{refused}, because these have owners that would make them again:\n  {}",
            lines.join("\n  ")
        ))
        .hint("delete them where they come from: remove them from the repository and let its controller prune, or uninstall \
               the release; then run this again for the rest")
        .hint("--force-live deletes them all the same"));
    }
    if !plan.stranded.is_empty() {
        let lines: Vec<String> =
            plan.stranded.iter().map(|object| printable(&object.to_string()).into_owned()).collect();
        let flags: Vec<String> = plan
            .stranded
            .iter()
            .map(|object| format!("--also {}/{}", object.kind.to_lowercase(), printable(&object.name)))
            .collect();
        return Err(CliError::new(format!(
            "{refused}, because onboard did not make these, and without Server, runtime and alias they could neither work nor \
             go:\n  {}",
            lines.join("\n  ")
        ))
        .hint(format!("have them deleted first, or let them go too: {}", flags.join(" "))));
    }
    Ok(())
}

/// Refuses to delete what nobody would let go.
fn reachable(
    args: &OffboardArgs,
    control_plane: &ControlPlane,
    snapshot: &Snapshot,
    plan: &Plan,
) -> Result<(), CliError> {
    let tenants = [args.tenant.clone()];
    let world = World::new(snapshot, control_plane, &tenants);
    let reasons = offboard::unreachable(&world, args.tenant.as_str(), plan);
    if reasons.is_empty() || args.force {
        return Ok(());
    }
    let lines: Vec<String> = reasons.iter().map(|reason| printable(reason).into_owned()).collect();
    Err(CliError::new(format!(
        "{}, because operator and scheduler do not find each other, so that finalizers would stay and what has one would \
         hang in its deletion for ever:\n  {}",
        args.refused(),
        lines.join("\n  ")
    ))
    .hint("put that right first; `kubectl seldon fix` may help")
    .hint("--force deletes all the same, and says at the end what did not go"))
}

async fn act(cluster: &Cluster, args: &OffboardArgs, plan: Plan, ui: &Ui) -> Result<Exit, CliError> {
    if args.emit {
        ui.data(&show::document(&plan, args))?;
        return Ok(Exit::Done);
    }
    if plan.steps.is_empty() {
        ui.notice(&format!("nothing to do: nothing in {} was made by onboard", args.tenant));
        return Ok(Exit::Done);
    }
    let mut steps = carry::Step::all(plan.steps.clone());
    if args.dry_run == Some(DryRun::Client) {
        ui.data(&show::lines(&steps, " (client dry run)"))?;
        return Ok(Exit::Done);
    }
    carry::judge(cluster, &mut steps, args.refused()).await?;
    if args.dry_run.is_some() {
        ui.data(&show::lines(&steps, " (server dry run)"))?;
        return Ok(Exit::Done);
    }
    if !agreed(&plan, args, ui) {
        return Err(CliError::new("nothing was deleted, as you wished"));
    }
    let mut interrupt = Interrupt::listen()?;
    carry::run(cluster, &mut steps, args.timeout.limit(), &mut interrupt, ui).await?;
    if !args.delete_namespace {
        ui.notice(&format!("the namespace {} stays, with what others made in it", args.tenant));
    }
    Ok(Exit::Done)
}

/// Shows the plan, and asks when there is somebody to ask.
fn agreed(plan: &Plan, args: &OffboardArgs, ui: &Ui) -> bool {
    if !ui.is_interactive() || !args.yes {
        ui.talk(&show::plan(plan));
    }
    if !plan.kept.is_empty() && args.delete_namespace {
        let kept: Vec<String> = plan.kept.iter().map(|object| printable(&object.to_string()).into_owned()).collect();
        ui.notice(&format!(
            "with the namespace goes what others made in it: {} and whatever else is there",
            kept.join(", ")
        ));
    }
    !ui.is_interactive() || args.yes || ui.confirm("Delete all of this?")
}
