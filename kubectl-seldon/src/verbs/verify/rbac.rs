//! `--print-rbac`: what judging may read, as roles.

use std::collections::BTreeSet;

use seldon_central_core::{log::Process, name::Namespace, needs, overlay, rules::Rule};

use super::{
    ask::{Ask, Base},
    gather::read_for,
};
use crate::{
    cli::{kube::KubeFlags, verify::SourceArgs},
    error::CliError,
};

const HEAD: &str = "\
# What `kubectl seldon verify` reads, and nothing else. Bind these to whoever runs it. Secrets are
# asked for by name, and only the names of their keys are kept; add the names of those that your
# SeldonConfig lists in `config_secrets` and your Models in `secretName`.
";

const OPTIONAL: &str = "\
# What follows is optional: without it, what it would tell is unknown, and no run is incomplete for it.
# Helm keeps its releases in Secrets, of which chart, version, status and a few values are kept. RBAC
# cannot narrow a list by labels, so the role for them lets its holder read every Secret of the control
# plane's namespace.
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
    let rules: Vec<&'static Rule> = read_for(rules, &args.files).copied().collect();
    let granted = overlay::stream(&needs::roles(&rules, processes, namespaces.as_ref(), &control_plane));
    let optional = needs::optional_roles(&rules, &control_plane);
    if optional.is_empty() {
        return Ok(format!("{HEAD}{granted}"));
    }
    Ok(format!("{HEAD}{granted}---\n{OPTIONAL}{}", overlay::stream(&optional)))
}
