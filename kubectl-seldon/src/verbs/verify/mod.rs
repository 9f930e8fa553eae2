//! `kubectl seldon verify`: gather what there is to judge, judge it, print what was found.

mod ask;
mod baseline;
mod gather;
mod judge;
mod print;
mod rbac;
mod wait;

use std::collections::BTreeSet;

use seldon_central_core::{
    finding::{Level, Outcome, Verdict},
    report::{Report, Scope},
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
    cli::{kube::KubeFlags, verify::VerifyArgs},
    cluster::Cluster,
    error::CliError,
    exit::Exit,
    ui::Ui,
};

/// Runs the verb.
///
/// # Errors
/// When the input cannot be read or holds nothing to judge.
pub fn run(args: &VerifyArgs, kube: &KubeFlags, ui: &Ui) -> Result<Exit, CliError> {
    print::check(&args.output.output)?;
    let rules = args.judge.rules()?;
    if args.live.print_rbac {
        return ui.data(&rbac::print(&args.source, kube, &rules, &args.live.processes(&rules))?).map(|()| Exit::Done);
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
            let look = async || gather::from_cluster(&ask, &rules, &args.live, &cluster).await;
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
    let version = args.judge.seldon_version;
    if !version.is_verified() {
        ui.notice(&format!(
            "the fields of Seldon Core {version} were not verified; those that came by 2.9 count as known"
        ));
    }
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
    let world = judge.world(&input);
    let scope = Scope {
        rules: &rules,
        fail_on: args.judge.fail_on.into(),
        level: args.judge.level.into(),
        other_documents: input.skipped,
        namespaces: input.namespaces.as_ref(),
    };
    print::print(args, &Report::new(&world, &outcomes, &scope), &world, ui)?;
    Ok(exit(args, &input, &outcomes))
}

/// What was tried to read and could not be, each once.
fn unread(input: &Input, outcomes: &[Outcome]) -> BTreeSet<String> {
    let unknown = outcomes.iter().filter_map(|outcome| match &outcome.verdict {
        Verdict::Unknown { reason } if reason.is_incomplete() => Some(reason.to_string()),
        Verdict::Pass | Verdict::Fail(_) | Verdict::Suppressed { .. } | Verdict::Unknown { .. } => None,
    });
    let unbuilt = input.snapshot.kustomizations().unread().map(|unread| unread.to_string());
    unknown.chain(unbuilt).collect()
}

fn exit(args: &VerifyArgs, input: &Input, outcomes: &[Outcome]) -> Exit {
    if !args.live.allow_incomplete && !unread(input, outcomes).is_empty() {
        return Exit::Incomplete;
    }
    let threshold: Level = args.judge.fail_on.into();
    let failed = outcomes.iter().filter_map(Outcome::finding).any(|finding| finding.level >= threshold);
    if failed { Exit::Findings } else { Exit::Done }
}
