//! What the pages promise of each other: that the book has them all, that links lead somewhere, and that the tests named
//! in `SECURITY.md` exist.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use regex::Regex;

use crate::harness::{plan::Plan, workspace};

pub(crate) fn add(plan: &mut Plan) {
    plan.local("book::every_page_is_in_the_summary_once", summary);
    plan.local("book::every_link_between_pages_leads_somewhere", links);
    let tests: BTreeSet<String> = plan.trials.iter().map(|trial| trial.name().to_owned()).collect();
    plan.local("book::every_threat_has_a_test_that_exists", move || threats(&tests));
}

/// Files below a directory whose names end so.
fn below(dir: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(below(&entry.path(), end));
        } else if entry.path().extension().is_some_and(|extension| extension == end) {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

/// The text without blocks of code.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let kept = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    kept.map(|line| format!("{line}\n")).collect()
}

/// Where the links of a page lead.
fn targets(text: &str) -> Vec<String> {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    link.captures_iter(&prose(text)).map(|found| found[1].to_owned()).collect()
}

/// What headings are called in links, as GitHub does it.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text);
    let titles = headings
        .lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')));
    let name = |title: &str| -> String {
        let kept = title.to_lowercase();
        let kept = kept.chars().filter(|&letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
        kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
    };
    titles.map(name).collect()
}

fn summary() {
    let docs = workspace().join("docs");
    let mut listed = targets(&fs::read_to_string(docs.join("SUMMARY.md")).unwrap());
    listed.sort();
    let pages = below(&docs, "md").into_iter().map(|page| page.strip_prefix(&docs).unwrap().display().to_string());
    let mut pages: Vec<String> = pages.filter(|page| page != "SUMMARY.md").collect();
    pages.sort();
    assert_eq!(listed, pages);
}

fn links() {
    let root = workspace();
    let mut pages = below(&root.join("docs"), "md");
    pages.extend(["README.md", "SECURITY.md", "CONTRIBUTING.md"].map(|page| root.join(page)));
    let (mut broken, mut count) = (Vec::new(), 0);
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for target in targets(&text).iter().filter(|target| !target.contains("://")) {
            count += 1;
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            let is_there =
                file.exists() && (anchor.is_empty() || anchors(&fs::read_to_string(&file).unwrap()).contains(anchor));
            if !is_there {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(count > 200, "only {count} links were found");
}

/// The last column of the table of threats names tests: of this suite by their whole names, else functions of the crates.
fn threats(tests: &BTreeSet<String>) {
    let text = fs::read_to_string(workspace().join("SECURITY.md")).unwrap();
    let table = text.lines().skip_while(|line| !line.starts_with("| threat |")).skip(2);
    let rows: Vec<&str> = table.take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 10, "only {} threats", rows.len());
    let sources: String = ["seldon-central-core/src", "kubectl-seldon/src"]
        .iter()
        .flat_map(|dir| below(&workspace().join(dir), "rs"))
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let code = Regex::new("`([^`]+)`").unwrap();
    for row in rows {
        let last = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let names: Vec<String> = code.captures_iter(last).map(|found| found[1].to_owned()).collect();
        assert!(!names.is_empty(), "no test: {row}");
        for name in names {
            let function = format!("fn {}(", name.rsplit("::").next().unwrap());
            // Tests that run on several versions of the definitions end with one.
            let is_test = tests
                .iter()
                .any(|test| test.strip_prefix(&name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")));
            assert!(is_test || sources.contains(&function), "there is no test {name}");
        }
    }
}
