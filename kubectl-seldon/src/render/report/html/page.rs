//! What the template shows.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use askama::Template;
use k8s_openapi::jiff::tz::TimeZone;
use seldon_central_core::{
    finding::Level,
    report::{Judgement, Record, Report},
    rules::{self, Rule},
    text::printable,
};

use super::{
    about::About,
    group::{Group, groups},
    place, prose, summary, wide,
};

/// The page.
#[derive(Template)]
#[template(path = "verify/report.html", whitespace = "minimize")]
pub(super) struct Page<'a> {
    report: &'a Report,
    about: &'a About,
    verdict: String,
    extent: String,
    tone: &'static str,
    /// Whether something that was asked for could not be read.
    is_incomplete: bool,
    when: String,
    tiles: Vec<Total>,
    groups: Vec<Section<'a>>,
    /// The result that is shown at first.
    initial: &'static str,
    /// How many results are on the page.
    listed: usize,
    unseen: Vec<String>,
    /// The rules that something on the page is about.
    rules: Vec<&'static Rule>,
}

/// How many there are of something.
struct Total {
    count: usize,
    what: &'static str,
    tone: &'static str,
    /// What shows them.
    filter: &'static str,
}

/// The results of a namespace.
struct Section<'a> {
    title: String,
    /// How many have each badge, and how many pass.
    counts: BTreeMap<&'static str, usize>,
    /// Those that do not pass, the worst first.
    records: Vec<&'a Record>,
}

/// How many characters of a value are shown: some list every Server of a scheduler.
const MAX_VALUE: usize = 300;

/// What there are numbers of: class and badge, heading, filter.
const COUNTED: [(&str, &str, &str); 5] = [
    ("error", "errors", "result=fail&level=error"),
    ("warning", "warnings", "result=fail&level=warning"),
    ("info", "infos", "result=fail&level=info"),
    ("suppressed", "suppressed", "result=suppressed"),
    ("unknown", "unknown", "result=unknown"),
];

impl<'a> Page<'a> {
    /// The digest of the one script that browsers are to run.
    const SCRIPT: &'static str = "sha256-oZbop2ke6XTxt0UGdN54AjtVaWWzdNUi5sv0wYHFqJY=";

    pub(super) fn new(report: &'a Report, about: &'a About) -> Self {
        let (verdict, worst) = summary::verdict(report);
        let judged = report.findings.iter().filter(|record| record.result != Judgement::NotApplicable);
        let groups: Vec<Section<'_>> = groups(report, judged).into_iter().map(Section::new).collect();
        let shown: BTreeSet<&str> = groups.iter().flat_map(|group| &group.records).map(|record| record.rule).collect();
        let is_incomplete = !summary::unread(report).is_empty() || !summary::unjudged(report).is_empty();
        let when = about.when.to_zoned(TimeZone::UTC);
        Self {
            tone: match worst {
                Some(level) => summary::level(level),
                None if report.summary.pass == 0 || is_incomplete => "unknown",
                None => "pass",
            },
            when: when.strftime("%-d %B %Y, %H:%M UTC").to_string(),
            tiles: tiles(report),
            initial: if report.summary.fail > 0 { "fail" } else { "" },
            listed: groups.iter().map(|group| group.records.len()).sum(),
            unseen: summary::not_looked_at(report),
            rules: shown.into_iter().filter_map(rules::find).collect(),
            extent: summary::extent(report),
            is_incomplete,
            report,
            about,
            verdict,
            groups,
        }
    }
}

fn tiles(report: &Report) -> Vec<Total> {
    let summary = &report.summary;
    let counts = [summary.errors, summary.warnings, summary.infos, summary.suppressed, summary.unknown];
    let tile =
        |(count, (tone, what, filter))| Total { count, what: if count == 1 { tone } else { what }, tone, filter };
    counts.into_iter().zip(COUNTED).map(tile).collect()
}

impl<'a> Section<'a> {
    fn new((group, records): (Group<'a>, Vec<&'a Record>)) -> Self {
        let mut counts = BTreeMap::new();
        for record in &records {
            *counts.entry(tone(record)).or_default() += 1;
        }
        let mut records: Vec<&Record> = records.into_iter().filter(|record| record.result != Judgement::Pass).collect();
        records.sort_by_key(|record| (record.result != Judgement::Fail, record.result == Judgement::Unknown));
        Self { title: printable(&group.title()).into_owned(), counts, records }
    }

    /// How many there are of each, in the order of the table's head.
    fn totals(&self) -> Vec<Total> {
        let total = |(tone, what, filter)| Total {
            count: self.counts.get(tone).copied().unwrap_or_default(),
            what,
            tone,
            filter,
        };
        COUNTED.into_iter().chain([("pass", "passed", "")]).map(total).collect()
    }
}

/// A value that is no longer than what is read on a page.
fn brief(value: &str) -> Cow<'_, str> {
    match value.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => format!("{} … (`-o json` has all of it)", value.get(..end).unwrap_or_default()).into(),
        None => value.into(),
    }
}

/// What a result is, as a class: the level of a finding, else the result.
const fn tone(record: &Record) -> &'static str {
    match (record.result, record.level) {
        (Judgement::Fail, Level::Error) => "error",
        (Judgement::Fail, Level::Warning) => "warning",
        (Judgement::Fail, Level::Info) => "info",
        (result, _) => self::result(result),
    }
}

const fn result(result: Judgement) -> &'static str {
    match result {
        Judgement::Pass => "pass",
        Judgement::Fail => "fail",
        Judgement::Unknown => "unknown",
        Judgement::Suppressed => "suppressed",
        Judgement::NotApplicable => "not-applicable",
    }
}
