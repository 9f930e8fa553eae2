//! How it went, in a few lines.

use std::collections::{BTreeMap, BTreeSet};

use seldon_central_core::{
    finding::Level,
    report::{Cluster, Judgement, NotLookedAt, Record, Report, Summary, Unread},
};

/// `1 error`, `2 errors`
pub(super) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// What was found, in a few words; and the worst level, if anything was.
pub(super) fn verdict(report: &Report) -> (String, Option<Level>) {
    (counted(&report.summary), report.with(Judgement::Fail).map(|record| record.level).max())
}

/// What was found, in a few words.
pub(super) fn counted(summary: &Summary) -> String {
    let Summary { pass, fail, errors, warnings, infos, .. } = *summary;
    match (fail, pass) {
        (0, 0) => "nothing could be judged".to_owned(),
        (0, _) => "no findings".to_owned(),
        _ => [count(errors, "error"), count(warnings, "warning"), count(infos, "info")].join(", "),
    }
}

/// The other results.
pub(super) fn others(report: &Report) -> String {
    let Summary { pass, unknown, suppressed, .. } = report.summary;
    format!("{pass} passed, {unknown} unknown, {suppressed} suppressed")
}

/// How much that was.
pub(super) fn extent(report: &Report) -> String {
    let Summary { objects, rules, .. } = report.summary;
    let all = report.clusters.len();
    let judged = report.clusters.iter().filter(|cluster| cluster.error.is_none()).count();
    let clusters = match all {
        0 => String::new(),
        _ if judged == all => format!("{}, ", count(all, "cluster")),
        _ => format!("{judged} of {}, ", count(all, "cluster")),
    };
    format!("{clusters}{}, {}", count(objects, "object"), count(rules, "rule"))
}

/// What could not be read, a sentence each, with the cluster when several were judged.
pub(super) fn unread(report: &Report) -> Vec<String> {
    let said = |whose: &str, unread: &Unread| format!("{whose}{}", unread_said(unread));
    if report.clusters.is_empty() {
        return report.not_looked_at.unread.iter().map(|unread| said("", unread)).collect();
    }
    let of = |(name, looked): (String, &NotLookedAt)| {
        looked.unread.iter().map(|unread| said(&name, unread)).collect::<Vec<_>>()
    };
    report.clusters.iter().map(|cluster| (format!("{}: ", cluster.name), &cluster.not_looked_at)).flat_map(of).collect()
}

/// The clusters that could not be judged, a sentence each.
pub(super) fn unjudged(report: &Report) -> Vec<String> {
    let error = |error: &String, name: &str| format!("{name} could not be judged: {error}");
    report.clusters.iter().filter_map(|one| Some(error(one.error.as_ref()?, &one.name))).collect()
}

/// What is known of the Seldon that runs, in one line; nothing when nothing is.
pub(super) fn versions(report: &Report) -> Option<String> {
    let known: Vec<String> =
        report.seldon.versions().map(|(what, version)| format!("{what} {}", version.version)).collect();
    (!known.is_empty()).then(|| format!("Seldon Core: {}", known.join(", ")))
}

/// What was not looked at, a line each.
pub(super) fn not_looked_at(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    if report.clusters.is_empty() {
        lines.extend(unseen(report, &report.not_looked_at, None));
    }
    for Cluster { name, not_looked_at, .. } in &report.clusters {
        lines.extend(unseen(report, not_looked_at, Some(name)).into_iter().map(|line| format!("{name}: {line}")));
    }
    lines.extend(unjudged(report));
    let mut idle: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for record in report.with(Judgement::NotApplicable) {
        idle.entry(&record.message).or_default().insert(record.rule);
    }
    lines.extend(idle.into_iter().map(|(why, rules)| format!("{}: {why}", count(rules.len(), "rule"))));
    match report.summary.hidden {
        0 => {}
        hidden => lines.push(format!("{} below the level of --level", count(hidden, "finding"))),
    }
    lines
}

/// The same of one cluster, or of manifests.
fn unseen(report: &Report, looked: &NotLookedAt, cluster: Option<&str>) -> Vec<String> {
    let mut lines = Vec::new();
    match looked.other_documents {
        0 => {}
        1 => lines.push("1 document that is no Kubernetes object".to_owned()),
        many => lines.push(format!("{many} documents that are no Kubernetes objects")),
    }
    let names = named(&looked.other_namespaces);
    match looked.other_namespaces.len() {
        0 => {}
        1 => lines.push(format!("1 namespace that does not follow the pattern of one central scheduler: {names}")),
        many => {
            lines.push(format!("{many} namespaces that do not follow the pattern of one central scheduler: {names}"));
        }
    }
    lines.extend(lacks(report, looked, cluster));
    let withheld = looked.withheld.iter().map(|one| format!("{} (optional): {}", one.what, one.reason));
    lines.extend(withheld);
    if !looked.not_in_input.is_empty() {
        lines.push(format!("not in the input: {}", few(&looked.not_in_input)));
    }
    lines
}

/// What could not be read, a sentence for each reason, with the rules that are unknown for it.
pub fn unread_lines(report: &Report) -> Vec<String> {
    lacks(report, &report.not_looked_at, None)
}

fn lacks(report: &Report, looked: &NotLookedAt, cluster: Option<&str>) -> Vec<String> {
    let mut reasons: BTreeMap<&str, Vec<&Unread>> = BTreeMap::new();
    for unread in &looked.unread {
        reasons.entry(&unread.reason).or_default().push(unread);
    }
    let sentence = |(reason, unread): (&str, Vec<&Unread>)| {
        let said: BTreeSet<String> = unread.iter().map(|one| unread_said(one)).collect();
        let unknown = report.with(Judgement::Unknown).filter(|record| record.cluster.as_deref() == cluster);
        let rules: BTreeSet<&str> = unknown.filter(|one| said.contains(&one.message)).map(|one| one.rule).collect();
        let rules: Vec<String> = rules.into_iter().map(str::to_owned).collect();
        let rules = if rules.is_empty() { String::new() } else { format!(" (unknown: {})", named(&rules)) };
        let what: Vec<String> = unread.iter().map(|one| one.what.clone()).collect();
        format!("{} could not be read: {reason}{rules}", few(&what))
    };
    reasons.into_iter().map(sentence).collect()
}

/// As the verdicts that depend on it say it.
fn unread_said(Unread { what, reason }: &Unread) -> String {
    format!("{what} could not be read: {reason}")
}

/// The first few names of a list.
fn named(all: &[String]) -> String {
    const NAMED: usize = 6;
    let names = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(NAMED) {
        0 => names,
        rest => format!("{names} and {rest} more"),
    }
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
