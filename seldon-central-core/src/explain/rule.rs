//! A rule as a page and as data.

use serde::Serialize;

use super::{Block, Document, Item};
use crate::{
    finding::Level,
    rules::{FixSafety, Judged, RULES, Rule},
    symptom,
};

/// Says at the top of a generated file how it is made.
pub(super) const GENERATED: &str =
    "<!-- Generated from the catalogue of rules: SELDON_TESTS_UPDATE=1 cargo test -p seldon-central-core pages -->\n";

/// Everything said about a rule, as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleText {
    /// Stable id.
    pub id: &'static str,
    /// Stable name.
    pub name: &'static str,
    /// Level of its findings.
    pub level: Level,
    /// What it can be judged from.
    pub judged: Judged,
    /// When it fires, in one sentence.
    pub summary: &'static str,
    /// Why that matters, in Markdown.
    pub why: &'static str,
    /// How to repair it by hand, in Markdown.
    pub fix: &'static str,
    /// What an automatic repair may do.
    pub fix_safety: FixSafety,
    /// The kinds it reads, as kubectl names them.
    pub reads: Vec<String>,
    /// Where the facts behind it are to be found.
    pub sources: &'static [&'static str],
    /// Manifests on which it fires.
    pub failing: &'static str,
    /// The same, put right.
    pub fixed: &'static str,
}

impl RuleText {
    /// Reads a rule.
    pub fn of(rule: &Rule) -> Self {
        Self {
            id: rule.id,
            name: rule.name,
            level: rule.level,
            judged: rule.judged,
            summary: rule.summary,
            why: rule.why,
            fix: rule.fix,
            fix_safety: rule.fix_safety,
            reads: reads(rule),
            sources: rule.sources,
            failing: rule.bad,
            fixed: rule.good,
        }
    }
}

/// What a rule reads, as kubectl names it. Logs of several processes are one subresource.
fn reads(rule: &Rule) -> Vec<String> {
    let mut reads: Vec<String> = rule.reads.iter().map(ToString::to_string).collect();
    reads.dedup();
    reads
}

/// A rule as a page: what, why, how to repair it, a failing and a fixed example, sources.
pub fn rule(rule: &Rule) -> Document {
    let mut page = Document::new(format!("{} {}", rule.id, rule.name));
    page.paragraph(format!("{}, judged from {}.", level(rule.level), judged(rule.judged)));
    page.paragraph(rule.summary);
    page.heading("Why it matters");
    rule.why.split("\n\n").for_each(|paragraph| {
        page.paragraph(paragraph);
    });
    page.heading("How to repair it");
    rule.fix.split("\n\n").for_each(|paragraph| {
        page.paragraph(paragraph);
    });
    page.paragraph(fix_safety(rule.fix_safety));
    page.heading("It fires on").code("yaml", rule.bad);
    page.heading("And not on").code("yaml", rule.good);
    if [rule.bad, rule.good].iter().any(|text| text.contains("kind: Log\n")) {
        page.paragraph(
            "A `Log` is no object of a cluster: it stands for what the container has logged, which `verify` reads from \
             the node.",
        );
    }
    let messages = symptom::leading_to(rule.id).flat_map(|symptom| symptom.messages);
    let messages: Vec<String> = messages.map(|message| format!("{}\n", super::symptom::shown(message))).collect();
    if !messages.is_empty() {
        page.heading("Messages it may be behind").code("text", messages.concat());
    }
    if !rule.reads.is_empty() {
        page.heading("It reads")
            .paragraph(reads(rule).iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", "));
    }
    page.heading("Sources").points(rule.sources.iter().map(|source| quoted(source)));
    page
}

/// Rules, each with what it is about.
pub fn rules(rules: &[&Rule]) -> Document {
    let item = |rule: &&Rule| Item {
        text: format!("{} {} ({})", rule.id, rule.name, level(rule.level).to_lowercase()),
        details: vec![rule.summary.to_owned()],
    };
    let mut page = Document::new("Rules");
    page.add(Block::Points(rules.iter().map(item).collect()));
    page
}

/// The page of a rule in the documentation.
pub fn rule_page(rule: &Rule) -> String {
    format!("{GENERATED}{}", self::rule(rule).to_markdown(1))
}

/// The table of contents of those pages.
pub fn rule_index() -> String {
    let mut page = Document::new("The rules");
    page.paragraph(
        "`kubectl seldon verify` judges by these rules, and `kubectl seldon explain ID` prints each of these pages. \
         An id is never reused, and a rule never changes its meaning.",
    );
    let text = format!("{GENERATED}{}", page.to_markdown(1));
    // Links are markup, which blocks do not hold.
    let row = |rule: &&Rule| {
        let judged = judged(rule.judged);
        format!(
            "| [{id}]({id}.md) | {} | {} | {judged} | {} |\n",
            rule.name,
            level(rule.level),
            rule.summary,
            id = rule.id
        )
    };
    let rows: String = RULES.iter().map(row).collect();
    format!("{text}\n| id | name | level | judged from | when it fires |\n|---|---|---|---|---|\n{rows}")
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "Error",
        Level::Warning => "Warning",
        Level::Info => "Info",
    }
}

const fn judged(judged: Judged) -> &'static str {
    match judged {
        Judged::Manifests => "manifests",
        Judged::Live => "a live cluster",
        Judged::Either => "manifests or a live cluster",
        Judged::Applied => "manifests over a live cluster",
    }
}

const fn fix_safety(safety: FixSafety) -> &'static str {
    match safety {
        FixSafety::Manual => "There is no automatic repair.",
        FixSafety::Unsafe => {
            "An automatic repair is unsafe: it rolls or stops pods, changes what outside the tenant and the control \
             plane can reach, or takes an object over."
        }
        FixSafety::Safe => "An automatic repair is safe: it changes only what the rule names and interrupts nothing.",
    }
}

/// A source as code where it is a path in a repository, and as it is otherwise.
fn quoted(source: &str) -> String {
    let is_path = source.contains('/') && !source.contains(' ') && !source.contains("://");
    if is_path { format!("`{source}`") } else { source.to_owned() }
}
