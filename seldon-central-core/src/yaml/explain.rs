//! The YAML crate's errors in words of our own.
//!
//! The crate speaks of its options, of Rust's types and of its limits; whoever wrote the file knows
//! none of them.

use serde_yaml::Error;

use super::{UnknownKey, YamlError};
use crate::text::nearest;

/// What is wrong and where.
pub(super) fn explain(error: &Error) -> YamlError {
    let error = original(error);
    let (line, column) = error.location().map_or((0, 0), |at| (at.line(), at.column()));
    YamlError { line, column, message: spoken(error) }
}

/// The key, when that is what is wrong.
pub(super) fn unknown_key(error: &Error) -> Option<UnknownKey> {
    match original(error) {
        Error::SerdeUnknownField { field, expected, .. } => {
            Some(UnknownKey { key: field.clone(), known: expected.clone() })
        }
        _ => None,
    }
}

/// The error inside of what says in which excerpt, or through which alias, it came about.
fn original(error: &Error) -> &Error {
    match error {
        Error::WithSnippet { error, .. } | Error::AliasError { error, .. } => original(error),
        error => error,
    }
}

fn spoken(error: &Error) -> String {
    match error {
        // What the types of this crate say of their values.
        Error::Message { msg, .. } => msg.clone(),
        Error::ExternalMessage { msg, .. } => syntax(msg),
        Error::MultipleDocuments { .. } => "a second document begins here, and there may be one only".to_owned(),
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("the key `{key}` is given twice"),
        Error::DuplicateMappingKey { key: None, .. } => "a key is given twice".to_owned(),
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasReplayCounterOverflow { .. } => {
            "it is too large or too deep once its aliases are expanded".into()
        }
        Error::UnknownAnchor { .. } => "the alias names an anchor that is not defined before it".to_owned(),
        Error::RecursiveReferencesRequireWeakTypes { .. } => "the alias stands inside of what it names".to_owned(),
        Error::Eof { .. } => "the text ends where a value was expected".to_owned(),
        Error::InvalidUtf8Input | Error::BinaryNotUtf8 { .. } => "it is not UTF-8 text".to_owned(),
        Error::InvalidBinaryBase64 { .. } => "the value is not base64".to_owned(),
        Error::MergeValueNotMapOrSeqOfMaps { .. } => "`<<` takes a mapping or a list of mappings".to_owned(),
        Error::NonFiniteFloat { value, .. } => format!("`{value}` is no number that JSON has"),
        _ => value(error),
    }
}

/// What does not fit where it stands.
fn value(error: &Error) -> String {
    match error {
        Error::SerdeMissingField { field, .. } => format!("the key `{field}` is missing"),
        Error::SerdeUnknownField { field, expected, .. } => unknown("key", field, expected),
        Error::SerdeUnknownVariant { variant, expected, .. } => unknown("value", variant, expected),
        Error::Unexpected { expected, .. } => format!("expected {}", kind(expected)),
        Error::InvalidScalar { ty, .. } => format!("expected {}", kind(ty)),
        Error::InvalidBooleanStrict { .. } => format!("expected {}", kind("boolean")),
        Error::NullIntoString { .. } => format!("expected {}, found nothing", kind("string")),
        Error::SerdeInvalidType { unexpected, expected, .. }
        | Error::SerdeInvalidValue { unexpected, expected, .. } => {
            format!("expected {}, found {}", kind(expected), found(unexpected))
        }
        Error::SerdeInvalidLength { len, .. } => format!("a list of {len} does not fit here"),
        Error::QuotingRequired { value, .. } => format!("`{value}` has to be quoted"),
        _ => "what stands here does not fit".to_owned(),
    }
}

fn unknown(what: &str, given: &str, known: &[&str]) -> String {
    match nearest(given, known.iter().copied()) {
        Some(nearest) => format!("unknown {what} `{given}`; did you mean `{nearest}`?"),
        None => format!("unknown {what} `{given}`; known here: {}", known.join(", ")),
    }
}

/// What was expected, for people instead of for the YAML crate or for Rust.
fn kind(name: &str) -> &str {
    match name.strip_prefix("a ").or_else(|| name.strip_prefix("an ")).unwrap_or(name) {
        "sequence start" | "sequence" | "seq" => "a list",
        "mapping start" | "mapping" | "map" => "a mapping",
        name if name.starts_with("struct ") => "a mapping",
        "string scalar" | "string" | "scalar" => "a text",
        "boolean" | "bool" => "`true` or `false`",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "nonzero u16" => "a whole number from 1 to 65535",
        "integer" | "u64" | "i64" | "u128" | "i128" | "i32" => "a whole number",
        "floating point" | "f64" => "a number",
        "null" | "unit" => "nothing",
        _ => "something else",
    }
}

/// `` integer `0` `` and the like, as serde names values.
fn found(unexpected: &str) -> String {
    match unexpected {
        "sequence" => "a list".to_owned(),
        "map" => "a mapping".to_owned(),
        "unit value" | "Option value" => "nothing".to_owned(),
        other => match other.find(['`', '"']).and_then(|quote| other.get(quote..)) {
            Some(value) => format!("`{}`", value.trim_matches(['`', '"'])),
            None => "something else".to_owned(),
        },
    }
}

