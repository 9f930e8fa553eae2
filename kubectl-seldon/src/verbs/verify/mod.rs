//! `kubectl seldon verify`: gather what there is to judge, judge it, print what was found.

mod ask;
mod baseline;
mod gather;
mod judge;
mod rbac;
mod wait;

use std::collections::BTreeSet;

use seldon_central_core::{
    finding::{Level, Outcome, Verdict},
    rules::World,
    suppress::baseline::Run,
};

use self::{
    ask::{Ask, Base},
    gather::Input,
    judge::Judge,
    wait::{Wait, until_healed},
};
use super::block_on;
use crate::{
    cli::{
        kube::KubeFlags,
        verify::{Output, VerifyArgs},
    },
    cluster::Cluster,
    error::CliError,
    exit::Exit,
    render::findings,
    ui::Ui,
};

/// Runs the verb.
///
/// # Errors
/// When the input cannot be read or holds nothing to judge.
pub fn run(args: &VerifyArgs, kube: &KubeFlags, ui: &Ui) -> Result<Exit, CliError> {
    let rules = args.judge.rules()?;
    if args.live.print_rbac {
        return ui.data(&rbac::print(&args.source, kube, &rules)?).map(|()| Exit::Done);
    }
    let ask = Ask::new(&args.source, kube)?;
    let before = baseline::read(&args.judge)?;
    let judge = Judge {
        rules: &rules,
        version: args.judge.seldon_version,
        declared: ask.declared.as_ref(),
        baseline: before.as_ref(),
    };
    let input = match (ask.base, &args.source.snapshot) {
        (Base::Saved, Some(file)) => gather::from_saved(&ask, &args.source, file)?,
        (Base::Files, _) => gather::from_files(&ask)?,
        _ => block_on(async {
            let cluster = Cluster::connect(kube).await?;
            let look = async || gather::from_cluster(&ask, &rules, &cluster).await;
            match args.live.wait {
                None => look().await,
                Some(limit) => {
                    let wait = Wait { limit: limit.limit(), threshold: args.judge.fail_on.into() };
                    until_healed(wait, look, |input| judge.verdicts(input), ui).await
                }
            }
        })?,
    };
    judge.has_work(&input)?;
    if let Some(file) = &args.live.save_snapshot {
        input.save(file)?;
    }
    let (input, outcomes) = if ask.base == Base::Files || ask.files.is_empty() {
        let outcomes = judge.verdicts(&input);
        (input, outcomes)
    } else {
        let after = gather::applied(&ask, &input)?;
        let outcomes = judge.verdicts_after(&input, &after);
        (after, outcomes)
    };
    let about = Run { rules: &judge.applicable(&input), namespaces: input.namespaces.as_ref() };
    let outcomes = baseline::settle(&args.judge, before.as_ref(), outcomes, &about, ui)?;
    let exit = exit(args, &outcomes);
    let (shown, hidden) = judge::from_level(args.judge.level.into(), outcomes);
    print(args, &input, &shown, ui)?;
    match hidden {
        0 => {}
        1 => ui.notice("1 finding is below the level of --level and not shown"),
        hidden => ui.notice(&format!("{hidden} findings are below the level of --level and not shown")),
    }
    Ok(exit)
}

fn print(args: &VerifyArgs, input: &Input, outcomes: &[Outcome], ui: &Ui) -> Result<(), CliError> {
    let skipped = match input.skipped {
        0 => String::new(),
        skipped => format!(", {skipped} other documents skipped"),
    };
    let looked_at = format!("{} objects{skipped}", input.snapshot.objects().len());
    ui.data(&match args.output.output {
        Output::Text => findings::text(outcomes, &looked_at),
        Output::Json => findings::json(outcomes),
    })?;
    let world = World::new(&input.snapshot, &input.control_plane, &input.tenants);
    for namespace in world.others() {
        ui.notice(&format!(
            "{namespace} does not follow the pattern of one central scheduler and was not judged by it"
        ));
    }
    if world.tenants.is_empty() && world.doubtful().is_empty() {
        ui.notice("no namespace that was looked at is a tenant of the central scheduler; name one to judge it as such");
    }
    let unread = unread(outcomes);
    for reason in &unread {
        ui.notice(reason);
    }
    if !unread.is_empty() && !args.live.allow_incomplete {
        ui.notice("rules that need what could not be read are unknown; --allow-incomplete is content with the others");
    }
    Ok(())
}

/// What was tried to read and could not be, each once.
fn unread(outcomes: &[Outcome]) -> BTreeSet<String> {
    let unknown = outcomes.iter().filter_map(|outcome| match &outcome.verdict {
        Verdict::Unknown { reason } if reason.is_incomplete() => Some(reason.to_string()),
        Verdict::Pass | Verdict::Fail(_) | Verdict::Suppressed { .. } | Verdict::Unknown { .. } => None,
    });
    unknown.collect()
}

fn exit(args: &VerifyArgs, outcomes: &[Outcome]) -> Exit {
    if !args.live.allow_incomplete && !unread(outcomes).is_empty() {
        return Exit::Incomplete;
    }
    let threshold: Level = args.judge.fail_on.into();
    let failed = outcomes.iter().filter_map(Outcome::finding).any(|finding| finding.level >= threshold);
    if failed { Exit::Findings } else { Exit::Done }
}
