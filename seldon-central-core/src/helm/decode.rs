//! From the content of a Secret of Helm's to what may be kept of it.

use std::io::{self, Read};

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;

use super::{Chart, Installed, Status, is_version, values};

/// How much a release may hold, in bytes. A Secret holds 1 MiB at most, compressed; Seldon's largest chart, of its
/// CRDs, has about 6 MB.
/// Source: this tool.
pub const MAX_BYTES: usize = 16 << 20;
/// How a text that gzip compressed begins.
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// Why the content of a Secret is no release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The Secret has no key `release`, or nothing under it.
    #[error("the Secret holds no release")]
    Empty,
    /// Base64 was expected.
    #[error("the release is not encoded as Helm does")]
    NotBase64,
    /// It is cut off, or no gzip.
    #[error("the release is cut off or was not compressed by Helm")]
    NotGzip,
    /// It is larger than a release can be.
    #[error("the release has more than {} MiB", MAX_BYTES >> 20)]
    TooLarge,
    /// It is no JSON, or not of a release.
    #[error("the release is not what Helm writes")]
    NotARelease,
}

/// A release as Helm writes it, but for what is never looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Decoded {
    info: Info,
    chart: Packed,
    config: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Info {
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Packed {
    metadata: Metadata,
    values: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    name: String,
    version: String,
}

impl Decoded {
    /// What may be kept of it; `None` when its chart is none of Seldon's.
    pub fn installed(&self) -> Option<Installed> {
        let Metadata { name, version } = &self.chart.metadata;
        let chart = Chart::ALL.into_iter().find(|chart| chart.name() == name)?;
        Some(Installed {
            chart,
            version: Some(version.clone()).filter(|version| is_version(version)),
            status: self.info.status,
            values: values::of(chart, &self.config, &self.chart.values),
        })
    }
}

/// Reads what a Secret has under `release`, as the API server gives it: base64 of base64 of gzip of JSON.
///
/// # Errors
/// [`DecodeError`], which says nothing of the content.
pub fn decode(release: &str) -> Result<Decoded, DecodeError> {
    if release.is_empty() {
        return Err(DecodeError::Empty);
    }
    let not_base64 = |_| DecodeError::NotBase64;
    let packed = STANDARD.decode(STANDARD.decode(release).map_err(not_base64)?).map_err(not_base64)?;
    let json = if packed.starts_with(&GZIP) { unpacked(&packed)? } else { packed };
    serde_json::from_slice(&json).map_err(|_| DecodeError::NotARelease)
}

fn unpacked(packed: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut json = Vec::new();
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let read: io::Result<usize> = GzDecoder::new(packed).take(limit).read_to_end(&mut json);
    match read {
        Ok(bytes) if bytes > MAX_BYTES => Err(DecodeError::TooLarge),
        Ok(_) => Ok(json),
        Err(_) => Err(DecodeError::NotGzip),
    }
}
