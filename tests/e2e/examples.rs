//! The overlays of `examples/` are what the profiles beside them give, and what is there for other tools does
//! what it says.

use std::{fs, path::Path};

use seldon_central_core::{rules, yaml};
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{
    control_plane::Server,
    files::{objects, tree},
    kubectl::{Kubectl, Output},
    plan::Plan,
    tenant::{Ground, SERVICE, install_control_plane, unique},
    workspace,
};

#[path = "../../examples/render.rs"]
#[expect(dead_code, reason = "its `main` is for `cargo run`")]
mod render;

pub(crate) fn add(plan: &mut Plan) {
    plan.local("examples::the_library_renders_what_the_plugin_emits", rendered);
    plan.local("examples::the_pre_commit_hook_judges_a_repository", pre_commit);
    plan.local("examples::the_workflow_annotates_what_it_finds", workflow);
    plan.own_cluster("examples::the_cronjob_may_read_what_it_needs_and_nothing_else", cronjob);
    let Ok(entries) = fs::read_dir(workspace().join("examples")) else { return };
    for dir in entries.map(|entry| entry.unwrap().path()).filter(|path| path.join("profile.yaml").is_file()) {
        let name = dir.file_name().unwrap().to_string_lossy().into_owned();
        plan.local(&format!("examples::{name}"), move || is_current(&dir));
    }
}

/// A folder of an example is called after the option of `--emit` that makes it, `overlay` for the
/// one that most people want.
fn is_current(example: &Path) {
    let mut seen = 0;
    for (folder, form) in
        [("overlay", "kustomize"), ("kustomize", "kustomize"), ("argocd", "argocd"), ("flux", "flux"), ("yaml", "yaml")]
    {
        let kept = example.join(folder);
        if !kept.is_dir() {
            continue;
        }
        seen += 1;
        let dir = TempDir::new().unwrap();
        let (profile, out) = (example.join("profile.yaml").display().to_string(), dir.path().join("out"));
        let path = out.display().to_string();
        let arguments = ["onboard", "-f", &profile, "--emit", form, "--out", &path];
        let repository: &[&str] = match form {
            "argocd" => &["--repo-url", "https://git.example.com/tenants.git", "--repo-path", "tenants"],
            "flux" => &["--repo-path", "tenants"],
            _ => &[],
        };
        Kubectl::new().seldon(arguments.iter().chain(repository)).succeeds();
        let (kept, emitted) = (tree(&kept), tree(&out));
        assert_eq!(kept.keys().collect::<Vec<_>>(), emitted.keys().collect::<Vec<_>>());
        for (file, text) in &kept {
            assert!(
                emitted[file] == *text,
                "{} is not what `kubectl seldon {}` writes",
                file.display(),
                arguments.join(" ")
            );
        }
    }
    assert!(seen > 0, "{} has a profile and nothing that is made from it", example.display());
}

fn rendered() {
    let profile = workspace().join("examples/financial-inference/profile.yaml").display().to_string();
    let emitted = Kubectl::new().seldon(["onboard", "-f", &profile, "--emit", "yaml"]).succeeds();
    assert_eq!(render::rendered().unwrap(), emitted.stdout);
}

fn example(path: &str) -> String {
    fs::read_to_string(workspace().join("examples").join(path)).unwrap()
}

/// Runs a shell line in a repository with the manifests of a fixture.
fn in_repository(line: &str, manifests: &str) -> (Output, TempDir) {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("tenant.yaml"), manifests).unwrap();
    (Kubectl::shell(line).dir(dir.path()).run([""; 0]), dir)
}

