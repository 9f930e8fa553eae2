//! The kinds of `mlops.seldon.io/v1alpha1` this project writes, as far as it writes them.
//!
//! Absent fields are left out, never written as `null`: server-side apply refuses explicit nulls on
//! these kinds. To read objects of unknown shape use [`Object`](crate::object::Object).

use serde::{Deserialize, Serialize};

/// `SeldonRuntime.spec`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeldonRuntimeSpec {
    /// Changes to the components of the `SeldonConfig`. The list is atomic under server-side apply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
    /// The `SeldonConfig` to start from, read from the operator's own namespace.
    pub seldon_config: String,
}

/// One entry of `SeldonRuntime.spec.overrides`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Override {
    /// A component of the `SeldonConfig`; any other name is silently without effect.
    pub name: String,
    /// Skips the component in reconciles; a running workload stays, and the runtime's `Ready` stays
    /// Unknown for ever. `replicas: 0` is nearly always meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disable: Option<bool>,
    /// Replicas; without it the operator runs 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u16>,
    /// Type of the component's Service. An override without it makes the Service `ClusterIP`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_type: Option<String>,
}

/// `Server.spec`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerSpec {
    /// The `ServerConfig` to start from, read from the operator's own namespace.
    pub server_config: String,
    /// What its models may require. Replaces the `ServerConfig`'s list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    /// Pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u16>,
    /// The fewest that autoscaling leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_replicas: Option<u16>,
    /// The most that autoscaling makes; 0 is no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_replicas: Option<u16>,
}

/// `Model.spec`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelSpec {
    /// Where rclone fetches the artifact.
    pub storage_uri: String,
    /// Labels the Server must all declare.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<String>,
    /// The Server to run on. Without it any Server on the scheduler may be picked, also one of
    /// another namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Secret with rclone settings for `storageUri`; exactly one key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_name: Option<String>,
    /// Memory to reserve on a replica, as a quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
    /// Copies on the Server's replicas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u16>,
    /// The fewest that autoscaling leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_replicas: Option<u16>,
    /// The most that autoscaling makes; 0 is no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_replicas: Option<u16>,
}
