//! kubectl as a user runs it, and the plugin through it.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// No command of the tests takes this long unless it waits for something that never comes, such as
/// input.
const LIMIT: Duration = Duration::from_secs(120);

/// Why kubectl cannot be used; `None` when it can.
pub(crate) fn missing() -> Option<String> {
    program().is_none().then(|| "there is no `kubectl` on the PATH".to_owned())
}

/// kubectl itself, through all links.
fn program() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || env::split_paths(&env::var_os("PATH")?).map(|dir| dir.join("kubectl")).find(|path| path.is_file());
    PROGRAM.get_or_init(|| find()?.canonicalize().ok()).as_deref()
}

/// The versions of kubectl at hand, the oldest first: those that lie beside it, such as
/// `kubectl.1.27`, and at last kubectl itself.
pub(crate) fn versions() -> Vec<PathBuf> {
    let program = program().unwrap();
    let version = |path: &Path| {
        let numbers = path.file_name()?.to_str()?.strip_prefix("kubectl.")?.split('.').map(str::parse);
        numbers.collect::<Result<Vec<u32>, _>>().ok()
    };
    let beside = fs::read_dir(program.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<(Vec<u32>, PathBuf)> = beside.filter_map(|path| Some((version(&path)?, path))).collect();
    found.sort();
    found.into_iter().map(|(_, path)| path).chain([program.to_owned()]).collect()
}

/// The home directory of every command, shared so that kubectl learns each server's kinds once.
pub(crate) fn home() -> &'static Path {
    static HOME: OnceLock<TempDir> = OnceLock::new();
    HOME.get_or_init(|| tempfile::Builder::new().prefix("home-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap())
        .path()
}

/// Removes what the commands left behind.
pub(crate) fn clean_up() {
    let _ = fs::remove_dir_all(home());
}

/// The PATH with the freshly built plugin first.
fn path() -> OsString {
    after(Path::new(env!("CARGO_BIN_EXE_kubectl-seldon")).parent().unwrap())
}

/// The PATH after a directory.
fn after(dir: &Path) -> OsString {
    let others = env::var_os("PATH").unwrap_or_default();
    env::join_paths(std::iter::once(dir.to_owned()).chain(env::split_paths(&others))).unwrap()
}

/// The plugin alone in a directory, as an installer leaves it.
#[cfg(unix)]
pub(crate) fn installed() -> TempDir {
    let dir = TempDir::new().unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kubectl-seldon"), dir.path().join("kubectl-seldon")).unwrap();
    dir
}

/// A command to be run, with an environment of its own: no cluster, no colours, an empty home.
pub(crate) struct Kubectl {
    program: PathBuf,
    arguments: Vec<OsString>,
    kubeconfig: PathBuf,
    dir: PathBuf,
    path: OsString,
}

impl Kubectl {
    /// kubectl without a cluster.
    pub(crate) fn new() -> Self {
        Self {
            program: program().unwrap().to_owned(),
            arguments: Vec::new(),
            kubeconfig: home().join("no-kubeconfig"),
            dir: home().to_owned(),
            path: path(),
        }
    }

    /// A shell line in which `kubectl seldon` is the plugin.
    pub(crate) fn shell(line: &str) -> Self {
        Self { program: "/bin/sh".into(), arguments: vec!["-c".into(), line.into()], ..Self::new() }
    }

    /// Another version of kubectl.
    pub(crate) fn program(self, program: &Path) -> Self {
        Self { program: program.to_owned(), ..self }
    }

    /// `KUBECONFIG`.
    pub(crate) fn kubeconfig(self, file: &Path) -> Self {
        Self { kubeconfig: file.to_owned(), ..self }
    }

    /// The working directory.
    pub(crate) fn dir(self, dir: &Path) -> Self {
        Self { dir: dir.to_owned(), ..self }
    }

    /// The plugin of a directory instead of the one that was built.
    pub(crate) fn plugin_in(self, dir: &Path) -> Self {
        Self { path: after(dir), ..self }
    }

    /// Runs it to its end. Its standard input is a pipe into which nothing is ever written, so
    /// whatever reads it does not end.
    pub(crate) fn run<S: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = S>) -> Output {
        self.start(arguments).finish()
    }

    /// Starts it.
    pub(crate) fn start<S: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = S>) -> Running {
        let arguments: Vec<OsString> =
            self.arguments.into_iter().chain(arguments.into_iter().map(|one| one.as_ref().to_owned())).collect();
        let shown: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
        let line = format!("{} {}", self.program.display(), shown.join(" "));
        let mut child = Command::new(&self.program)
            .args(&arguments)
            .current_dir(&self.dir)
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", home())
            .env("KUBECONFIG", &self.kubeconfig)
            // What tells the time tells the same one in each run.
            .env("SOURCE_DATE_EPOCH", "1767225600")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{line}: {error}"));
        let stdin = child.stdin.take();
        let stdout = read(child.stdout.take());
        let stderr = read(child.stderr.take());
        Running { line, child, stdin, stdout, stderr }
    }

    /// Runs `kubectl seldon` with these arguments.
    pub(crate) fn seldon<S: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = S>) -> Output {
        let arguments: Vec<OsString> = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        self.run(std::iter::once(OsString::from("seldon")).chain(arguments))
    }
}

/// A command that was started.
pub(crate) struct Running {
    line: String,
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: thread::JoinHandle<String>,
    stderr: thread::JoinHandle<String>,
}

impl Running {
    /// Sends a signal, `INT` for example, once something is so.
    #[cfg(unix)]
    pub(crate) fn signalled(mut self, signal: &str, once: impl Fn() -> bool) -> Self {
        let begun = Instant::now();
        while !once() {
            assert!(begun.elapsed() < LIMIT, "{}: what the signal waits for does not come", self.line);
            assert!(self.child.try_wait().unwrap().is_none(), "{}: ended before the signal", self.line);
            thread::sleep(Duration::from_millis(2));
        }
        let sent = Command::new("/bin/sh").args(["-c", &format!("kill -{signal} {}", self.child.id())]).status();
        assert!(sent.unwrap().success());
        self
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Output {
        let status = wait(&mut self.child, &self.line);
        drop(self.stdin);
        Output { line: self.line, status, stdout: self.stdout.join().unwrap(), stderr: self.stderr.join().unwrap() }
    }
}

fn read(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.unwrap().read_to_end(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    })
}

fn wait(child: &mut Child, line: &str) -> i32 {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().unwrap_or_else(|| panic!("{line}: ended by a signal"));
        }
        if begun.elapsed() > LIMIT {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{line}: not done after {LIMIT:?}; does it wait for input?");
        }
        thread::sleep(Duration::from_millis(3));
    }
}

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Output {
    line: String,
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    /// Insists that the command succeeded.
    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        self.ends_with(0)
    }

    /// Insists on an exit status.
    #[track_caller]
    pub(crate) fn ends_with(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// Insists that all of these are said on standard error.
    #[track_caller]
    pub(crate) fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.stderr.contains(text), "`{text}` is not said by {self}");
        }
        self
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\nstatus: {}\nstdout:\n{}\nstderr:\n{}", self.line, self.status, self.stdout, self.stderr)
    }
}
