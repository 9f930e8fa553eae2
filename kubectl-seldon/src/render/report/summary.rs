//! How it went, in a few lines.

use std::collections::BTreeMap;

use seldon_central_core::{
    finding::Level,
    report::{Judgement, Record, Report, Summary},
};

/// `1 error`, `2 errors`
pub(super) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// What was found, in a few words; and the worst level, if anything was.
pub(super) fn verdict(report: &Report) -> (String, Option<Level>) {
    let Summary { pass, fail, errors, warnings, infos, .. } = report.summary;
    if fail == 0 {
        return (if pass == 0 { "nothing could be judged" } else { "no findings" }.to_owned(), None);
    }
    let words = [count(errors, "error"), count(warnings, "warning"), count(infos, "info")].join(", ");
    let worst = report.with(Judgement::Fail).map(|record| record.level).max();
    (words, worst)
}

/// The other results.
pub(super) fn others(report: &Report) -> String {
    let Summary { pass, unknown, suppressed, .. } = report.summary;
    format!("{pass} passed, {unknown} unknown, {suppressed} suppressed")
}

/// How much that was.
pub(super) fn extent(report: &Report) -> String {
    let Summary { objects, rules, .. } = report.summary;
    format!("{}, {}", count(objects, "object"), count(rules, "rule"))
}

/// What is known of the Seldon that runs, in one line; nothing when nothing is.
pub(super) fn versions(report: &Report) -> Option<String> {
    let known: Vec<String> =
        report.seldon.versions().map(|(what, version)| format!("{what} {}", version.version)).collect();
    (!known.is_empty()).then(|| format!("Seldon Core: {}", known.join(", ")))
}

/// What was not looked at, a line each.
pub(super) fn not_looked_at(report: &Report) -> Vec<String> {
    let looked = &report.not_looked_at;
    let mut lines = Vec::new();
    match looked.other_documents {
        0 => {}
        1 => lines.push("1 document that is no Kubernetes object".to_owned()),
        many => lines.push(format!("{many} documents that are no Kubernetes objects")),
    }
    let others = looked
        .other_namespaces
        .iter()
        .map(|other| format!("{other} does not follow the pattern of one central scheduler and was not judged by it"));
    lines.extend(others);
    lines.extend(looked.unread.iter().map(|unread| format!("{} could not be read: {}", unread.what, unread.reason)));
    let withheld = looked.withheld.iter().map(|one| format!("{} (optional): {}", one.what, one.reason));
    lines.extend(withheld);
    if !looked.not_in_input.is_empty() {
        lines.push(format!("not in the input: {}", few(&looked.not_in_input)));
    }
    let mut idle: BTreeMap<&str, usize> = BTreeMap::new();
    for record in report.with(Judgement::NotApplicable) {
        *idle.entry(&record.message).or_default() += 1;
    }
    lines.extend(idle.into_iter().map(|(why, rules)| format!("{}: {why}", count(rules, "rule"))));
    match report.summary.hidden {
        0 => {}
        hidden => lines.push(format!("{} below the level of --level", count(hidden, "finding"))),
    }
    lines
}

/// The first few of a list whose parts may have commas in them.
fn few(all: &[String]) -> String {
    const NAMED: usize = 3;
    let named = all.iter().take(NAMED).cloned();
    let rest = all.len().saturating_sub(NAMED);
    let rest = (rest > 0).then(|| format!("and {rest} more, which `-o wide` lists"));
    named.chain(rest).collect::<Vec<_>>().join("; ")
}

/// The rule most worth reading about: of the first finding of the worst level.
pub(super) fn worst(report: &Report) -> Option<&Record> {
    let worst = report.with(Judgement::Fail).map(|record| record.level).max()?;
    report.with(Judgement::Fail).find(|record| record.level == worst)
}

/// A level as a word.
pub(super) const fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "info",
    }
}
