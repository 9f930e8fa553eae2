//! `kubectl kustomize`, run without touching what it builds.

use std::{
    env, fs,
    io::{self, ErrorKind, Read, Seek},
    path::{Component, Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use seldon_central_core::kustomize::{Build, Built, read_output, reason};
use tempfile::TempDir;

/// Builds at a time: kustomize itself uses more than one core.
const AT_ONCE: usize = 3;
/// How long a build may take. One that fetches repositories has longer.
const LIMIT: Duration = Duration::from_secs(60);
const REMOTE_LIMIT: Duration = Duration::from_secs(300);
/// The most that a build may print, in bytes.
const MAX_BYTES: u64 = 256 << 20;
/// Between two looks at a build that runs.
const INTERVAL: Duration = Duration::from_millis(5);

/// Builds these directories, each by the name that it has.
pub(super) fn build_all(dirs: Vec<(String, PathBuf)>, allow_remote: bool) -> Vec<(String, Build)> {
    let workers = AT_ONCE.min(dirs.len());
    let waiting = Mutex::new(dirs);
    let next = || waiting.lock().ok().and_then(|mut dirs| dirs.pop());
    let work = || {
        let mut done = Vec::new();
        while let Some((dir, place)) = next() {
            let build = build(&place, allow_remote).unwrap_or_else(|error| Build::Unread(told(&error)));
            done.push((dir, build));
        }
        done
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    })
}

/// Builds a directory through a kustomization beside it that asks for the origin of every object.
fn build(place: &Path, allow_remote: bool) -> io::Result<Build> {
    let root = place.canonicalize()?;
    let wrapper = TempDir::new()?;
    let beside = wrapper.path().canonicalize()?;
    let path = relative(&beside, &root).display().to_string();
    let text = serde_json::json!({"resources": [path], "buildMetadata": ["originAnnotations"]}).to_string();
    fs::write(beside.join("kustomization.yaml"), text)?;
    let limit = if allow_remote { REMOTE_LIMIT } else { LIMIT };
    let output = run(&beside, allow_remote, limit)?;
    if !output.status.success() {
        return Ok(reason(&output.stderr));
    }
    let absolute = |built: Built| Built { file: built.file.map(|file| lexical(&beside.join(file))), ..built };
    Ok(Build::Built(read_output(&output.stdout).into_iter().map(absolute).collect()))
}

struct Output {
    status: ExitStatus,
    stdout: String,
    stderr: String,
}

fn run(dir: &Path, allow_remote: bool, limit: Duration) -> io::Result<Output> {
    let program = env::var_os("KUBECTL").unwrap_or_else(|| "kubectl".into());
    // Into files and not pipes, so that a build that prints much does not wait for its reader.
    let (mut stdout, mut stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
    let mut command = Command::new(program);
    command.arg("kustomize").arg(dir).stdin(Stdio::null());
    command.stdout(stdout.try_clone()?).stderr(stderr.try_clone()?);
    if !allow_remote {
        offline(&mut command);
    }
    let mut child = command.spawn()?;
    let status = wait(&mut child, limit)?;
    Ok(Output { status, stdout: whole(&mut stdout)?, stderr: whole(&mut stderr)? })
}

/// What has to be fetched is recognised before a build. Should something slip through, it finds no
/// way out.
fn offline(command: &mut Command) {
    for variable in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
        command.env(variable, "http://127.0.0.1:1");
    }
    command.env_remove("NO_PROXY").env_remove("no_proxy").env("GIT_ALLOW_PROTOCOL", "none");
}

fn wait(child: &mut Child, limit: Duration) -> io::Result<ExitStatus> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if begun.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Err(io::Error::new(ErrorKind::TimedOut, format!("not built within {} s", limit.as_secs())));
        }
        thread::sleep(INTERVAL);
    }
}

fn whole(file: &mut fs::File) -> io::Result<String> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn told(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => {
            "building it takes `kubectl`, which is not on the PATH; KUBECTL may name it, or build it elsewhere and \
             judge the result with -f -"
                .to_owned()
        }
        ErrorKind::TimedOut => error.to_string(),
        _ => format!("`kubectl kustomize` cannot be run: {error}"),
    }
}

/// The way from one directory to another, both absolute: kustomize takes no absolute paths.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(to.components().skip(shared)).collect()
}

/// An absolute path without `..`; no link is left in it but the last, which kustomize has followed.
fn lexical(path: &Path) -> String {
    seldon_central_core::kustomize::normal(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_from_one_directory_to_another() {
        let way = |from: &str, to: &str| relative(Path::new(from), Path::new(to)).display().to_string();
        assert_eq!(way("/tmp/x", "/srv/repo/over"), "../../srv/repo/over");
        assert_eq!(way("/tmp/x", "/tmp/y"), "../y");
        assert_eq!(lexical(Path::new("/tmp/x/../../srv/a.yaml")), "/srv/a.yaml");
    }
}
