//! What `verify` has to be told, so that it judges by the control plane that was built for.

use std::path::Path;

use seldon_central_core::profile::{ControlPlane, Transport};

use crate::{cli::kube::quoted, ui::Ui};

/// The flags of `verify` for a control plane that is not the usual one: the profile that declares it,
/// and what the command line changed of that. What came on standard input cannot be read again.
pub(super) fn flags(file: Option<&Path>, declared: &ControlPlane, built: &ControlPlane) -> Vec<String> {
    let usual = ControlPlane::default();
    let file = file.filter(|file| *declared != usual && *file != Path::new("-"));
    let profile = file.map(|file| format!("--profile={}", quoted(&file.to_string_lossy())));
    let base = if file.is_some() { declared } else { &usual };
    let namespace =
        (built.namespace != base.namespace).then(|| format!("--control-plane-namespace={}", built.namespace));
    let seldon_config =
        (built.seldon_config != base.seldon_config).then(|| format!("--seldon-config={}", built.seldon_config));
    let server_config =
        (built.server_config != base.server_config).then(|| format!("--server-config={}", built.server_config));
    let domain =
        (built.cluster_domain != base.cluster_domain).then(|| format!("--cluster-domain={}", built.cluster_domain));
    let prefix = (built.grpc_service_prefix != base.grpc_service_prefix)
        .then(|| format!("--grpc-service-prefix={}", quoted(built.grpc_service_prefix.as_str())));
    let transport = (built.transport != base.transport).then(|| {
        let word = match built.transport {
            Transport::Plaintext => "plaintext",
            Transport::Tls => "tls",
        };
        format!("--transport={word}")
    });
    [profile, namespace, seldon_config, server_config, domain, prefix, transport].into_iter().flatten().collect()
}

/// Tells how to judge what was built, when `verify` would judge it by another control plane.
pub(super) fn tell(flags: &[String], what: &str, ui: &Ui) {
    if !flags.is_empty() {
        ui.notice(&format!(
            "to judge this, verify needs the same words: kubectl seldon verify {what} {}",
            flags.join(" ")
        ));
    }
}

#[cfg(test)]
mod tests {
    use seldon_central_core::profile::Profile;

    use super::*;

    fn control_plane(yaml: &str) -> ControlPlane {
        Profile::from_yaml(&format!("controlPlane: {{{yaml}}}\ntenants: [{{namespace: fin}}]")).unwrap().control_plane
    }

    #[test]
    fn only_what_verify_would_not_take_for_granted_is_said() {
        let usual = ControlPlane::default();
        let tls = control_plane("transport: tls, clusterDomain: corp.example");
        let both = control_plane("transport: tls, clusterDomain: corp.example, namespace: ml-system");
        let file = Some(Path::new("my profile.yaml"));
        assert_eq!(flags(None, &usual, &usual), Vec::<String>::new());
        assert_eq!(flags(file, &usual, &usual), Vec::<String>::new());
        assert_eq!(flags(None, &usual, &tls), ["--cluster-domain=corp.example", "--transport=tls"]);
        assert_eq!(flags(file, &tls, &tls), ["--profile='my profile.yaml'"]);
        assert_eq!(flags(file, &tls, &both), ["--profile='my profile.yaml'", "--control-plane-namespace=ml-system"]);
        assert_eq!(flags(file, &usual, &both).len(), 3);
        let prefix = control_plane("grpcServicePrefix: grpc-");
        assert_eq!(flags(None, &usual, &prefix), ["--grpc-service-prefix=grpc-"]);
        let configs = control_plane("seldonConfig: other, serverConfig: mine");
        let words = ["--seldon-config=other", "--server-config=mine"];
        assert_eq!(flags(None, &usual, &configs), words);
        assert_eq!(flags(Some(Path::new("-")), &configs, &configs), words);
    }
}
