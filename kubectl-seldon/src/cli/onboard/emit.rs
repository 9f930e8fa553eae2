//! Flags of `onboard` for files.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::{cli::repository::RepositoryArgs, error::CliError};

/// Flags for files.
#[derive(Debug, Args)]
#[command(next_help_heading = "Emit files instead")]
pub struct EmitArgs {
    /// Write files instead of changing a cluster
    #[arg(long, value_enum, value_name = "FORM")]
    pub emit: Option<EmitForm>,
    /// Directory to write to; `--emit yaml` prints without it, or with `-`
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
    /// The directory to write to; `None` is standard output, which takes YAML alone.
    ///
    /// # Errors
    /// When the form is one of several files and there is no directory for them.
    pub fn directory(&self, form: EmitForm) -> Result<Option<&Path>, CliError> {
        let prints = self.out.as_deref() == Some(Path::new("-"));
        match self.out.as_deref() {
            Some(_) if prints && form != EmitForm::Yaml => {
                Err(CliError::new("--out - prints, and this form of --emit is a directory of files")
                    .hint("name a directory with --out; --emit yaml can be printed"))
            }
            Some(_) if prints && self.overwrite => {
                Err(CliError::new("--overwrite changes nothing where --out - prints").hint("leave it out"))
            }
            Some(out) if !prints => Ok(Some(out)),
            None if form != EmitForm::Yaml => {
                Err(CliError::new("--emit needs a directory to write to, named with --out"))
            }
            _ => Ok(None),
        }
    }

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
