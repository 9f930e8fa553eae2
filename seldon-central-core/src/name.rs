//! Names that are valid by construction.
//!
//! Every name the pattern writes into a cluster passes through one of these types, so that a name
//! the API server, the operator or the scheduler would refuse is refused here, with the reason and
//! a name that would do.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Longest DNS label, in bytes (RFC 1123); the API server holds namespaces to it.
const LABEL_MAX: usize = 63;
/// Longest DNS subdomain, in bytes (RFC 1123).
const SUBDOMAIN_MAX: usize = 253;
/// Longest name of a Server, in bytes: its `StatefulSet` puts `-` and a ten-character revision hash
/// after it into a label value of at most 63.
const SERVER_MAX: usize = 52;

/// A name that cannot be used, why, and one that could.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} `{}` is not valid: {problem}{}", .value.escape_debug(), .suggestion.as_ref().map(|s| format!("; `{s}` would be")).unwrap_or_default())]
pub struct NameError {
    /// What the name is for, for example `namespace`.
    pub what: &'static str,
    /// The name as it was given.
    pub value: String,
    /// The rule it breaks.
    pub problem: String,
    /// The nearest valid name, where one is evident.
    pub suggestion: Option<String>,
}

/// The alphabet and length a kind of name is held to.
#[derive(Debug, Clone, Copy)]
struct Grammar {
    what: &'static str,
    max: usize,
    dots: bool,
    starts_with_letter: bool,
}

impl Grammar {
    fn check(self, value: &str) -> Result<(), NameError> {
        match self.problem(value) {
            None => Ok(()),
            Some(problem) => {
                Err(NameError { what: self.what, value: value.to_owned(), problem, suggestion: self.nearest(value) })
            }
        }
    }

    fn problem(self, value: &str) -> Option<String> {
        if value.is_empty() {
            return Some("it is empty".to_owned());
        }
        if value.len() > self.max {
            return Some(format!("it is {} bytes long, at most {} are allowed", value.len(), self.max));
        }
        if let Some(bad) = value.chars().find(|c| !self.allows(*c)) {
            let dots = if self.dots { ", `.`" } else { "" };
            return Some(format!("`{}` is not among lower-case letters, digits{dots} and `-`", bad.escape_debug()));
        }
        let labels_end_well =
            value.split('.').all(|label| label.starts_with(alphanumeric) && label.ends_with(alphanumeric));
        if !labels_end_well {
            return Some("it has to start and end with a letter or digit".to_owned());
        }
        if self.starts_with_letter && value.starts_with(|c: char| c.is_ascii_digit()) {
            return Some("it has to start with a letter, because Services are named after it".to_owned());
        }
        None
    }

    fn allows(self, c: char) -> bool {
        alphanumeric(c) || c == '-' || (self.dots && c == '.')
    }

    fn nearest(self, value: &str) -> Option<String> {
        let mapped: String =
            value.to_lowercase().chars().map(|c| if self.allows(c) { c } else { '-' }).take(self.max).collect();
        let trimmed = mapped
            .trim_start_matches(|c: char| !alphanumeric(c) || (self.starts_with_letter && c.is_ascii_digit()))
            .trim_end_matches(|c: char| !alphanumeric(c));
        (self.problem(trimmed).is_none()).then(|| trimmed.to_owned())
    }
}

fn alphanumeric(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $what:literal, max: $max:expr, dots: $dots:literal, letter: $letter:literal, pattern: $pattern:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            const GRAMMAR: Grammar = Grammar { what: $what, max: $max, dots: $dots, starts_with_letter: $letter };

            /// Checks and wraps a name.
            ///
            /// # Errors
            /// [`NameError`] with the broken rule and, where one is evident, a name that would do.
            pub fn new(value: impl Into<String>) -> Result<Self, NameError> {
                let value = value.into();
                Self::GRAMMAR.check(&value)?;
                Ok(Self(value))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(value: String) -> Result<Self, NameError> {
                Self::new(value)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;
            fn from_str(value: &str) -> Result<Self, NameError> {
                Self::new(value)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": $max, "pattern": $pattern })
            }
        }
    };
}

name_type!(
    /// A Kubernetes namespace: a DNS label (RFC 1123).
    Namespace, "namespace", max: LABEL_MAX, dots: false, letter: false,
    pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
);
name_type!(
    /// The name of any other object: a DNS subdomain (RFC 1123).
    ObjectName, "object name", max: SUBDOMAIN_MAX, dots: true, letter: false,
    pattern: r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
);
name_type!(
    /// The name of a Server. Unique on a scheduler, not only in its namespace
    /// (`scheduler/pkg/store/mesh.go:25-37`), and the stem of one Service a replica, hence a letter
    /// first and at most 52 bytes.
    ServerName, "Server name", max: SERVER_MAX, dots: false, letter: true,
    pattern: "^[a-z]([-a-z0-9]*[a-z0-9])?$"
);
name_type!(
    /// The name of a Model as the scheduler accepts it: no dots (`validate.go:17-23`). Unique on a
    /// scheduler, not only in its namespace.
    ModelName, "Model name", max: LABEL_MAX, dots: false, letter: false,
    pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
);
name_type!(
    /// The DNS domain of a cluster, `cluster.local` unless the cluster was built with another.
    ClusterDomain, "cluster domain", max: SUBDOMAIN_MAX, dots: true, letter: false,
    pattern: r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
);

impl From<ServerName> for ObjectName {
    fn from(name: ServerName) -> Self {
        Self(name.0)
    }
}

impl From<ModelName> for ObjectName {
    fn from(name: ModelName) -> Self {
        Self(name.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_refused_name_says_why_and_what_would_do() {
        let error = Namespace::new("Financial_Inference").unwrap_err();
        assert_eq!(
            error.to_string(),
            "namespace `Financial_Inference` is not valid: `F` is not among lower-case letters, digits and `-`; \
             `financial-inference` would be"
        );
        assert_eq!(Namespace::new("").unwrap_err().to_string(), "namespace `` is not valid: it is empty");
    }

    #[test]
    fn each_kind_of_name_has_its_own_limits() {
        assert!(Namespace::new("a".repeat(63)).is_ok());
        assert!(Namespace::new("a".repeat(64)).is_err());
        assert!(Namespace::new("a.b").is_err());
        assert!(Namespace::new("-a").is_err());
        assert!(ObjectName::new("a.b-c").is_ok());
        assert!(ObjectName::new("a..b").is_err());
        // The API server limits the whole name and not its parts.
        assert!(ObjectName::new(format!("{}-runtime", "a".repeat(63))).is_ok());
        assert!(ObjectName::new("a".repeat(254)).is_err());
        assert!(ServerName::new("1mlserver").is_err());
        assert!(ServerName::new("m".repeat(53)).is_err());
        assert!(ModelName::new("income.v2").is_err());
        assert!(ModelName::new("1-income").is_ok());
        assert!(ClusterDomain::new("k8s.example.com").is_ok());
    }

    #[test]
    fn control_characters_in_a_name_are_escaped_in_the_message() {
        let error = Namespace::new("a\u{1b}[31m").unwrap_err().to_string();
        assert!(!error.contains('\u{1b}'), "{error}");
    }

    proptest! {
        #[test]
        fn a_suggested_name_is_itself_valid(value in ".{0,80}") {
            if let Err(NameError { suggestion: Some(name), .. }) = ServerName::new(value) {
                prop_assert!(ServerName::new(name).is_ok());
            }
        }
    }
}
