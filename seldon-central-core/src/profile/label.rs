//! Labels, annotations and capabilities that are valid by construction.

use serde::{Deserialize, Serialize};

use crate::{name::ObjectName, pattern};

/// Longest label value and longest name part of a key, in bytes (Kubernetes API conventions).
const MAX: usize = 63;

/// A text that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} `{}` is not valid: {problem}", .value.escape_debug())]
pub struct LabelError {
    /// What the text is for, for example `label value`.
    pub what: &'static str,
    /// The text as it was given.
    pub value: String,
    /// The rule it breaks.
    pub problem: String,
}

/// Letters, digits, `-`, `_` and `.`, with a letter or digit at both ends.
fn problem_of_part(part: &str) -> Option<String> {
    let outer = |c: char| c.is_ascii_alphanumeric();
    if part.len() > MAX {
        return Some(format!("it is {} bytes long, at most {MAX} are allowed", part.len()));
    }
    if let Some(bad) = part.chars().find(|c| !outer(*c) && !['-', '_', '.'].contains(c)) {
        return Some(format!("`{}` is not among letters, digits, `-`, `_` and `.`", bad.escape_debug()));
    }
    let ends_well = part.starts_with(outer) && part.ends_with(outer);
    (!ends_well).then(|| "it has to start and end with a letter or digit".to_owned())
}

fn problem_of_key(key: &str) -> Option<String> {
    if key == pattern::NAMESPACE_NAME_LABEL {
        return Some("the API server sets it itself".to_owned());
    }
    if key.starts_with(pattern::OWN_PREFIX) {
        return Some(format!("keys that begin with `{}` are this tool's own", pattern::OWN_PREFIX));
    }
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    if let Some(Err(error)) = prefix.map(ObjectName::new) {
        return Some(format!("the part before `/` is no DNS name, {}", error.problem));
    }
    if name.is_empty() { Some("it is empty".to_owned()) } else { problem_of_part(name) }
}

fn problem_of_value(value: &str) -> Option<String> {
    if value.is_empty() { None } else { problem_of_part(value) }
}

/// A comma would split it in two on its way to the agent, and the scheduler trims it.
fn problem_of_capability(value: &str) -> Option<String> {
    if value.trim().is_empty() {
        Some("it is empty".to_owned())
    } else if value.trim() != value {
        Some("it begins or ends with a space".to_owned())
    } else if value.contains(',') {
        Some("a comma separates capabilities".to_owned())
    } else {
        value.chars().any(char::is_control).then(|| "it holds control characters".to_owned())
    }
}

fn problem_of_memory(value: &str) -> Option<String> {
    match crate::reason::quantity::Quantity::parse(value) {
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    }
}

macro_rules! text_type {
    ($($(#[$doc:meta])* $name:ident, $what:literal, $problem:ident;)*) => {
        $($(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks and wraps a text.
            ///
            /// # Errors
            /// [`LabelError`] with the broken rule.
            pub fn new(value: impl Into<String>) -> Result<Self, LabelError> {
                let value = value.into();
                match $problem(&value) {
                    None => Ok(Self(value)),
                    Some(problem) => Err(LabelError { what: $what, value, problem }),
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = LabelError;
            fn try_from(value: String) -> Result<Self, LabelError> {
                Self::new(value)
            }
        }

        impl std::str::FromStr for $name {
            type Err = LabelError;
            fn from_str(value: &str) -> Result<Self, LabelError> {
                Self::new(value)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string" })
            }
        })*
    };
}

text_type! {
    /// The key of a label or an annotation: a name, or a DNS name and a name with `/` between.
    LabelKey, "key", problem_of_key;
    /// The value of a label.
    LabelValue, "label value", problem_of_value;
    /// What a Server declares and a Model requires: compared as a whole, upper and lower case apart.
    Capability, "capability", problem_of_capability;
    /// An amount of memory as a Kubernetes quantity, such as `512Mi`.
    Memory, "amount of memory", problem_of_memory;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_follow_the_api() {
        for good in ["team", "example.com/team", "a.b_c-D"] {
            assert!(LabelKey::new(good).is_ok(), "{good}");
        }
        for bad in
            ["", "-a", "Example.com/a", "a/b/c", "a/", "kubernetes.io/metadata.name", "kubectl-seldon/tenant", "a b"]
        {
            assert!(LabelKey::new(bad).is_err(), "{bad}");
        }
        assert!(LabelValue::new("").is_ok());
        assert!(LabelValue::new("a".repeat(64)).is_err());
        assert_eq!(
            LabelValue::new("a b").unwrap_err().to_string(),
            "label value `a b` is not valid: ` ` is not among letters, digits, `-`, `_` and `.`"
        );
    }

    #[test]
    fn a_capability_is_one_word() {
        assert!(Capability::new("sklearn").is_ok());
        for bad in ["", " sklearn", "mlflow,torch"] {
            assert!(Capability::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn memory_is_a_quantity() {
        assert!(Memory::new("512Mi").is_ok());
        assert!(Memory::new("lots").is_err());
    }
}
