//! Emitting files instead of changing a cluster.

use std::{ffi::OsStr, path::Path};

use seldon_central_core::{
    overlay::{Form, Renamed, renamed, render, stream},
    preflight::{cut_off, preflight},
    reason::{operator::Operator, version::Versions},
    snapshot::Snapshot,
    version::Range,
};

use super::{
    super::repository,
    Built,
    apply::{complete, served},
    block_on, judge, notices, prove, report,
};
use crate::{
    cli::{
        kube::quoted,
        onboard::{EmitArgs, EmitForm, OnboardArgs},
    },
    error::CliError,
    exit::Exit,
    interrupt::Interrupt,
    sink::files::{Change, FilePlan, PlannedFile, shown},
    ui::{DIM, GREEN, Ui, YELLOW},
};

/// Emits what was built for a cluster, and tells what that says of the files: its version, and what would
/// keep them from working there. The files are for a repository, so this does not stop them, but it
/// decides the exit status.
///
/// # Errors
/// As [`run`], and when what the names depend on could not be read.
pub(super) fn run_checked(
    args: &OnboardArgs,
    form: EmitForm,
    built: &Built,
    snapshot: &Snapshot,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let preflight = preflight(snapshot, &built.profile, &built.desired, built.suppressions.as_ref());
    complete(&preflight, &args.apply, ui)?;
    if preflight.incomplete.is_empty() && preflight.missing_kinds().is_empty() {
        let versions = Versions::of(snapshot, &built.profile.control_plane, &Operator::all(snapshot));
        let version = match versions.scheduler.range {
            Range::ANY => "of unknown version".to_owned(),
            known => known.to_string(),
        };
        ui.notice(&format!("the names are those of the cluster, which runs Seldon Core {version}"));
    }
    tell_cut_off(built, snapshot, ui);
    let done = run(args, form, built, ui)?;
    let findings: Vec<_> = preflight.blocking.iter().chain(&preflight.warnings).cloned().collect();
    let refused = "the files will not work on this cluster";
    served(&preflight, refused).and_then(|()| report(&findings, refused, ui))?;
    Ok(done)
}

/// Tells whom the control plane's new policies would shut out.
fn tell_cut_off(built: &Built, snapshot: &Snapshot, ui: &Ui) {
    let others = cut_off(snapshot, &built.profile, &built.desired);
    if !others.is_empty() {
        ui.notice(&format!(
            "the policy for --control-plane-ingress would cut the scheduler off from {}, which no policy admits to it \
             yet; emit theirs as well before this one is applied",
            others.join(", ")
        ));
    }
}

/// Tells what only a cluster could: whom the control plane's new policies would shut out.
pub(super) fn tell_unseen(built: &Built, ui: &Ui) {
    if !built.desired.control_plane.is_empty() {
        ui.notice(
            "once it is applied, the policy for --control-plane-ingress shuts every tenant out of the scheduler that no \
             policy admits; --check-live names them",
        );
    }
}

/// Emits what was built.
pub(super) fn run(args: &OnboardArgs, form: EmitForm, built: &Built, ui: &Ui) -> Result<Exit, CliError> {
    let emit = &args.emit;
    let Some(out) = &emit.out else {
        if form != EmitForm::Yaml {
            return Err(CliError::new("--emit needs a directory to write to, named with --out"));
        }
        prove(built, args.apply.refused(), ui)?;
        notices(&built.desired, ui);
        judge::tell(&built.verify_flags, "-f -", ui);
        ui.data(&stream(built.desired.objects()))?;
        return Ok(Exit::Done);
    };
    let form = settle(form, emit, out)?;
    keep_own_annotations(built, &form)?;
    prove(built, args.apply.refused(), ui)?;
    let plan = FilePlan::new(out, &render(&built.desired, &form))?;
    if args.apply.diff {
        return diff(&plan, ui);
    }
    tell_renamed(built, &plan, ui);
    let differing: Vec<_> = plan.differing().collect();
    if !differing.is_empty() && !emit.overwrite {
        for file in &differing {
            ui.talk(&file.diff());
        }
        return Err(CliError::new(format!(
            "{} of the files in {} differ; nothing was written",
            differing.len(),
            shown(out)
        ))
        .hint("--overwrite replaces them; --diff shows everything that would change"));
    }
    if args.apply.dry_run.is_none() {
        block_on(async { plan.write(&mut Interrupt::listen()?).await })?;
    }
    ui.data(&listing(&plan, args.apply.dry_run.is_some()))?;
    for stranger in &plan.strangers {
        ui.notice(&format!("{} is not part of what was emitted and was left alone", shown(stranger)));
    }
    notices(&built.desired, ui);
    judge::tell(&built.verify_flags, &format!("-f {}", quoted(&shown(out))), ui);
    Ok(Exit::Done)
}

/// Tells of Servers that the files there have by another name, because they were emitted for more
/// tenants.
fn tell_renamed(built: &Built, plan: &FilePlan, ui: &Ui) {
    let names = plan.strangers.iter().filter_map(|stranger| stranger.file_name().and_then(OsStr::to_str));
    for Renamed { tenant, before, now } in names.filter_map(|name| renamed(&built.profile, name)) {
        ui.notice(&format!(
            "{tenant}: its Server was `{before}` beside other tenants and is `{now}` now; --server-name={before} keeps the \
             name"
        ));
    }
}

pub(in crate::verbs) fn diff(plan: &FilePlan, ui: &Ui) -> Result<Exit, CliError> {
    let text: String = plan.files.iter().map(PlannedFile::diff).collect();
    ui.data(&text)?;
    Ok(if text.is_empty() { Exit::Done } else { Exit::Findings })
}

pub(in crate::verbs) fn listing(plan: &FilePlan, dry_run: bool) -> String {
    let suffix = if dry_run { " (dry run)" } else { "" };
    let line = |file: &PlannedFile| {
        let (style, word) = match file.change {
            Change::Create => (GREEN, "created"),
            Change::Same => (DIM, "unchanged"),
            Change::Differ => (YELLOW, "overwritten"),
        };
        format!("{} {style}{word}{style:#}{suffix}\n", shown(&file.path))
    };
    plan.files.iter().map(line).collect()
}

/// Refuses annotations of a tenant that the files set themselves.
fn keep_own_annotations(built: &Built, form: &Form) -> Result<(), CliError> {
    for tenant in built.profile.tenants.iter().map(|resolved| &resolved.tenant) {
        if let Some(key) = tenant.annotations.keys().find(|key| form.annotations().contains(&key.as_str())) {
            return Err(CliError::new(format!(
                "tenant `{}` asks for the annotation `{}`, which this form of --emit sets itself; remove it",
                tenant.namespace,
                key.as_str()
            )));
        }
    }
    Ok(())
}

/// The form with everything it needs to know of the repository.
fn settle(form: EmitForm, emit: &EmitArgs, out: &Path) -> Result<Form, CliError> {
    Ok(match form {
        EmitForm::Kustomize => Form::Kustomize,
        EmitForm::Yaml => Form::Yaml,
        EmitForm::Argocd => Form::ArgoCd(repository::argocd(&emit.repository, out)?),
        EmitForm::Flux => Form::Flux(repository::flux(&emit.repository, out)?),
    })
}
