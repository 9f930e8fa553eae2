//! The kubectl that starts the plugin, and that builds kustomizations for it.

use std::{env, ffi::OsString, process::Command};

use seldon_central_core::text::printable;
use serde_json::Value;

use super::Finding;

/// kubectl completes plugins from this minor version of 1.x on.
const COMPLETES_PLUGINS: u32 = 26;

/// What there is to say, and the minor version of 1.x, where it is known.
pub(super) struct Kubectl {
    pub(super) findings: Vec<Finding>,
    pub(super) minor: Option<u32>,
}

/// Asks kubectl for its version.
pub(super) fn look() -> Kubectl {
    // Newer kubectls tell plugins where they are.
    let program = ["KUBECTL_PATH", "KUBECTL"].into_iter().find_map(env::var_os).unwrap_or_else(|| "kubectl".into());
    match version(&program) {
        Ok(version) => judge(&version),
        Err(reason) => Kubectl {
            findings: vec![
                Finding::error("kubectl", reason).hint("install kubectl; verify and fix build kustomizations with it"),
            ],
            minor: None,
        },
    }
}

fn version(program: &OsString) -> Result<String, String> {
    let shown = printable(&program.to_string_lossy()).into_owned();
    let output = Command::new(program).args(["version", "--client", "-o", "json"]).output();
    let output = output.map_err(|error| format!("`{shown}` cannot be started: {error}"))?;
    let answer: Option<Value> = serde_json::from_slice(&output.stdout).ok();
    let version = answer.as_ref().and_then(|answer| answer.pointer("/clientVersion/gitVersion")?.as_str());
    version.map(str::to_owned).ok_or_else(|| format!("`{shown} version` does not tell a version"))
}

fn judge(version: &str) -> Kubectl {
    let minor = minor(version);
    let finding = Finding::ok("kubectl", printable(version));
    let findings = match minor {
        Some(minor) if minor < COMPLETES_PLUGINS => {
            let message = format!("{} completes no plugins; 1.{COMPLETES_PLUGINS} and newer do", printable(version));
            vec![Finding::warning("kubectl", message)]
        }
        _ => vec![finding],
    };
    Kubectl { findings, minor }
}

/// The minor version of `v1.33.2`, or of what an API server calls itself.
pub(super) fn minor(version: &str) -> Option<u32> {
    let rest = version.strip_prefix('v').unwrap_or(version).strip_prefix("1.")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verbs::doctor::State;

    #[test]
    fn versions_are_read_as_they_are_written() {
        assert_eq!(minor("v1.33.2"), Some(33));
        assert_eq!(minor("v1.31+eks-123"), Some(31));
        assert_eq!(minor("v2.0.0"), None);
        assert_eq!(minor("nonsense"), None);
    }

    #[test]
    fn a_kubectl_that_completes_no_plugins_is_told() {
        assert_eq!(judge("v1.25.9").findings[0].state, State::Warning);
        assert_eq!(judge("v1.26.0").findings[0].state, State::Ok);
    }

    #[test]
    fn a_kubectl_that_is_not_there_is_an_error() {
        let reason = version(&"/nowhere/kubectl".into()).unwrap_err();
        assert!(reason.starts_with("`/nowhere/kubectl` cannot be started"), "{reason}");
        assert_eq!(version(&"true".into()).unwrap_err(), "`true version` does not tell a version");
    }
}
