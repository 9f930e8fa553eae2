//! What the words of the command line mean.

use seldon_central_core::{
    explain::ACCOUNTED,
    resource::Resource,
    rules::{self, RULES, Rule},
    symptom::{self, Match},
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
    /// The symptoms that a message means; at least one.
    Message(Vec<Match>),
    /// The log on standard input.
    Log,
    /// The pattern itself.
    Pattern,
    /// An object.
    Object {
        /// Its kind.
        kind: &'static Resource,
        /// Its name.
        name: String,
    },
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
        let text = words.join(" ");
        if text == "-" {
            return Ok(Self::Log);
        }
        let family = rules::with_prefix(&text);
        if !family.is_empty() {
            return Ok(Self::List(family));
        }
        if text.eq_ignore_ascii_case("pattern") {
            return Ok(Self::Pattern);
        }
        if let Some(object) = object(&text) {
            return Ok(object);
        }
        let found = symptom::search(&text);
        if found.is_empty() { Err(unknown(&text)) } else { Ok(Self::Message(found)) }
    }
}

/// `KIND/NAME`
fn object(word: &str) -> Option<Topic> {
    let (kind, name) = word.split_once('/')?;
    let kind = kind.to_ascii_lowercase();
    let (kind, _) = ACCOUNTED.iter().find(|(_, words)| words.contains(&kind.as_str()))?;
    let is_name = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '/');
    is_name.then(|| Topic::Object { kind, name: name.to_owned() })
}

/// Nothing is known by these words; says what is spelled most like them.
fn unknown(words: &str) -> CliError {
    if words.trim().contains(char::is_whitespace) {
        return CliError::new("no message that is known is like this one")
            .hint("give the whole line as it was printed; `docs/messages.md` lists the known messages");
    }
    let error = CliError::new(format!("there is no rule and no known message `{words}`"));
    let question = text::did_you_mean(&rules::nearest(words));
    error.hint(question.unwrap_or_else(|| "`kubectl seldon explain` lists the rules".to_owned()))
}
