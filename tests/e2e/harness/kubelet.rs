//! The stand-in for a kubelet, from which API servers fetch the logs of containers: one for all tests,
//! behind a Node of its own in each of them.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Mutex, OnceLock, PoisonError},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{api::Api, failure, go, tenant::unique};

const NODE: &str = "v1/Node";
pub(crate) const POD: &str = "v1/Pod";

/// When containers log if their lines say nothing of it.
const TIME: &str = "2025-06-01T12:00:00Z";

/// A node of one API server, with pods that no other node has.
pub(crate) struct Node<'a> {
    api: &'a Api,
    name: String,
    /// Where its kubelet finds the logs.
    logs: &'static Path,
}

/// How the log of a container is served instead of as a whole.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Behaviour {
    /// Not at all, with this HTTP status.
    Status(u16),
    /// Up to this number of bytes, and the connection breaks.
    Cut(usize),
    /// With this pause before each byte, in milliseconds.
    Slow(u32),
    /// Again and again, whatever the limit is.
    Endless,
}

impl Behaviour {
    /// A word, and a number after it: `status 403`, `cut 100`, `slow 1000`, `endless`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (word, number) = text.split_once(' ').unwrap_or((text, ""));
        Some(match word {
            "status" => Self::Status(number.parse().ok()?),
            "cut" => Self::Cut(number.parse().ok()?),
            "slow" => Self::Slow(number.parse().ok()?),
            "endless" if number.is_empty() => Self::Endless,
            _ => return None,
        })
    }
}

impl<'a> Node<'a> {
    /// Adds a node to an API server.
    pub(crate) fn new(api: &'a Api) -> Self {
        Self::at(api, process().address)
    }

    /// Adds a node whose kubelet does not answer.
    pub(crate) fn unreachable(api: &'a Api) -> Self {
        Self::at(api, SocketAddr::from(([127, 0, 0, 1], 1)))
    }

    fn at(api: &'a Api, address: SocketAddr) -> Self {
        let name = unique("node");
        api.create(&json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}));
        let status = json!({
            "addresses": [{"type": "InternalIP", "address": address.ip()}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": address.port()}},
        });
        api.set_status(NODE, "", &name, &status);
        Self { api, name, logs: &process().logs }
    }

    /// Runs a pod, with the status that it has if any.
    #[track_caller]
    pub(crate) fn run(&self, mut pod: Value) {
        let status = pod.as_object_mut().unwrap().remove("status");
        pod["spec"]["nodeName"] = json!(self.name);
        let created = self.api.create(&pod);
        let text = |pointer: &str| created.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
        if let Some(status) = status {
            self.api.set_status(POD, &namespace, &name, &status);
        }
        fs::create_dir_all(self.logs.join(namespace).join(name)).unwrap();
    }

    /// Writes the log of a container. A line that says when it was logged is of that time.
    pub(crate) fn log(&self, container: &Container<'_>, text: &[u8]) {
        container.write(self.logs, "log", &stamped(text));
    }

    /// Writes the log of the container that ran before this one.
    pub(crate) fn previous_log(&self, container: &Container<'_>, text: &[u8]) {
        container.write(self.logs, "previous.log", &stamped(text));
    }

    /// Changes how the log of a container is served.
    pub(crate) fn misbehave(&self, container: &Container<'_>, behaviour: Behaviour) {
        let text = match behaviour {
            Behaviour::Status(code) => format!("status {code}"),
            Behaviour::Cut(bytes) => format!("cut {bytes}"),
            Behaviour::Slow(milliseconds) => format!("slow {milliseconds}"),
            Behaviour::Endless => "endless".to_owned(),
        };
        container.write(self.logs, "behaviour", text.as_bytes());
    }
}

/// A container of a pod.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Container<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) pod: &'a str,
    pub(crate) name: &'a str,
}

impl Container<'_> {
    fn write(&self, logs: &Path, extension: &str, bytes: &[u8]) {
        let dir = logs.join(self.namespace).join(self.pod);
        fs::write(dir.join(format!("{}.{extension}", self.name)), bytes).unwrap();
    }
}

/// The lines with the times at which the container's runtime saw them.
fn stamped(text: &[u8]) -> Vec<u8> {
    let mut time = TIME.to_owned();
    let mut out = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        time = said(line).unwrap_or(time);
        out.extend_from_slice(time.as_bytes());
        out.push(b' ');
        out.extend_from_slice(line);
    }
    out
}

/// The time that a line of Seldon's components begins with: `time="…"` or bare.
fn said(line: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(line.get(..64).unwrap_or(line)).into_owned();
    let head = head.strip_prefix("time=\"").unwrap_or(&head);
    let time = head.split(['"', '\t', ' ']).next()?;
    let is_time = time.len() >= TIME.len() && time.ends_with('Z') && time.as_bytes().get(10) == Some(&b'T');
    is_time.then(|| time.to_owned())
}

struct Process {
    address: SocketAddr,
    logs: PathBuf,
}

/// What ends with the tests: the child does when nobody holds its standard input any more.
struct Held {
    child: Child,
    stdin: Option<ChildStdin>,
    _dir: TempDir,
}

static HELD: Mutex<Option<Held>> = Mutex::new(None);

/// The process, started by the first who asks.
fn process() -> &'static Process {
    static PROCESS: OnceLock<Process> = OnceLock::new();
    if let Some(reason) = go::missing() {
        failure::ignore(reason);
    }
    PROCESS.get_or_init(|| {
        let program = go::kubelet().unwrap_or_else(|reason| panic!("{reason}"));
        let dir = tempfile::Builder::new().prefix("kubelet-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut command = Command::new(program);
        command.arg("--dir").arg(dir.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let process = Process { address: line.trim().parse().unwrap(), logs: dir.path().to_owned() };
        let stdin = child.stdin.take();
        *HELD.lock().unwrap_or_else(PoisonError::into_inner) = Some(Held { child, stdin, _dir: dir });
        process
    })
}

/// Stops the process, if there is one.
pub(crate) fn stop() {
    if let Some(mut held) = HELD.lock().unwrap_or_else(PoisonError::into_inner).take() {
        drop(held.stdin.take());
        let _ = held.child.wait();
    }
}
