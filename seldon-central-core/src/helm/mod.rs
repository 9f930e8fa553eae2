//! Helm's releases of Seldon's charts, as far as anything of them is kept.
//!
//! ```text
//! Secrets of Helm ──kept──► objects of kind Release: chart, version, status, a few values
//! ```
//!
//! Helm keeps a release with all its values and manifests in a Secret, passwords among them. What is
//! kept of it here is what [`Release`] holds, which never has a value that is not on the list in
//! `values.rs` and of the shape that is written there.

mod decode;
mod values;

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use self::decode::{DecodeError, Decoded, MAX_BYTES, decode};
use crate::{
    object::Object,
    resource::{RELEASE, SECRET},
};

/// Selects the Secrets of the releases that are there: Helm marks revisions that were replaced and releases that were
/// removed, and keeps them for its history.
/// Source: `pkg/storage/driver/secrets.go` and `pkg/release/status.go` of Helm.
pub const SELECTOR: &str = "owner=helm,status notin (superseded,uninstalled)";
/// The type of Helm's Secrets.
const SECRET_TYPE: &str = "helm.sh/release.v1";

/// A chart of Seldon Core 2; releases of it may have any name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Chart {
    /// The definitions of kinds.
    #[serde(rename = "seldon-core-v2-crds")]
    Crds,
    /// Operator, `SeldonConfig` and `ServerConfigs`.
    #[serde(rename = "seldon-core-v2-setup")]
    Setup,
    /// A `SeldonRuntime`.
    #[serde(rename = "seldon-core-v2-runtime")]
    Runtime,
    /// The stock Servers.
    #[serde(rename = "seldon-core-v2-servers")]
    Servers,
    /// Certificates of cert-manager.
    #[serde(rename = "seldon-core-v2-certs")]
    Certs,
}

impl Chart {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Crds, Self::Setup, Self::Runtime, Self::Servers, Self::Certs];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crds => "seldon-core-v2-crds",
            Self::Setup => "seldon-core-v2-setup",
            Self::Runtime => "seldon-core-v2-runtime",
            Self::Servers => "seldon-core-v2-servers",
            Self::Certs => "seldon-core-v2-certs",
        }
    }
}

impl fmt::Display for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a release stands, in Helm's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Its objects were applied.
    Deployed,
    /// An installation or upgrade did not get through.
    Failed,
    /// An installation runs, or was cut off.
    PendingInstall,
    /// An upgrade runs, or was cut off.
    PendingUpgrade,
    /// A rollback runs, or was cut off.
    PendingRollback,
    /// It is being removed, or that was cut off.
    Uninstalling,
    /// A later revision has taken its place.
    Superseded,
    /// It was removed, and its history kept.
    Uninstalled,
    /// None of these.
    #[default]
    #[serde(other)]
    Unknown,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deployed => "deployed",
            Self::Failed => "failed",
            Self::PendingInstall => "pending-install",
            Self::PendingUpgrade => "pending-upgrade",
            Self::PendingRollback => "pending-rollback",
            Self::Uninstalling => "uninstalling",
            Self::Superseded => "superseded",
            Self::Uninstalled => "uninstalled",
            Self::Unknown => "unknown",
        })
    }
}

/// What is kept of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Its newest revision, from 1.
    pub revision: u64,
    /// What is in it, or why that is not known.
    #[serde(flatten)]
    pub content: Content,
}

/// What is in a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Content {
    /// A chart of Seldon's.
    Chart(Installed),
    /// Nobody knows: the Secret's content is not what Helm writes.
    Unreadable {
        /// Why.
        unreadable: String,
    },
}

/// What a release has installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// The chart.
    pub chart: Chart,
    /// Its version, which is Seldon's own; `None` when it is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// Values by their paths as `--set` takes them: what was given, else the chart's default.
    #[serde(default)]
    pub values: BTreeMap<String, Value>,
}

impl Installed {
    /// A value that is a text.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.values.get(path)?.as_str()
    }

    /// A value that is true or false.
    pub fn flag(&self, path: &str) -> Option<bool> {
        self.values.get(path)?.as_bool()
    }
}

impl Release {
    /// What an object of kind `Release` holds; `None` for any other object.
    pub fn read(object: &Object) -> Option<Self> {
        let spec = object.is(&RELEASE).then(|| object.pointer("/spec"))??;
        let mut release: Self = serde_json::from_value(spec.clone()).ok()?;
        if let Content::Chart(installed) = &mut release.content {
            installed.values = values::kept(installed.chart, &installed.values);
            installed.version.take_if(|version| !is_version(version));
        }
        Some(release)
    }

    fn into_object(self, namespace: &str, name: &str) -> Option<Object> {
        let spec = serde_json::to_value(self).ok()?;
        let metadata = json!({"name": name, "namespace": namespace});
        let object = json!({
            "apiVersion": RELEASE.api_version(), "kind": RELEASE.kind, "metadata": metadata, "spec": spec,
        });
        Object::new(object).ok()
    }
}

/// An object of kind `Release` with what may be kept of it, whatever else it holds.
pub(crate) fn normal(object: &Object) -> Value {
    let spec = Release::read(object).and_then(|release| serde_json::to_value(release).ok());
    json!({
        "apiVersion": RELEASE.api_version(),
        "kind": RELEASE.kind,
        "metadata": {"name": object.name(), "namespace": object.namespace()},
        "spec": spec,
    })
}

/// The name of the Secret in which Helm keeps a revision.
pub fn secret_name(release: &str, revision: u64) -> String {
    format!("sh.helm.release.v1.{release}.v{revision}")
}

/// What is kept of Helm's Secrets: of each release of a chart of Seldon's, and of each that cannot be
/// read, the newest revision as an object of kind `Release`, sorted by namespace and name.
pub fn kept(secrets: &[Object]) -> Vec<Object> {
    let mut newest: BTreeMap<(&str, &str), (u64, &Object)> = BTreeMap::new();
    for secret in secrets.iter().filter(|secret| secret.is(&SECRET) && secret.text("/type") == Some(SECRET_TYPE)) {
        if let (Some(namespace), Some((name, revision))) = (secret.namespace(), identity(secret)) {
            let seen = newest.entry((namespace, name)).or_insert((revision, secret));
            if revision > seen.0 {
                *seen = (revision, secret);
            }
        }
    }
    let objects = newest.into_iter().filter_map(|((namespace, name), (revision, secret))| {
        let content = match decode(secret.text("/data/release").unwrap_or_default()) {
            Ok(decoded) => Content::Chart(decoded.installed()?),
            Err(error) => Content::Unreadable { unreadable: error.to_string() },
        };
        let is_gone = |status| matches!(status, Status::Superseded | Status::Uninstalled);
        if matches!(&content, Content::Chart(installed) if is_gone(installed.status)) {
            return None;
        }
        Release { revision, content }.into_object(namespace, name)
    });
    objects.collect()
}

/// The name of a release and its revision, from the name of the Secret, which the API server checks.
fn identity(secret: &Object) -> Option<(&str, u64)> {
    let (name, revision) = secret.name().strip_prefix("sh.helm.release.v1.")?.rsplit_once(".v")?;
    Some((name, revision.parse().ok()?))
}

/// Whether a text is a version and nothing else.
fn is_version(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || ['.', '-', '+'].contains(&c))
}

#[cfg(test)]
mod tests;
