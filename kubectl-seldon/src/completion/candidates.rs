//! Which words can stand where: rules, contexts, and names from the cluster.

use std::{ffi::OsStr, sync::Arc};

use clap::{Arg, Command};
use clap_complete::{ArgValueCompleter, CompletionCandidate};
use seldon_central_core::{
    explain::ACCOUNTED,
    resource::NAMESPACE,
    rules::{RULES, Rule},
};

use super::live;
use crate::{
    cli::{kube::KubeFlags, verify::Output},
    cluster,
};
use clap::ValueEnum;

type Candidates = Vec<CompletionCandidate>;

/// What a value is, which its place in the usage line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Namespace,
    Context,
    Rule,
    Topic,
    Report,
}

/// The command with candidates for the values that neither clap nor the file system knows.
pub(super) fn offer(command: Command, kube: &Arc<KubeFlags>) -> Command {
    let command = command.mut_args(|arg| with_candidates(arg, kube));
    command.mut_subcommands(|command| offer(command, kube))
}

fn with_candidates(arg: Arg, kube: &Arc<KubeFlags>) -> Arg {
    let Some(sort) = sort(&arg) else {
        return arg;
    };
    let kube = Arc::clone(kube);
    arg.add(ArgValueCompleter::new(move |typed: &OsStr| candidates(sort, typed, &kube)))
}

fn sort(arg: &Arg) -> Option<Sort> {
    let placeholder = arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
    match (placeholder, arg.get_id().as_str()) {
        ("NAMESPACE", _) | (_, "namespace") => Some(Sort::Namespace),
        ("CONTEXTS", _) | (_, "context") => Some(Sort::Context),
        ("RULES", _) => Some(Sort::Rule),
        ("WHAT", _) => Some(Sort::Topic),
        ("FORMAT[=FILE]", _) => Some(Sort::Report),
        _ => None,
    }
}

fn candidates(sort: Sort, typed: &OsStr, kube: &KubeFlags) -> Candidates {
    let Some(typed) = typed.to_str() else {
        return Vec::new();
    };
    let mut found = match sort {
        Sort::Namespace => named(live::names(kube, &NAMESPACE)),
        Sort::Context => named(cluster::contexts(kube).unwrap_or_default()),
        Sort::Rule => rules(typed),
        Sort::Topic => topics(typed, kube),
        Sort::Report => named(Output::value_variants().iter().map(ToString::to_string)),
    };
    found.retain(|one| one.get_value().to_str().is_some_and(|value| value.starts_with(typed)));
    found
}

fn named(names: impl IntoIterator<Item = impl Into<String>>) -> Candidates {
    names.into_iter().map(|name| CompletionCandidate::new(name.into())).collect()
}

/// Rules by id, and by name once the word cannot be an id.
fn rules(typed: &str) -> Candidates {
    let is_name = typed.starts_with(|c: char| c.is_ascii_lowercase());
    let one = |rule: &&Rule| {
        let (value, help) = if is_name { (rule.name, rule.id) } else { (rule.id, rule.name) };
        CompletionCandidate::new(value).help(Some(help.into()))
    };
    RULES.iter().map(one).collect()
}

/// What can be explained: a rule, an object that is on the cluster, or the pattern.
fn topics(typed: &str, kube: &KubeFlags) -> Candidates {
    if let Some((kind, _)) = typed.split_once('/') {
        let resource = ACCOUNTED.iter().find(|(_, words)| words.contains(&kind)).map(|(resource, _)| *resource);
        let names = resource.map_or_else(Vec::new, |resource| live::names(kube, resource));
        return named(names.into_iter().map(|name| format!("{kind}/{name}")));
    }
    let kinds = ACCOUNTED.iter().filter_map(|(_, words)| words.first()).map(|word| format!("{word}/"));
    let pattern = CompletionCandidate::new("pattern").help(Some("the topology itself".into()));
    rules(typed).into_iter().chain([pattern]).chain(named(kinds)).collect()
}
