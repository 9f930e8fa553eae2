//! The versions of Seldon Core 2: those that manifests can be held against, and the version of what
//! runs, as far as that is known.

mod range;

use std::{fmt, str::FromStr};

pub use self::range::{Exact, Range};

use serde::Serialize;

/// A minor version of Seldon Core 2, at its newest patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub enum SeldonVersion {
    /// 2.6
    #[serde(rename = "2.6")]
    V2_6,
    /// 2.7
    #[serde(rename = "2.7")]
    V2_7,
    /// 2.8
    #[serde(rename = "2.8")]
    V2_8,
    /// 2.9
    #[serde(rename = "2.9")]
    V2_9,
    /// 2.10
    #[default]
    #[serde(rename = "2.10")]
    V2_10,
}

impl SeldonVersion {
    /// Every version, oldest first.
    pub const ALL: [Self; 5] = [Self::V2_6, Self::V2_7, Self::V2_8, Self::V2_9, Self::V2_10];

    /// As Seldon writes it, `2.10`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2_6 => "2.6",
            Self::V2_7 => "2.7",
            Self::V2_8 => "2.8",
            Self::V2_9 => "2.9",
            Self::V2_10 => "2.10",
        }
    }

    /// Whether the fields of this version were compared with its CRDs, one by one. Those of the
    /// others are taken from the versions around them: a field that came somewhere in between counts
    /// as known.
    pub const fn is_verified(self) -> bool {
        matches!(self, Self::V2_6 | Self::V2_9 | Self::V2_10)
    }
}

/// When a field came, as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// With this version.
    Known(SeldonVersion),
    /// Not before `earliest`, and not after `latest`: the versions between were not compared.
    Between {
        /// The earliest that it can have been.
        earliest: SeldonVersion,
        /// The first version that was compared and has it.
        latest: SeldonVersion,
    },
}

impl Since {
    /// What is known of a field that the tables first have in a version.
    pub fn of(first: SeldonVersion) -> Self {
        let latest = SeldonVersion::ALL.into_iter().find(|version| *version >= first && version.is_verified());
        match latest {
            Some(latest) if latest != first => Self::Between { earliest: first, latest },
            _ => Self::Known(first),
        }
    }
}

impl fmt::Display for SeldonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no known version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the known versions are 2.6, 2.7, 2.8, 2.9 and 2.10")]
pub struct VersionError;

impl FromStr for SeldonVersion {
    type Err = VersionError;

    /// Reads `2.9`, `v2.9` and `2.9.1`; a patch number is not looked at.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let is_patch = |patch: &str| !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit());
        let is = |version: &Self| match text.strip_prefix(version.as_str()) {
            Some("") => true,
            Some(rest) => rest.strip_prefix('.').is_some_and(is_patch),
            None => false,
        };
        Self::ALL.into_iter().find(is).ok_or(VersionError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_people_write_them() {
        for (text, wanted) in [
            ("2.6", Some(SeldonVersion::V2_6)),
            ("v2.9.1", Some(SeldonVersion::V2_9)),
            ("2.10", Some(SeldonVersion::V2_10)),
            ("2.10.2", Some(SeldonVersion::V2_10)),
            ("2.1", None),
            ("2.100", None),
            ("2.9.", None),
            ("2.9.x", None),
            ("2", None),
            ("", None),
        ] {
            assert_eq!(text.parse().ok(), wanted, "{text}");
        }
        for version in SeldonVersion::ALL {
            assert_eq!(version.to_string().parse(), Ok(version));
        }
    }
}
