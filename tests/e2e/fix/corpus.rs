//! `fix -f` over real repositories: what is not found is not touched, what is shown is what is written,
//! and what was found is gone.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use seldon_central_core::{
    manifest,
    rules::{self, FixSafety},
};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    corpus::built,
    harness::{data::Data, files::tree, kubectl::Kubectl, plan::Plan},
};

pub(super) fn add(plan: &mut Plan) {
    plan.local_with_data("fix::corpus_is_put_right_by_the_lines_that_are_shown", is_put_right);
}

#[derive(Debug, Default)]
struct Tally {
    repositories: usize,
    changed: usize,
    built: usize,
}

fn is_put_right(data: &Data) {
    let corpus = data.corpus();
    let mut tally = Tally::default();
    for root in roots(&corpus) {
        tally.repositories += 1;
        try_repository(&root, &mut tally);
    }
    assert!(tally.repositories > 40 && tally.changed > 10 && tally.built > 5, "{tally:?}");
}

/// Every repository at every commit.
fn roots(corpus: &Path) -> Vec<PathBuf> {
    let below = |dir: &Path| -> Vec<PathBuf> {
        fs::read_dir(dir)
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .collect()
    };
    let mut roots: Vec<PathBuf> = below(corpus);
    roots.extend(roots.clone().iter().flat_map(|root| below(&root.join("_history"))));
    roots.sort();
    roots
}

fn run(dir: &Path, arguments: &[&str]) -> crate::harness::kubectl::Output {
    // kubectl in front of it would take most of the time.
    Kubectl::new().program(Path::new(env!("CARGO_BIN_EXE_kubectl-seldon"))).dir(dir).run(arguments)
}

fn try_repository(root: &Path, tally: &mut Tally) {
    let dir = TempDir::new().unwrap();
    built::copy(root, dir.path());
    let entries: Vec<PathBuf> = tree(dir.path())
        .into_keys()
        .filter(|path| path.ends_with("kustomization.yaml"))
        .map(|path| dir.path().join(path.parent().unwrap()))
        .filter(|entry| built::supply(entry).is_ok())
        .collect();
    let before = tree(dir.path());
    let fixable = fixable(dir.path());
    let shown = run(dir.path(), &["fix", "-f", ".", "--unsafe", "--diff"]);
    if shown.status == 2 {
        // What cannot be read is not changed either.
        assert_eq!(run(dir.path(), &["fix", "-f", ".", "--unsafe", "-y"]).status, 2, "{shown}");
        assert_eq!(tree(dir.path()), before);
        return;
    }
    let done = run(dir.path(), &["fix", "-f", ".", "--unsafe", "-y", "--allow-incomplete"]);
    assert!([0, 1].contains(&done.status), "{done}");
    assert_eq!(tree_as_shown(&before, &shown.stdout), tree(dir.path()), "{shown}");
    assert!(fixable.is_empty() == shown.stdout.is_empty() || done.stderr.contains("left:"), "{fixable:?} {shown}");
    for left in self::fixable(dir.path()) {
        assert!(done.stderr.contains(&left), "{left} is still found and not named: {done}");
    }
    same_elsewhere(&before, dir.path(), &done.stdout);
    for entry in &entries {
        Kubectl::new().run(["kustomize".as_ref(), entry.as_os_str()]).succeeds();
        tally.built += 1;
    }
    tally.changed += usize::from(!shown.stdout.is_empty());
    let again = run(dir.path(), &["fix", "-f", ".", "--unsafe", "--check", "--allow-incomplete"]);
    assert_eq!(again.stdout, "", "{again}");
}

/// The findings that an automatic repair is known for: rule and object as `fix` names them.
fn fixable(dir: &Path) -> BTreeSet<String> {
    let output = run(dir, &["verify", "-f", ".", "-o", "json", "--allow-incomplete"]);
    if output.status == 2 {
        return BTreeSet::new();
    }
    let report: Value = serde_json::from_str(&output.stdout).unwrap();
    let found = report["findings"].as_array().unwrap().iter().filter(|one| one["result"] == "fail");
    let found = found.filter(|one| one["level"] != "info").filter_map(|one| {
        let rule = one["rule"].as_str()?;
        let is_known = rules::find(rule).is_some_and(|rule| rule.fix_safety != FixSafety::Manual);
        let (object, text) = (&one["object"], |value: &Value| value.as_str().unwrap_or_default().to_owned());
        let place = match object["namespace"].as_str() {
            Some(namespace) => format!("{namespace}/{}", text(&object["name"])),
            None => text(&object["name"]),
        };
        is_known.then(|| format!("{rule} {} {place}", text(&object["kind"])))
    });
    found.collect()
}

/// The files with what a unified diff says done to them.
fn tree_as_shown(before: &BTreeMap<PathBuf, Vec<u8>>, diff: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut after = before.clone();
    for file in diff.split("--- ").skip(1).filter(|part| part.contains("\n+++ ")) {
        let mut lines = file.lines();
        let (old, new) = (lines.next().unwrap(), lines.next().unwrap().trim_start_matches("+++ "));
        let path = |name: &str| PathBuf::from(name.trim_start_matches("a/").trim_start_matches("b/"));
        if new == "/dev/null" {
            after.remove(&path(old));
            continue;
        }
        let bytes = before.get(&path(new)).cloned().unwrap_or_default();
        let text = String::from_utf8(bytes).unwrap();
        after.insert(path(new), patched(&text, lines).into_bytes());
    }
    after
}

fn patched<'a>(text: &str, diff: impl Iterator<Item = &'a str>) -> String {
    let old: Vec<&str> = text.split_inclusive('\n').collect();
    let (mut new, mut next) = (String::new(), 0);
    for line in diff {
        if let Some(header) = line.strip_prefix("@@ -") {
            let begin: usize = header.split([',', ' ']).next().unwrap().parse().unwrap();
            while next + 1 < begin {
                new.push_str(old[next]);
                next += 1;
            }
            continue;
        }
        match line.split_at(1) {
            ("+", line) => new.extend([line, "\n"]),
            (sign, line) => {
                assert_eq!(old[next].trim_end_matches(['\r', '\n']), line);
                if sign == " " {
                    new.push_str(old[next]);
                }
                next += 1;
            }
        }
    }
    new.extend(old[next.min(old.len())..].iter().copied());
    new
}

/// Files that are not named hold the same bytes, and those that are named the same objects as before or,
/// where one was put right, one of its name.
fn same_elsewhere(before: &BTreeMap<PathBuf, Vec<u8>>, dir: &Path, told: &str) {
    let named: BTreeSet<&Path> = told.lines().map(|line| Path::new(line.split(' ').next().unwrap())).collect();
    let after = tree(dir);
    for (path, bytes) in before {
        if !named.contains(path.as_path()) {
            assert_eq!(after.get(path), Some(bytes), "{}", path.display());
            continue;
        }
        let Some(new) = after.get(path) else { continue };
        let ids = |bytes: &[u8]| -> Vec<String> {
            let read = manifest::read("-", std::str::from_utf8(bytes).unwrap()).unwrap();
            read.objects.iter().map(|seen| seen.object.id().to_string()).collect()
        };
        assert!(ids(new).starts_with(&ids(bytes)), "{}", path.display());
    }
}
