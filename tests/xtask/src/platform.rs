//! The platforms that krew installs on and Rust builds for.

use std::fmt;

/// A platform as krew names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    /// Operating system, as Go names it.
    pub os: &'static str,
    /// Architecture, as Go names it.
    pub arch: &'static str,
    /// The target of Rust's that runs there, with the fewest demands on what is installed.
    pub target: &'static str,
}

const fn platform(os: &'static str, arch: &'static str, target: &'static str) -> Platform {
    Platform { os, arch, target }
}

/// All of krew's platforms but darwin/386, for which Rust has no standard library any more.
pub const PLATFORMS: [Platform; 10] = [
    platform("linux", "amd64", "x86_64-unknown-linux-musl"),
    platform("linux", "arm64", "aarch64-unknown-linux-musl"),
    platform("linux", "386", "i686-unknown-linux-musl"),
    platform("linux", "arm", "armv7-unknown-linux-musleabihf"),
    platform("linux", "ppc64le", "powerpc64le-unknown-linux-gnu"),
    platform("darwin", "amd64", "x86_64-apple-darwin"),
    platform("darwin", "arm64", "aarch64-apple-darwin"),
    platform("windows", "amd64", "x86_64-pc-windows-msvc"),
    platform("windows", "386", "i686-pc-windows-msvc"),
    platform("windows", "arm64", "aarch64-pc-windows-msvc"),
];

/// The pairs that krew knows, from its own check of selectors (krew 0.5.0).
pub(crate) const KREW_PAIRS: [(&str, &str); 11] = [
    ("windows", "386"),
    ("windows", "amd64"),
    ("windows", "arm64"),
    ("linux", "386"),
    ("linux", "amd64"),
    ("linux", "arm"),
    ("linux", "arm64"),
    ("linux", "ppc64le"),
    ("darwin", "386"),
    ("darwin", "amd64"),
    ("darwin", "arm64"),
];

impl Platform {
    /// The platform that a target of Rust's runs on: the one with that target, else one of the same system and
    /// processor.
    pub fn of_target(target: &str) -> Option<Self> {
        let mut parts = target.split('-');
        let arch = match parts.next()? {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "i686" => "386",
            "armv7" => "arm",
            "powerpc64le" => "ppc64le",
            _ => return None,
        };
        let os = ["linux", "darwin", "windows"].into_iter().find(|os| target.contains(os))?;
        PLATFORMS.into_iter().find(|platform| (platform.os, platform.arch) == (os, arch))
    }

    /// The platform that this program was built for, if krew has it.
    pub fn host() -> Option<Self> {
        let os = match std::env::consts::OS {
            "macos" => "darwin",
            os => os,
        };
        let arch = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "x86" => "386",
            "arm" => "arm",
            "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
            _ => return None,
        };
        PLATFORMS.into_iter().find(|platform| (platform.os, platform.arch) == (os, arch))
    }

    /// The plugin's file name there.
    pub fn program(self) -> &'static str {
        if self.os == "windows" { "kubectl-seldon.exe" } else { "kubectl-seldon" }
    }

    /// The name of the archive of a version, such as `0.1.0`.
    pub fn archive(self, version: &str) -> String {
        let suffix = if self.os == "windows" { "zip" } else { "tar.gz" };
        format!("kubectl-seldon-v{version}-{}-{}.{suffix}", self.os, self.arch)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.arch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_the_platforms_they_run_on() {
        for platform in PLATFORMS {
            assert_eq!(Platform::of_target(platform.target), Some(platform));
            assert!(KREW_PAIRS.contains(&(platform.os, platform.arch)), "krew does not know {platform}");
        }
        assert_eq!(Platform::of_target("x86_64-unknown-linux-gnu").unwrap().arch, "amd64");
        assert_eq!(Platform::of_target("riscv64gc-unknown-linux-gnu"), None);
        assert_eq!(Platform::of_target("x86_64-unknown-freebsd"), None);
    }

    #[test]
    fn archives_are_named_after_version_and_platform() {
        let windows = Platform::of_target("x86_64-pc-windows-msvc").unwrap();
        assert_eq!(windows.archive("0.1.0"), "kubectl-seldon-v0.1.0-windows-amd64.zip");
        assert_eq!(windows.program(), "kubectl-seldon.exe");
    }
}
