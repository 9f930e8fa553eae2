//! Messages that people paste, and what is behind them.
//!
//! ```text
//! a pasted message ──► search ──┐
//! a log, line by line ──► Scan ─┴─► Match: a symptom with its causes, the likeliest first
//! ```
//!
//! A [`Symptom`] is data: the message as Seldon prints it, and its causes with the means to tell them
//! apart and the rules that prove each.

mod agent;
mod connection;
mod fuzzy;
mod message;
mod model;
mod scan;
mod serving;
mod setup;

use serde::Serialize;

pub use self::scan::{Likeness, Lines, Match, Scan, search};

/// A message and what is behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Symptom {
    /// Stable id.
    pub id: &'static str,
    /// Whether it says that something is wrong.
    pub signal: Signal,
    /// The message in its forms; `*` stands for what differs from case to case.
    pub messages: &'static [&'static str],
    /// Where it appears.
    pub seen_in: &'static str,
    /// What it says and what it does not.
    pub meaning: &'static str,
    /// What may be behind it, the likeliest first.
    pub causes: &'static [Cause],
}

/// What a message is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Signal {
    /// Something is wrong.
    Failure,
    /// By itself it says little.
    Clue,
}

/// Something that may be behind a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// What is wrong.
    pub what: &'static str,
    /// How to tell it from the others.
    pub tell: &'static str,
    /// What to do about it.
    pub fix: &'static str,
    /// The ids of the rules that prove it; none where only a person can.
    pub rules: &'static [&'static str],
}

/// Every symptom of the catalogue.
pub fn symptoms() -> impl Iterator<Item = &'static Symptom> {
    [model::SYMPTOMS, connection::SYMPTOMS, agent::SYMPTOMS, setup::SYMPTOMS, serving::SYMPTOMS].into_iter().flatten()
}

/// The symptoms with a cause that this rule proves.
pub fn leading_to(rule: &str) -> impl Iterator<Item = &'static Symptom> {
    symptoms().filter(move |symptom| symptom.causes.iter().any(|cause| cause.rules.contains(&rule)))
}

#[cfg(test)]
mod tests;
