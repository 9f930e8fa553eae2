//! Where and when a scenario takes place.

use k8s_openapi::jiff::{SignedDuration, Timestamp};

use crate::harness::tenant::unique;

/// What a scenario's placeholders stand for.
pub(super) struct Place {
    pub(super) tenant: String,
    pub(super) control_plane: String,
    now: Timestamp,
}

/// The beginning of a moment before now: `{ago 90s}`, `{ago 1h30m}`.
const AGO: &str = "{ago ";

impl Place {
    /// Names that no other test has, and the present.
    pub(super) fn new() -> Self {
        Self { tenant: unique("fin"), control_plane: unique("seldon"), now: Timestamp::now() }
    }

    /// The text with its placeholders filled in, line by line as before.
    ///
    /// # Errors
    /// The line and what is wrong, when a moment cannot be read.
    pub(super) fn fill(&self, text: &str) -> Result<String, (u64, String)> {
        let named = text.replace("{tenant}", &self.tenant).replace("{controlPlane}", &self.control_plane);
        let mut filled = String::new();
        for (number, line) in (1..).zip(named.split_inclusive('\n')) {
            filled += &self.moments(line).map_err(|reason| (number, reason))?;
        }
        Ok(filled)
    }

    fn moments(&self, line: &str) -> Result<String, String> {
        let mut parts = line.split(AGO);
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (length, rest) = part.split_once('}').ok_or("`{ago ` without its `}`")?;
            let length: SignedDuration = length.parse().map_err(|error| format!("`{{ago {length}}}`: {error}"))?;
            let moment = self.now.checked_sub(length).map_err(|error| error.to_string())?;
            filled += &moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            filled += rest;
        }
        Ok(filled)
    }
}
