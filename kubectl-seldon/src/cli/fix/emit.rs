//! Flags of `fix` for overlays.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use seldon_central_core::name::ObjectName;

use crate::cli::repository::RepositoryArgs;

/// Flags for overlays.
#[derive(Debug, Args)]
#[command(next_help_heading = "Lay an overlay over a base instead")]
pub struct LayArgs {
    /// Leave everything alone, and write patches that lie over the files of --file, or of --base for what
    /// is found on a cluster, to --out
    #[arg(long, value_enum, value_name = "FORM", requires = "out", conflicts_with_all = [
        "check", "force_live", "plan", "apply_plan", "undo",
    ])]
    pub emit: Option<FixForm>,
    /// Directory that --emit writes to
    #[arg(long, value_name = "DIR", requires = "emit")]
    pub out: Option<PathBuf>,
    /// Replace files of an overlay in --out that differ
    #[arg(long, requires = "emit")]
    pub overwrite: bool,
    /// Directory or file that the cluster's objects come from, which is what is patched
    #[arg(long, value_name = "PATH", requires = "emit", conflicts_with = "files")]
    pub base: Option<PathBuf>,
    /// Name of the Application or Flux Kustomization, that of the one for the base so that this takes its
    /// place [default: the one that onboard gives to the tenant]
    #[arg(long, value_name = "NAME", requires = "emit")]
    pub handle: Option<ObjectName>,
    /// Where Argo CD and Flux find it.
    #[command(flatten)]
    pub repository: RepositoryArgs,
}

impl LayArgs {
    /// A flag whose value would change nothing in files of this form.
    pub fn idle_flag(&self, form: FixForm) -> Option<&'static str> {
        let (argocd, flux) = (form == FixForm::Argocd, form == FixForm::Flux);
        let handle = (self.handle.is_some() && !argocd && !flux).then_some("--handle");
        handle.or_else(|| self.repository.idle_flag(argocd, flux))
    }
}

/// `--emit`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FixForm {
    /// A kustomize overlay.
    Kustomize,
    /// A kustomize Component, for overlays that are there.
    Component,
    /// An overlay with an Application of Argo CD.
    Argocd,
    /// An overlay with a Kustomization of Flux.
    Flux,
}
