//! `kubectl seldon fix`: look, plan, show, ask, write, look again.

mod emit;
mod files;
mod left;
mod look;
mod owners;
mod run;
mod show;
mod steps;
mod write;

use std::{collections::BTreeSet, path::Path};

use seldon_central_core::{
    finding::{Level, Verdict},
    fix::{Left, PlanFile, Why},
    name::Namespace,
    resource::NAMESPACE,
    rules::{self, RULES, World},
    snapshot::Snapshot,
};

use self::{look::Look, owners::Owners};
use super::{
    block_on,
    verify::{
        ask::{Ask, Base},
        gather::Input,
    },
};
use crate::{
    cli::{
        fix::{DryRun, FixArgs},
        kube::KubeFlags,
    },
    cluster::Cluster,
    error::CliError,
    exit::Exit,
    sink::{files::shown, private},
    source::profile::read_text,
    ui::Ui,
};

/// Runs the verb.
///
/// # Errors
/// When nothing can be looked at, something is refused, or writing ends in the middle.
pub fn run(args: &FixArgs, kube: &KubeFlags, ui: &Ui) -> Result<Exit, CliError> {
    if !args.files.is_empty() {
        return at_files(args, kube, ui);
    }
    if let Some(file) = &args.apply.apply_plan {
        if kube.namespace.is_some() || kube.all_namespaces {
            return Err(CliError::new("a plan says itself which objects it changes; name no namespace beside it"));
        }
        return block_on(apply_plan(args, file, kube, ui));
    }
    let nothing = args.namespaces.is_empty() && kube.namespace.is_none() && args.profile.is_none();
    if nothing && !kube.all_namespaces {
        return Err(CliError::new(
            "name what to put right: namespaces, --all-namespaces, a --profile, or files with --file",
        )
        .hint("`kubectl seldon fix financial-inference --diff` shows what would change"));
    }
    if let Some(form) = args.lay.emit {
        return emit::over_base(args, form, kube, ui);
    }
    let look = Look::live(args, kube)?;
    block_on(async {
        let cluster = Cluster::connect(kube).await?;
        let input = look.input(&cluster).await?;
        let world = look.world(&input, &input.snapshot);
        complete(args, &look, &input, &world, ui)?;
        let plan = look.plan(&input, &input.snapshot, &|_| true);
        let owners = Owners::of(&cluster, &plan.left, args).await;
        let tell = |left: &[Left]| left::tell_owners(left, &input.snapshot, &owners, ui);
        let is_owned = plan.left.iter().any(|left| matches!(left.why, Why::Owned { .. }));
        if plan.is_empty() && is_owned {
            tell(&plan.left);
            let refused = args.apply.refused();
            return Err(CliError::new(format!("{refused}, because owners would change it back, as said above")));
        }
        let file = PlanFile::new(
            cluster_uid(&input.snapshot, input.control_plane.namespace.as_str()),
            input.control_plane.clone(),
            plan.bound(),
        );
        if args.apply.dry_run == Some(DryRun::Client) {
            ui.data(&show::lines(&file.steps, " (client dry run)"))?;
            tell(&plan.left);
            return Ok(exit_for(&plan.left));
        }
        let mut run = run::Run::read(&cluster, &args.apply, file).await?;
        run.judge().await?;
        if let Some(path) = &args.apply.plan {
            private::write(path, &run.file.to_json())?;
            ui.data(&show::lines(&run.file.steps, " (planned)"))?;
            tell(&plan.left);
            ui.notice(&format!("`kubectl seldon fix --apply-plan {}` carries it out", shown(path)));
            return Ok(exit_for(&plan.left));
        }
        if let Some(exit) = run.only_shown(ui)? {
            tell(&plan.left);
            return Ok(if args.apply.diff { exit } else { exit.max(exit_for(&plan.left)) });
        }
        run.carry_out(ui).await?;
        let left = if run.is_nothing() { plan.left } else { look.again(&cluster, &plan.left).await? };
        tell(&left);
        Ok(exit_for(&left))
    })
}

