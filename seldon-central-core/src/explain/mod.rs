//! What the library knows, as text to learn from: rules, messages, objects, the pattern.
//!
//! Everything is a [`Document`] first, which renders itself as Markdown; whoever prints it for a
//! terminal has its blocks.

mod account;
mod document;
mod graph;
mod pattern;
mod rule;
mod symptom;

pub use self::{
    account::{ACCOUNTED, Account, Standing, Step, Way, account},
    document::{Block, Document, Item},
    graph::{Edge, Graph, Group, Node, Passage, Place, graph},
    pattern::{PatternText, pattern, pattern_text},
    rule::{RuleText, rule, rule_index, rule_page, rules},
    symptom::{found, messages_page},
};

#[cfg(test)]
mod pages_test;
