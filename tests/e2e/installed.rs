//! The plugin as it lies on a PATH: completion through every kubectl at hand, and what the doctor says.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use serde_json::Value;

use crate::harness::{
    control_plane::Server,
    kubectl::{self, Kubectl, Output, installed},
    plan::Plan,
    tenant::Ground,
};

pub(crate) fn add(plan: &mut Plan) {
    plan.local("installed::every_kubectl_completes_the_plugin", every_kubectl);
    plan.local("installed::what_is_in_the_way_of_completion_is_kept", kept);
    plan.local("installed::the_scripts_of_shells_are_accepted_by_them", scripts);
    plan.local("installed::the_version_is_data_where_that_is_asked_for", version);
    plan.cluster("installed::names_on_the_cluster_are_completed", names);
    plan.cluster("installed::the_doctor_finds_a_healthy_way_to_the_cluster", healthy);
    plan.cluster("installed::the_doctor_names_the_rights_that_are_missing", rights);
    plan.local("installed::it_is_measured_beside_its_peers", peers);
    plan.local("installed::the_doctor_tells_what_shadows_a_verb_and_what_is_unreachable", unwell);
}

/// What kubectl's own completion answers for these words, the last of which is being typed.
fn completed(kubectl: Kubectl, words: &[&str]) -> Vec<String> {
    let output = kubectl.run([&["__complete", "seldon"], words].concat()).succeeds();
    let lines = output.stdout.lines().filter(|line| !line.starts_with(':'));
    lines.map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

fn every_kubectl() {
    let dir = installed();
    let install = || Kubectl::new().plugin_in(dir.path()).seldon(["completion", "install"]).succeeds();
    install().says(&["made ", "kubectl_complete-seldon; kubectl 1.26 or newer"]);
    assert!(dir.path().join("kubectl_complete-seldon").is_symlink());
    install().says(&["is in place"]);
    let versions = kubectl::versions();
    assert!(!versions.is_empty());
    for version in versions {
        let kubectl = || Kubectl::new().program(&version).plugin_in(dir.path());
        assert_eq!(completed(kubectl(), &["ver"]), ["verify", "version"], "{}", version.display());
        assert_eq!(completed(kubectl(), &["verify", "--select", "SCS0504"]), ["SCS0504"], "{}", version.display());
        assert_eq!(completed(kubectl(), &["explain", "SCS0504"]), ["SCS0504"], "{}", version.display());
    }
}

fn kept() {
    let dir = installed();
    let other = dir.path().join("kubectl_complete-seldon");
    fs::write(&other, "mine").unwrap();
    let install = |arguments: &[&str]| {
        Kubectl::new().plugin_in(dir.path()).seldon([&["completion", "install"], arguments].concat())
    };
    install(&[]).ends_with(2).says(&["exists and is something else", "--dir"]);
    assert_eq!(fs::read_to_string(&other).unwrap(), "mine");
    let nowhere = dir.path().join("nowhere");
    install(&["--dir", nowhere.to_str().unwrap()]).ends_with(2).says(&["cannot make"]);
    let elsewhere = tempfile::TempDir::new().unwrap();
    install(&["--dir", elsewhere.path().to_str().unwrap()]).succeeds().says(&["is not on the PATH"]);
}

fn scripts() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = Kubectl::new().seldon(["completion", shell]).succeeds().stdout;
        assert!(script.contains("control-plane-namespace"), "{shell}: {script}");
    }
    let checked = Kubectl::shell("kubectl seldon completion bash > script && bash -n script && rm script");
    checked.run([""; 0]).succeeds();
}

fn version() {
    let text = Kubectl::new().seldon(["version"]).succeeds().stdout;
    assert_eq!(text, format!("kubectl-seldon {}\n", env!("CARGO_PKG_VERSION")));
    let json: Value =
        serde_json::from_str(&Kubectl::new().seldon(["version", "-o", "json"]).succeeds().stdout).unwrap();
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    let yaml = Kubectl::new().seldon(["version", "-o", "yaml"]).succeeds().stdout;
    assert_eq!(seldon_central_core::yaml::read(&yaml).unwrap(), json);
}