/// Puts files right, or lays an overlay over them.
fn at_files(args: &FixArgs, kube: &KubeFlags, ui: &Ui) -> Result<Exit, CliError> {
    let look = Look::at_files(args, kube)?;
    match args.lay.emit {
        Some(form) => emit::over_files(args, form, look, ui),
        None => files::run(args, &look, ui),
    }
}

/// Stops when what the selected rules need could not be read, unless that is allowed.
fn complete(args: &FixArgs, look: &Look, input: &Input, world: &World<'_>, ui: &Ui) -> Result<(), CliError> {
    let outcomes = rules::run(&look.rules, world);
    let unread: BTreeSet<String> = outcomes
        .iter()
        .filter(|outcome| look.wants(input, outcome))
        .filter_map(|outcome| match &outcome.verdict {
            Verdict::Unknown { reason } if reason.is_incomplete() => Some(reason.to_string()),
            _ => None,
        })
        .collect();
    for reason in &unread {
        ui.notice(reason);
    }
    if unread.is_empty() || args.apply.allow_incomplete {
        return Ok(());
    }
    let refused = args.apply.refused();
    Err(CliError::incomplete(format!(
        "{refused}, because what the rules need could not be read, for the reasons above"
    ))
    .hint("--allow-incomplete goes on without; --select and --ignore choose the rules"))
}

/// An error that stays and that nothing heals.
fn exit_for(left: &[Left]) -> Exit {
    let counts = |left: &Left| {
        let is_refused = matches!(left.why, Why::Owned { .. });
        is_refused || (left.outcome.level() == Some(Level::Error) && !rules::can_heal(left.outcome.rule))
    };
    if left.iter().any(counts) { Exit::Findings } else { Exit::Done }
}

/// By what a cluster is told from another.
fn cluster_uid(snapshot: &Snapshot, control_plane: &str) -> Option<String> {
    let own = snapshot.known(&NAMESPACE).map(|seen| &seen.object).find(|object| object.name() == control_plane)?;
    own.text("/metadata/uid").map(str::to_owned)
}

/// Carries out a plan that was made before.
async fn apply_plan(args: &FixArgs, path: &Path, kube: &KubeFlags, ui: &Ui) -> Result<Exit, CliError> {
    let text = read_text(path)?;
    let file = PlanFile::from_json(&text).map_err(|error| CliError::new(format!("{}: {error}", shown(path))))?;
    let cluster = Cluster::connect(kube).await?;
    let own = file.control_plane.namespace.to_string();
    if let Some(uid) = &file.cluster {
        let found = cluster.get(&NAMESPACE, None, &own).await?;
        if found.as_ref().and_then(|found| found.text("/metadata/uid")) != Some(uid) {
            return Err(CliError::new(format!(
                "{}, because {} was made for another cluster: this one's namespace `{own}` is not the one it was made for",
                args.apply.refused(),
                shown(path)
            ))
            .hint("name the cluster with --context"));
        }
    }
    let homes: BTreeSet<&str> = file.steps.iter().filter_map(|step| step.object.home()).collect();
    let tenants: Vec<Namespace> =
        homes.into_iter().filter(|home| *home != own).filter_map(|home| Namespace::new(home).ok()).collect();
    let mut run = run::Run::read(&cluster, &args.apply, file).await?;
    run.refuse_owned()?;
    if args.apply.dry_run == Some(DryRun::Client) {
        ui.data(&show::lines(&run.file.steps, " (client dry run)"))?;
        return Ok(Exit::Done);
    }
    run.judge().await?;
    if let Some(exit) = run.only_shown(ui)? {
        return Ok(exit);
    }
    run.carry_out(ui).await?;
    if tenants.is_empty() {
        return Ok(Exit::Done);
    }
    // Whoever carries out a plan made it to be left with what it leaves.
    let control_plane = run.file.control_plane.clone();
    let ask = Ask {
        named: tenants.clone(),
        base: Base::Named,
        tenants,
        control_plane,
        files: Vec::new(),
        allow_remote_bases: false,
        declared: None,
        except: None,
    };
    let look = Look { ask, rules: RULES.to_vec(), unsafe_too: false, owned_too: false, incomplete_too: true };
    let left = look.again(&cluster, &[]).await?;
    let input = Snapshot::live();
    left::tell(&left, &input, ui);
    Ok(Exit::Done)
}
