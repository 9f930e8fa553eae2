//! An account as a page.

use super::{
    Account, Standing, Step, Way,
    change::{Said, said},
};
use crate::{
    explain::{Block, Document, Item},
    finding::{Evidence, Outcome, Verdict},
    fix::Edit,
    object::ObjectId,
    rules,
    snapshot::Origin,
};

impl Account {
    /// The account as a page.
    pub fn page(&self) -> Document {
        let mut page = Document::new(self.object.to_string());
        page.paragraph(sentence(&self.headline));
        match &self.origin {
            Origin::File { path, line, column } => page.paragraph(format!("It is in {path}:{line}:{column}.")),
            Origin::Cluster => page.paragraph("It is on the cluster."),
            Origin::Desired => page.paragraph("It is not applied yet."),
        };
        if !self.steps.is_empty() {
            page.heading("How it comes to that").add(Block::Points(self.steps.iter().map(step).collect()));
        }
        section(&mut page, "What the rules say about it", &self.outcomes, true);
        section(&mut page, "What else is wrong where it lives", &self.around, false);
        page.heading("The smallest change");
        way(&mut page, &self.change, &self.object);
        page
    }
}

fn way(page: &mut Document, way: &Way, own: &ObjectId) {
    match way {
        Way::Clear => {
            page.paragraph("Nothing is known to stand in its way.");
        }
        Way::Unproved { missing, remains } => {
            let points = |all: &[String]| Block::Points(all.iter().map(|one| Item::new(format!("{one}."))).collect());
            page.paragraph("No change is proved to put it right, because this is not known:").add(points(missing));
            if !remains.is_empty() {
                page.paragraph("This stands in its way whatever comes of that:").add(points(remains));
            }
        }
        Way::Change { text, edits } => changes(page, text, edits, own),
        Way::NotKnown { remains, text, edits } => {
            if let Some(text) = text {
                changes(page, text, edits, own);
                page.paragraph("No change to an object is known to do away with the rest:");
            } else {
                page.paragraph("No change to an object is known to put it right. This stands in its way:");
            }
            page.add(Block::Points(remains.iter().map(|one| Item::new(format!("{one}."))).collect()));
        }
    }
}

/// One change as a sentence, more of them as a list.
fn changes(page: &mut Document, text: &str, edits: &[Edit], own: &ObjectId) {
    if edits.len() == 1 {
        page.paragraph(sentence(text));
        return;
    }
    let item = |said: Said| match (said.object, said.changes) {
        (None, changes) => Item { text: "In the object itself:".to_owned(), details: changes },
        (Some(object), changes) if changes.is_empty() => Item::new(sentence(&object)),
        (Some(object), changes) => {
            let text = sentence(&object);
            Item { text: format!("{}:", text.trim_end_matches('.')), details: changes }
        }
    };
    page.paragraph("All of these together:");
    page.add(Block::Points(said(edits, own).into_iter().map(item).collect()));
}

fn section(page: &mut Document, heading: &str, outcomes: &[Outcome], in_full: bool) {
    if !outcomes.is_empty() {
        let items = outcomes.iter().map(|outcome| item(outcome, in_full)).collect();
        page.heading(heading).add(Block::Points(items));
    }
}

fn step(step: &Step) -> Item {
    let mark = match step.standing {
        Standing::Fact => "",
        Standing::Good => "[ok] ",
        Standing::Bad => "[no] ",
        Standing::Unknown => "[unknown] ",
    };
    Item { text: format!("{mark}{}.", step.text), details: step.evidence.iter().map(evidence).collect() }
}

fn item(outcome: &Outcome, in_full: bool) -> Item {
    let name = rules::find(outcome.rule).map_or("", |rule| rule.name);
    let about = if in_full { String::new() } else { format!("{}: ", outcome.object) };
    match &outcome.verdict {
        Verdict::Fail(finding) => {
            let text = format!("{} {} {name}: {about}{}.", finding.level.letter(), outcome.rule, finding.message);
            let evidence = finding.evidence.iter().filter(|_| in_full).map(evidence);
            let hint = format!("hint: {}", finding.remedy);
            Item { text, details: evidence.chain([hint]).collect() }
        }
        Verdict::Suppressed { finding, by } => {
            let reason = by.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            Item::new(format!("{} {name}: {about}{}; suppressed{reason}.", outcome.rule, finding.message))
        }
        Verdict::Unknown { reason } => Item::new(format!("? {} {name}: {about}{reason}.", outcome.rule)),
        Verdict::Pass => Item::new(format!("{} {name} holds.", outcome.rule)),
    }
}

fn evidence(evidence: &Evidence) -> String {
    match evidence.path.as_str() {
        "" => evidence.value.clone(),
        path => format!("`{path}`: {}", evidence.value),
    }
}

/// A clause as a sentence.
fn sentence(clause: &str) -> String {
    let mut chars = clause.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", chars.as_str())
}
