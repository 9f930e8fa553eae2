//! Binaries of `etcd` and `kube-apiserver` that are there already, started without Go.

use std::{
    env,
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    rand::{SecureRandom, SystemRandom},
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{api::Api, control_plane::Process, plan::Plan};

/// How long a server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ends the server when nobody holds its standard input any more, by force if need be; and ends with it.
const KEEPER: &str = r#"exec 3<&0
"$@" & server=$!
(cat <&3 >/dev/null; kill "$server"; sleep 2; kill -9 "$server") 2>/dev/null &
exec 3<&-
wait "$server""#;

/// The users, of whom the first may do everything and the others nothing.
const USERS: [&str; 3] = ["admin", "alice", "bob"];

/// Where the binaries are, when the caller has them.
pub(crate) fn folder() -> Option<PathBuf> {
    env::var_os("KUBEBUILDER_ASSETS").filter(|dir| !dir.is_empty()).map(PathBuf::from)
}

/// Why they cannot be used; `None` when they can.
pub(crate) fn missing(assets: &Path) -> Option<String> {
    let lacks = |name: &&str| !assets.join(name).is_file();
    let name = ["etcd", "kube-apiserver"].into_iter().find(lacks)?;
    Some(format!("KUBEBUILDER_ASSETS is set, and {} is no file", assets.join(name).display()))
}

/// A running etcd, and its address.
pub(crate) fn etcd(assets: &Path) -> Result<(String, Process), String> {
    let dir = directory("etcd-")?;
    let [client, peer] = [free_port()?, free_port()?].map(|port| format!("http://127.0.0.1:{port}"));
    let arguments = [
        "--name=default".to_owned(),
        format!("--data-dir={}", dir.path().join("data").display()),
        "--unsafe-no-fsync".to_owned(),
        "--log-level=warn".to_owned(),
        format!("--listen-client-urls={client}"),
        format!("--advertise-client-urls={client}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=default={peer}"),
        // A lone member has nobody to wait for.
        "--heartbeat-interval=10".to_owned(),
        "--election-timeout=100".to_owned(),
    ];
    Ok((client, start(&assets.join("etcd"), &arguments, dir)?))
}

/// Which requests are noted, and how.
const AUDIT_POLICY: &str = include_str!("../../control-plane/internal/serve/audit-policy.yaml");

/// A running API server that answers, its kubeconfig and its address. It makes its certificate itself.
pub(crate) fn api_server(assets: &Path, etcd: &str, prefix: &str) -> Result<(PathBuf, String, Process), String> {
    let dir = directory("server-")?;
    let own = dir.path().to_owned();
    let (port, random) = (free_port()?, SystemRandom::new());
    let tokens = USERS.map(|_| token(&random));
    let put = |name: &str, text: &str| {
        let file = own.join(name);
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok::<_, String>(file.display().to_string())
    };
    let token_file = put("tokens.csv", &token_lines(&tokens))?;
    let audit_policy = put("audit-policy.yaml", AUDIT_POLICY)?;
    let (private, public) = account_keys(&random)?;
    let (private, public) = (put("service-account.key", &private)?, put("service-account.pub", &public)?);
    let arguments = [
        "--bind-address=127.0.0.1".to_owned(),
        // Otherwise it looks for a default route, which a sandbox lacks.
        "--advertise-address=127.0.0.1".to_owned(),
        format!("--secure-port={port}"),
        format!("--cert-dir={}", own.display()),
        format!("--etcd-servers={etcd}"),
        format!("--etcd-prefix=/{prefix}"),
        format!("--audit-policy-file={audit_policy}"),
        format!("--audit-log-path={}", own.join("audit.log").display()),
        "--anonymous-auth=false".to_owned(),
        format!("--token-auth-file={token_file}"),
        "--authorization-mode=Node,RBAC".to_owned(),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        format!("--service-account-key-file={public}"),
        format!("--service-account-signing-key-file={private}"),
        // No controller makes service accounts here, so pods would be refused.
        "--disable-admission-plugins=ServiceAccount".to_owned(),
        "--service-cluster-ip-range=10.96.0.0/16".to_owned(),
        // A loopback address is no valid endpoint.
        "--endpoint-reconciler-type=none".to_owned(),
        "--enable-priority-and-fairness=false".to_owned(),
        "--allow-privileged=true".to_owned(),
        "--profiling=false".to_owned(),
    ];
    let mut process = start(&assets.join("kube-apiserver"), &arguments, dir)?;
    let url = format!("https://127.0.0.1:{port}");
    let begun = Instant::now();
    let mut kubeconfig = None;
    loop {
        if let Ok(pem) = fs::read_to_string(own.join("apiserver.crt"))
            && let Some(authority) = last_certificate(&pem)
            && kubeconfig.is_none()
        {
            kubeconfig =
                Some(PathBuf::from(put("kubeconfig", &self::kubeconfig(&url, authority, &tokens).to_string())?));
        }
        if let Some(kubeconfig) = &kubeconfig
            && is_ready(kubeconfig)
        {
            return Ok((kubeconfig.clone(), url, process));
        }
        let ended = process.child.try_wait().is_ok_and(|status| status.is_some());
        if ended || begun.elapsed() > PATIENCE {
            let log = fs::read_to_string(own.join("log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let end = lines[lines.len().saturating_sub(20)..].join("\n");
            let what = if ended { "ended" } else { "does not answer" };
            return Err(format!("{} {what}:\n{end}", assets.join("kube-apiserver").display()));
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// The namespace is asked for too: readiness comes a moment before it is made.
fn is_ready(kubeconfig: &Path) -> bool {
    let api = Api::connect(kubeconfig, USERS[0]);
    ["/readyz", "/api/v1/namespaces/default"].into_iter().all(|path| api.answers(path))
}

fn start(program: &Path, arguments: &[String], dir: TempDir) -> Result<Process, String> {
    let explain = |error: std::io::Error| format!("{}: {error}", program.display());
    let log = File::create(dir.path().join("log")).map_err(explain)?;
    let mut child = Command::new("sh")
        .args(["-c", KEEPER, "sh"])
        .arg(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(log.try_clone().map_err(explain)?)
        .stderr(log)
        .spawn()
        .map_err(explain)?;
    let stdin = child.stdin.take();
    Ok(Process { child, stdin, _dir: dir })
}

fn directory(prefix: &str) -> Result<TempDir, String> {
    let made = tempfile::Builder::new().prefix(prefix).tempdir_in(env!("CARGO_TARGET_TMPDIR"));
    made.map_err(|error| format!("a directory for a server: {error}"))
}

/// One that was free a moment ago.
fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| format!("a free port: {error}"))
}

fn token(random: &SystemRandom) -> String {
    let mut bytes = [0; 16];
    random.fill(&mut bytes).unwrap();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The users as kube-apiserver reads them: token, name, id, groups.
fn token_lines(tokens: &[String; 3]) -> String {
    let group = |user: &str| if user == USERS[0] { "system:masters" } else { "" };
    let line = |(user, token): (&str, &String)| format!("{token},{user},uid-{user},\"{}\"\n", group(user));
    USERS.into_iter().zip(tokens).map(line).collect()
}

/// What stands before the point of a public key on the curve P-256 (RFC 5480).
const PUBLIC_KEY: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// New keys for the tokens of service accounts, in PEM: one to sign by, and one to check by.
fn account_keys(random: &SystemRandom) -> Result<(String, String), String> {
    let explain = |error: &dyn std::fmt::Display| format!("a key for service accounts: {error}");
    let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
    let private = EcdsaKeyPair::generate_pkcs8(algorithm, random).map_err(|error| explain(&error))?;
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, private.as_ref(), random).map_err(|error| explain(&error))?;
    let public = [&PUBLIC_KEY[..], pair.public_key().as_ref()].concat();
    Ok((pem("PRIVATE KEY", private.as_ref()), pem("PUBLIC KEY", &public)))
}

fn pem(what: &str, bytes: &[u8]) -> String {
    format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", STANDARD.encode(bytes))
}

/// The authority of a chain that begins with the server's own certificate; `None` while it is being written.
fn last_certificate(pem: &str) -> Option<&str> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    let last = pem.rfind(BEGIN).filter(|at| pem[..*at].contains(BEGIN))?;
    pem[last..].contains("-----END CERTIFICATE-----").then_some(&pem[last..])
}

/// A context for each user, the first one's current. JSON is YAML.
fn kubeconfig(url: &str, authority: &str, tokens: &[String; 3]) -> Value {
    let users = USERS.into_iter().zip(tokens);
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": USERS[0],
        "clusters": [{
            "name": "assets",
            "cluster": {"server": url, "certificate-authority-data": STANDARD.encode(authority)},
        }],
        "contexts": USERS.map(|user| json!({"name": user, "context": {"cluster": "assets", "user": user}})),
        "users": users.map(|(user, token)| json!({"name": user, "user": {"token": token}})).collect::<Value>(),
    })
}

/// What can be said of this file without the binaries.
pub(crate) fn add(plan: &mut Plan) {
    plan.local("assets::the_authority_is_the_last_certificate_of_a_chain", || {
        let certificate = |text: &str| format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
        let (own, authority) = (certificate("own"), certificate("authority"));
        assert_eq!(last_certificate(&format!("{own}{authority}")), Some(&*authority));
        assert_eq!(last_certificate(&own), None);
        assert_eq!(last_certificate(&format!("{own}{}", &authority[..40])), None);
    });
    plan.local("assets::a_folder_without_the_binaries_is_told", || {
        let dir = directory("assets-").unwrap();
        fs::write(dir.path().join("etcd"), "").unwrap();
        assert!(missing(dir.path()).is_some_and(|reason| reason.ends_with("/kube-apiserver is no file")));
        fs::write(dir.path().join("kube-apiserver"), "").unwrap();
        assert_eq!(missing(dir.path()), None);
    });
    plan.local("assets::a_server_ends_with_the_tests_and_a_dead_one_is_noticed", || {
        let end = |script: &str, lets_go: bool| {
            let arguments = ["-c".to_owned(), script.to_owned()];
            let mut process = start(Path::new("/bin/sh"), &arguments, directory("assets-").unwrap()).unwrap();
            if lets_go {
                drop(process.stdin.take());
            }
            let begun = Instant::now();
            while process.child.try_wait().unwrap().is_none() {
                assert!(begun.elapsed() < Duration::from_secs(30), "`{script}` goes on");
                thread::sleep(Duration::from_millis(10));
            }
            begun.elapsed()
        };
        assert!(end("exec sleep 60", true) < Duration::from_secs(2));
        end("trap '' TERM; while :; do sleep 1; done", true);
        end("exit 1", false);
    });
}