fn names(server: &Server) {
    let ground = Ground::serving(server);
    let dir = installed();
    Kubectl::new().plugin_in(dir.path()).seldon(["completion", "install"]).succeeds();
    let complete = |words: &[&str]| completed(server.kubectl().plugin_in(dir.path()), words);
    assert_eq!(complete(&["verify", &ground.tenant]), [ground.tenant.as_str()]);
    assert_eq!(complete(&["verify", "-n", &ground.tenant]), [ground.tenant.as_str()]);
    let object = format!("server/{}-mlserver", ground.tenant);
    assert_eq!(complete(&["explain", "-n", &ground.tenant, "server/"]), [object]);
    assert_eq!(complete(&["verify", "--as", "nobody", &ground.tenant]), [""; 0], "a refusal is silence");
}

fn doctor(kubectl: Kubectl, arguments: &[&str]) -> Output {
    kubectl.seldon([&["doctor"], arguments].concat())
}

fn healthy(server: &Server) {
    let ground = Ground::serving(server);
    let dir = installed();
    let output = doctor(server.kubectl().plugin_in(dir.path()), &["-n", &ground.tenant]).succeeds();
    for text in [
        &format!("ok       plugin: {}", env!("CARGO_PKG_VERSION")),
        "ok       cluster: v1.",
        "ok       seldon: 7 kinds of mlops.seldon.io are served",
        &format!("ok       rights: you may verify in {}", ground.tenant),
        &format!("ok       rights: you may onboard in {}", ground.tenant),
    ] {
        assert!(output.stdout.contains(text), "`{text}` is missing: {output}");
    }
    let json = doctor(server.kubectl().plugin_in(dir.path()), &["-o", "json"]).succeeds().stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert!(json["findings"].as_array().unwrap().iter().all(|finding| finding["state"] != "error"), "{json:#}");
}

fn rights(server: &Server) {
    let ground = Ground::serving(server);
    let dir = installed();
    let output = doctor(server.kubectl().plugin_in(dir.path()), &["-n", &ground.tenant, "--as", "nobody"]).succeeds();
    assert!(output.stdout.contains(&format!("warning  rights: to verify in {} you lack: ", ground.tenant)), "{output}");
    assert!(output.stdout.contains("create/patch secrets, seldonruntimes.mlops.seldon.io"), "{output}");
}

fn unwell() {
    let dir = installed();
    let program = |name: &str| {
        let file = dir.path().join(name);
        fs::write(&file, "#!/bin/sh\necho shadow\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    };
    program("kubectl-seldon-verify");
    let kubectl = || Kubectl::new().plugin_in(dir.path());
    assert_eq!(kubectl().seldon(["verify", "-f", "x"]).stdout, "shadow\n", "kubectl takes the longest name");
    let output = doctor(kubectl(), &["--server", "http://127.0.0.1:1"]).ends_with(1);
    let shadow = Path::new(dir.path()).join("kubectl-seldon-verify");
    let told =
        format!("error    shadow: {} is started for `kubectl seldon verify` instead of verify", shadow.display());
    assert!(output.stdout.contains(&told), "{output}");
    assert!(output.stdout.contains("error    cluster: cannot reach the API server at http://127.0.0.1:1"), "{output}");
    assert_eq!(output.stderr, "", "{output}");
    let nothing = doctor(kubectl(), &[]).ends_with(1);
    assert!(nothing.stdout.contains("error    cluster: "), "{nothing}");
}

fn peers() {
    let measured = xtask::peers::measure(Path::new(env!("CARGO_BIN_EXE_kubectl-seldon")), 2, 1).unwrap();
    let table = xtask::peers::table(&measured);
    for work in ["start", "judge files", "build an overlay, and judge it"] {
        assert!(table.contains(&format!("| {work} | kubectl-seldon | ")), "{table}");
    }
    assert!(!table.contains("| kubectl | not installed"), "{table}");
}
