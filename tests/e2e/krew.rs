//! The plugin as krew installs it: packed as for a release, checked by krew's own programs, and started through kubectl.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;
use xtask::{
    dist, manifest,
    platform::{PLATFORMS, Platform},
};

use crate::harness::{
    go,
    kubectl::{self, Kubectl},
    plan::Plan,
    workspace,
};

pub(crate) fn add(plan: &mut Plan) {
    plan.go("krew::the_archive_of_this_platform_is_installed_and_runs", installs);
    plan.go("krew::the_archives_of_all_platforms_are_installed", platforms);
    plan.go("krew::the_manifest_is_one_that_the_index_checks_well", validates);
    plan.go("krew::what_krew_refuses_is_refused_here_too", refuses);
}

/// A directory with the archive of a program for each of these platforms and a manifest for all.
struct Release {
    dir: TempDir,
}

impl Release {
    fn of(platforms: &[Platform], program: &[u8]) -> Self {
        let dir = TempDir::new().unwrap();
        for platform in platforms {
            let packed = dist::pack(*platform, program.to_vec(), &workspace()).unwrap();
            fs::write(dir.path().join(platform.archive(env!("CARGO_PKG_VERSION"))), packed).unwrap();
        }
        let template = fs::read_to_string(workspace().join("krew-manifest.yaml")).unwrap();
        let filled = manifest::fill(&template, dir.path()).unwrap();
        fs::write(dir.path().join("seldon.yaml"), filled).unwrap();
        Self { dir }
    }

    fn manifest(&self) -> PathBuf {
        self.dir.path().join("seldon.yaml")
    }

    /// Installs the archive of a platform as if this were one.
    fn install(&self, root: &Path, platform: Platform) -> Result<Output, String> {
        let archive = self.dir.path().join(platform.archive(env!("CARGO_PKG_VERSION")));
        let mut krew = Command::new(go::krew()?);
        krew.arg("install").arg("--manifest").arg(self.manifest()).arg("--archive").arg(archive);
        krew.env("KREW_ROOT", root).env("KREW_NO_UPGRADE_CHECK", "1");
        krew.env("KREW_OS", platform.os).env("KREW_ARCH", platform.arch);
        Ok(krew.output().unwrap())
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn installs() -> Result<(), String> {
    let host = Platform::host().ok_or("krew installs nothing on this platform")?;
    let program = fs::read(env!("CARGO_BIN_EXE_kubectl-seldon")).unwrap();
    let release = Release::of(&[host], &program);
    let root = TempDir::new().unwrap();
    let output = release.install(root.path(), host)?;
    assert!(output.status.success(), "{}", said(&output));
    let bin = root.path().join("bin");
    let seldon = |words: &[&str]| Kubectl::new().plugin_in(&bin).seldon(words).succeeds();
    assert_eq!(seldon(&["version"]).stdout, format!("kubectl-seldon {}\n", env!("CARGO_PKG_VERSION")));
    // The plugin is found through krew's link, so that is where kubectl looks for its completion.
    seldon(&["completion", "install"]);
    assert!(bin.join("kubectl_complete-seldon").is_symlink());
    if kubectl::missing().is_none() {
        let completed = Kubectl::new().plugin_in(&bin).run(["__complete", "seldon", "onb"]).succeeds();
        assert!(completed.stdout.starts_with("onboard\t"), "{completed}");
    }
    let doctor = Kubectl::new().plugin_in(&bin).seldon(["doctor"]);
    assert!(doctor.stdout.contains(&format!("ok       completion: {}", bin.display())), "{doctor}");
    Ok(())
}

fn platforms() -> Result<(), String> {
    let release = Release::of(&PLATFORMS, b"#!/bin/sh\n");
    manifest::is_final(&fs::read_to_string(release.manifest()).unwrap()).unwrap();
    for platform in PLATFORMS {
        let root = TempDir::new().unwrap();
        let output = release.install(root.path(), platform)?;
        assert!(output.status.success(), "{platform}: {}", said(&output));
        assert!(root.path().join("bin").join(platform.program()).exists(), "{platform}");
    }
    Ok(())
}

fn validates() -> Result<(), String> {
    let release = Release::of(&PLATFORMS, b"#!/bin/sh\n");
    let check = |manifest: &Path| {
        let validate = go::validate_krew_manifest()?;
        Ok::<_, String>(Command::new(validate).arg("-skip-install").arg("-manifest").arg(manifest).output().unwrap())
    };
    let output = check(&release.manifest())?;
    assert!(output.status.success(), "{}", said(&output));
    let zeros = TempDir::new().unwrap();
    let template = zeros.path().join("seldon.yaml");
    fs::copy(workspace().join("krew-manifest.yaml"), &template).unwrap();
    assert!(check(&template)?.status.success());
    Ok(())
}

/// What krew's own check says of a broken manifest, and what ours does.
fn refuses() -> Result<(), String> {
    let template = fs::read_to_string(workspace().join("krew-manifest.yaml")).unwrap();
    let breaks = [
        ("version: v0.1.0", "version: 0.1.0"),
        ("os: windows, arch: amd64", "os: linux, arch: amd64"),
        ("os: darwin, arch: arm64", "os: plan9, arch: arm64"),
        ("kind: Plugin", "kind: Plug"),
        ("\"00000000", "\"ABCDEF00"),
        ("shortDescription: ", "short: "),
    ];
    for (from, to) in breaks {
        let broken = template.replacen(from, to, 1);
        assert_ne!(broken, template, "{from}");
        let dir = TempDir::new().unwrap();
        let file = dir.path().join("seldon.yaml");
        fs::write(&file, &broken).unwrap();
        let mut validate = Command::new(go::validate_krew_manifest()?);
        let theirs = validate.arg("-skip-install").arg("-manifest").arg(&file).output().unwrap();
        assert!(!theirs.status.success(), "krew accepts `{to}`");
        let nothing = TempDir::new().unwrap();
        assert!(manifest::fill(&broken, nothing.path()).is_err(), "`{to}` is accepted");
    }
    Ok(())
}
