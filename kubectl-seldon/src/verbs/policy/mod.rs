//! `kubectl seldon policy`: what of the rules an API server can check, as objects for it.

use std::{collections::BTreeSet, path::Path};

use seldon_central_core::{
    guard::{self, Action, Policy, Settings, Tenants},
    name::Namespace,
    profile::Profile,
    text,
};

use super::{
    block_on,
    onboard::{
        chosen,
        emit::{diff, listing},
    },
};
use crate::{
    cli::{kube::KubeFlags, policy::PolicyArgs},
    error::CliError,
    exit::Exit,
    interrupt::Interrupt,
    sink::files::{FilePlan, shown},
    source,
    ui::Ui,
};

/// Runs the verb.
///
/// # Errors
/// When flags contradict each other, no rule that is selected can be checked by an API server, or files
/// cannot be written.
pub fn run(args: &PolicyArgs, kube: &KubeFlags, ui: &Ui) -> Result<Exit, CliError> {
    if let Some(flag) = kube.cluster_flag() {
        return Err(CliError::new(format!("{flag} is for a cluster, and policy asks none")).hint("leave it out"));
    }
    let policies = guard::policies(&args.rules()?, &settings(args, kube)?);
    if policies.is_empty() {
        return Err(CliError::new("no rule that is selected can be checked by an API server")
            .hint("docs/guardrails.md lists those that can"));
    }
    let exit = match &args.out {
        None => {
            ui.data(&guard::stream(&policies))?;
            Exit::Done
        }
        Some(out) => write(args, out, &policies, ui)?,
    };
    tell_limits(&policies, ui);
    Ok(exit)
}

fn settings(args: &PolicyArgs, kube: &KubeFlags) -> Result<Settings, CliError> {
    let actions: BTreeSet<Action> = args.action.iter().copied().map(Action::from).collect();
    if actions.contains(&Action::Deny) && actions.contains(&Action::Warn) {
        return Err(CliError::new(
            "--action takes deny or warn, not both: the API server refuses a binding with the two",
        )
        .hint("who is refused is told why"));
    }
    let by_flag = kube.namespace.as_deref().map(Namespace::new).transpose()?;
    let named: Vec<Namespace> = args.namespaces.iter().cloned().chain(by_flag).collect();
    let (control_plane, tenants) = match &args.file {
        Some(file) => {
            let (mut profile, _) = source::profile::read(file)?;
            if !named.is_empty() {
                profile = chosen(profile, &named)?;
            }
            (profile.control_plane.clone(), Tenants::of(&profile))
        }
        None if named.is_empty() => (Profile::default().control_plane, Tenants::Labelled),
        None => {
            let all = named.into_iter().collect();
            (Profile::default().control_plane, Tenants::Named { all, relayed: BTreeSet::new() })
        }
    };
    let control_plane = args.control_plane(control_plane);
    let operator_namespace = args.operator_namespace.clone().unwrap_or_else(|| control_plane.namespace.clone());
    Ok(Settings { control_plane, operator_namespace, tenants, actions })
}

fn write(args: &PolicyArgs, out: &Path, policies: &[Policy], ui: &Ui) -> Result<Exit, CliError> {
    let plan = FilePlan::new(out, &guard::files(policies))?;
    if args.diff {
        return diff(&plan, ui);
    }
    if let Some(refusal) = plan.refusal().filter(|_| !args.overwrite) {
        plan.differing().for_each(|file| ui.talk(&file.diff()));
        return Err(refusal);
    }
    block_on(async { plan.write(&mut Interrupt::listen()?).await })?;
    ui.data(&listing(&plan, false))?;
    for stranger in &plan.strangers {
        ui.notice(&format!("{} is not part of what was emitted and was left alone", shown(stranger)));
    }
    Ok(Exit::Done)
}

fn tell_limits(policies: &[Policy], ui: &Ui) {
    let limited: Vec<&str> = policies.iter().filter(|one| one.limits.is_some()).map(|one| one.rule.id).collect();
    if !limited.is_empty() {
        let ids = text::enumerate(limited);
        ui.notice(&format!("the policies of {ids} see less than their rules; a comment above each says what"));
    }
}
