//! Which cluster, as whom and in which namespace: kubeconfigs merged and overridden as kubectl does it.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use kube::config::{
    AuthInfo, Cluster, Context, Kubeconfig, KubeconfigError, NamedAuthInfo, NamedCluster, NamedContext,
};

use super::{
    environment::Environment,
    error::{ClusterError, line, plain, similar},
};
use crate::cli::kube::KubeFlags;

/// The one cluster, user and namespace that flags, files and surroundings choose.
#[derive(Debug, Default)]
pub(super) struct Choice {
    pub(super) context: Option<String>,
    pub(super) namespace: String,
    pub(super) cluster: Cluster,
    pub(super) user: AuthInfo,
}

impl Choice {
    /// Chooses.
    pub(super) fn new(flags: &KubeFlags, environment: &Environment) -> Result<Self, ClusterError> {
        let kubeconfig = load(flags, environment)?;
        let mut choice = match environment.pod_server() {
            Some(server) if is_empty(&kubeconfig) && flags.server.is_none() => in_pod(server, environment),
            _ if is_empty(&kubeconfig) && flags.server.is_none() && flags.context.is_none() => {
                return Err(ClusterError::NotConfigured { looked: looked(flags, environment) });
            }
            _ => from_kubeconfig(&kubeconfig, flags)?,
        };
        override_cluster(&mut choice.cluster, flags);
        override_user(&mut choice.user, flags)?;
        if let Some(namespace) = &flags.namespace {
            choice.namespace.clone_from(namespace);
        } else if choice.namespace.is_empty() {
            "default".clone_into(&mut choice.namespace);
        }
        Ok(choice)
    }

    /// A kubeconfig with nothing but this choice.
    pub(super) fn kubeconfig(self) -> Kubeconfig {
        let name = || "chosen".to_owned();
        let context =
            Context { cluster: name(), user: Some(name()), namespace: Some(self.namespace), ..Context::default() };
        Kubeconfig {
            clusters: vec![NamedCluster { name: name(), cluster: Some(self.cluster), ..NamedCluster::default() }],
            auth_infos: vec![NamedAuthInfo { name: name(), auth_info: Some(self.user), ..NamedAuthInfo::default() }],
            contexts: vec![NamedContext { name: name(), context: Some(context), ..NamedContext::default() }],
            current_context: Some(name()),
            ..Kubeconfig::default()
        }
    }
}

/// The names of the contexts that there are to choose from.
///
/// # Errors
/// [`ClusterError`] when a kubeconfig cannot be read.
pub fn contexts(flags: &KubeFlags) -> Result<Vec<String>, ClusterError> {
    let kubeconfig = load(flags, &Environment::capture())?;
    Ok(kubeconfig.contexts.into_iter().map(|context| context.name).collect())
}

fn load(flags: &KubeFlags, environment: &Environment) -> Result<Kubeconfig, ClusterError> {
    let files = files(flags, environment);
    let mut merged = Kubeconfig::default();
    for file in &files {
        let mut next = match Kubeconfig::read_from(file) {
            Ok(next) => next,
            Err(KubeconfigError::ReadConfig(error, _))
                if error.kind() == ErrorKind::NotFound && flags.kubeconfig.is_none() =>
            {
                continue;
            }
            Err(error) => return Err(unreadable(file, &error)),
        };
        // An empty name counts as none, so that a later file may set it.
        next.current_context = next.current_context.filter(|name| !name.is_empty());
        merged = merged.merge(next).map_err(|error| unreadable(file, &error))?;
    }
    Ok(merged)
}

fn files(flags: &KubeFlags, environment: &Environment) -> Vec<PathBuf> {
    if let Some(file) = &flags.kubeconfig {
        return vec![file.clone()];
    }
    let listed = environment.kubeconfigs();
    if listed.is_empty() {
        return environment.home.iter().map(|home| home.join(".kube").join("config")).collect();
    }
    listed
}

fn unreadable(file: &Path, error: &KubeconfigError) -> ClusterError {
    let reason = match error {
        KubeconfigError::ReadConfig(error, _) => plain(error),
        // The default text quotes the file, which holds keys and tokens.
        KubeconfigError::Parse(error) => error.without_snippet().to_string(),
        other => other.to_string(),
    };
    ClusterError::Kubeconfig { path: line(&file.display().to_string()), reason: line(&reason) }
}

fn looked(flags: &KubeFlags, environment: &Environment) -> String {
    let files: Vec<_> = files(flags, environment).iter().map(|file| line(&file.display().to_string())).collect();
    match files.as_slice() {
        [] => "there is no home folder".to_owned(),
        [file] => format!("{file} does not exist or is empty"),
        files => format!("none of {} has any content", files.join(", ")),
    }
}

fn is_empty(kubeconfig: &Kubeconfig) -> bool {
    kubeconfig.contexts.is_empty() && kubeconfig.clusters.is_empty() && kubeconfig.auth_infos.is_empty()
}

fn in_pod(server: String, environment: &Environment) -> Choice {
    let file = |name: &str| environment.service_account.join(name);
    let namespace = std::fs::read_to_string(file("namespace")).unwrap_or_default();
    let path = |name: &str| file(name).to_str().map(str::to_owned);
    Choice {
        context: None,
        namespace: namespace.trim().to_owned(),
        cluster: Cluster { server: Some(server), certificate_authority: path("ca.crt"), ..Cluster::default() },
        user: AuthInfo { token_file: path("token"), ..AuthInfo::default() },
    }
}

