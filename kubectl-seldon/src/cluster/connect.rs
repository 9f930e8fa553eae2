//! From flags and surroundings to one client, used for the whole run.

use std::{fmt, time::Duration};

use http::{HeaderValue, Uri, header::USER_AGENT};
use k8s_openapi::ByteString;
use kube::{
    Client, Config,
    config::{AuthInfo, KubeconfigError, LoadDataError},
};

use super::{
    environment::Environment,
    error::{ClusterError, line, plain},
    exec,
    kubeconfig::Choice,
    proxy,
};
use crate::cli::{self, kube::KubeFlags};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a server may be silent when `--request-timeout` does not say.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// A cluster to talk to. Clones share the connections.
#[derive(Clone)]
pub struct Cluster {
    pub(super) client: Client,
    pub(super) server: String,
    pub(super) timeout: Option<Duration>,
    pub(super) logs_requests: bool,
    context: Option<String>,
    namespace: String,
}

impl Cluster {
    /// Chooses the cluster as kubectl does and prepares the client; a credential plugin runs once.
    /// Sends no request yet.
    ///
    /// # Errors
    /// [`ClusterError`] when no cluster is chosen, or its credentials cannot be had.
    pub async fn connect(flags: &KubeFlags) -> Result<Self, ClusterError> {
        Self::connect_in(flags, &Environment::capture()).await
    }

    pub(super) async fn connect_in(flags: &KubeFlags, environment: &Environment) -> Result<Self, ClusterError> {
        let choice = Choice::new(flags, environment)?;
        let context = choice.context.clone();
        let namespace = line(&choice.namespace);
        let url = server_url(choice.cluster.server.as_deref().unwrap_or_default())?;
        let server = shown(&url);
        let unusable = |reason: String| ClusterError::Unusable { server: server.clone(), reason };

        let proxy = proxy::choose(&url, choice.cluster.proxy_url.as_deref(), environment);
        let mut config = Config::try_from(choice.kubeconfig()).map_err(|error| unusable(explain(&error)))?;
        config.cluster_url = url;
        config.proxy_url = match proxy {
            Some(proxy) => Some(proxy.parse().map_err(|_| unusable("the proxy's address is no URL".to_owned()))?),
            None => None,
        };
        obtain_credentials(&mut config.auth_info, environment, &unusable).await?;
        let timeout = set_timeouts(&mut config, flags);
        // Retries are made in `request`, where they are few and leave unsafe requests alone.
        config.default_retry = false;
        config
            .headers
            .push((USER_AGENT, HeaderValue::from_static(concat!("kubectl-seldon/", env!("CARGO_PKG_VERSION")))));
        let client = Client::try_from(config).map_err(|error| unusable(explain_client(&error)))?;
        Ok(Self { client, server, timeout, logs_requests: flags.verbosity >= 6, context, namespace })
    }

    /// A cluster behind a client of your own.
    pub fn from_client(client: Client, server: impl Into<String>) -> Self {
        let namespace = line(client.default_namespace());
        Self { client, server: server.into(), timeout: None, logs_requests: false, context: None, namespace }
    }

    /// The kubeconfig's context, when one was used.
    pub fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }

    /// The namespace to work in when a verb's own flags name none.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The API server's address, without credentials.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The client, for requests this module does not offer.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("server", &self.server)
            .field("context", &self.context)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

fn server_url(server: &str) -> Result<Uri, ClusterError> {
    let invalid = |reason: String| ClusterError::InvalidServer { server: line(server), reason };
    let url: Uri = server.parse().map_err(|error| invalid(format!("{error}")))?;
    match url.scheme_str() {
        Some("https" | "http") if url.host().is_some_and(|host| !host.is_empty()) => Ok(url),
        _ => Err(invalid("it is neither https nor http".to_owned())),
    }
}

/// The address for people, without the credentials that may stand before an `@`.
fn shown(url: &Uri) -> String {
    let authority = url.authority().map_or("", http::uri::Authority::as_str);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    line(&format!("{}://{host}{}", url.scheme_str().unwrap_or("https"), url.path().trim_end_matches('/')))
}

