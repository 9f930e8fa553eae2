//! What the words of the command line mean.

use seldon_central_core::{
    rules::{self, RULES, Rule},
    text,
};

use crate::error::CliError;

/// What is to be explained.
#[derive(Debug)]
pub(super) enum Topic {
    /// Some rules, a line or two each.
    List(Vec<&'static Rule>),
    /// Rules in full.
    Rules(Vec<&'static Rule>),
}

impl Topic {
    /// Reads the words.
    ///
    /// # Errors
    /// When they name nothing that is known.
    pub(super) fn of(words: &[String]) -> Result<Self, CliError> {
        if words.is_empty() {
            return Ok(Self::List(RULES.to_vec()));
        }
        let named: Option<Vec<_>> = words.iter().map(|word| rules::find(word)).collect();
        if let Some(rules) = named {
            return Ok(Self::Rules(rules));
        }
        let [word] = words else { return Err(unknown(&words.join(" "))) };
        let family = rules::with_prefix(word);
        if family.is_empty() { Err(unknown(word)) } else { Ok(Self::List(family)) }
    }
}

/// Nothing is known by this word; says what is spelled most like it.
fn unknown(word: &str) -> CliError {
    let error = CliError::new(format!("there is no rule `{word}`"));
    let known = RULES.iter().flat_map(|rule| [rule.id, rule.name]);
    let nearest = text::nearest_few(word, known);
    let hint = match nearest.as_slice() {
        [] => "`kubectl seldon explain` lists the rules".to_owned(),
        nearest => {
            let names: Vec<String> = nearest.iter().map(|name| format!("`{name}`")).collect();
            format!("did you mean {}?", names.join(" or "))
        }
    };
    error.hint(hint)
}
