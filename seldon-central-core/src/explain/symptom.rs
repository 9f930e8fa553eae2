//! Messages and what is behind them, as pages.

use super::{Block, Document, Item, rule::GENERATED};
use crate::{
    rules,
    symptom::{Cause, Likeness, Match, Symptom, symptoms},
};

/// What a search found, a page for each symptom. Where a log was searched, each says in which lines.
pub fn found(found: &[Match], in_log: bool) -> Vec<Document> {
    found.iter().map(|found| page(found, in_log)).collect()
}

fn page(found: &Match, in_log: bool) -> Document {
    let mut page = Document::new(title(found.symptom));
    if let Likeness::Similar { score } = found.likeness {
        page.paragraph(format!("What was given is like this message, by {:.0} %.", score * 100.0));
    }
    if in_log {
        let lines = &found.lines;
        let place = match lines.count {
            1 => format!("In line {}:", lines.first),
            2 => format!("In lines {} and {}, the last of which is:", lines.first, lines.last),
            count => format!("In {count} lines from {} to {}, the last of which is:", lines.first, lines.last),
        };
        page.paragraph(place).code("text", format!("{}\n", lines.sample));
    }
    describe(&mut page, found.symptom);
    page
}

/// All messages of the catalogue, as a page of the documentation.
pub fn messages_page() -> String {
    let mut top = Document::new("Messages and what is behind them");
    top.paragraph(
        "`kubectl seldon explain \"TEXT\"` finds a pasted message here, `kubectl seldon explain -` every known one in a log \
         on standard input. What differs from case to case is written `…`.",
    );
    let pages = symptoms().map(|symptom| {
        let mut page = Document::new(title(symptom));
        describe(&mut page, symptom);
        page.to_markdown(2)
    });
    let pages: Vec<String> = std::iter::once(top.to_markdown(1)).chain(pages).collect();
    format!("{GENERATED}{}", pages.join("\n"))
}

fn title(symptom: &Symptom) -> String {
    symptom.messages.first().map(|message| shown(message)).unwrap_or_default()
}

/// A message as people read it.
pub(super) fn shown(message: &str) -> String {
    message.replace('*', "…")
}

fn describe(page: &mut Document, symptom: &Symptom) {
    let others: Vec<String> = symptom.messages.iter().skip(1).map(|message| format!("{}\n", shown(message))).collect();
    if !others.is_empty() {
        page.paragraph("Other forms:").code("text", others.concat());
    }
    page.paragraph(format!("Seen in: {}.", symptom.seen_in));
    page.paragraph(symptom.meaning);
    page.paragraph(match symptom.causes.len() {
        1 => "What is behind it:",
        _ => "What may be behind it, the likeliest first:",
    });
    page.add(Block::Ranking(symptom.causes.iter().map(item).collect()));
}

fn item(cause: &Cause) -> Item {
    let mut details = vec![format!("To tell: {}", cause.tell), format!("Way out: {}", cause.fix)];
    let names = cause.rules.iter().filter_map(|id| rules::find(id)).map(|rule| format!("{} {}", rule.id, rule.name));
    let names: Vec<String> = names.collect();
    if !names.is_empty() {
        details.push(format!("Rules that prove it: {}", names.join(", ")));
    }
    Item { text: cause.what.to_owned(), details }
}
