use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::verbs::doctor::State;

struct Dirs {
    root: tempfile::TempDir,
    path: Vec<PathBuf>,
}

fn dirs(programs: &[&str]) -> Dirs {
    let root = tempfile::tempdir().unwrap();
    let mut path = Vec::new();
    for program in programs {
        let file = root.path().join(program);
        let dir = file.parent().unwrap().to_owned();
        fs::create_dir_all(&dir).unwrap();
        fs::write(&file, program).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        if !path.contains(&dir) {
            path.push(dir);
        }
    }
    Dirs { root, path }
}

fn told(dirs: &Dirs, own: &str) -> Vec<(State, String)> {
    let own = dirs.root.path().join(own);
    let root = format!("{}/", dirs.root.path().display());
    let found = findings(Some(&own), &programs(&dirs.path));
    found.into_iter().map(|one| (one.state, one.message.replace(&root, ""))).collect()
}

#[test]
fn one_plugin_on_the_path_is_well() {
    let dirs = dirs(&["a/kubectl-seldon"]);
    symlink(dirs.root.path().join("a/kubectl-seldon"), dirs.root.path().join("a").join(PROGRAM)).unwrap();
    let told = told(&dirs, "a/kubectl-seldon");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(told, [(State::Ok, format!("{version}, a/kubectl-seldon")), (State::Ok, format!("a/{PROGRAM}"))]);
}

#[test]
fn a_plugin_off_the_path_is_an_error() {
    let dirs = dirs(&["a/other"]);
    assert_eq!(told(&dirs, "b/kubectl-seldon")[0].0, State::Error);
}

#[test]
fn the_first_plugin_of_the_path_is_the_one_that_kubectl_starts() {
    let dirs = dirs(&["a/kubectl-seldon", "b/kubectl-seldon"]);
    let hides = (State::Warning, "a/kubectl-seldon hides b/kubectl-seldon".to_owned());
    assert_eq!(told(&dirs, "a/kubectl-seldon")[0], hides);
    let other = (State::Warning, "kubectl starts a/kubectl-seldon, and this is another one".to_owned());
    assert_eq!(told(&dirs, "b/kubectl-seldon")[0], other);
}

#[test]
fn a_program_that_stands_in_for_a_verb_is_an_error_and_others_are_not() {
    let dirs =
        dirs(&["a/kubectl-seldon", "a/kubectl-seldon-verify", "a/kubectl-seldon-tools", "a/kubectl-seldon-fix-all"]);
    let shadows: Vec<_> = told(&dirs, "a/kubectl-seldon").into_iter().filter(|one| one.0 == State::Error).collect();
    let message = |program: &str, typed: &str, verb: &str| {
        (State::Error, format!("a/{program} is started for `kubectl seldon {typed}` instead of {verb}"))
    };
    assert_eq!(
        shadows,
        [message("kubectl-seldon-fix-all", "fix all", "fix"), message("kubectl-seldon-verify", "verify", "verify")]
    );
}

#[test]
fn what_cannot_be_started_shadows_nothing() {
    let dirs = dirs(&["a/kubectl-seldon"]);
    fs::write(dirs.root.path().join("a/kubectl-seldon-verify"), "").unwrap();
    assert!(told(&dirs, "a/kubectl-seldon").iter().all(|one| one.0 == State::Ok));
}

#[test]
fn a_completion_of_another_plugin_is_told() {
    let dirs = dirs(&["a/kubectl-seldon", "a/kubectl_complete-seldon"]);
    assert_eq!(told(&dirs, "a/kubectl-seldon")[1].0, State::Warning);
}
