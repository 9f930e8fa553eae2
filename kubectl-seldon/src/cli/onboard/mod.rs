//! `kubectl seldon onboard`.

mod apply;
mod build;
mod emit;

use std::path::PathBuf;

use clap::Args;
use seldon_central_core::name::Namespace;

pub use self::{
    apply::{ApplyArgs, DryRun, Output},
    build::{BUILD_HEADING, BuildArgs, PolicyScopeArg, PolicySetArg, ServiceTypeArg, TransportArg, WiringArg},
    emit::{EmitArgs, EmitForm},
};

/// Wire namespaces to the central scheduler, or emit the files that do.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct OnboardArgs {
    /// Namespaces to onboard. With --file, the tenants of the profile to onboard.
    #[arg(value_name = "NAMESPACE")]
    pub namespaces: Vec<Namespace>,

    /// Profile with control plane and tenants; `-` reads standard input.
    #[arg(short = 'f', long = "file", value_name = "PROFILE")]
    pub file: Option<PathBuf>,

    /// Print the JSON Schema of the profile and exit.
    #[arg(long, exclusive = true)]
    pub profile_schema: bool,

    /// What is built.
    #[command(flatten)]
    pub build: BuildArgs,

    /// What happens on the cluster.
    #[command(flatten)]
    pub apply: ApplyArgs,

    /// What is emitted instead.
    #[command(flatten)]
    pub emit: EmitArgs,

    /// The words of the command line that say what is built and of which cluster, quoted for a shell.
    #[arg(skip)]
    pub again: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  # See what would happen, then do it
  kubectl seldon onboard financial-inference --diff
  kubectl seldon onboard financial-inference

  # A kustomize overlay, without a cluster
  kubectl seldon onboard financial-inference --emit kustomize --out overlays/financial-inference

  # Several tenants from a profile, for Argo CD
  kubectl seldon onboard -f profile.yaml --emit argocd --out tenants --repo-url https://git.example.com/tenants.git

  # With a model, and wait until it is ready
  kubectl seldon onboard fin --model income=gs://bucket/income,sklearn --wait";
