//! `--print-rbac`: what judging may read, as roles.

use std::collections::BTreeSet;

use seldon_central_core::{log::Process, name::Namespace, needs, overlay, rules::Rule};

use super::ask::{Ask, Base};
use crate::{
    cli::{kube::KubeFlags, verify::SourceArgs},
    error::CliError,
};

const HEAD: &str = "\
# What `kubectl seldon verify` reads, and nothing else. Bind these to whoever runs it. Secrets are
# asked for by name, and only the names of their keys are kept; add the names of those that your
# SeldonConfig lists in `config_secrets` and your Models in `secretName`.
";

/// The roles for the namespaces that the flags name, or for the whole cluster.
pub(super) fn print(
    args: &SourceArgs,
    kube: &KubeFlags,
    rules: &[&'static Rule],
    processes: &BTreeSet<Process>,
) -> Result<String, CliError> {
    let names_nothing = args.namespaces.is_empty() && kube.namespace.is_none() && args.profile.is_none();
    let (namespaces, control_plane) = if kube.all_namespaces || names_nothing {
        (None, args.control_plane(seldon_central_core::profile::ControlPlane::default()))
    } else {
        let Ask { base, tenants, control_plane, .. } = Ask::new(args, kube)?;
        ((base != Base::Everywhere).then_some(tenants), control_plane)
    };
    let namespaces: Option<BTreeSet<&str>> =
        namespaces.as_ref().map(|namespaces| namespaces.iter().map(Namespace::as_str).collect());
    let roles = needs::roles(rules, processes, namespaces.as_ref(), &control_plane);
    Ok(format!("{HEAD}{}", overlay::stream(&roles)))
}
