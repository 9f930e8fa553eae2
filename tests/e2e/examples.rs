//! The overlays of `examples/` are what the profiles beside them give.

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::harness::{files::tree, kubectl::Kubectl, plan::Plan, workspace};

pub(crate) fn add(plan: &mut Plan) {
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
