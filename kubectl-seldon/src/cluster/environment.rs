//! What the process's surroundings say, read once and in one place so that tests can say it instead.

use std::{collections::HashMap, env, ffi::OsString, io::IsTerminal, path::PathBuf};

/// Where a pod finds its service account.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

const VARIABLES: [&str; 9] = [
    "KUBECONFIG",
    "KUBERNETES_SERVICE_HOST",
    "KUBERNETES_SERVICE_PORT",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// The surroundings that choose a cluster.
#[derive(Debug, Clone, Default)]
pub(super) struct Environment {
    pub(super) variables: HashMap<&'static str, OsString>,
    pub(super) home: Option<PathBuf>,
    pub(super) service_account: PathBuf,
    pub(super) stdin_is_terminal: bool,
}

impl Environment {
    /// The real surroundings.
    pub(super) fn capture() -> Self {
        Self {
            variables: VARIABLES.into_iter().filter_map(|name| Some((name, env::var_os(name)?))).collect(),
            home: env::home_dir(),
            service_account: PathBuf::from(SERVICE_ACCOUNT),
            stdin_is_terminal: std::io::stdin().is_terminal(),
        }
    }

    /// The first of these variables that is set to some text.
    pub(super) fn text(&self, names: &[&str]) -> Option<&str> {
        names.iter().filter_map(|name| self.variables.get(*name)?.to_str()).find(|text| !text.is_empty())
    }

    /// The files of `KUBECONFIG`, if it names any.
    pub(super) fn kubeconfigs(&self) -> Vec<PathBuf> {
        let list = self.variables.get("KUBECONFIG").cloned().unwrap_or_default();
        env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect()
    }

    /// The API server as a pod sees it, when this is a pod with a service account.
    pub(super) fn pod_server(&self) -> Option<String> {
        let host = self.text(&["KUBERNETES_SERVICE_HOST"])?;
        let port = self.text(&["KUBERNETES_SERVICE_PORT"])?;
        if !self.service_account.join("token").is_file() {
            return None;
        }
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        Some(format!("https://{host}:{port}"))
    }
}
