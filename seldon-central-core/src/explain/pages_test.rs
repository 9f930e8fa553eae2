//! That `docs/rules` holds the page of every rule, as it is generated, and nothing else; and the same
//! of the page of messages.

#![expect(clippy::disallowed_methods, reason = "the pages are files, and the tests of a pure library may read them")]

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
};

use super::{messages_page, rule_index, rule_page};
use crate::{guard, rules::RULES};

/// With `1` in it, the pages are written anew instead of compared.
const UPDATE: &str = "SELDON_TESTS_UPDATE";

fn pages() -> BTreeMap<String, String> {
    let pages = RULES.iter().map(|rule| (format!("{}.md", rule.id), rule_page(rule)));
    pages.chain([("README.md".to_owned(), rule_index())]).collect()
}

#[test]
fn pages_of_rules_are_current() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let names = |dir: &Path| -> BTreeSet<String> {
        let files = fs::read_dir(dir).into_iter().flatten();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    };
    let pages = pages();
    if env::var(UPDATE).is_ok_and(|value| value == "1") {
        fs::create_dir_all(&dir).unwrap();
        for name in names(&dir).iter().filter(|name| !pages.contains_key(*name)) {
            fs::remove_file(dir.join(name)).unwrap();
        }
        for (name, page) in &pages {
            fs::write(dir.join(name), page).unwrap();
        }
        return;
    }
    let hint = "SELDON_TESTS_UPDATE=1 cargo test -p seldon-central-core pages writes the pages anew";
    assert_eq!(names(&dir), pages.keys().cloned().collect(), "pages are missing or left over; {hint}");
    for (name, page) in &pages {
        let written = fs::read_to_string(dir.join(name)).unwrap();
        assert!(written == *page, "docs/rules/{name} is not current; {hint}");
    }
}

#[test]
fn the_page_of_guardrails_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guardrails.md");
    if env::var(UPDATE).is_ok_and(|value| value == "1") {
        fs::write(file, guard::page()).unwrap();
        return;
    }
    let written = fs::read_to_string(file).unwrap();
    let hint = "SELDON_TESTS_UPDATE=1 cargo test -p seldon-central-core pages writes it anew";
    assert!(written == guard::page(), "docs/guardrails.md is not current; {hint}");
}

#[test]
fn pages_of_messages_are_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/messages.md");
    if env::var(UPDATE).is_ok_and(|value| value == "1") {
        fs::write(file, messages_page()).unwrap();
        return;
    }
    let written = fs::read_to_string(file).unwrap();
    let hint = "SELDON_TESTS_UPDATE=1 cargo test -p seldon-central-core pages writes it anew";
    assert!(written == messages_page(), "docs/messages.md is not current; {hint}");
}
