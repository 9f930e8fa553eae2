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
    assert_eq!(error.to_string(), "the credential plugin `sh` failed with exit status: 3; Install it: brew install x");
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
    obtain_credentials(&mut user, &Environment::default(), 0, &|reason| panic!("{reason}")).await.unwrap();
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
