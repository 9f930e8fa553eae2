//! Tenants at the edges: the longest names, no Secret, a repository whose URL holds a token.

use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{FORMS, builds, is_handle, overlays, repository};
use crate::harness::{
    control_plane::Server,
    files::{objects, tree},
    kubectl::Kubectl,
    plan::Plan,
    tenant::{Ground, unique},
};

const OUT: &str = super::OUT;

pub(super) fn add(plan: &mut Plan) {
    plan.local("emit::external_secret_is_not_emitted", external_secret);
    plan.local("emit::tenants_of_a_profile_one_by_one_go_together", one_by_one);
    plan.local("emit::token_of_the_repository_is_not_emitted", token);
    plan.local("emit::longest_namespaces_are_emitted_in_every_form", longest_namespaces);
    plan.cluster("emit::longest_namespaces_are_accepted", longest_namespaces_on_a_server);
}

/// Everything in a directory as text.
fn text(dir: &std::path::Path) -> String {
    tree(dir).into_values().map(|bytes| String::from_utf8(bytes).unwrap()).collect()
}

fn external_secret() {
    for form in FORMS {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("profile.yaml"), "tenants: [{namespace: fin, rcloneSecret: external}]").unwrap();
        let arguments = ["onboard", "-f", "profile.yaml", "--emit", form, "--out", OUT];
        let arguments = [&arguments[..], repository(form)].concat();
        Kubectl::new().dir(dir.path()).seldon(arguments).succeeds();
        let out = dir.path().join(OUT);
        let written = tree(&out);
        assert!(!text(&out).contains("kind: Secret"), "{form}");
        assert!(written.keys().all(|path| !path.display().to_string().contains("secret")), "{written:?}");
        if form != "yaml" {
            builds(dir.path(), &out, form, &written);
        }
    }
}

/// A directory for each tenant, each from a run of its own.
fn one_by_one() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("profile.yaml"), "tenants: [{namespace: pa}, {namespace: pb}]").unwrap();
    for tenant in ["pa", "pb"] {
        let out = format!("{OUT}/{tenant}");
        let arguments = ["onboard", "-f", "profile.yaml", tenant, "--emit", "kustomize", "--out", &out];
        Kubectl::new().dir(dir.path()).seldon(arguments).succeeds();
        assert!(dir.path().join(&out).join(format!("server-{tenant}-mlserver.yaml")).is_file());
    }
    Kubectl::new().dir(dir.path()).seldon(["verify", "-f", OUT, "--fail-on", "warning"]).succeeds();
}

fn token() {
    let url = "https://user:t0ken@git.test/platform/tenants.git";
    let dir = TempDir::new().unwrap();
    let out = dir.path().join(OUT);
    let base = ["onboard", "fin", "--emit", "argocd", "--out", OUT, "--repo-url", url];
    let emit = |more: &[&str]| Kubectl::new().dir(dir.path()).seldon([&base[..], more].concat());
    let mut outputs = vec![emit(&["--diff"]), emit(&["--dry-run"]), emit(&["-v=9"]).succeeds(), emit(&[])];
    let written = text(&out);
    assert!(written.contains("repoURL: https://git.test/platform/tenants.git"), "{written}");
    let application = out.join("argocd/application-fin.yaml");
    fs::write(&application, "edited\n").unwrap();
    outputs.extend([emit(&[]).ends_with(2), emit(&["--diff"]), emit(&["--overwrite"]).succeeds()]);
    outputs.push(emit(&["--no-such-flag"]).ends_with(2));
    let all = outputs.into_iter().map(|output| output.stdout + &output.stderr).chain([written, text(&out)]);
    for said in all {
        assert!(!said.contains("t0ken") && !said.contains("user:"), "{said}");
    }
}

/// Two namespaces that differ in their last letters only.
fn twins(length: usize) -> [String; 2] {
    ["aa", "bb"].map(|end| format!("{}{end}", "financial-".repeat(7).chars().take(length - 2).collect::<String>()))
}

