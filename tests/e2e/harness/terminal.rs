//! A terminal with somebody at it, by util-linux's `script`.

use std::process::Command;

use super::{
    control_plane::Server,
    kubectl::{Kubectl, Output},
};

/// Why there is none; `None` when there is. The `script` of other systems takes other flags.
pub(crate) fn missing() -> Option<String> {
    let version = Command::new("script").arg("--version").output();
    let is_there = version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("util-linux"));
    (!is_there).then(|| "there is no `script` of util-linux on the PATH, which makes the terminal".to_owned())
}

/// Runs a shell line in a terminal, into which an answer and Enter are typed. Both streams are on
/// standard output.
pub(crate) fn run(server: &Server, line: &str, answer: &str) -> Output {
    typing(server, line, &format!("printf '%s\\n' '{answer}'"))
}

/// Runs a command in a terminal in which Ctrl-C is pressed after some seconds. It takes the shell's
/// place, which would be interrupted too and have a status of its own.
pub(crate) fn interrupt(server: &Server, command: &str, seconds: u32) -> Output {
    typing(server, &format!("exec env {command}"), &format!("sleep {seconds}; printf '\\003'; sleep 1"))
}

fn typing(server: &Server, line: &str, typed: &str) -> Output {
    let typed = format!("({typed}) | script --quiet --return --command '{line}' /dev/null");
    Kubectl::shell(&typed).kubeconfig(&server.kubeconfig).run([""; 0])
}
