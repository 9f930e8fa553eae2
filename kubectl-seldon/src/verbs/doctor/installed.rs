//! The plugin and what else of its name is on the PATH.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use clap::CommandFactory;
use seldon_central_core::text::printable;

use super::Finding;
use crate::{cli::Cli, completion::PROGRAM, error::shown};

const PLUGIN: &str = "kubectl-seldon";

/// Looks at the PATH of this process.
pub(super) fn look() -> Vec<Finding> {
    let dirs: Vec<PathBuf> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    findings(env::current_exe().ok().as_deref(), &programs(&dirs))
}

/// The programs of these directories that kubectl may take for the plugin or a part of it, in the order of the PATH.
fn programs(dirs: &[PathBuf]) -> Vec<PathBuf> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for dir in dirs.iter().filter(|dir| seen.insert((*dir).clone())) {
        let entries = fs::read_dir(dir).into_iter().flatten().flatten();
        let named = entries.map(|entry| entry.path()).filter(|path| stem(path).is_some_and(|stem| is_near(&stem)));
        let mut named: Vec<PathBuf> = named.filter(|path| is_program(path)).collect();
        named.sort();
        found.extend(named);
    }
    found
}

fn is_near(stem: &str) -> bool {
    stem == PLUGIN || stem == PROGRAM || stem.starts_with("kubectl-seldon-")
}

fn stem(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    Some(name.strip_suffix(env::consts::EXE_SUFFIX).unwrap_or(name).to_owned())
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

fn findings(own: Option<&Path>, programs: &[PathBuf]) -> Vec<Finding> {
    let called = |name: &str| programs.iter().filter(|path| stem(path).as_deref() == Some(name)).collect::<Vec<_>>();
    let mut found = vec![plugin(own, &called(PLUGIN))];
    found.extend(programs.iter().filter_map(|path| shadow(path)));
    found.push(completion(own, called(PROGRAM).first().copied()));
    found
}

fn plugin(own: Option<&Path>, named: &[&PathBuf]) -> Finding {
    let version = env!("CARGO_PKG_VERSION");
    let Some(first) = named.first() else {
        return Finding::error("plugin", "no `kubectl-seldon` is on the PATH, so `kubectl seldon` does not find it")
            .hint(own.and_then(Path::parent).map_or_else(
                || "put the plugin into a directory of the PATH".to_owned(),
                |dir| format!("add {} to the PATH", shown(dir)),
            ));
    };
    if own.is_some_and(|own| !same(first, own)) {
        return Finding::warning("plugin", format!("kubectl starts {}, and this is another one", shown(first)))
            .hint("remove one of them, or change the order of the PATH");
    }
    let others: Vec<String> =
        named.iter().skip(1).filter(|other| !same(other, first)).map(|other| shown(other)).collect();
    if others.is_empty() {
        return Finding::ok("plugin", format!("{version}, {}", shown(first)));
    }
    Finding::warning("plugin", format!("{} hides {}", shown(first), others.join(" and ")))
        .hint("remove those that are not meant")
}

/// kubectl takes the longest name that fits, so `kubectl-seldon-verify` is what `kubectl seldon verify` starts.
fn shadow(path: &Path) -> Option<Finding> {
    let stem = stem(path)?;
    let word = stem.strip_prefix("kubectl-seldon-")?;
    let cli = Cli::command();
    let verb = cli.get_subcommands().find(|verb| word.split('-').next() == Some(verb.get_name()))?;
    let typed = format!("kubectl seldon {}", word.replace('-', " "));
    let message = format!("{} is started for `{}` instead of {}", shown(path), printable(&typed), verb.get_name());
    Some(Finding::error("shadow", message).hint("remove it, or give it another name"))
}

fn completion(own: Option<&Path>, program: Option<&PathBuf>) -> Finding {
    match (program, own) {
        (None, _) => Finding::ok("completion", "not installed; `kubectl seldon completion install` does it"),
        (Some(program), Some(own)) if !same(program, own) => {
            Finding::warning("completion", format!("{} belongs to another plugin than this one", shown(program)))
                .hint("`kubectl seldon completion install` makes it anew")
        }
        (Some(program), _) => Finding::ok("completion", shown(program)),
    }
}

fn same(one: &Path, other: &Path) -> bool {
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
