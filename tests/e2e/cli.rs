//! What the plugin says on the command line, as sessions that people can read.
//!
//! A session is a text file of commands and what they print. Lines of standard error begin with `! `,
//! and `= N` is the exit status, which ends the command; other lines are prose. Spaces at the end of a
//! line are dropped, and the two directories that change are called `$HOME` and `$PWD`. Commands run
//! in a directory with the files of `golden/input` and nothing else. With `SELDON_TESTS_UPDATE=1` the
//! sessions are written anew.

use std::{
    env,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::harness::{
    kubectl::{Kubectl, Output, home},
    plan::Plan,
    workspace,
};

/// With `1` in it, golden files are written anew instead of compared.
const UPDATE: &str = "SELDON_TESTS_UPDATE";

pub(crate) fn add(plan: &mut Plan) {
    for session in sessions() {
        let name = session.file_stem().unwrap().to_string_lossy().into_owned();
        plan.local(&format!("cli::{name}"), move || is_as_recorded(&session));
    }
}

fn golden() -> PathBuf {
    workspace().join("tests/e2e/golden")
}

fn sessions() -> Vec<PathBuf> {
    let entries = fs::read_dir(golden()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "txt")).collect();
    files.sort();
    assert!(!files.is_empty(), "there are no sessions");
    files
}

fn is_as_recorded(session: &Path) {
    let recorded = fs::read_to_string(session).unwrap();
    let played = play(&recorded);
    if env::var(UPDATE).is_ok_and(|value| value == "1") {
        fs::write(session, played).unwrap();
        return;
    }
    let diff = similar::TextDiff::from_lines(&recorded, &played);
    let shown = diff.unified_diff().header("recorded", "played").to_string();
    assert!(recorded == played, "{}; {UPDATE}=1 records it anew\n{shown}", session.display());
}

/// The session with what its commands print now.
fn play(recorded: &str) -> String {
    let dir = TempDir::new().unwrap();
    for file in fs::read_dir(golden().join("input")).unwrap().map(|entry| entry.unwrap().path()) {
        fs::copy(&file, dir.path().join(file.file_name().unwrap())).unwrap();
    }
    let mut played = String::new();
    let mut lines = recorded.lines();
    while let Some(line) = lines.next() {
        writeln!(played, "{line}").unwrap();
        if let Some(command) = line.strip_prefix("$ ") {
            let output = Kubectl::shell(command).dir(dir.path()).run([""; 0]);
            played.push_str(&transcript(&output, dir.path()));
            // What was recorded is not needed; the status is its last line.
            lines.find(|line| line.starts_with("= "));
        }
    }
    played
}

fn transcript(output: &Output, dir: &Path) -> String {
    let mut text = String::new();
    let streams = output.stdout.lines().map(str::to_owned).chain(output.stderr.lines().map(|line| format!("! {line}")));
    for line in streams {
        let line = line.replace(&dir.display().to_string(), "$PWD").replace(&home().display().to_string(), "$HOME");
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    writeln!(text, "= {}", output.status).unwrap();
    text
}
