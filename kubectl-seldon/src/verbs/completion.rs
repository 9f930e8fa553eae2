//! `kubectl seldon completion`: scripts for shells, and the program that kubectl asks.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use crate::{
    cli::{
        Cli,
        completion::{Action, CompletionArgs},
    },
    completion::PROGRAM,
    error::{CliError, shown},
    exit::Exit,
    ui::Ui,
};
use clap::CommandFactory;
use clap_complete::{Shell, generate};

/// Runs the verb.
///
/// # Errors
/// When the program cannot be made, or standard output cannot be written.
pub fn run(args: &CompletionArgs, ui: &Ui) -> Result<Exit, CliError> {
    let shell = match &args.action {
        Action::Install { dir } => return install(dir.as_deref(), ui),
        Action::Bash => Shell::Bash,
        Action::Zsh => Shell::Zsh,
        Action::Fish => Shell::Fish,
        Action::Powershell => Shell::PowerShell,
    };
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "kubectl-seldon", &mut script);
    ui.data(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// Makes the program in a directory, or where the plugin was found.
fn install(dir: Option<&Path>, ui: &Ui) -> Result<Exit, CliError> {
    let plugin =
        env::current_exe().map_err(|error| CliError::new(format!("cannot tell where the plugin is: {error}")))?;
    let dir = match dir {
        Some(dir) => dir.to_owned(),
        None => found_in(&plugin)?,
    };
    let program = dir.join(format!("{PROGRAM}{}", env::consts::EXE_SUFFIX));
    if is_ours(&program, &plugin) {
        ui.say(&format!("{} is in place", shown(&program)));
        return Ok(Exit::Done);
    }
    if program.symlink_metadata().is_ok_and(|found| !found.is_symlink() && !is_replaceable()) {
        return Err(CliError::new(format!("{} exists and is something else", shown(&program)))
            .hint("remove it, or choose another directory of the PATH with --dir"));
    }
    let made = link(&plugin, &program);
    made.map_err(|error| {
        CliError::file("make", &program, &error).hint("choose another directory of the PATH with --dir")
    })?;
    ui.say(&format!("made {}; kubectl 1.26 or newer now completes `kubectl seldon …`", shown(&program)));
    if !is_on_path(&dir) {
        ui.notice(&format!("{} is not on the PATH, so kubectl will not find it there", shown(&dir)));
    }
    Ok(Exit::Done)
}

/// The directory of the PATH through which the plugin is found: krew's plugins are links to what lies elsewhere.
fn found_in(plugin: &Path) -> Result<PathBuf, CliError> {
    let name = format!("kubectl-seldon{}", env::consts::EXE_SUFFIX);
    let dirs = on_path();
    let found = dirs.iter().find(|dir| is_ours(&dir.join(&name), plugin)).cloned();
    found.ok_or_else(|| {
        CliError::new("the plugin is in no directory of the PATH, so kubectl does not find it")
            .hint("choose a directory of the PATH with --dir")
    })
}

/// Whether a file is the plugin, under whatever name.
fn is_ours(file: &Path, plugin: &Path) -> bool {
    file.canonicalize().is_ok_and(|file| plugin.canonicalize().is_ok_and(|plugin| file == plugin))
}

/// Directories of the PATH.
fn on_path() -> Vec<PathBuf> {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).filter(|dir| !dir.as_os_str().is_empty()).collect()
}

fn is_on_path(dir: &Path) -> bool {
    let same = |one: &PathBuf| one.canonicalize().is_ok_and(|one| dir.canonicalize().is_ok_and(|dir| one == dir));
    on_path().iter().any(same)
}

/// Where links are not for everybody it is a copy, which a newer plugin may replace.
const fn is_replaceable() -> bool {
    cfg!(windows)
}

#[cfg(unix)]
fn link(plugin: &Path, program: &Path) -> io::Result<()> {
    if program.symlink_metadata().is_ok() {
        fs::remove_file(program)?;
    }
    std::os::unix::fs::symlink(plugin, program)
}

#[cfg(not(unix))]
fn link(plugin: &Path, program: &Path) -> io::Result<()> {
    fs::copy(plugin, program).map(drop)
}