fn from_kubeconfig(kubeconfig: &Kubeconfig, flags: &KubeFlags) -> Result<Choice, ClusterError> {
    let contexts = || kubeconfig.contexts.iter().map(|context| context.name.clone()).collect::<Vec<_>>();
    let name = flags.context.as_ref().or(kubeconfig.current_context.as_ref());
    let context = match name {
        Some(name) => {
            let named = kubeconfig.contexts.iter().find(|context| context.name == *name);
            let asked_by = if flags.context.is_some() { "--context" } else { "`current-context`" };
            named
                .and_then(|named| named.context.clone())
                .ok_or_else(|| unknown("context", name, asked_by.to_owned(), &contexts()))?
        }
        None if flags.cluster.is_none() && flags.server.is_none() => {
            let known = contexts().iter().map(|name| line(name)).collect();
            return Err(ClusterError::NoCurrentContext { known });
        }
        None => Context::default(),
    };
    Ok(Choice {
        context: name.map(|name| line(name)),
        namespace: context.namespace.clone().unwrap_or_default(),
        cluster: cluster(kubeconfig, flags, &context, name)?,
        user: user(kubeconfig, flags, &context)?,
    })
}

fn cluster(
    kubeconfig: &Kubeconfig,
    flags: &KubeFlags,
    context: &Context,
    context_name: Option<&String>,
) -> Result<Cluster, ClusterError> {
    let name = flags.cluster.as_ref().unwrap_or(&context.cluster);
    let named = kubeconfig.clusters.iter().find(|cluster| cluster.name == *name);
    let cluster = match named.and_then(|named| named.cluster.clone()) {
        Some(cluster) => cluster,
        None if flags.cluster.is_none() && flags.server.is_some() => Cluster::default(),
        None => {
            let asked_by = match context_name {
                Some(context) if flags.cluster.is_none() => format!("its context `{}`", line(context)),
                _ => "--cluster".to_owned(),
            };
            let known: Vec<_> = kubeconfig.clusters.iter().map(|cluster| cluster.name.clone()).collect();
            return Err(unknown("cluster", name, asked_by, &known));
        }
    };
    let has_server = cluster.server.as_ref().is_some_and(|server| !server.is_empty());
    if !has_server && flags.server.is_none() {
        return Err(ClusterError::NoServer { cluster: line(name) });
    }
    Ok(cluster)
}

fn user(kubeconfig: &Kubeconfig, flags: &KubeFlags, context: &Context) -> Result<AuthInfo, ClusterError> {
    let name = flags.user.as_ref().or(context.user.as_ref());
    let named = name.and_then(|name| kubeconfig.auth_infos.iter().find(|user| user.name == *name));
    match (named, &flags.user) {
        (Some(named), _) => Ok(named.auth_info.clone().unwrap_or_default()),
        (None, Some(name)) => {
            let known: Vec<_> = kubeconfig.auth_infos.iter().map(|user| user.name.clone()).collect();
            Err(unknown("user", name, "--user".to_owned(), &known))
        }
        // kubectl goes on without credentials too: some servers need none.
        (None, None) => Ok(AuthInfo::default()),
    }
}

fn unknown(what: &'static str, name: &str, asked_by: String, known: &[String]) -> ClusterError {
    ClusterError::Unknown {
        what,
        name: line(name),
        asked_by,
        near: similar(name, known).iter().map(|name| line(name)).collect(),
        known: known.iter().map(|name| line(name)).collect(),
    }
}

fn override_cluster(cluster: &mut Cluster, flags: &KubeFlags) {
    if let Some(server) = &flags.server {
        cluster.server = Some(server.clone());
        // The name in the kubeconfig is that of the server which is not used.
        cluster.tls_server_name = None;
    }
    if let Some(name) = &flags.tls_server_name {
        cluster.tls_server_name = Some(name.clone());
    }
    if flags.insecure_skip_tls_verify || flags.certificate_authority.is_some() {
        cluster.insecure_skip_tls_verify = Some(flags.insecure_skip_tls_verify);
        cluster.certificate_authority_data = None;
        cluster.certificate_authority = flags.certificate_authority.as_ref().map(|file| file.display().to_string());
    }
    let has_tls = cluster.certificate_authority.is_some()
        || cluster.certificate_authority_data.is_some()
        || cluster.insecure_skip_tls_verify == Some(true);
    if let Some(server) = &mut cluster.server
        && !server.contains("://")
    {
        *server = format!("{}://{server}", if has_tls { "https" } else { "http" });
    }
}

fn override_user(user: &mut AuthInfo, flags: &KubeFlags) -> Result<(), ClusterError> {
    if let Some(token) = &flags.token {
        user.token = Some(token.expose().to_owned().into());
        user.token_file = None;
        user.username = None;
        user.password = None;
        user.exec = None;
        user.auth_provider = None;
    }
    if let Some(name) = &flags.impersonate {
        user.impersonate = Some(name.clone());
    }
    if let Some(uid) = &flags.impersonate_uid {
        user.impersonate_uid = Some(uid.clone());
    }
    if !flags.impersonate_groups.is_empty() {
        user.impersonate_groups = Some(flags.impersonate_groups.clone());
    }
    let more = user.impersonate_uid.is_some() || user.impersonate_groups.is_some();
    if more && user.impersonate.as_ref().is_none_or(String::is_empty) {
        return Err(ClusterError::ImpersonationWithoutUser);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
