//! The Servers and Models of a tenant.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Capability, Memory};
use crate::name::{ModelName, NameError, Namespace, ObjectName, ServerName};

/// A Server of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TenantServer {
    /// Its name; `{namespace}` stands for the tenant's. By default `mlserver`, or
    /// `{namespace}-mlserver` when the profile has several tenants or `mlserver` is taken: Server
    /// names are unique on a scheduler, not only in a namespace.
    pub name: Option<ServerNameTemplate>,
    /// Its `ServerConfig`; the control plane's unless given.
    pub server_config: Option<ObjectName>,
    /// Pods. By default 1, or on a cluster left to whoever scaled the Server there.
    pub replicas: Option<u16>,
    /// The fewest pods that autoscaling leaves. No bound unless given.
    pub min_replicas: Option<u16>,
    /// The most pods that autoscaling makes; 0 is no bound, as is nothing.
    pub max_replicas: Option<u16>,
    /// What its Models may require, exactly. By default the `ServerConfig`'s own list and the
    /// specification's `mlflow`, `torch`, `sklearn`, `numpy`, because the list on a Server replaces
    /// the `ServerConfig`'s.
    pub capabilities: Option<Vec<Capability>>,
}

/// A Model of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantModel {
    /// Its name, unique on a scheduler.
    pub name: ModelName,
    /// Where rclone fetches the artifact.
    pub storage_uri: StorageUri,
    /// What its Server must be capable of, all of it.
    #[serde(default)]
    pub requirements: Vec<Capability>,
    /// Its Server; the tenant's first unless given. Always written, because a Model without one may
    /// land on another tenant's Server.
    #[serde(default)]
    pub server: Option<ServerNameTemplate>,
    /// Secret with rclone settings for the artifact's store, in the tenant's namespace.
    #[serde(default)]
    pub secret_name: Option<ObjectName>,
    /// Memory to reserve, as a Kubernetes quantity.
    #[serde(default)]
    pub memory: Option<Memory>,
    /// Copies on the Server's replicas.
    #[serde(default)]
    pub replicas: Option<u16>,
    /// The fewest copies that autoscaling leaves. No bound unless given.
    #[serde(default)]
    pub min_replicas: Option<u16>,
    /// The most copies that autoscaling makes; 0 is no bound, as is nothing.
    #[serde(default)]
    pub max_replicas: Option<u16>,
}

/// Where rclone fetches an artifact: `scheme://…` or an rclone remote `:s3,…:bucket/path`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StorageUri(String);

/// A storage URI that rclone cannot fetch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "storage URI `{}` is not valid: {problem}; give a location that rclone reads, such as `s3://bucket/path` or \
     `gs://bucket/path`", .value.escape_debug()
)]
pub struct StorageUriError {
    /// The URI as it was given.
    pub value: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl StorageUri {
    /// Checks and wraps a storage URI.
    ///
    /// # Errors
    /// [`StorageUriError`] when it is empty, holds control characters or spaces, has no scheme, or
    /// has one of `MLflow`'s (`models:/`, `runs:/`), which name no place in a store.
    pub fn new(value: impl Into<String>) -> Result<Self, StorageUriError> {
        let value = value.into();
        match Self::problem(&value) {
            None => Ok(Self(value)),
            Some(problem) => Err(StorageUriError { value, problem }),
        }
    }

    fn problem(value: &str) -> Option<&'static str> {
        if value.is_empty() {
            Some("it is empty")
        } else if value.chars().any(|c| c.is_control() || c.is_whitespace()) {
            Some("it holds spaces or control characters")
        } else if value.starts_with("models:/") || value.starts_with("runs:/") {
            Some("it is a name in MLflow's registry, not a place in a store")
        } else if !value.starts_with(':') && !value.contains("://") {
            Some("it has no scheme")
        } else {
            None
        }
    }

    /// The URI as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for StorageUri {
    type Error = StorageUriError;
    fn try_from(value: String) -> Result<Self, StorageUriError> {
        Self::new(value)
    }
}