fn pre_commit() {
    let hooks = yaml::read(&example("pre-commit/.pre-commit-hooks.yaml")).unwrap();
    let [hook] = hooks.as_array().unwrap().as_slice() else { panic!("{hooks}") };
    assert_eq!((&hook["language"], &hook["pass_filenames"]), (&"system".into(), &false.into()));
    let entry = hook["entry"].as_str().unwrap();
    let rule = rules::find("SCS0204").unwrap();
    let found = in_repository(entry, rule.bad).0.ends_with(1);
    assert!(found.stdout.contains("tenant.yaml") && found.stdout.contains(rule.id), "{found}");
    let tenant = Kubectl::new().seldon(["onboard", "fin", "--emit", "yaml"]).succeeds().stdout;
    let clean = in_repository(entry, &tenant).0.succeeds();
    assert!(clean.stdout.lines().all(|line| line.contains(" I ")), "{clean}");
}

fn workflow() {
    let workflow = yaml::read(&example("github/verify.yaml")).unwrap();
    let steps = workflow["jobs"]["verify"]["steps"].as_array().unwrap();
    let lines: Vec<&str> = steps.iter().filter_map(|step| step["run"].as_str()).collect();
    let [install, verify] = lines.as_slice() else { panic!("{lines:?}") };
    let manifest = fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    let repository = install.split_whitespace().find(|word| word.starts_with("https://")).unwrap();
    assert!(manifest.contains(&format!("repository = \"{repository}\"")), "{repository}");
    let line = format!("export GITHUB_STEP_SUMMARY=summary.md; {verify}");
    let (found, dir) = in_repository(&line, rules::find("SCS0204").unwrap().bad);
    let found = found.ends_with(1);
    assert!(found.stdout.contains("::error file=") && found.stdout.contains("SCS0204"), "{found}");
    assert!(fs::read_to_string(dir.path().join("summary.md")).unwrap().contains("SCS0204"));
}

/// The account may do what the role says, and the role is the least that the command needs.
fn cronjob(server: &Server) {
    let control_plane = "seldon-system".to_owned();
    let ground = Ground { server, api: server.api(), control_plane, tenant: unique("fin") };
    install_control_plane(&ground.api, &ground.control_plane);
    ground.onboard(&["--server-name", "{namespace}-mlserver"]).succeeds();
    let dir = workspace().join("examples/cronjob");
    let built = Kubectl::new().run(["kustomize", &dir.display().to_string()]).succeeds().stdout;
    let place = TempDir::new().unwrap();
    let file = place.path().join("built.yaml");
    fs::write(&file, &built).unwrap();
    server.kubectl().run(["apply", "--server-side", "-f", &file.display().to_string()]).succeeds();

    let built = objects(&built);
    let job = built.iter().find(|object| object["kind"] == "CronJob").unwrap();
    let pod = &job["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    assert!(container["image"].as_str().unwrap().starts_with("registry.example.com/"), "{container}");
    let words: Vec<&str> = container["command"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let (program, arguments) = words.split_first().unwrap();
    assert_eq!(*program, "kubectl-seldon");
    let account = pod["serviceAccountName"].as_str().unwrap();
    let home = job["metadata"]["namespace"].as_str().unwrap();
    let user = format!("--as=system:serviceaccount:{home}:{account}");
    let groups = ["--as-group=system:serviceaccounts", "--as-group=system:authenticated"];
    let run = || server.kubectl().seldon(arguments.iter().copied().chain([user.as_str()]).chain(groups));
    let roles = built.iter().filter(|object| object["kind"] == "ClusterRole").count();
    let printed = Kubectl::new().seldon(["verify", "--print-rbac", "--no-logs"]).succeeds().stdout;
    let least = printed.split_once("---\n# What follows is optional").unwrap().0;
    assert_eq!((roles, example("cronjob/roles.yaml").as_str()), (2, least), "roles.yaml is not what is printed");

    let before = run();
    assert!(!before.stdout.contains("SCS0501"), "{before}");
    ground.api.delete(SERVICE, &ground.tenant, "seldon-scheduler");
    let found = run().ends_with(1);
    assert!(found.stdout.contains("SCS0501") && !found.stderr.contains("could not be read"), "{found}");
    server.kubectl().run(["delete", "clusterrolebinding", "kubectl-seldon-verify"]).succeeds();
    assert_ne!(run().status, 1, "the role is what lets it read");
}
