//! `kubectl seldon`: the shell around [`seldon_central_core`]. All input and output is here, and no
//! knowledge of Seldon.
//!
//! ```text
//! cli (words) → verbs → source (files, cluster) → core → sink (files, cluster) and render (text)
//! ```

#![forbid(unsafe_code)]

pub mod cli;
pub mod cluster;
pub mod completion;
pub mod error;
pub mod exit;
pub mod interrupt;
pub mod progress;
pub mod render;
pub mod sink;
pub mod source;
pub mod ui;
pub mod verbs;

use std::{ffi::OsString, path::Path, process::ExitCode};

use clap::CommandFactory;

use crate::{
    cli::{Cli, Verb},
    error::CliError,
    exit::Exit,
    ui::Ui,
};

/// Runs the plugin with these arguments, the first of which is its own name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    if completion::is_asked(args.first()) {
        return completion::run(&args);
    }
    let command = Cli::command().bin_name(spoken_name(args.first()));
    let cli = match Cli::read(command, args) {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody is left to be told when the terminal is gone.
            let _ = error.print();
            return if error.use_stderr() { Exit::Error.into() } else { Exit::Done.into() };
        }
    };
    let ui = Ui::new(cli.color.into());
    match dispatch(&cli, &ui) {
        Ok(exit) => exit.into(),
        Err(error) => {
            ui.error(&error);
            error.exit.into()
        }
    }
}

/// kubectl starts `kubectl-seldon`; its user typed `kubectl seldon`.
fn spoken_name(argv0: Option<&OsString>) -> &'static str {
    let stem = argv0.and_then(|name| Path::new(name).file_stem()).and_then(|stem| stem.to_str());
    if stem.is_none_or(|stem| stem.starts_with("kubectl-")) { "kubectl seldon" } else { "kubectl-seldon" }
}

fn dispatch(cli: &Cli, ui: &Ui) -> Result<Exit, CliError> {
    match &cli.verb {
        Verb::Onboard(args) => verbs::onboard::run(args, &cli.kube, ui),
        Verb::Verify(args) => verbs::verify::run(args, &cli.kube, ui),
        Verb::Fix(args) => verbs::fix::run(args, &cli.kube, ui),
        Verb::Explain(args) => verbs::explain::run(args, &cli.kube, ui),
        Verb::Doctor(args) => verbs::doctor::run(args, &cli.kube, ui),
        Verb::Completion(args) => verbs::completion::run(args, ui),
        Verb::Version(args) => verbs::version::run(args, ui),
    }
}
