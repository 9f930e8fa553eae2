//! Objects by a pattern of their kind, namespace and name.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::object::ObjectId;

/// Objects by `Kind/namespace/name`, or by `Kind/name` where there is no namespace. A `*` stands for
/// any text, also none, within one part. The kind may be written in any case.
///
/// A Namespace is in itself: `*/fin/*` is everything of that namespace, `Namespace/fin` it alone.
///
/// ```
/// use seldon_central_core::{object::ObjectId, resource::SERVER, suppress::ObjectGlob};
///
/// let glob: ObjectGlob = "Server/fin-*/*".parse().unwrap();
/// assert!(glob.matches(&ObjectId::of(&SERVER, Some("fin-uk"), "mlserver")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectGlob {
    kind: String,
    namespace: Option<String>,
    name: String,
}

/// A text that is no [`ObjectGlob`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` names no objects: write Kind/namespace/name, or Kind/name where there is no namespace, each part with `*` \
     for any text, such as `Server/fin-*/*`",
    crate::text::printable(.0)
)]
pub struct ObjectGlobError(String);

impl ObjectGlob {
    /// Whether an object is meant.
    pub fn matches(&self, object: &ObjectId) -> bool {
        let in_namespace = match &self.namespace {
            Some(namespace) => is_like(namespace, object.home().unwrap_or_default()),
            None => object.namespace.is_none(),
        };
        let of_kind = is_like(&self.kind.to_ascii_lowercase(), &object.kind.to_ascii_lowercase());
        of_kind && in_namespace && is_like(&self.name, &object.name)
    }
}

impl ObjectGlob {
    /// The one namespace that is meant; `None` for several or none.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref().filter(|namespace| !namespace.contains('*'))
    }
}

impl FromStr for ObjectGlob {
    type Err = ObjectGlobError;
    fn from_str(text: &str) -> Result<Self, ObjectGlobError> {
        let parts: Vec<&str> = text.split('/').map(str::trim).collect();
        let (kind, namespace, name) = match parts.as_slice() {
            [kind, name] => (kind, None, name),
            [kind, namespace, name] => (kind, Some(namespace), name),
            _ => return Err(ObjectGlobError(text.to_owned())),
        };
        if parts.iter().any(|part| part.is_empty() || part.contains(char::is_whitespace)) {
            return Err(ObjectGlobError(text.to_owned()));
        }
        let owned = |part: &&str| (*part).to_owned();
        Ok(Self { kind: owned(kind), namespace: namespace.map(owned), name: owned(name) })
    }
}

impl fmt::Display for ObjectGlob {
    /// As it is written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{}/{namespace}/{}", self.kind, self.name),
            None => write!(f, "{}/{}", self.kind, self.name),
        }
    }
}

impl TryFrom<String> for ObjectGlob {
    type Error = ObjectGlobError;
    fn try_from(text: String) -> Result<Self, ObjectGlobError> {
        text.parse()
    }
}

impl From<ObjectGlob> for String {
    fn from(value: ObjectGlob) -> Self {
        value.to_string()
    }
}

/// Whether a text is what a pattern with `*` describes. Each piece between two `*` is taken where it
/// first occurs, which leaves the most room for those after it.
fn is_like(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut text) = text.strip_suffix(last) else { return false };
    middle.split('*').all(|piece| match text.split_once(piece) {
        Some((_, after)) => {
            text = after;
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::resource::{CRD, NAMESPACE, SERVER};

    /// The definition: a `*` takes some characters or none.
    fn is_like_by_definition(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => (0..=text.len()).any(|taken| is_like_by_definition(rest, &text[taken..])),
            (Some((wanted, rest)), Some((first, after))) => wanted == first && is_like_by_definition(rest, after),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn stars_stand_for_any_text(pattern in "[ab*]{0,7}", text in "[ab]{0,7}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(is_like(&pattern, &text), is_like_by_definition(&chars(&pattern), &chars(&text)));
        }
    }

    #[test]
    fn parts_are_kind_namespace_and_name() {
        let server = ObjectId::of(&SERVER, Some("fin"), "mlserver");
        let namespace = ObjectId::of(&NAMESPACE, None, "fin");
        let crd = ObjectId::of(&CRD, None, "servers.mlops.seldon.io");
        for (glob, expected) in [
            ("Server/fin/mlserver", [true, false, false]),
            ("server/fin/mlserver", [true, false, false]),
            ("Server/mlserver", [false, false, false]),
            ("S*r/f*/*", [true, false, false]),
            ("*/fin/*", [true, true, false]),
            ("*/*/*", [true, true, true]),
            ("*/*", [false, true, true]),
            ("Namespace/fin", [false, true, false]),
            ("Server/Fin/mlserver", [false, false, false]),
            ("Model/fin/mlserver", [false, false, false]),
        ] {
            let parsed: ObjectGlob = glob.parse().unwrap();
            assert_eq!([&server, &namespace, &crd].map(|object| parsed.matches(object)), expected, "{glob}");
            assert_eq!(parsed.to_string(), glob);
        }
    }

    #[test]
    fn other_texts_name_no_objects() {
        for text in ["", "Server", "a/b/c/d", "Server//a", "Server/fin/", "Server/f in/a", "/"] {
            let message = text.parse::<ObjectGlob>().unwrap_err().to_string();
            assert!(message.contains("write Kind/namespace/name"), "{message}");
        }
    }
}
