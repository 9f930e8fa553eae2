//! Real API servers: started when a test first asks, shared by the tests, stopped at the end.

use std::{
    fmt, fs,
    io::{BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Mutex, OnceLock, PoisonError},
    thread,
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use super::{
    api::Api,
    assets,
    data::Data,
    files::{objects, tree},
    go,
    kubectl::Kubectl,
    workspace,
};

/// How long a server may take to end before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// How long a server may take to do what it always does at once.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whose `CustomResourceDefinitions` a server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crds {
    /// Of Seldon 2.10.2.
    V2_10_2,
    /// Of Seldon 2.9.1.
    V2_9_1,
    /// The tests' own, which admit everything.
    Minimal,
}

impl Crds {
    /// The versions to test with: the real ones where the test data is at hand.
    pub(crate) fn to_test(data: Option<&Data>) -> &'static [Self] {
        if data.is_some() { &[Self::V2_10_2, Self::V2_9_1] } else { &[Self::Minimal] }
    }

    /// The objects that define the kinds.
    pub(crate) fn definitions(self, data: Option<&Data>) -> Vec<Value> {
        let files = self.files(data);
        let files = if files.is_dir() { tree(&files).into_values().collect() } else { vec![fs::read(files).unwrap()] };
        files.into_iter().flat_map(|bytes| objects(&String::from_utf8(bytes).unwrap())).collect()
    }

    fn files(self, data: Option<&Data>) -> PathBuf {
        match (self, data) {
            (Self::Minimal, _) | (_, None) => workspace().join("tests/e2e/manifests/crds.yaml"),
            (version, Some(data)) => data.schemas(&format!("seldon/{version}")),
        }
    }
}

impl fmt::Display for Crds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V2_10_2 => "v2.10.2",
            Self::V2_9_1 => "v2.9.1",
            Self::Minimal => "minimal",
        })
    }
}

/// A running API server.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    /// Contexts `admin` (the current one), `alice` and `bob`; the latter two may do nothing.
    pub(crate) kubeconfig: PathBuf,
    /// `https://127.0.0.1:PORT`
    pub(crate) url: String,
}

impl Server {
    /// A connection as the administrator.
    pub(crate) fn api(&self) -> Api {
        Api::connect(&self.kubeconfig, "admin")
    }

    /// How long the list of requests to write is by now.
    pub(crate) fn noted(&self) -> u64 {
        self.audit().metadata().unwrap().len()
    }

    /// The plugin's requests to write from a length of the list on, without dry runs.
    pub(crate) fn writes_since(&self, noted: u64) -> Vec<Write> {
        let (mut log, mut text) = (self.audit(), String::new());
        log.seek(SeekFrom::Start(noted)).unwrap();
        log.read_to_string(&mut text).unwrap();
        text.lines().filter_map(Write::of).collect()
    }

    fn audit(&self) -> fs::File {
        fs::File::open(self.kubeconfig.with_file_name("audit.log")).unwrap()
    }

    /// kubectl, with this server's kubeconfig.
    pub(crate) fn kubectl(&self) -> Kubectl {
        Kubectl::new().kubeconfig(&self.kubeconfig)
    }
}

/// A request to write an object.
#[derive(Debug)]
pub(crate) struct Write {
    /// The object's namespace, which a Namespace is itself.
    pub(crate) namespace: String,
    #[expect(dead_code, reason = "a failed assertion shows it")]
    request: String,
}

impl Write {
    /// A line of the audit log, in which what tests set up stands as well.
    fn of(line: &str) -> Option<Self> {
        const PLUGIN: &str = "\"userAgent\":\"kubectl-seldon/";
        let event: Value = line.contains(PLUGIN).then(|| serde_json::from_str(line).ok())??;
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let uri = text("/requestURI");
        (!uri.contains("dryRun=All")).then(|| Self {
            namespace: text("/objectRef/namespace").to_owned(),
            request: format!("{} {uri}", text("/verb")),
        })
    }
}

/// The server with these CRDs that all tests share.
pub(crate) fn shared(crds: Crds, data: Option<&Data>) -> Result<&'static Server, String> {
    static SERVERS: [OnceLock<Result<Server, String>>; 3] = [const { OnceLock::new() }; 3];
    let server = SERVERS[crds as usize].get_or_init(|| start(&crds.to_string(), crds, data));
    server.as_ref().map_err(Clone::clone)
}

