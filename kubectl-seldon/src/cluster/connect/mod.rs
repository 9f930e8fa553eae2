//! From flags and surroundings to one client, used for the whole run.

use std::{
    fmt,
    io::{self, Write as _},
    time::Duration,
};

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
        obtain_credentials(&mut config.auth_info, environment, flags.verbosity, &unusable).await?;
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
    verbosity: u8,
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
    if verbosity > 0 {
        // Nobody is left to be told when stderr is closed.
        let _ = writeln!(io::stderr(), "{}", exec::announced(&exec));
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
mod tests;
