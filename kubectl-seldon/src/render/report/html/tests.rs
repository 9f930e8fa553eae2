//! The page as text; `tests/e2e/verify/page.rs` opens it in a browser.

use base64::{Engine, prelude::BASE64_STANDARD};
use seldon_central_core::{
    finding::{Evidence, Finding, Level, Outcome, SuppressedBy, Suppression, Verdict},
    object::ObjectId,
    report::{NotLookedAt, Record, Report, SCHEMA_VERSION, Seldon, Summary},
    resource::SERVER,
    snapshot::Origin,
};

use super::*;

fn about(name: &str) -> About {
    About {
        sources: vec![Source { kind: "Cluster", name: name.to_owned() }],
        when: "2026-03-01T10:00:00Z".parse().unwrap(),
        pictures: vec![Picture { whose: format!("{name}: "), svg: "<svg/>".to_owned(), drawn: 1, tenants: 7 }],
    }
}

/// What is this report's own on the page: without styles, the script and what rules say of themselves.
pub(in crate::render::report) fn own(report: &Report) -> String {
    let all = html(report, &about("prod"));
    let all = without(&without(&all, "<style>\n", "</style>\n</head>"), "<script>", "</script>");
    without(&all, "<div class=\"body\">", "</details>")
}

/// A text without what is between marks.
fn without(text: &str, from: &str, to: &str) -> String {
    let mut parts = text.split(from);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| format!("{kept}{from}{}", part.find(to).map_or(part, |end| &part[end..])))
}

fn report(findings: Vec<Record>) -> Report {
    Report {
        schema_version: SCHEMA_VERSION,
        version: "1.2.3",
        control_plane: "seldon-system".to_owned(),
        seldon: Seldon::default(),
        tenants: vec!["fin".to_owned()],
        fail_on: Level::Error,
        summary: Summary { fail: findings.len(), errors: findings.len(), ..Summary::default() },
        findings,
        not_looked_at: NotLookedAt::default(),
        alignment: Vec::new(),
        checklist: Vec::new(),
        clusters: Vec::new(),
    }
}

/// A finding in which everything that comes from elsewhere is this.
fn finding(text: &str) -> Record {
    let verdict = Verdict::Fail(Finding {
        message: text.to_owned(),
        level: Level::Error,
        evidence: vec![Evidence::new(text, text)],
        remedy: text.to_owned(),
    });
    let outcome = Outcome { rule: "SCS0301", object: ObjectId::of(&SERVER, Some(text), text), origin: None, verdict };
    Record {
        location: Some(Origin::File { path: text.to_owned(), line: 1, column: 1 }),
        quote: Some(text.to_owned()),
        suppression: Some(Suppression { source: SuppressedBy::Profile, reason: Some(text.to_owned()) }),
        ..Record::new(&outcome)
    }
}

#[test]
fn the_pages_policy_admits_its_script_and_no_other() {
    let page = html(&report(vec![]), &about("prod"));
    let script = page.split_once("<script>").unwrap().1.split_once("</script>").unwrap().0;
    let digest = ring::digest::digest(&ring::digest::SHA256, script.as_bytes());
    let digest = format!("sha256-{}", BASE64_STANDARD.encode(digest));
    assert!(page.contains(&format!("default-src 'none'; script-src '{digest}';")), "the script is {digest}");
}

#[test]
fn a_page_loads_nothing() {
    let page = html(&report(vec![finding("a")]), &about("prod"));
    let links = regex::Regex::new(r#"(?:src|href|action|data)="([^"]*)""#).unwrap();
    let mut links = links.captures_iter(&page).map(|found| found.get(1).unwrap().as_str());
    assert!(links.all(|link| link.starts_with('#') || link == "data:,"), "{page}");
    assert!(!page.contains("url(") && !page.contains("@import"), "{page}");
}

#[test]
fn nothing_that_is_quoted_is_markup() {
    for evil in ["</script><img src=x onerror=alert(1)>", "\"'><script>alert(1)</script>", "`<img>` `` ` </style>"] {
        let one = report(vec![finding(evil), finding("plain")]);
        let reports = vec![(evil.to_owned(), Ok(one)), (evil.to_owned(), Err(evil.to_owned()))];
        let page = html(&Report::of_clusters(reports).unwrap(), &about(evil));
        let plain = html(&report(vec![finding("plain")]), &about("plain"));
        for mark in ["<script", "</script", "<style", "</style", "<img"] {
            assert_eq!(page.matches(mark).count(), plain.matches(mark).count(), "{mark}: {page}");
        }
        assert!(!page.contains(evil), "{page}");
    }
}
