//! Annotations: those that rules read, and of others the keys.

use serde_json::{Map, Value, json};

use super::REDACTED;
use crate::{
    pattern::{OPERATOR_LAST_APPLIED, OWN_PREFIX},
    reason::{alias, ownership},
};

/// The copy of a manifest that `kubectl apply` leaves behind, with everything that was in it.
const KUBECTL_LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Takes away the copy of the manifest.
pub(super) fn drop_copy(annotations: &mut Map<String, Value>) {
    annotations.remove(KUBECTL_LAST_APPLIED);
}

/// Hides the values that no rule reads.
pub(super) fn hide(annotations: &mut Map<String, Value>) {
    drop_copy(annotations);
    for (key, value) in annotations {
        let Some(text) = value.as_str() else { continue };
        if key == OPERATOR_LAST_APPLIED {
            *value = json!(alias::of_spec_alone(text).unwrap_or_else(|| hidden(text).to_owned()));
        } else if !key.starts_with(OWN_PREFIX) && !ownership::READ_ANNOTATIONS.contains(&key.as_str()) {
            *value = json!(hidden(text));
        }
    }
}

/// What is empty stays so.
const fn hidden(text: &str) -> &str {
    if text.is_empty() { "" } else { REDACTED }
}