/// Puts what a credential plugin answers, and what a token file holds, into the user itself: kube asks
/// for them three times otherwise, and refuses a file that ends in a line break.
async fn obtain_credentials(
    user: &mut AuthInfo,
    environment: &Environment,
    unusable: &impl Fn(String) -> ClusterError,
) -> Result<(), ClusterError> {
    if let Some(provider) = user.auth_provider.as_ref().filter(|provider| provider.name != "oidc") {
        return Err(ClusterError::ProviderRemoved { name: line(&provider.name) });
    }
    if let Some(file) = user.token_file.take() {
        match std::fs::read_to_string(&file) {
            Ok(token) => user.token = Some(token.trim().to_owned().into()),
            Err(_) if user.token.is_some() => {}
            Err(error) => {
                return Err(unusable(line(&format!("the token file {file} cannot be read: {}", plain(&error)))));
            }
        }
    }
    let Some(exec) = user.exec.take() else {
        return Ok(());
    };
    if user.token.is_some() || user.username.is_some() {
        return Ok(());
    }
    let answer = exec::run(exec, environment.stdin_is_terminal).await?;
    if let (Some(certificate), Some(key)) = (answer.client_certificate_data, answer.client_key_data) {
        user.client_certificate_data = Some(base64(certificate));
        user.client_key_data = Some(base64(key).into());
    }
    user.token = answer.token.filter(|token| !token.is_empty()).map(Into::into);
    Ok(())
}

