//! The command that emits what was about to be written, for what is to be changed in a repository.

use std::path::Path;

use seldon_central_core::reason::ownership::Owner;

use super::Built;
use crate::{cli::onboard::OnboardArgs, source::git};

/// The user's own command line, ready to emit.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    /// What is built, and of which cluster.
    words: String,
    out: String,
}

/// The form that an owner reads.
pub(super) const fn form(owner: &Owner) -> &'static str {
    match owner {
        Owner::ArgoCd { .. } => "argocd",
        Owner::FluxKustomization { .. } | Owner::FluxHelmRelease { .. } => "flux",
        Owner::Helm { .. } => "kustomize",
    }
}

impl Overlay {
    pub(super) fn new(args: &OnboardArgs, built: &Built) -> Self {
        let out = match built.desired.tenants.as_slice() {
            [one] => format!("overlays/{}", one.namespace),
            _ => "overlays".to_owned(),
        };
        Self { words: args.again.join(" "), out }
    }

    /// What to do instead, with the command.
    pub(super) fn hint(&self, form: &str) -> String {
        let command = self.command(form);
        let missing =
            if command.contains("$REPO_URL") { ", with the address of that repository as REPO_URL" } else { "" };
        format!("change them in the repository instead{missing}: {command}")
    }

    /// The command. It asks the cluster as this run did, so that it finds the same names.
    fn command(&self, form: &str) -> String {
        let Self { words, out } = self;
        let has_url = || git::around(Path::new(out)).is_some_and(|place| place.url.is_some());
        let url = if form == "argocd" && !has_url() { r#" --repo-url="$REPO_URL""# } else { "" };
        format!("kubectl seldon onboard {words} --emit {form} --out {out} --check-live{url}")
    }
}