/// The parser's words are about YAML itself, but for its own limit and for its quotes.
fn syntax(message: &str) -> String {
    if message.contains("recursion limit") {
        return "it is nested too deeply".to_owned();
    }
    format!("not valid YAML: {}", message.replace("`@'", "`@`").replace("``'", "a backquote"))
}

#[cfg(test)]
mod tests {
    use crate::{profile::Profile, yaml};

    /// Words of the YAML crate, of serde and of Rust.
    const FOREIGN: [&str; 12] = [
        "from_str", "Policy", "budget", "u16", "scalar", "variant", "sequence", "Option", "weak", "limit", "struct",
        "…",
    ];

    #[track_caller]
    fn says(text: &str, spoken: &str, wanted: &str) {
        assert_eq!(spoken, wanted, "of {text:?}");
        assert!(!FOREIGN.iter().any(|word| spoken.contains(word)), "{spoken}");
    }

    #[test]
    fn an_error_in_a_profile_is_told_without_the_crates_words() {
        let tenant = |rest: &str| format!("tenants:\n- namespace: a\n  {rest}\n");
        for (text, wanted) in [
            ("tenants: 3".to_owned(), "line 1, column 10: expected a list"),
            ("- a".to_owned(), "line 1, column 1: expected a mapping"),
            ("tenants: [{namespace: [a]}]".to_owned(), "line 1, column 23: expected a text"),
            ("tenants: [{namespace: ~}]".to_owned(), "line 1, column 23: expected a text, found nothing"),
            ("tenants: [{}]".to_owned(), "line 1, column 11: the key `namespace` is missing"),
            ("tenants: []\ntenants: []".to_owned(), "line 2, column 1: the key `tenants` is given twice"),
            (
                "tenants: []\n---\ntenants: []".to_owned(),
                "line 3, column 1: a second document begins here, and there may be one only",
            ),
            (tenant("servers: [{replicas: 70000}]"), "line 3, column 24: expected a whole number from 0 to 65535"),
            (
                tenant("networkPolicy: {apiServer: {ports: [0]}}"),
                "line 3, column 39: expected a whole number from 1 to 65535, found `0`",
            ),
            (tenant("networkPolicy: {controlPlaneIngress: 1}"), "line 3, column 40: expected `true` or `false`"),
            (tenant("wiring: relays"), "line 3, column 11: unknown value `relays`; did you mean `relay`?"),
            (tenant("wiring: foo"), "line 3, column 11: unknown value `foo`; known here: external-name, relay"),
            (tenant("rcloneSecret: {build: 1}"), "line 3, column 25: what stands here does not fit"),
        ] {
            says(&text, &Profile::from_yaml(&text).unwrap_err().to_string(), wanted);
        }
    }

    #[test]
    fn an_error_in_a_manifest_is_told_without_the_crates_words() {
        let letters = "abcdefgh".chars().zip("bcdefghi".chars());
        let bomb: String = std::iter::once("a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned())
            .chain(letters.map(|(old, new)| format!("{new}: &{new} [{}]\n", vec![format!("*{old}"); 9].join(","))))
            .collect();
        let too_large = "too large or too deep once its aliases are expanded";
        for (text, wanted) in [
            ("a: 1\na: 2", "line 2, column 1: the key `a` is given twice"),
            ("a: *x", "line 1, column 4: the alias names an anchor that is not defined before it"),
            ("a: &x [*x]", "line 1, column 8: the alias stands inside of what it names"),
            ("<<: 3", "line 1, column 5: `<<` takes a mapping or a list of mappings"),
            ("a: !!binary xx", "line 1, column 13: the value is not base64"),
            ("{a: .nan}", "line 1, column 5: `.nan` is no number that JSON has"),
            ("? [a]\n: b", "line 1, column 3: expected a text"),
            ("a: [", "line 1, column 4: not valid YAML: unclosed bracket '['"),
            ("a: @b", "line 1, column 4: not valid YAML: unexpected character: `@`"),
            ("a: b: c", "line 1, column 5: not valid YAML: mapping values are not allowed in this context"),
            (&"[".repeat(3000), "line 1, column 256: it is nested too deeply"),
        ] {
            says(text, &yaml::read(text).unwrap_err().to_string(), wanted);
        }
        let error = yaml::read(&bomb).unwrap_err().to_string();
        assert!(error.starts_with("line ") && error.ends_with(too_large), "{error}");
    }

    #[test]
    fn a_long_value_is_told_whole() {
        let long = "x".repeat(500);
        let error = Profile::from_yaml(&format!("tenants: [{{namespace: a, wiring: {long}}}]")).unwrap_err();
        assert!(error.to_string().contains(&format!("`{long}`")), "{error}");
        let error = Profile::from_yaml(&format!("tenants: [{{namespace: 'a at line {long}'}}]")).unwrap_err();
        assert!(error.to_string().contains(&format!("`a at line {long}`")), "{error}");
    }
}