/// What Flux and Argo CD copy into labels fits there: 63 bytes at most.
fn fits(name: &Value) -> String {
    let name = name.as_str().unwrap();
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    assert!(name.len() <= 63 && name.chars().all(is_plain), "{name}");
    assert!(!name.starts_with('-') && !name.ends_with('-'), "{name}");
    name.to_owned()
}

fn longest_namespaces() {
    for length in [55, 56, 57, 63] {
        let [first, second] = twins(length);
        for form in FORMS {
            let dir = TempDir::new().unwrap();
            let tenant = |namespace: &str, server: &str| json!({"namespace": namespace, "servers": [{"name": server}]});
            let profile = json!({"tenants": [tenant(&first, "a"), tenant(&second, "b")]});
            fs::write(dir.path().join("profile.yaml"), profile.to_string()).unwrap();
            let arguments = ["onboard", "-f", "profile.yaml", "--emit", form, "--out", OUT];
            let arguments = [&arguments[..], repository(form)].concat();
            Kubectl::new().dir(dir.path()).seldon(arguments).succeeds();
            let out = dir.path().join(OUT);
            let written = tree(&out);
            let handles: Vec<Value> = written
                .iter()
                .filter(|(path, _)| is_handle(path))
                .flat_map(|(_, bytes)| objects(std::str::from_utf8(bytes).unwrap()))
                .collect();
            let names: BTreeSet<String> = handles.iter().map(|handle| fits(&handle["metadata"]["name"])).collect();
            let wanted = match form {
                "argocd" => 2,
                "flux" => 4,
                _ => 0,
            };
            assert_eq!((names.len(), handles.len()), (wanted, wanted), "{names:?}");
            for handle in handles {
                for dependency in handle.pointer("/spec/dependsOn").and_then(Value::as_array).into_iter().flatten() {
                    assert!(names.contains(&fits(&dependency["name"])), "{dependency} does not exist: {names:?}");
                }
            }
            // The others are like the longest.
            if form != "yaml" && length == 63 {
                assert_eq!(overlays(&out, form, &written).len(), wanted.max(1));
            }
            for object in written.values().flat_map(|bytes| objects_of(bytes)) {
                for value in object["metadata"]["labels"].as_object().into_iter().flatten().map(|(_, value)| value) {
                    assert!(value.as_str().unwrap().len() <= 63, "{object:#}");
                }
            }
        }
    }
}

fn objects_of(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    if text.contains("kind: Kustomization") && text.contains("kustomize.config.k8s.io") {
        return Vec::new();
    }
    objects(text)
}

fn longest_namespaces_on_a_server(server: &Server) {
    for length in [56, 63] {
        let mut ground = Ground::healthy(server);
        let stem = unique("fin");
        ground.tenant = format!("{stem}{}", "x".repeat(length - stem.len()));
        ground.onboard(&[]).succeeds();
        let again = ground.onboard(&[]).succeeds();
        assert!(again.stdout.lines().all(|line| line.ends_with(" unchanged")), "{again}");
        for form in FORMS {
            let dir = TempDir::new().unwrap();
            let out = dir.path().join("out");
            let path = out.display().to_string();
            // The directory is outside of any repository.
            let path_there: &[&str] = if matches!(form, "argocd" | "flux") { &["--repo-path", "out"] } else { &[] };
            let arguments = [&["--emit", form, "--out", &path], repository(form), path_there].concat();
            ground.onboard(&arguments).succeeds();
            let inputs = match form {
                "yaml" => vec![("-f", out.clone())],
                "flux" => vec![("-k", out.join("runtime")), ("-k", out.join("models"))],
                _ => vec![("-k", out.clone())],
            };
            let mut applied = 0;
            for (flag, input) in inputs {
                let input = input.display().to_string();
                let arguments = ["apply", "--server-side", "--force-conflicts", "--validate=strict", flag, &input];
                applied += server.kubectl().run(arguments).succeeds().stdout.lines().count();
            }
            assert_eq!(applied, 9, "{form}");
        }
    }
}
