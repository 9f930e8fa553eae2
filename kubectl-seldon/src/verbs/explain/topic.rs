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

/// What may have been meant: a name with blanks for hyphens, an id by its number alone.
fn completed(words: &str) -> String {
    let words = words.trim();
    if !words.is_empty() && words.len() <= 4 && words.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("SCS{words:0>4}");
    }
    words.split_whitespace().collect::<Vec<_>>().join("-")
}

/// Nothing is known by these words; says what is spelled most like them.
fn unknown(words: &str) -> CliError {
    if let Some(rule) = rules::find(&completed(words)) {
        return CliError::new(format!("there is no rule and no known message `{words}`"))
            .hint(format!("did you mean `{}` ({})?", rule.id, rule.name));
    }
    if let Some((kind, name)) = words.split_once('/')
        && !words.contains(char::is_whitespace)
    {
        let kinds: Vec<&str> = ACCOUNTED.iter().filter_map(|(_, words)| words.first().copied()).collect();
        let what = if name.is_empty() { "there is no name after" } else { "explain knows no objects by the kind" };
        return CliError::new(format!("{what} `{kind}`")).hint(format!("KIND/NAME, of {}", kinds.join(", ")));
    }
    if words.trim().contains(char::is_whitespace) {
        return CliError::new("no message that is known is like this one")
            .hint("give the whole line as it was printed; `docs/messages.md` lists the known messages");
    }
    let error = CliError::new(format!("there is no rule and no known message `{words}`"));
    let question = text::did_you_mean(&rules::nearest(words));
    error.hint(question.unwrap_or_else(|| "`kubectl seldon explain` lists the rules".to_owned()))
}