/// A new server with these CRDs. The prefix is where in etcd it keeps its objects.
pub(crate) fn start(prefix: &str, crds: Crds, data: Option<&Data>) -> Result<Server, String> {
    let server = bare(prefix)?;
    install(&server, &crds.files(data));
    Ok(server)
}

/// Installs CRDs, and waits until they are served.
pub(crate) fn install(server: &Server, files: &Path) {
    let files = files.display().to_string();
    let applied = server.kubectl().run(["apply", "--server-side", "-o", "name", "-f", &files]).succeeds();
    let api = server.api();
    let begun = Instant::now();
    for line in applied.stdout.lines() {
        let name = line.strip_prefix("customresourcedefinition.apiextensions.k8s.io/").unwrap();
        while !is_established(&api, name) {
            assert!(begun.elapsed() < PATIENCE, "{name} is not served");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn is_established(api: &Api, name: &str) -> bool {
    let crd = api.get("apiextensions.k8s.io/v1/CustomResourceDefinition", "", name);
    let conditions = crd["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|one| one["type"] == "Established" && one["status"] == "True")
}

/// The one line a server prints.
#[derive(Deserialize)]
struct Announcement {
    kubeconfig: PathBuf,
    etcd: String,
    server: String,
}

/// A server, or the two of them in one.
pub(crate) struct Process {
    pub(crate) child: Child,
    /// The server ends when nobody holds this any more, however the tests end.
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) _dir: TempDir,
}

#[derive(Default)]
struct Fleet {
    /// The first server's; the others keep their objects beside its own.
    etcd: Option<String>,
    processes: Vec<Process>,
}

static FLEET: Mutex<Fleet> = Mutex::new(Fleet { etcd: None, processes: Vec::new() });

/// A new server without any CRD.
pub(crate) fn bare(prefix: &str) -> Result<Server, String> {
    let mut fleet = FLEET.lock().unwrap_or_else(PoisonError::into_inner);
    match assets::folder() {
        Some(assets) => fleet.start_assets(&assets, prefix),
        None => fleet.start_built(prefix),
    }
}

impl Fleet {
    /// Starts the binaries of a folder.
    fn start_assets(&mut self, assets: &Path, prefix: &str) -> Result<Server, String> {
        if let Some(reason) = assets::missing(assets) {
            return Err(reason);
        }
        if self.etcd.is_none() {
            let (address, process) = assets::etcd(assets)?;
            self.processes.push(process);
            self.etcd = Some(address);
        }
        let etcd = self.etcd.clone().unwrap_or_default();
        let (kubeconfig, url, process) = assets::api_server(assets, &etcd, prefix)?;
        self.processes.push(process);
        Ok(Server { kubeconfig, url })
    }

    /// Starts the program that is built here, with both servers in it.
    fn start_built(&mut self, prefix: &str) -> Result<Server, String> {
        let program = go::control_plane()?;
        let dir = tempfile::Builder::new()
            .prefix("server-")
            .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
            .map_err(|error| format!("a directory for an API server: {error}"))?;
        let mut command = Command::new(program);
        command.args(["serve", "--dir"]).arg(dir.path()).arg(format!("--etcd-prefix=/{prefix}"));
        if let Some(etcd) = &self.etcd {
            command.arg(format!("--etcd-endpoint={etcd}"));
        }
        let explain = |error: std::io::Error| format!("{}: {error}", program.display());
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(explain)?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("no stdout")?;
        BufReader::new(stdout).read_line(&mut line).map_err(explain)?;
        let Ok(said) = serde_json::from_str::<Announcement>(&line) else {
            let mut reason = String::new();
            let _ = child.stderr.take().map(|mut stderr| stderr.read_to_string(&mut reason));
            let _ = child.wait();
            return Err(format!("the API server does not start: {}", reason.trim()));
        };
        self.etcd.get_or_insert(said.etcd);
        let stdin = child.stdin.take();
        self.processes.push(Process { child, stdin, _dir: dir });
        Ok(Server { kubeconfig: said.kubeconfig, url: said.server })
    }
}

/// Stops every server, the one with the etcd last.
pub(crate) fn stop() {
    let mut processes = std::mem::take(&mut FLEET.lock().unwrap_or_else(PoisonError::into_inner).processes);
    while let Some(mut process) = processes.pop() {
        drop(process.stdin.take());
        let begun = Instant::now();
        while process.child.try_wait().is_ok_and(|status| status.is_none()) {
            if begun.elapsed() > GRACE {
                let _ = process.child.kill();
                let _ = process.child.wait();
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}
