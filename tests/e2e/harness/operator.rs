//! The stand-in for Seldon's operator: one reconcile of the Services of a namespace.

use std::process::Command;

use serde::Deserialize;

use super::{failure, go, tenant::Ground};

/// What the operator did about one Service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Decision {
    pub(crate) service: String,
    /// `NoChange`, `Create`, `Update` or `Error`.
    pub(crate) action: String,
    pub(crate) patch: String,
    pub(crate) error: String,
}

/// Reconciles the tenant's namespace and returns what happened to its `seldon-scheduler`.
#[track_caller]
pub(crate) fn reconcile(ground: &Ground<'_>) -> Decision {
    if let Some(reason) = go::missing() {
        failure::ignore(reason);
    }
    let output = Command::new(go::operator().unwrap())
        .args(["operator", "--kubeconfig"])
        .arg(&ground.server.kubeconfig)
        .args(["--namespace", &ground.tenant, "--operator-namespace", &ground.control_plane])
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let first = stdout.lines().next().unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let decision: Decision = serde_json::from_str(first).unwrap();
    assert_eq!(decision.service, "seldon-scheduler");
    decision
}
