//! From JSON to a policy.

use k8s_openapi::api::networking::v1::NetworkPolicy;
use serde::Deserialize;
use serde_json::Value;

use crate::text::printable;

/// A JSON value that is no `NetworkPolicy` of `networking.k8s.io/v1`.
#[derive(Debug, thiserror::Error)]
#[error("{} is not a NetworkPolicy: {}", .name.as_deref().map_or("the object".into(), printable), printable(&.source.to_string()))]
pub struct ParseError {
    /// Its namespace and name, as far as it has them.
    pub name: Option<String>,
    /// What does not fit.
    pub source: serde_json::Error,
}

/// Reads a `NetworkPolicy`. What fits the types but means nothing, such as a malformed address
/// range, is no error here; see [`PolicyIndex::problems`](super::PolicyIndex::problems).
///
/// # Errors
/// [`ParseError`] when the value is of another kind or version, or a field has the wrong type.
pub fn parse(value: &Value) -> Result<NetworkPolicy, ParseError> {
    NetworkPolicy::deserialize(value).map_err(|source| ParseError { name: name(value), source })
}

fn name(value: &Value) -> Option<String> {
    let metadata = value.get("metadata")?;
    let name = metadata.get("name")?.as_str()?;
    let namespace = metadata.get("namespace").and_then(Value::as_str);
    Some(namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}")))
}
