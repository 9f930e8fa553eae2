//! What the core crate offers to others, as a listing that is kept beside it.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use similar::TextDiff;

/// The listing, from the root of the repository.
pub const LISTING: &str = "seldon-central-core/public-api.txt";
/// The compiler whose rustdoc writes JSON.
const NIGHTLY: &str = "nightly";
/// How the program in `tests/public-api` ends when rustdoc's format is another one than it reads.
const OTHER_FORMAT: i32 = 3;

/// What came of listing the public API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// A line for each item.
    Api(String),
    /// It cannot be listed on this machine, and why.
    Skipped(String),
}

/// Lists the public API of the core crate of the repository at `root`, with all its features.
///
/// # Errors
/// When a program cannot be started, or the crate or the lister cannot be built.
pub fn list(root: &Path) -> io::Result<Listed> {
    let is_there = Command::new("rustup").args(["run", NIGHTLY, "rustc", "--version"]).output();
    if !is_there.is_ok_and(|output| output.status.success()) {
        return Ok(Listed::Skipped(format!("there is no {NIGHTLY} compiler, whose rustdoc writes JSON")));
    }
    // A directory of its own, because another compiler would make cargo build everything anew each time.
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from).join("public-api");
    let mut rustdoc = Command::new("rustup");
    rustdoc.args(["run", NIGHTLY, "cargo", "rustdoc", "--quiet", "--locked", "--lib", "--all-features"]);
    rustdoc.args(["-p", "seldon-central-core", "--", "-Zunstable-options", "--output-format", "json", "--cap-lints"]);
    rustdoc.arg("allow").current_dir(root).env("CARGO_TARGET_DIR", &target);
    for variable in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN", "CARGO_BUILD_TARGET"] {
        rustdoc.env_remove(variable);
    }
    succeed(&rustdoc.output()?)?;
    let mut lister = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    lister.args(["run", "--quiet", "--locked", "--manifest-path", "tests/public-api/Cargo.toml", "--"]);
    lister.arg(target.join("doc/seldon_central_core.json")).current_dir(root).env("CARGO_TARGET_DIR", &target);
    let output = lister.output()?;
    if output.status.code() == Some(OTHER_FORMAT) {
        return Ok(Listed::Skipped(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    succeed(&output)?;
    Ok(Listed::Api(String::from_utf8_lossy(&output.stdout).into_owned()))
}

fn succeed(output: &Output) -> io::Result<()> {
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// Holds an API against the listing that is kept, or keeps it.
///
/// # Errors
/// When they differ, with what differs; when the listing cannot be written.
pub fn keep(api: &str, listing: &Path, is_update: bool) -> io::Result<()> {
    if is_update {
        return fs::write(listing, api);
    }
    let kept = fs::read_to_string(listing).unwrap_or_default();
    if kept == api {
        return Ok(());
    }
    let diff = TextDiff::from_lines(kept.as_str(), api);
    let diff = diff.unified_diff().context_radius(0).header("kept", "built").to_string();
    Err(io::Error::other(format!(
        "the public API of the core crate is not the one that {LISTING} lists:\n{diff}\
         When it is meant: `cargo xtask public-api --update`, and a line in CHANGELOG.md"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_signature_is_shown_and_kept_only_when_asked() {
        let dir = tempfile::tempdir().unwrap();
        let listing = dir.path().join("public-api.txt");
        let before = "pub fn core::a(u8)\npub fn core::b()\n";
        keep(before, &listing, true).unwrap();
        keep(before, &listing, false).unwrap();
        let error = keep("pub fn core::a(u16)\npub fn core::b()\n", &listing, false).unwrap_err().to_string();
        assert!(error.contains("-pub fn core::a(u8)\n+pub fn core::a(u16)\n"), "{error}");
        assert!(!error.contains("core::b"), "{error}");
        assert!(keep(before, &dir.path().join("none"), false).is_err());
        assert_eq!(fs::read_to_string(listing).unwrap(), before);
    }
}
