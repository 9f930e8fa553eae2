//! `kubectl seldon verify`: gather what there is to judge, judge it, print what was found.

mod about;
pub(in crate::verbs) mod ask;
mod baseline;
pub(in crate::verbs) mod gather;
mod judge;
mod print;
mod rbac;
mod several;
mod wait;

use std::collections::BTreeSet;

use seldon_central_core::{
    finding::{Level, Outcome, Verdict},
    report::{Report, Scope},
    rules::{AliasDoubt, Rule},
    suppress::baseline::{Baseline, Run},
};

use self::{
    ask::{Ask, Base},
    gather::{Input, Logs},
    judge::Judge,
    print::Printed,
    wait::{Wait, Waited, until_healed},
};
use super::block_on;
use crate::{
    cli::{kube::KubeFlags, verify::VerifyArgs},
    cluster::Cluster,
    error::CliError,
    exit::Exit,
    progress::Progress,
    ui::Ui,
};

/// What a run is asked to do, whatever it is about.
#[derive(Clone, Copy)]
struct Setup<'a> {
    args: &'a VerifyArgs,
    kube: &'a KubeFlags,
    ask: &'a Ask,
    rules: &'a [&'static Rule],
    before: Option<&'a Baseline>,
    ui: &'a Ui,
}

/// Runs the verb.
///
/// # Errors
/// When the input cannot be read or holds nothing to judge.
pub fn run(args: &VerifyArgs, kube: &KubeFlags, ui: &Ui) -> Result<Exit, CliError> {
    print::check(args)?;
    several::check(args, kube)?;
    let rules = args.judge.rules()?;
    if args.live.print_rbac {
        return ui.data(&rbac::print(&args.source, kube, &rules, &args.live.processes(&rules))?).map(|()| Exit::Done);
    }
    let ask = Ask::new(&args.source, kube)?;
    let before = baseline::read(&args.judge)?;
    let setup = Setup { args, kube, ask: &ask, rules: &rules, before: before.as_ref(), ui };
    if args.live.contexts.is_empty() { one(&setup) } else { several::run(&setup) }
}

/// Judges one cluster, or manifests.
fn one(setup: &Setup<'_>) -> Result<Exit, CliError> {
    let Setup { args, ask, before, ui, .. } = *setup;
    let own = before.map(|before| before.of_cluster(None));
    let judge = setup.judge(own.as_ref());
    let (input, awaited) = match (ask.base, &args.source.snapshot) {
        (Base::Saved, Some(file)) => (gather::from_saved(ask, &args.source, file)?, Exit::Done),
        (Base::Files, _) => (gather::from_files(ask)?, Exit::Done),
        _ => {
            let waited = block_on(async {
                let progress = Progress::begin(ui, "waiting: ");
                let look = setup.look(setup.kube, &judge, "", &progress);
                if args.live.wait.is_some() { progress.during(look).await } else { look.await }
            })?;
            if waited.is_interrupted {
                ui.notice(INTERRUPTED);
            }
            let exit = setup.settle_aliases(&judge, &waited.input, "");
            (waited.input, exit)
        }
    };
    let is_over = ask.base != Base::Files && !ask.files.is_empty();
    let after = is_over.then(|| gather::applied(ask, setup.rules, &input)).transpose()?;
    judge.has_work(after.as_ref().unwrap_or(&input))?;
    setup.say_version();
    if let Some(file) = &args.live.save_snapshot {
        input.save(file)?;
    }
    let (input, outcomes) = match after {
        None => {
            let outcomes = judge.verdicts(&input);
            (input, outcomes)
        }
        Some(after) => {
            let outcomes = judge.verdicts_after(&input, &after);
            (after, outcomes)
        }
    };
    let about = Run { rules: &judge.applicable(&input), namespaces: input.namespaces.as_ref() };
    let (outcomes, part) = baseline::settle(&args.judge, own.as_ref(), outcomes, &about);
    baseline::conclude(&args.judge, before, vec![(None, part)], ui)?;
    let printed = setup.report(&judge, &input, &outcomes, String::new());
    print::print(args, &printed.report, &[&printed], ui)?;
    Ok(setup.exit(&input, &outcomes).max(awaited))
}

/// What is said when somebody ends the waiting.
const INTERRUPTED: &str = "interrupted; this is what is known";

impl<'a> Setup<'a> {
    fn judge(&self, baseline: Option<&'a Baseline>) -> Judge<'a> {
        Judge {
            rules: self.rules,
            version: self.args.judge.seldon_version,
            declared: self.ask.declared.as_ref(),
            baseline,
        }
    }

    /// Reads a cluster, again and again when what is wrong may heal.
    async fn look(
        &self,
        kube: &KubeFlags,
        judge: &Judge<'_>,
        whose: &str,
        progress: &Progress<'_>,
    ) -> Result<Waited, CliError> {
        let cluster = Cluster::connect(kube).await?;
        let logs = Logs::wanted(&self.args.live, self.rules);
        let look = async || gather::from_cluster(self.ask, self.rules, &logs, &cluster).await;
        let Some(limit) = self.args.live.wait else {
            return Ok(Waited { input: look().await?, is_interrupted: false });
        };
        let wait = Wait { limit: limit.limit(), threshold: self.args.judge.fail_on.into() };
        until_healed(wait, whose, look, |input| judge.seen(input), (progress, self.ui)).await
    }

    /// Says after a wait what is not known of aliases, which is no success while the operator has not
    /// been there.
    fn settle_aliases(&self, judge: &Judge<'_>, input: &Input, whose: &str) -> Exit {
        if self.args.live.wait.is_none() {
            return Exit::Done;
        }
        let doubts = judge.doubts(input);
        for AliasDoubt { runtime, why } in &doubts {
            self.ui.notice(&format!("{whose}{runtime}: {why}"));
        }
        if doubts.iter().any(|doubt| doubt.why.can_be_awaited()) { Exit::Findings } else { Exit::Done }
    }

    fn say_version(&self) {
        let version = self.args.judge.seldon_version;
        if !version.is_verified() {
            self.ui.notice(&format!(
                "the fields of Seldon Core {version} were not verified; those that it may have count as known"
            ));
        }
    }

    fn report(&self, judge: &Judge<'_>, input: &Input, outcomes: &[Outcome], whose: String) -> Printed {
        let world = judge.world(input);
        let scope = Scope {
            rules: self.rules,
            fail_on: self.args.judge.fail_on.into(),
            level: self.args.judge.level.into(),
            other_documents: input.skipped,
            namespaces: input.namespaces.as_ref(),
        };
        let is_idle = world.tenants.is_empty() && world.doubtful().is_empty();
        let report = Report::new(&world, outcomes, &scope);
        let picture = self.args.output.has_picture().then(|| about::picture(&world, &report, &whose)).flatten();
        Printed { whose, report, is_idle, cluster: input.cluster.clone(), picture }
    }

    fn exit(&self, input: &Input, outcomes: &[Outcome]) -> Exit {
        if !self.args.live.allow_incomplete && !unread(input, outcomes).is_empty() {
            return Exit::Incomplete;
        }
        let threshold: Level = self.args.judge.fail_on.into();
        let failed = outcomes.iter().filter_map(Outcome::finding).any(|finding| finding.level >= threshold);
        if failed { Exit::Findings } else { Exit::Done }
    }
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
