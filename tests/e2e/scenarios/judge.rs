//! What a report says, held against what a scenario expects.

use serde_json::Value;

use super::file::{Expect, Line};
use crate::{harness::kubectl::Output, verify};

/// All that is not as expected, one sentence each.
pub(super) fn complaints(expect: &Expect, output: &Output) -> Vec<String> {
    let mut complaints = Vec::new();
    if output.status != expect.exit {
        complaints.push(format!("the exit status is not {}: {output}", expect.exit));
    }
    let Ok(report) = serde_json::from_str::<Value>(&output.stdout) else {
        complaints.push(format!("there is no report: {output}"));
        return complaints;
    };
    let outcomes: Vec<Outcome<'_>> = report["findings"].as_array().unwrap().iter().map(Outcome).collect();
    for (result, lines) in [("fail", &expect.fire), ("pass", &expect.pass), ("unknown", &expect.unknown)] {
        for line in lines.iter().filter(|line| !outcomes.iter().any(|one| one.result() == result && one.is(line))) {
            let like: Vec<String> =
                outcomes.iter().filter(|one| one.rule() == line.rule.0).map(ToString::to_string).collect();
            complaints.push(format!("not there as {result}: {line:?}; there is {like:#?}"));
        }
    }
    for outcome in &outcomes {
        let is_silent = expect.silent.iter().any(|rule| rule.0 == outcome.rule());
        let is_among = |lines: &[Line]| lines.iter().any(|line| outcome.is(line));
        match outcome.result() {
            "fail" if is_silent => complaints.push(format!("it is to be silent: {outcome}")),
            "fail" if !expect.others.admits(outcome.level()) && !is_among(&expect.fire) => {
                complaints.push(format!("not expected: {outcome}"));
            }
            "unknown" if outcome.0["why"] == "read-failed" && !is_among(&expect.unknown) => {
                complaints.push(format!("not expected: {outcome}"));
            }
            _ => {}
        }
    }
    complaints
}

/// One entry of a report.
struct Outcome<'a>(&'a Value);

impl Outcome<'_> {
    fn rule(&self) -> &str {
        self.0["rule"].as_str().unwrap()
    }

    fn result(&self) -> &str {
        self.0["result"].as_str().unwrap()
    }

    fn level(&self) -> &str {
        self.0["level"].as_str().unwrap()
    }

    fn is(&self, line: &Line) -> bool {
        let said = self.said();
        let is_meant = line.object.as_ref().is_none_or(|object| self.object() == object.to_string());
        self.rule() == line.rule.0
            && is_meant
            && line.says.iter().all(|words| said.contains(words))
            && !line.without.iter().any(|words| said.contains(words))
    }

    fn object(&self) -> String {
        let shown = verify::shown(self.0);
        shown.split_once(' ').map_or(String::new(), |(_, object)| object.to_owned())
    }

    /// All its words.
    fn said(&self) -> String {
        let evidence = self.0["evidence"].as_array().into_iter().flatten().map(|one| &one["value"]);
        let texts = [&self.0["message"], &self.0["remedy"]].into_iter().chain(evidence);
        texts.filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
    }
}

impl std::fmt::Display for Outcome<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {} {}: {}", self.result(), self.0["level"], self.rule(), self.object(), self.said())
    }
}
