//! Likeness of a text to a message, by the words they share.

use std::collections::{BTreeMap, BTreeSet};

use super::{Symptom, symptoms};

/// Words longer than this count as shared when they are spelled nearly the same.
const SHORT: usize = 4;
/// How much alike two spellings of a word are at least.
const ALIKE: f64 = 0.8;
/// A text that shares fewer words with a message, or only words that many messages have, is like it
/// by chance.
const FEWEST: usize = 2;
/// The least weight of what they share.
const LIGHTEST: f64 = 1.5;
/// More words of a text than these are not looked at.
const MOST_WORDS: usize = 200;

/// One message.
#[derive(Debug)]
struct Known {
    symptom: &'static Symptom,
    /// The host that it says is looked up, as far as that is the same from case to case.
    host: Option<String>,
    words: BTreeSet<String>,
}

/// The words of all messages, and in how many symptoms each is.
#[derive(Debug)]
pub(super) struct Words {
    messages: Vec<Known>,
    spread: BTreeMap<String, usize>,
}

impl Words {
    pub(super) fn new() -> Self {
        let known = |symptom, message: &str| Known { symptom, host: looked_up(message), words: words(message) };
        let of = |symptom: &'static Symptom| symptom.messages.iter().map(move |message| known(symptom, message));
        let messages: Vec<_> = symptoms().flat_map(of).collect();
        let mut spread = BTreeMap::new();
        for word in messages.iter().flat_map(|known| &known.words) {
            *spread.entry(word.clone()).or_default() += 1;
        }
        Self { messages, spread }
    }

    /// How much a text is like each symptom, from 0 to 1; those with nothing in common are left out.
    pub(super) fn likeness(&self, text: &str) -> Vec<(&'static Symptom, f64)> {
        let host = looked_up(text);
        let text = words(text);
        let mut likeness: Vec<(&'static Symptom, f64)> = Vec::new();
        for Known { symptom, host: theirs, words: message } in &self.messages {
            // A name that is looked up is what the message is about: that of another host is another message.
            if let (Some(ours), Some(theirs)) = (&host, theirs)
                && !ours.starts_with(theirs.as_str())
            {
                continue;
            }
            let score = self.score(&text, message);
            match likeness.iter_mut().find(|(known, _)| known.id == symptom.id) {
                Some((_, known)) => *known = known.max(score),
                None if score > 0.0 => likeness.push((symptom, score)),
                None => {}
            }
        }
        likeness
    }

    /// What the two share, by weight, measured half by the one that has less and half by the one
    /// that has more: a part of a message is like it, and one word of many is not.
    fn score(&self, text: &BTreeSet<String>, message: &BTreeSet<String>) -> f64 {
        let is_shared = |word: &&String| text.iter().any(|other| same(word, other));
        let weights: Vec<f64> = message.iter().filter(is_shared).map(|word| self.weight(word)).collect();
        let shared: f64 = weights.iter().sum();
        let whole = |words: &BTreeSet<String>| words.iter().map(|word| self.weight(word)).sum::<f64>().max(shared);
        let (text, message) = (whole(text), whole(message));
        if weights.len() < FEWEST || shared < LIGHTEST {
            0.0
        } else {
            f64::midpoint(shared / text.min(message), shared / text.max(message))
        }
    }

    /// Words that many messages have say little; those that none has, and a text may have many of
    /// them, little too.
    fn weight(&self, word: &str) -> f64 {
        match self.spread.get(word).copied() {
            Some(1) => 1.0,
            Some(2..=3) => 0.6,
            Some(_) => 0.3,
            None => 0.4,
        }
    }
}

fn same(word: &str, other: &str) -> bool {
    word == other
        || (word.len() > SHORT && other.len() > SHORT && strsim::normalized_damerau_levenshtein(word, other) >= ALIKE)
}

/// The name that a text says was looked up; none when that differs from case to case.
fn looked_up(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    let (_, rest) = text.split_once("lookup ")?;
    let host = rest.split(|c: char| c.is_whitespace() || matches!(c, ':' | '*' | ',' | '"')).next()?;
    (!host.is_empty()).then(|| host.to_owned())
}

/// The words of a text in lower case. Numbers and what holds them differ from case to case.
fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '\''));
    let words = words.filter(|word| !word.is_empty() && !word.contains(|c: char| c.is_ascii_digit()));
    words.take(MOST_WORDS).map(str::to_lowercase).collect()
}
