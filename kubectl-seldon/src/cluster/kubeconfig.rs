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
mod tests {
    use std::{fs, time::Duration};

    use tempfile::TempDir;

    use super::*;

    const FIRST: &str = "current-context: ''\n\
        contexts: [{name: prod-eu, context: {cluster: eu, user: me, namespace: fin}}]\n\
        clusters: [{name: eu, cluster: {server: 'https://eu:6443', tls-server-name: eu.corp}}]\n\
        users: [{name: me, user: {token: first}}]\n";
    const SECOND: &str = "current-context: prod-us\n\
        contexts: [{name: prod-us, context: {cluster: us, user: me}}, {name: prod-eu, context: {cluster: us}}]\n\
        clusters: [{name: us, cluster: {server: 'https://us:6443'}}]\n\
        users: [{name: me, user: {token: second}}]\n";

    struct Files(TempDir);

    impl Files {
        fn new() -> Self {
            let files = Self(TempDir::new().unwrap());
            files.write("first", FIRST);
            files.write("second", SECOND);
            files
        }

        fn write(&self, name: &str, text: &str) -> PathBuf {
            let path = self.0.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            path
        }

        fn environment(&self, kubeconfigs: &[&str]) -> Environment {
            let paths: Vec<_> = kubeconfigs.iter().map(|name| self.0.path().join(name)).collect();
            Environment {
                variables: [("KUBECONFIG", std::env::join_paths(paths).unwrap())].into(),
                home: Some(self.0.path().to_owned()),
                service_account: self.0.path().join("account"),
                ..Environment::default()
            }
        }
    }

    fn server(choice: &Choice) -> &str {
        choice.cluster.server.as_deref().unwrap()
    }

    fn token(choice: &Choice) -> String {
        serde_json::to_value(&choice.user).unwrap()["token"].as_str().unwrap().to_owned()
    }

    #[test]
    fn of_several_kubeconfigs_the_first_wins_and_missing_ones_are_skipped() {
        let files = Files::new();
        let environment = files.environment(&["missing", "first", "second"]);
        let choice = Choice::new(&KubeFlags::default(), &environment).unwrap();
        assert_eq!(choice.context.as_deref(), Some("prod-us"), "an empty current-context does not win");
        assert_eq!((server(&choice), token(&choice).as_str()), ("https://us:6443", "first"));
        assert_eq!(choice.namespace, "default");

        let flags = KubeFlags { context: Some("prod-eu".to_owned()), ..KubeFlags::default() };
        let choice = Choice::new(&flags, &environment).unwrap();
        assert_eq!((server(&choice), choice.namespace.as_str()), ("https://eu:6443", "fin"));
    }

    #[test]
    fn without_a_list_the_home_folders_kubeconfig_is_read() {
        let files = Files::new();
        files.write(".kube/config", SECOND);
        let choice = Choice::new(&KubeFlags::default(), &files.environment(&[])).unwrap();
        assert_eq!(server(&choice), "https://us:6443");
    }

    #[test]
    fn a_kubeconfig_named_by_the_flag_must_exist() {
        let files = Files::new();
        let flags = KubeFlags { kubeconfig: Some("/does/not/exist".into()), ..KubeFlags::default() };
        assert_eq!(
            Choice::new(&flags, &files.environment(&["first"])).unwrap_err().to_string(),
            "cannot read the kubeconfig /does/not/exist: no such file or directory; correct it, or choose \
             another with --kubeconfig or KUBECONFIG"
        );
    }

    #[test]
    fn a_broken_kubeconfig_is_reported_without_quoting_it() {
        let files = Files::new();
        files.write("first", "users:\n- name: me\n  user: {token: s3cr3t\n");
        let error = Choice::new(&KubeFlags::default(), &files.environment(&["first"])).unwrap_err().to_string();
        assert!(error.contains("first: ") && error.contains("line"), "{error}");
        assert!(!error.contains("s3cr3t"), "{error}");
    }

    #[test]
    fn unknown_names_are_answered_with_those_that_may_have_been_meant() {
        let files = Files::new();
        let environment = files.environment(&["first", "second"]);
        let choose = |flags: KubeFlags| Choice::new(&flags, &environment).unwrap_err().to_string();
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(
            choose(KubeFlags { context: name("prod-ue"), ..KubeFlags::default() }),
            "the kubeconfig has no context `prod-ue`, which --context names; did you mean `prod-us` or `prod-eu`?"
        );
        assert_eq!(
            choose(KubeFlags { cluster: name("asia"), ..KubeFlags::default() }),
            "the kubeconfig has no cluster `asia`, which --cluster names; it has `eu`, `us`"
        );
        assert_eq!(
            choose(KubeFlags { user: name("mee"), ..KubeFlags::default() }),
            "the kubeconfig has no user `mee`, which --user names; did you mean `me`?"
        );
    }

