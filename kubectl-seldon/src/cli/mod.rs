//! The command line: types only, one file per verb, and the flags every verb shares.

mod again;
pub mod completion;
mod dashed;
pub mod doctor;
pub mod explain;
pub mod fix;
pub mod kube;
pub mod offboard;
pub mod onboard;
pub mod policy;
pub mod repository;
pub mod values;
pub mod verify;
pub mod version;

use std::ffi::OsString;

use anstream::ColorChoice;
use clap::{Command, FromArgMatches, Parser, Subcommand, ValueEnum};

/// Onboard, verify, fix and understand Seldon Core 2 tenants on a central scheduler.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-seldon",
    version,
    propagate_version = true,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// The verb.
    #[command(subcommand)]
    pub verb: Verb,

    /// Flags of kubectl.
    #[command(flatten)]
    pub kube: kube::KubeFlags,

    /// When to colour the output
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: Color,
}

impl Cli {
    /// Reads a command line.
    ///
    /// # Errors
    /// What clap says of one that it does not understand, help and version included.
    pub fn read(mut command: Command, words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let words: Vec<OsString> = words.into_iter().collect();
        let matches =
            command.try_get_matches_from_mut(&words).map_err(|error| dashed::explained(error, &mut command, &words))?;
        let mut cli = Self::from_arg_matches(&matches)?;
        match &mut cli.verb {
            Verb::Onboard(onboard) => onboard.again = again::words(&command, &matches),
            Verb::Fix(fix) => fix.again = again::words(&command, &matches),
            _ => {}
        }
        Ok(cli)
    }
}

/// What the plugin can do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Wire namespaces to the central scheduler, or emit the files that do
    Onboard(Box<onboard::OnboardArgs>),
    /// Judge namespaces of a cluster, or manifests, by the rules of the pattern
    Verify(Box<verify::VerifyArgs>),
    /// Put right what verify finds, on a cluster or in files, after showing what would change
    Fix(Box<fix::FixArgs>),
    /// Take a namespace off the central scheduler, in the order that finalizers need
    Offboard(Box<offboard::OffboardArgs>),
    /// Emit what the API server itself can check, as admission policies
    Policy(Box<policy::PolicyArgs>),
    /// Explain a rule, a message, an object or the pattern
    Explain(Box<explain::ExplainArgs>),
    /// Look at how the plugin is installed, at kubectl and at the way to the cluster
    ///
    /// The API server is asked for its version, for Seldon's kinds and for your rights; nothing is changed. What is
    /// wrong makes the exit status 1, a warning does not.
    Doctor(doctor::DoctorArgs),
    /// Complete words for a shell
    ///
    /// kubectl completes `kubectl seldon …` by asking a program `kubectl_complete-seldon` on the PATH, from version
    /// 1.26 on; `install` makes one. The shells' own scripts are for the plugin when it is started as
    /// `kubectl-seldon`.
    Completion(completion::CompletionArgs),
    /// Print the version
    Version(version::VersionArgs),
}

/// `--color`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}
