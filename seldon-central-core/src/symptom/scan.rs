//! Finding symptoms in a pasted message and in a log of any length.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;
use serde::Serialize;

use super::{
    Signal, Symptom,
    fuzzy::Words,
    message::{Message, folded},
    symptoms,
};

/// Fewer characters than these are no part of a message that could be meant.
const SHORTEST_PART: usize = 8;
/// Likeness from which a text may mean a message.
const ALIKE: f64 = 0.55;
/// Symptoms that a text is like, at most.
const FEW: usize = 3;
/// Characters of a line that are kept to be shown.
const SHOWN: usize = 240;
/// Lines of a log that are kept in case that none holds a known message.
const KEPT: usize = 100;
/// What lines have that say that something is wrong.
const TROUBLE: [&str; 5] = ["error", "fail", "warn", "rpc", "refus"];

/// A symptom that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Match {
    /// The symptom.
    pub symptom: &'static Symptom,
    /// How it was found.
    pub likeness: Likeness,
    /// The lines it was found in.
    pub lines: Lines,
}

/// How a symptom was found.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase", tag = "how")]
pub enum Likeness {
    /// The words are the message's.
    Exact,
    /// They are like them.
    Similar {
        /// From 0 to 1.
        score: f64,
    },
}

/// The lines of a log that hold a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lines {
    /// How many there are.
    pub count: u64,
    /// The first, from 1.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// The beginning of the last, as it was read: nothing in it is safe to print.
    pub sample: String,
}

/// Reads a log line by line and keeps only what it found, whatever its length.
#[derive(Debug)]
pub struct Scan {
    messages: Vec<(&'static Symptom, Message)>,
    anchors: Option<AhoCorasick>,
    found: BTreeMap<usize, (usize, Lines)>,
    kept: Vec<(u64, String)>,
    lines: u64,
}

impl Default for Scan {
    fn default() -> Self {
        Self::new()
    }
}

impl Scan {
    /// At the beginning of a log.
    pub fn new() -> Self {
        let of = |symptom: &'static Symptom| symptom.messages.iter().map(move |text| (symptom, Message::new(text)));
        let messages: Vec<_> = symptoms().flat_map(of).collect();
        let anchors = messages.iter().map(|(_, message)| message.anchor());
        // It fails only on patterns of gigabytes; without it every message is looked for.
        let anchors = AhoCorasick::builder().ascii_case_insensitive(true).build(anchors).ok();
        Self { messages, anchors, found: BTreeMap::new(), kept: Vec::new(), lines: 0 }
    }

    /// How many lines were read.
    pub const fn lines(&self) -> u64 {
        self.lines
    }

    /// Reads one line.
    pub fn line(&mut self, line: &str) {
        self.lines += 1;
        let mut candidates: Vec<usize> = match &self.anchors {
            Some(anchors) => anchors.find_overlapping_iter(line).map(|found| found.pattern().as_usize()).collect(),
            None => (0..self.messages.len()).collect(),
        };
        candidates.sort_unstable();
        candidates.dedup();
        if !candidates.is_empty() {
            let folded = folded(line);
            for candidate in candidates {
                if let Some((symptom, message)) = self.messages.get(candidate)
                    && message.is_in(&folded)
                {
                    let (id, length) = (symptom.id, message.len());
                    self.note(id, length, line);
                }
            }
        }
        if self.found.is_empty() && self.kept.len() < KEPT {
            let folded = line.to_ascii_lowercase();
            if TROUBLE.iter().any(|word| folded.contains(word)) {
                self.kept.push((self.lines, shown(line)));
            }
        }
    }

    fn note(&mut self, id: &str, length: usize, line: &str) {
        let Some(place) = symptoms().position(|symptom| symptom.id == id) else { return };
        let number = self.lines;
        let (longest, lines) = self.found.entry(place).or_insert_with(|| {
            let sample = String::new();
            (0, Lines { count: 0, first: number, last: 0, sample })
        });
        *longest = length.max(*longest);
        // Two forms of a message in one line are one line.
        if lines.last != number {
            lines.count += 1;
        }
        lines.last = number;
        lines.sample = shown(line);
    }

    /// What was found: failures before clues, the most particular message first. When no line holds
    /// a known message, what a line about trouble is like.
    pub fn finish(self) -> Vec<Match> {
        let symptoms: Vec<&'static Symptom> = symptoms().collect();
        let mut found: Vec<(Signal, usize, Match)> = Vec::new();
        for (place, (length, lines)) in self.found {
            if let Some(symptom) = symptoms.get(place) {
                found.push((symptom.signal, length, Match { symptom, likeness: Likeness::Exact, lines }));
            }
        }
        if found.is_empty() {
            return similar(&self.kept);
        }
        found.sort_by_key(|(signal, length, _)| (*signal, std::cmp::Reverse(*length)));
        found.into_iter().map(|(_, _, found)| found).collect()
    }
}

/// The symptoms that a pasted message means: those whose words it holds or is a part of, else those
/// it is like.
pub fn search(text: &str) -> Vec<Match> {
    let mut scan = Scan::new();
    text.lines().for_each(|line| scan.line(line));
    // A message that was wrapped on its way is one line.
    if scan.found.is_empty() {
        scan = Scan::new();
        scan.line(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    let found = if scan.found.is_empty() { Vec::new() } else { scan.finish() };
    let part = folded(text);
    match found.is_empty() {
        false => found,
        true if part.len() >= SHORTEST_PART && !parts_of(text, &part).is_empty() => parts_of(text, &part),
        true => similar(&[(1, shown(text))]),
    }
}

/// The symptoms of whose messages a text is a part.
fn parts_of(text: &str, folded: &str) -> Vec<Match> {
    let holds = |symptom: &&Symptom| symptom.messages.iter().any(|message| Message::new(message).holds(folded));
    let found = symptoms().filter(holds);
    found.map(|symptom| Match { symptom, likeness: Likeness::Exact, lines: only(1, text) }).take(FEW).collect()
}

fn similar(lines: &[(u64, String)]) -> Vec<Match> {
    let words = Words::new();
    let mut best: BTreeMap<&'static str, Match> = BTreeMap::new();
    for (number, line) in lines {
        for (symptom, score) in words.likeness(line).into_iter().filter(|(_, score)| *score >= ALIKE) {
            let found = Match { symptom, likeness: Likeness::Similar { score }, lines: only(*number, line) };
            let known = best.entry(symptom.id).or_insert_with(|| found.clone());
            if known.likeness < found.likeness {
                *known = found;
            }
        }
    }
    let mut found: Vec<Match> = best.into_values().collect();
    found.sort_by(|a, b| b.likeness.partial_cmp(&a.likeness).unwrap_or(std::cmp::Ordering::Equal));
    found.truncate(FEW);
    found
}

fn only(number: u64, line: &str) -> Lines {
    Lines { count: 1, first: number, last: number, sample: shown(line) }
}

fn shown(line: &str) -> String {
    let line = line.trim();
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}