fn base64(text: String) -> String {
    // The one base64 encoder among the direct dependencies.
    let encoded = serde_json::to_value(ByteString(text.into_bytes())).ok();
    encoded.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

/// Sets the connection's timeouts and returns the limit for a whole request.
fn set_timeouts(config: &mut Config, flags: &KubeFlags) -> Option<Duration> {
    let asked = flags.request_timeout;
    let silence = asked.map_or(Some(READ_TIMEOUT), cli::kube::Duration::limit);
    config.connect_timeout = Some(silence.map_or(CONNECT_TIMEOUT, |limit| limit.min(CONNECT_TIMEOUT)));
    config.read_timeout = silence;
    config.write_timeout = silence;
    // Otherwise the time a connection was idle counts as time without an answer.
    config.reset_reader_on_write = true;
    asked.and_then(cli::kube::Duration::limit)
}

fn explain(error: &KubeconfigError) -> String {
    let (what, error) = match error {
        KubeconfigError::LoadCertificateAuthority(error) => ("certificate authority", error),
        KubeconfigError::LoadClientCertificate(error) => ("client certificate", error),
        KubeconfigError::LoadClientKey(error) => ("client key", error),
        other => return line(&other.to_string()),
    };
    line(&match error {
        LoadDataError::ReadFile(error, path) => {
            format!("the {what} {} cannot be read: {}", path.display(), plain(error))
        }
        LoadDataError::DecodeBase64(_) => format!("the {what} in the kubeconfig is not base64"),
        LoadDataError::NoBase64DataOrFile => format!("the {what} is missing"),
    })
}

fn explain_client(error: &kube::Error) -> String {
    match error {
        kube::Error::InferKubeconfig(error) => explain(error),
        // The default text shows the proxy's address, which may hold a password.
        kube::Error::ProxyProtocolUnsupported { .. } => "the proxy is none of http, https and socks5".to_owned(),
        other => line(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        io::{BufRead, BufReader, Write},
        net::{TcpListener, TcpStream},
        path::PathBuf,
        sync::{Arc, Mutex},
        thread,
    };

    use seldon_central_core::resource::SERVICE;
    use tempfile::TempDir;

    use super::*;
    use crate::cluster::ReadError;

    /// A server on this machine that refuses everything as an API server does, and keeps the heads of requests.
    fn refusing_server() -> (String, Arc<Mutex<Vec<String>>>) {
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&heads);
        let answer = move |mut stream: TcpStream| {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while reader.read_line(&mut head).unwrap_or(0) > 0 {
                if head.ends_with("\r\n\r\n") {
                    kept.lock().unwrap().push(std::mem::take(&mut head).to_lowercase());
                    stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno").unwrap();
                }
            }
        };
        (listen(answer), heads)
    }

    /// A server that accepts connections and says nothing.
    fn silent_server() -> String {
        listen(|stream| {
            let _ = BufReader::new(stream).lines().count();
        })
    }

    fn listen(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let serve = Arc::new(serve);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serve = Arc::clone(&serve);
                thread::spawn(move || serve(stream));
            }
        });
        format!("http://{address}")
    }

    fn flags(server: &str) -> KubeFlags {
        KubeFlags { server: Some(server.to_owned()), ..KubeFlags::default() }
    }

    async fn connect(flags: &KubeFlags) -> Result<Cluster, ClusterError> {
        Cluster::connect_in(flags, &Environment::default()).await
    }

    fn kubeconfig(folder: &TempDir, server: &str, user: &str) -> KubeFlags {
        let file: PathBuf = folder.path().join("config");
        let text = format!(
            "current-context: a\ncontexts: [{{name: a, context: {{cluster: a, user: a, namespace: fin}}}}]\n\
             clusters: [{{name: a, cluster: {{server: '{server}'}}}}]\nusers:\n- name: a\n  user: {user}\n"
        );
        fs::write(&file, text).unwrap();
        KubeFlags { kubeconfig: Some(file), ..KubeFlags::default() }
    }

    #[cfg(unix)]
    fn plugin(folder: &TempDir, then: &str, more: &str) -> String {
        let log = folder.path().join("log");
        let script = format!("echo \"$KUBERNETES_EXEC_INFO $EXTRA\" >> {}; {then}", log.display());
        let script = serde_json::to_string(&script).unwrap();
        format!(
            "{{exec: {{apiVersion: client.authentication.k8s.io/v1, command: sh, args: ['-c', {script}], \
             interactiveMode: IfAvailable, env: [{{name: EXTRA, value: more}}]{more}}}}}"
        )
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_credential_plugin_runs_once_and_its_token_is_used() {
        let folder = TempDir::new().unwrap();
        let (server, heads) = refusing_server();
        let token = r#"echo '{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
            "status": {"token": "t0ken", "expirationTimestamp": "2000-01-01T00:00:00Z"}}'"#;
        let flags = kubeconfig(&folder, &server, &plugin(&folder, token, ", provideClusterInfo: true"));
        let cluster = connect(&flags).await.unwrap();
        for _ in 0..2 {
            let error = cluster.get(&SERVICE, Some("fin"), "a").await.unwrap_err();
            assert!(matches!(error, ReadError::Forbidden { .. }), "{error}");
        }
        assert_eq!((cluster.context(), cluster.namespace(), cluster.server()), (Some("a"), "fin", server.as_str()));

        let log = fs::read_to_string(folder.path().join("log")).unwrap();
        let [run] = log.lines().collect::<Vec<_>>().try_into().unwrap();
        let info: serde_json::Value = serde_json::from_str(run.strip_suffix(" more").unwrap()).unwrap();
        assert_eq!(
            info,
            serde_json::json!({
                "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                "spec": {"interactive": false, "cluster": {"server": server}},
            })
        );
        let heads = heads.lock().unwrap();
        assert_eq!(heads.len(), 2);
        assert!(heads.iter().all(|head| head.contains("authorization: bearer t0ken")), "{heads:?}");
        assert!(heads.iter().all(|head| head.contains("user-agent: kubectl-seldon/")), "{heads:?}");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_failing_credential_plugin_is_named_with_its_hint() {
        let folder = TempDir::new().unwrap();
        let hint = ", installHint: \"Install it:\\n  brew install x\"";
        let user = plugin(&folder, "exit 3", hint);
        let error = connect(&kubeconfig(&folder, "http://x", &user)).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the credential plugin `sh` failed with exit status: 3; Install it: brew install x"
        );
        let user = user.replace("command: sh", "command: no-such-plugin");
        let error = connect(&kubeconfig(&folder, "http://x", &user)).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the credential plugin `no-such-plugin` is not installed; Install it: brew install x"
        );
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_client_certificate_of_a_plugin_is_put_into_the_user() {
        let folder = TempDir::new().unwrap();
        let answer = "echo 'status: {clientCertificateData: cert, clientKeyData: key}'";
        let flags = kubeconfig(&folder, "http://x", &plugin(&folder, answer, ""));
        let mut user = Choice::new(&flags, &Environment::default()).unwrap().user;
        obtain_credentials(&mut user, &Environment::default(), &|reason| panic!("{reason}")).await.unwrap();
        let user = serde_json::to_value(&user).unwrap();
        assert_eq!((&user["client-certificate-data"], &user["client-key-data"]), (&"Y2VydA==".into(), &"a2V5".into()));
        assert_eq!(user.get("exec"), None);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_token_of_the_command_line_makes_the_plugin_needless() {
        let folder = TempDir::new().unwrap();
        let flags = kubeconfig(&folder, "http://x", &plugin(&folder, "exit 1", ""));
        connect(&KubeFlags { token: Some("t".parse().unwrap()), ..flags }).await.unwrap();
        assert!(!folder.path().join("log").exists());
    }

    #[tokio::test]
    async fn a_token_file_may_end_in_a_line_break() {
        let folder = TempDir::new().unwrap();
        let (server, heads) = refusing_server();
        fs::write(folder.path().join("token"), "from-file\n").unwrap();
        let cluster = connect(&kubeconfig(&folder, &server, "{tokenFile: token}")).await.unwrap();
        cluster.list(&SERVICE, None, None).await.unwrap_err();
        assert!(heads.lock().unwrap()[0].contains("bearer from-file\r"));

        let error = connect(&kubeconfig(&folder, "http://x", "{tokenFile: missing}")).await.unwrap_err().to_string();
        assert!(error.starts_with("cannot prepare a connection to http://x: the token file "), "{error}");
    }

    #[tokio::test]
    async fn impersonation_is_sent_along() {
        let (server, heads) = refusing_server();
        let flags = KubeFlags {
            impersonate: Some("me".to_owned()),
            impersonate_groups: vec!["a".to_owned(), "b".to_owned()],
            impersonate_uid: Some("7".to_owned()),
            ..flags(&server)
        };
        connect(&flags).await.unwrap().list(&SERVICE, None, None).await.unwrap_err();
        let head = heads.lock().unwrap()[0].clone();
        for header in ["impersonate-user: me", "impersonate-group: a", "impersonate-group: b", "impersonate-uid: 7"] {
            assert!(head.contains(header), "{head}");
        }
    }

    #[tokio::test]
    async fn a_refused_connection_is_one_sentence() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let error = connect(&flags(&server)).await.unwrap().list(&SERVICE, None, None).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "cannot reach the API server at {server}: connection refused; check that the cluster is up, or choose \
                 another with --context"
            )
        );
    }

    #[tokio::test]
    async fn a_silent_server_is_waited_for_as_long_as_allowed() {
        let server = silent_server();
        let timeout = "200ms".parse().ok();
        let cluster = connect(&KubeFlags { request_timeout: timeout, ..flags(&server) }).await.unwrap();
        let error = cluster.list(&SERVICE, None, None).await.unwrap_err();
        let ReadError::TimedOut { request, after, .. } = &error else { panic!("{error}") };
        assert_eq!(request, "GET /api/v1/services");
        assert!(after.starts_with('2') && after.ends_with("ms"), "{after}");
    }

    #[test]
    fn timeouts_follow_the_flag() {
        let set = |text: Option<&str>| {
            let mut config = Config::new("http://x".parse().unwrap());
            let request_timeout = text.map(|text| text.parse().unwrap());
            let whole = set_timeouts(&mut config, &KubeFlags { request_timeout, ..KubeFlags::default() });
            (config.connect_timeout, config.read_timeout, whole)
        };
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(set(None), (seconds(10), seconds(30), None));
        assert_eq!(set(Some("5s")), (seconds(5), seconds(5), seconds(5)));
        assert_eq!(set(Some("2m")), (seconds(10), seconds(120), seconds(120)));
        assert_eq!(set(Some("0")), (seconds(10), None, None));
    }

    #[tokio::test]
    async fn an_address_that_is_no_url_is_refused_and_passwords_in_one_are_not_shown() {
        let error = connect(&flags("ftp://x")).await.unwrap_err().to_string();
        assert_eq!(
            error,
            "the API server's address `ftp://x` is not usable: it is neither https nor http; write it as \
             https://HOST:PORT"
        );
        let cluster = connect(&flags("http://me:s3cr3t@x:1/base/")).await.unwrap();
        assert_eq!(cluster.server(), "http://x:1/base");
    }

    #[tokio::test]
    async fn broken_certificates_and_removed_providers_are_named() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("missing.crt");
        let flags = KubeFlags { certificate_authority: Some(file.clone()), ..flags("https://x") };
        let error = connect(&flags).await.unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "cannot prepare a connection to https://x: the certificate authority {} cannot be read: no such file or \
                 directory; correct it, or choose another context with --context",
                file.display()
            )
        );
        let error = connect(&kubeconfig(&folder, "https://x", "{client-certificate-data: '!', client-key-data: a}"))
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("the client certificate in the kubeconfig is not base64"), "{error}");

        let error = connect(&kubeconfig(&folder, "https://x", "{auth-provider: {name: gcp}}")).await.unwrap_err();
        assert_eq!(error, ClusterError::ProviderRemoved { name: "gcp".to_owned() });
    }

    #[tokio::test]
    async fn a_proxy_is_used_unless_the_server_is_excepted() {
        let (proxy, heads) = refusing_server();
        let mut environment = Environment::default();
        environment.variables.insert("HTTPS_PROXY", proxy.into());
        let flags = flags("https://api.test:6443");
        let cluster = Cluster::connect_in(&flags, &environment).await.unwrap();
        cluster.list(&SERVICE, None, None).await.unwrap_err();
        assert!(heads.lock().unwrap()[0].starts_with("connect api.test:6443 "));

        environment.variables.insert("HTTPS_PROXY", "ftp://me:s3cr3t@proxy".into());
        let error = Cluster::connect_in(&flags, &environment).await.unwrap_err().to_string();
        assert!(error.contains("the proxy is none of http, https and socks5"), "{error}");

        environment.variables.insert("NO_PROXY", "api.test".into());
        Cluster::connect_in(&flags, &environment).await.unwrap();
    }
}
