//! Where in a repository a directory is, for what hands it to Argo CD and Flux.

use std::path::{Component, Path};

use seldon_central_core::overlay::{ArgoCd, Flux, RepoPath, RepoUrl, SourceKind};

use crate::{
    cli::repository::{FluxSourceKind, RepositoryArgs},
    error::CliError,
    sink::files::shown,
    source::git,
};

/// What an Application has to know of the repository.
///
/// # Errors
/// When the repository's URL or the path in it is neither given nor found.
pub(super) fn argocd(args: &RepositoryArgs, out: &Path) -> Result<ArgoCd, CliError> {
    let place = git::around(out);
    let url = match &args.repo_url {
        Some(url) => Some(url.as_str().to_owned()),
        None => place.as_ref().and_then(|place| place.url.clone()),
    };
    let url = url.ok_or_else(|| {
        CliError::new("an Application names its Git repository, and none is known")
            .hint("give it with --repo-url, or emit into a clone whose remote is `origin`")
    })?;
    Ok(ArgoCd {
        repo_url: RepoUrl::new(git::without_credentials(&url))
            .map_err(|error| CliError::new(error.to_string()).hint("give another with --repo-url"))?,
        path: path(args, out, place.as_ref())?,
        revision: args.repo_revision.clone(),
        namespace: args.argocd_namespace.clone(),
        project: args.argocd_project.clone(),
    })
}

/// What a Flux Kustomization has to know of the repository.
///
/// # Errors
/// When the path in it is neither given nor found.
pub(super) fn flux(args: &RepositoryArgs, out: &Path) -> Result<Flux, CliError> {
    Ok(Flux {
        path: path(args, out, git::around(out).as_ref())?,
        source_kind: match args.flux_source_kind {
            FluxSourceKind::GitRepository => SourceKind::GitRepository,
            FluxSourceKind::OciRepository => SourceKind::OciRepository,
            FluxSourceKind::Bucket => SourceKind::Bucket,
        },
        source: args.flux_source.clone(),
        namespace: args.flux_namespace.clone(),
    })
}

fn path(args: &RepositoryArgs, out: &Path, found: Option<&git::Place>) -> Result<RepoPath, CliError> {
    match (&args.repo_path, found) {
        (Some(path), _) => Ok(path.clone()),
        (None, Some(place)) if place.path.is_empty() => repo_path("."),
        (None, Some(place)) => repo_path(&place.path),
        // A relative directory is most likely meant as seen from the repository's root.
        (None, None) if out.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) => {
            repo_path(shown(out).trim_start_matches("./"))
        }
        (None, None) => Err(CliError::new(format!(
            "{} is in no Git repository, so its path in one is not known; give it with --repo-path",
            shown(out)
        ))),
    }
}

fn repo_path(path: &str) -> Result<RepoPath, CliError> {
    RepoPath::new(path).map_err(|error| CliError::new(error.to_string()).hint("give another with --repo-path"))
}