    #[test]
    fn a_context_must_lead_to_a_cluster_with_an_address() {
        let files = Files::new();
        let environment = files.environment(&["first"]);
        let choose = |text: &str| {
            files.write("first", text);
            Choice::new(&KubeFlags::default(), &environment).unwrap_err().to_string()
        };
        assert_eq!(
            choose("current-context: a\ncontexts: [{name: a, context: {cluster: b}}]"),
            "the kubeconfig has no cluster `b`, which its context `a` names; it has none"
        );
        assert_eq!(
            choose(
                "current-context: a\ncontexts: [{name: a, context: {cluster: b}}]\nclusters: [{name: b, cluster: {}}]"
            ),
            "the cluster `b` of the kubeconfig has no server address; add it, or give one with --server"
        );
        assert_eq!(
            choose("contexts: [{name: a, context: {cluster: b}}]"),
            "the kubeconfig names no current context; choose one with --context; it has `a`"
        );
    }

    #[test]
    fn without_any_configuration_the_places_are_named() {
        let files = Files::new();
        let environment = files.environment(&[]);
        let error = Choice::new(&KubeFlags::default(), &environment).unwrap_err().to_string();
        assert!(error.contains(".kube/config does not exist or is empty and this is no pod"), "{error}");
    }

    #[test]
    fn a_server_alone_is_enough() {
        let files = Files::new();
        let flags = KubeFlags { server: Some("localhost:8080".to_owned()), ..KubeFlags::default() };
        let choice = Choice::new(&flags, &files.environment(&[])).unwrap();
        assert_eq!((server(&choice), choice.context.as_deref()), ("http://localhost:8080", None));
    }

    #[test]
    fn flags_replace_what_the_kubeconfig_says() {
        let files = Files::new();
        let flags = KubeFlags {
            context: Some("prod-eu".to_owned()),
            namespace: Some("risk".to_owned()),
            server: Some("other:6443".to_owned()),
            insecure_skip_tls_verify: true,
            token: Some("flag".parse().unwrap()),
            impersonate: Some("admin".to_owned()),
            request_timeout: Some(Duration::from_secs(1).into()),
            ..KubeFlags::default()
        };
        let choice = Choice::new(&flags, &files.environment(&["first"])).unwrap();
        assert_eq!((server(&choice), choice.namespace.as_str()), ("https://other:6443", "risk"));
        assert_eq!(choice.cluster.tls_server_name, None, "the name belongs to the kubeconfig's server");
        assert_eq!(token(&choice), "flag");
        assert_eq!(choice.user.impersonate.as_deref(), Some("admin"));
    }

    #[test]
    fn groups_are_impersonated_only_with_a_user() {
        let files = Files::new();
        let flags = KubeFlags {
            context: Some("prod-eu".to_owned()),
            impersonate_groups: vec!["a".to_owned()],
            ..KubeFlags::default()
        };
        let error = Choice::new(&flags, &files.environment(&["first"])).unwrap_err();
        assert_eq!(error, ClusterError::ImpersonationWithoutUser);
    }

    #[test]
    fn a_pod_uses_its_service_account_when_there_is_no_kubeconfig() {
        let files = Files::new();
        files.write("account/token", "t");
        files.write("account/namespace", "ci\n");
        let mut environment = files.environment(&[]);
        environment.variables.insert("KUBERNETES_SERVICE_HOST", "fd00::1".into());
        environment.variables.insert("KUBERNETES_SERVICE_PORT", "443".into());
        let choice = Choice::new(&KubeFlags::default(), &environment).unwrap();
        assert_eq!((server(&choice), choice.namespace.as_str()), ("https://[fd00::1]:443", "ci"));
        assert!(choice.user.token_file.unwrap().ends_with("account/token"));

        environment.variables.insert("KUBECONFIG", files.0.path().join("second").into());
        let choice = Choice::new(&KubeFlags::default(), &environment).unwrap();
        assert_eq!(server(&choice), "https://us:6443");
    }
}
