//! `--contexts`: several clusters in one report, each judged as if it were alone.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use seldon_central_core::{
    finding::Outcome,
    report::Report,
    suppress::{
        self,
        baseline::{Baseline, Run},
    },
    text::printable,
};

use super::{
    INTERRUPTED, Setup, baseline,
    judge::Judge,
    print::{self, Printed},
    wait::Waited,
};
use crate::{
    cli::{kube::KubeFlags, verify::VerifyArgs},
    error::CliError,
    exit::Exit,
    progress::Progress,
    verbs::block_on,
};

/// Whether what else is asked for can be had of several clusters.
///
/// # Errors
/// When it cannot.
pub(super) fn check(args: &VerifyArgs, kube: &KubeFlags) -> Result<(), CliError> {
    let contexts = &args.live.contexts;
    if contexts.is_empty() {
        return Ok(());
    }
    let one_only = [
        (kube.context.is_some(), "--context", "--contexts names the clusters"),
        (kube.cluster.is_some(), "--cluster", "each context names its own cluster"),
        (kube.server.is_some(), "--server", "each context names its own API server"),
        (kube.tls_server_name.is_some(), "--tls-server-name", "each cluster has a name of its own"),
        (kube.certificate_authority.is_some(), "--certificate-authority", "each cluster has an authority of its own"),
        (kube.user.is_some(), "--user", "each context names its own user"),
        (kube.token.is_some(), "--token", "a token is for one cluster and is not shown to others"),
        (!args.source.files.is_empty(), "--file", "files are applied to one cluster, or judged without any"),
        (args.source.snapshot.is_some(), "--snapshot", "it takes the place of a cluster"),
        (args.live.save_snapshot.is_some(), "--save-snapshot", "a file holds one cluster"),
        (args.live.print_rbac, "--print-rbac", "nothing is read for it, and every cluster takes the same roles"),
    ];
    if let Some((_, flag, why)) = one_only.into_iter().find(|(given, ..)| *given) {
        return Err(CliError::new(format!("{flag} and --contexts cannot be given together: {why}")));
    }
    let mut known = BTreeSet::new();
    if contexts.iter().any(String::is_empty) {
        return Err(CliError::new("there is a context without a name in --contexts"));
    }
    match contexts.iter().find(|context| !known.insert(*context)) {
        Some(twice) => Err(CliError::new(format!("--contexts names `{}` twice", printable(twice)))),
        None => Ok(()),
    }
}

/// One of the clusters.
struct One<'a> {
    name: &'a str,
    /// What begins a sentence about it.
    whose: String,
    judge: Judge<'a>,
    baseline: Option<&'a Baseline>,
}

/// Judges the clusters side by side. What goes wrong with one is told and does not end the others.
///
/// # Errors
/// When the report or the baseline cannot be written.
pub(super) fn run(setup: &Setup<'_>) -> Result<Exit, CliError> {
    let Setup { args, before, ui, .. } = *setup;
    let contexts = &args.live.contexts;
    let parts: Vec<Option<Baseline>> = contexts.iter().map(|name| Some(before?.of_cluster(Some(name)))).collect();
    let ones: Vec<One<'_>> =
        contexts.iter().zip(&parts).map(|(name, part)| One::new(setup, name, part.as_ref())).collect();
    let looked = look(setup, &ones)?;
    setup.say_version();
    if looked.iter().flatten().any(|waited| waited.is_interrupted) {
        ui.notice(INTERRUPTED);
    }
    let mut exit = Exit::Done;
    for (one, result) in ones.iter().zip(&looked) {
        match result {
            Ok(waited) => exit = exit.max(setup.settle_aliases(&one.judge, &waited.input, &one.whose)),
            Err(error) => {
                exit = exit.max(error.exit);
                ui.error(&CliError { message: format!("{}{}", one.whose, error.message), ..error.clone() });
            }
        }
    }
    let outcomes = verdicts(&ones, &looked);
    let mut reports = Vec::new();
    let mut renewed = Vec::new();
    for ((one, result), outcomes) in ones.iter().zip(looked).zip(outcomes) {
        let report = match (result, outcomes) {
            (Ok(Waited { input, .. }), Some(outcomes)) => {
                let about = Run { rules: &one.judge.applicable(&input), namespaces: input.namespaces.as_ref() };
                let (outcomes, part) = baseline::settle(&args.judge, one.baseline, outcomes, &about);
                renewed.push((Some(one.name), part));
                exit = exit.max(setup.exit(&input, &outcomes));
                Ok(setup.report(&one.judge, &input, &outcomes, one.whose.clone()))
            }
            (Err(error), _) => Err(error.message),
            (Ok(_), None) => continue,
        };
        reports.push((one.name.to_owned(), report));
    }
    baseline::conclude(&args.judge, before, renewed, ui)?;
    let judged: Vec<&Printed> = reports.iter().filter_map(|(_, report)| report.as_ref().ok()).collect();
    let all = reports.iter().map(|(name, report)| {
        (name.clone(), report.as_ref().map(|printed| printed.report.clone()).map_err(Clone::clone))
    });
    if let Some(all) = Report::of_clusters(all.collect()) {
        print::print(args, &all, &judged, ui)?;
    }
    Ok(exit)
}

impl<'a> One<'a> {
    fn new(setup: &Setup<'a>, name: &'a str, baseline: Option<&'a Baseline>) -> Self {
        Self { name, whose: format!("{name}: "), judge: setup.judge(baseline), baseline }
    }
}

/// Reads all clusters at once.
fn look(setup: &Setup<'_>, ones: &[One<'_>]) -> Result<Vec<Result<Waited, CliError>>, CliError> {
    let progress = Progress::begin(setup.ui, "waiting: ");
    let one = async |one: &One<'_>| {
        let kube = KubeFlags { context: Some(one.name.to_owned()), ..setup.kube.clone() };
        let waited = setup.look(&kube, &one.judge, one.name, &progress).await;
        let waited = waited.and_then(|waited| one.judge.has_work(&waited.input).map(|()| waited));
        progress.awaits(one.name, BTreeMap::new());
        waited
    };
    block_on(async {
        let all = join_all(ones.iter().map(one));
        Ok(if setup.args.live.wait.is_some() { progress.during(all).await } else { all.await })
    })
}

/// The verdicts on each cluster that could be read.
fn verdicts(ones: &[One<'_>], looked: &[Result<Waited, CliError>]) -> Vec<Option<Vec<Outcome>>> {
    let verdicts = |(one, waited): (&One<'_>, &Result<Waited, CliError>)| {
        waited.as_ref().ok().map(|waited| one.judge.verdicts(&waited.input))
    };
    suppress::in_all(ones.iter().zip(looked).map(verdicts).collect())
}
