//! Which rules are meant, by the words that people have for them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    rules::{self, RULES, Rule},
    text,
};

/// Some rules by one word: the id or the name of one, or the beginning of several ids, whatever the
/// case. It means at least one.
///
/// ```
/// use seldon_central_core::select::Selector;
///
/// let alias: Selector = "SCS05".parse().unwrap();
/// assert!(alias.selects("SCS0504") && !alias.selects("SCS0604"));
/// let one: Selector = "alias-missing".parse().unwrap();
/// assert!(one.selects("SCS0501"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Selector {
    word: String,
    ids: Vec<&'static str>,
}

/// A word that means no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule `{}`{}", text::printable(.word), hint(.nearest))]
pub struct SelectorError {
    /// The word.
    pub word: String,
    /// The ids and names that are spelled most like it.
    pub nearest: Vec<&'static str>,
}

fn hint(nearest: &[&str]) -> String {
    text::did_you_mean(nearest).map(|question| format!("; {question}")).unwrap_or_default()
}

impl Selector {
    /// Whether the rule with this id is meant.
    pub fn selects(&self, id: &str) -> bool {
        self.ids.contains(&id)
    }

    /// The ids of the rules that are meant, sorted; at least one.
    pub fn ids(&self) -> &[&'static str] {
        &self.ids
    }
}

impl FromStr for Selector {
    type Err = SelectorError;
    fn from_str(word: &str) -> Result<Self, SelectorError> {
        let word = word.trim();
        let meant = rules::find(word).map_or_else(|| rules::with_prefix(word), |rule| vec![rule]);
        if meant.is_empty() {
            return Err(SelectorError { word: word.to_owned(), nearest: rules::nearest(word) });
        }
        Ok(Self { word: word.to_owned(), ids: meant.iter().map(|rule| rule.id).collect() })
    }
}

impl fmt::Display for Selector {
    /// The word as it was given.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word)
    }
}

impl TryFrom<String> for Selector {
    type Error = SelectorError;
    fn try_from(text: String) -> Result<Self, SelectorError> {
        text.parse()
    }
}

impl From<Selector> for String {
    fn from(value: Selector) -> Self {
        value.to_string()
    }
}

/// The rules of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Those that are wanted; empty for all.
    pub select: Vec<Selector>,
    /// Those that are not, even if they are wanted.
    pub ignore: Vec<Selector>,
}

/// Everything that is wanted is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no rule is left to judge by, because all that are selected are ignored as well")]
pub struct NothingSelected;

impl Selection {
    /// The rules, ordered by id.
    ///
    /// # Errors
    /// [`NothingSelected`] when there are none.
    pub fn rules(&self) -> Result<Vec<&'static Rule>, NothingSelected> {
        let named = |selectors: &[Selector], rule: &Rule| selectors.iter().any(|selector| selector.selects(rule.id));
        let is_wanted =
            |rule: &&Rule| (self.select.is_empty() || named(&self.select, rule)) && !named(&self.ignore, rule);
        let rules: Vec<&'static Rule> = RULES.iter().copied().filter(is_wanted).collect();
        if rules.is_empty() { Err(NothingSelected) } else { Ok(rules) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selectors(words: &[&str]) -> Vec<Selector> {
        words.iter().map(|word| word.parse().unwrap()).collect()
    }

    fn selected(select: &[&str], ignore: &[&str]) -> Vec<&'static str> {
        let selection = Selection { select: selectors(select), ignore: selectors(ignore) };
        selection.rules().unwrap().iter().map(|rule| rule.id).collect()
    }

    #[test]
    fn a_word_is_an_id_a_name_or_the_beginning_of_ids() {
        for (word, expected) in [
            ("SCS0501", vec!["SCS0501"]),
            ("scs0501", vec!["SCS0501"]),
            ("Alias-Missing", vec!["SCS0501"]),
            (" SCS0501 ", vec!["SCS0501"]),
            ("SCS021", vec!["SCS0210", "SCS0211", "SCS0212"]),
        ] {
            assert_eq!(word.parse::<Selector>().unwrap().ids(), expected, "{word}");
        }
        assert_eq!("SCS".parse::<Selector>().unwrap().ids().len(), RULES.len());
    }

    #[test]
    fn an_unknown_word_is_refused_with_the_nearest_ones() {
        let message = |word: &str| word.parse::<Selector>().unwrap_err().to_string();
        assert_eq!(message("alias-mising"), "there is no rule `alias-mising`; did you mean `alias-missing`?");
        assert!(message("SCS05O1").contains("did you mean `SCS05"), "{}", message("SCS05O1"));
        assert_eq!(message("quux"), "there is no rule `quux`");
        assert_eq!(message(""), "there is no rule ``");
        assert_eq!(message("alias"), "there is no rule `alias`");
    }

    #[test]
    fn what_is_ignored_is_left_out_of_what_is_selected() {
        assert_eq!(selected(&[], &[]).len(), RULES.len());
        assert_eq!(selected(&["SCS0501", "SCS021"], &[]), ["SCS0210", "SCS0211", "SCS0212", "SCS0501"]);
        assert_eq!(selected(&["SCS021"], &["gateway-in-tenant"]), ["SCS0210", "SCS0212"]);
        assert_eq!(selected(&[], &["SCS05"]).len(), RULES.len() - rules::with_prefix("SCS05").len());
        let nothing = Selection { select: selectors(&["SCS0501"]), ignore: selectors(&["SCS05"]) };
        assert_eq!(nothing.rules().unwrap_err(), NothingSelected);
    }
}