impl From<StorageUri> for String {
    fn from(uri: StorageUri) -> String {
        uri.0
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for StorageUri {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "StorageUri".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": r"^(:|(?!models:/|runs:/)[^\s]*://)[^\s]+$" })
    }
}

/// The placeholder for the tenant's namespace.
const NAMESPACE_PLACEHOLDER: &str = "{namespace}";

/// A Server name in which `{namespace}` stands for the tenant's namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServerNameTemplate(String);

/// A template that gives no valid Server name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Server name template `{}` is not valid: {problem}", .template.escape_debug())]
pub struct TemplateError {
    /// The template as it was given.
    pub template: String,
    /// What is wrong with it.
    pub problem: String,
}

impl ServerNameTemplate {
    /// Checks and wraps a template.
    ///
    /// # Errors
    /// [`TemplateError`] when it has another placeholder than `{namespace}`, or is no Server name
    /// once a short namespace is put in.
    pub fn new(template: impl Into<String>) -> Result<Self, TemplateError> {
        let template = template.into();
        let filled = template.replace(NAMESPACE_PLACEHOLDER, "n");
        let problem = match ServerName::new(filled.clone()) {
            Ok(_) => return Ok(Self(template)),
            Err(_) if filled.contains(['{', '}']) => {
                format!("the only placeholder is `{NAMESPACE_PLACEHOLDER}`")
            }
            Err(error) => error.problem,
        };
        Err(TemplateError { template, problem })
    }

    /// The name it gives for a tenant.
    ///
    /// # Errors
    /// [`NameError`] when the namespace makes it too long or puts a digit first.
    pub fn fill(&self, namespace: &Namespace) -> Result<ServerName, NameError> {
        ServerName::new(self.0.replace(NAMESPACE_PLACEHOLDER, namespace.as_str()))
    }

    /// Whether every tenant gets a name of its own from it.
    pub fn is_per_tenant(&self) -> bool {
        self.0.contains(NAMESPACE_PLACEHOLDER)
    }

    /// The template as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&ServerName> for ServerNameTemplate {
    fn from(name: &ServerName) -> Self {
        Self(name.to_string())
    }
}

impl TryFrom<String> for ServerNameTemplate {
    type Error = TemplateError;
    fn try_from(value: String) -> Result<Self, TemplateError> {
        Self::new(value)
    }
}

impl std::str::FromStr for ServerNameTemplate {
    type Err = TemplateError;
    fn from_str(value: &str) -> Result<Self, TemplateError> {
        Self::new(value)
    }
}

impl From<ServerNameTemplate> for String {
    fn from(template: ServerNameTemplate) -> String {
        template.0
    }
}

impl fmt::Display for ServerNameTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for ServerNameTemplate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ServerNameTemplate".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": r"^([a-z]|\{namespace\})([-a-z0-9]|\{namespace\})*$",
            "description": "A Server name; {namespace} stands for the tenant's namespace."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled_per_tenant() {
        let namespace = Namespace::new("financial-inference").unwrap();
        let template = ServerNameTemplate::new("{namespace}-mlserver").unwrap();
        assert_eq!(template.fill(&namespace).unwrap().as_str(), "financial-inference-mlserver");
        assert!(template.is_per_tenant());
        assert!(!ServerNameTemplate::new("mlserver").unwrap().is_per_tenant());
    }

    #[test]
    fn templates_with_other_placeholders_or_letters_are_refused() {
        let message = |template: &str| ServerNameTemplate::new(template).unwrap_err().to_string();
        assert_eq!(
            message("{tenant}-mlserver"),
            "Server name template `{tenant}-mlserver` is not valid: the only placeholder is `{namespace}`"
        );
        assert!(message("ML").contains("lower-case"));
    }

    #[test]
    fn storage_uris_that_rclone_cannot_fetch_are_refused() {
        for good in ["s3://bucket/path", "gs://b", ":s3,env_auth:bucket/path"] {
            assert!(StorageUri::new(good).is_ok(), "{good}");
        }
        for bad in ["", "bucket/path", "models:/income/1", "runs:/1/model", "s3://a b"] {
            assert!(StorageUri::new(bad).is_err(), "{bad}");
        }
    }
}
