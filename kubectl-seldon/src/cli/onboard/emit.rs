//! Flags of `onboard` for files.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use seldon_central_core::{
    name::{Namespace, ObjectName},
    overlay::{RepoPath, RepoUrl, Revision},
};

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
    /// Git URL for Argo CD [default: that of the repository around --out]
    #[arg(long, value_name = "URL", requires = "emit")]
    pub repo_url: Option<RepoUrl>,
    /// Path of --out in the repository, for Argo CD and Flux [default: as found around --out]
    #[arg(long, value_name = "PATH", requires = "emit")]
    pub repo_path: Option<RepoPath>,
    /// Branch, tag or commit for Argo CD
    #[arg(long, value_name = "REVISION", default_value = REVISION, requires = "emit")]
    pub repo_revision: Revision,
    /// Namespace of Argo CD
    #[arg(long, value_name = "NAMESPACE", default_value = ARGOCD_NAMESPACE, requires = "emit")]
    pub argocd_namespace: Namespace,
    /// AppProject of the Application
    #[arg(long, value_name = "NAME", default_value = ARGOCD_PROJECT, requires = "emit")]
    pub argocd_project: ObjectName,
    /// Flux source
    #[arg(long, value_name = "NAME", default_value = FLUX_SOURCE, requires = "emit")]
    pub flux_source: ObjectName,
    /// Kind of the Flux source
    #[arg(long, value_enum, value_name = "KIND", default_value = "git-repository", requires = "emit")]
    pub flux_source_kind: FluxSourceKind,
    /// Namespace of the Flux source and Kustomizations
    #[arg(long, value_name = "NAMESPACE", default_value = FLUX_NAMESPACE, requires = "emit")]
    pub flux_namespace: Namespace,
}

/// What the remote's default branch is called in every clone.
const REVISION: &str = "HEAD";
/// Where the installation guide of Argo CD puts it.
const ARGOCD_NAMESPACE: &str = "argocd";
/// The project that every Argo CD has.
const ARGOCD_PROJECT: &str = "default";
/// What `flux bootstrap` calls the source.
const FLUX_SOURCE: &str = "flux-system";
/// Where `flux bootstrap` puts it.
const FLUX_NAMESPACE: &str = "flux-system";

impl EmitArgs {
    /// A flag whose value would change nothing in files of this form.
    pub fn idle_flag(&self, form: EmitForm) -> Option<&'static str> {
        let (argocd, flux) = (form == EmitForm::Argocd, form == EmitForm::Flux);
        let flags = [
            ("--repo-url", argocd, self.repo_url.is_some()),
            ("--repo-path", argocd || flux, self.repo_path.is_some()),
            ("--repo-revision", argocd, self.repo_revision.as_str() != REVISION),
            ("--argocd-namespace", argocd, self.argocd_namespace.as_str() != ARGOCD_NAMESPACE),
            ("--argocd-project", argocd, self.argocd_project.as_str() != ARGOCD_PROJECT),
            ("--flux-source", flux, self.flux_source.as_str() != FLUX_SOURCE),
            ("--flux-source-kind", flux, self.flux_source_kind != FluxSourceKind::GitRepository),
            ("--flux-namespace", flux, self.flux_namespace.as_str() != FLUX_NAMESPACE),
        ];
        flags.into_iter().find_map(|(flag, used, changed)| (changed && !used).then_some(flag))
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

/// `--flux-source-kind`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FluxSourceKind {
    /// A Git repository.
    GitRepository,
    /// An OCI artifact.
    OciRepository,
    /// A bucket.
    Bucket,
}
