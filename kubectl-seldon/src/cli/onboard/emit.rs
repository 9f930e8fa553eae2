//! Flags of `onboard` for files.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::repository::RepositoryArgs;

/// Flags for files.
#[derive(Debug, Args)]
#[command(next_help_heading = "Emit files instead")]
pub struct EmitArgs {
    /// Write files instead of changing a cluster
    #[arg(long, value_enum, value_name = "FORM")]
    pub emit: Option<EmitForm>,
    /// Directory to write to; `--emit yaml` without it prints
    #[arg(long, value_name = "DIR", requires = "emit")]
    pub out: Option<PathBuf>,
    /// Replace files in --out that differ
    #[arg(long, requires = "out")]
    pub overwrite: bool,
    /// Ask a cluster for the names and versions it uses, and what would keep the files from working there,
    /// which makes the exit status 1; the files are written all the same
    #[arg(long, requires = "emit")]
    pub check_live: bool,
    /// Where Argo CD and Flux find it.
    #[command(flatten)]
    pub repository: RepositoryArgs,
}

impl EmitArgs {
    /// A flag whose value would change nothing in files of this form.
    pub fn idle_flag(&self, form: EmitForm) -> Option<&'static str> {
        self.repository.idle_flag(form == EmitForm::Argocd, form == EmitForm::Flux)
    }
}

/// `--emit`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EmitForm {
    /// A kustomize overlay.
    Kustomize,
    /// An overlay with sync waves and an Application.
    Argocd,
    /// Overlays and Flux Kustomizations.
    Flux,
    /// The overlay's files without a kustomization.
    Yaml,
}
