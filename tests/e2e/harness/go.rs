//! The Go programs of `tests`: each built once for each state of its sources, and kept in cargo's
//! target directory.

use std::{
    fs::{self, File, TryLockError},
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use super::{assets, workspace};

/// The program of `tests/control-plane`, or why there is none. The first caller builds it; the
/// others wait.
pub(crate) fn control_plane() -> Result<&'static Path, String> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    PROGRAM.get_or_init(|| build("control-plane", "control-plane")).as_deref().map_err(Clone::clone)
}

/// The stand-in for the operator: the same program, or the one without servers where those are there
/// already, which takes seconds to build instead of ten minutes.
pub(crate) fn operator() -> Result<&'static Path, String> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match assets::folder() {
        None => control_plane(),
        Some(_) => PROGRAM.get_or_init(|| build("control-plane", "operator")).as_deref().map_err(Clone::clone),
    }
}

/// What holds admission policies against the schemas of a server, likewise.
pub(crate) fn typecheck() -> Result<&'static Path, String> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    PROGRAM.get_or_init(|| build("control-plane", "typecheck")).as_deref().map_err(Clone::clone)
}

/// The program of `tests/network-peer`, likewise.
pub(crate) fn network_peer() -> Result<&'static Path, String> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    PROGRAM.get_or_init(|| build("network-peer", "network-peer")).as_deref().map_err(Clone::clone)
}

/// The program of `tests/kubelet`, likewise.
pub(crate) fn kubelet() -> Result<&'static Path, String> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    PROGRAM.get_or_init(|| build("kubelet", "kubelet")).as_deref().map_err(Clone::clone)
}

/// krew itself, from `tests/krew`, likewise.
pub(crate) fn krew() -> Result<&'static Path, String> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    PROGRAM.get_or_init(|| build_package("krew", "krew", "sigs.k8s.io/krew/cmd/krew")).as_deref().map_err(Clone::clone)
}

/// The program by which krew's index checks manifests, likewise.
pub(crate) fn validate_krew_manifest() -> Result<&'static Path, String> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let name = "validate-krew-manifest";
    PROGRAM
        .get_or_init(|| build_package("krew", name, &format!("sigs.k8s.io/krew/cmd/{name}")))
        .as_deref()
        .map_err(Clone::clone)
}

/// Why nothing can be built here; `None` when Go is there.
pub(crate) fn missing() -> Option<String> {
    let works = Command::new("go").arg("version").output().is_ok_and(|output| output.status.success());
    (!works).then(|| "`go` cannot be run, and what is needed is built with it".to_owned())
}

fn build(module: &str, command: &str) -> Result<PathBuf, String> {
    build_package(module, command, &format!("./cmd/{command}"))
}

fn build_package(module: &str, command: &str, package: &str) -> Result<PathBuf, String> {
    let source = workspace().join("tests").join(module);
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join(module);
    fs::create_dir_all(&cache).map_err(|error| format!("{}: {error}", cache.display()))?;
    let program = cache.join(format!("{command}-{:016x}", digest(&source)?));
    let _lock = lock(&cache.join("lock"), module)?;
    if !program.is_file() {
        eprintln!("Building tests/{module} with Go. The first time takes minutes, later ones seconds.");
        compile(&source, package, &program)?;
        remove_older(&cache, command, &program);
    }
    Ok(program)
}

/// Two test processes must not build at once: each would take all cores for ten minutes.
fn lock(path: &Path, module: &str) -> Result<File, String> {
    let explain = |error| format!("{}: {error}", path.display());
    let file = File::create(path).map_err(explain)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            eprintln!("Another test process builds tests/{module}; waiting for it.");
            file.lock().map_err(explain)?;
        }
        Err(TryLockError::Error(error)) => return Err(explain(error)),
    }
    Ok(file)
}

fn compile(source: &Path, package: &str, program: &Path) -> Result<(), String> {
    let partial = program.with_extension("partial");
    let output = Command::new("go")
        .args(["build", "-trimpath", "-ldflags=-s -w", "-o"])
        .arg(&partial)
        .arg(package)
        .current_dir(source)
        .output()
        .map_err(|error| format!("go: {error}"))?;
    if !output.status.success() {
        return Err(format!("go build {package}: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    fs::rename(&partial, program).map_err(|error| format!("{}: {error}", program.display()))
}

/// Each has 100 MB.
fn remove_older(cache: &Path, command: &str, program: &Path) {
    let prefix = format!("{command}-");
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        if entry.path() != program && entry.file_name().to_string_lossy().starts_with(&prefix) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A number that changes with the sources.
fn digest(source: &Path) -> Result<u64, String> {
    let mut files = Vec::new();
    collect(source, &mut files).map_err(|error| format!("{}: {error}", source.display()))?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        let text = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        file.strip_prefix(source).unwrap_or(&file).hash(&mut hasher);
        text.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "go") || name == "go.mod" || name == "go.sum" {
            files.push(path);
        }
    }
    Ok(())
}
