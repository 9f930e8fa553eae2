//! Flags that say where Argo CD and Flux find what is emitted.

use clap::{Args, ValueEnum};
use seldon_central_core::{
    name::{Namespace, ObjectName},
    overlay::{RepoPath, RepoUrl, Revision},
};

/// Where Argo CD and Flux find it.
#[derive(Debug, Clone, Args)]
pub struct RepositoryArgs {
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

impl RepositoryArgs {
    /// A flag whose value would change nothing in files for these controllers.
    pub fn idle_flag(&self, argocd: bool, flux: bool) -> Option<&'static str> {
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
