//! What Git knows of the repository around a directory.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A repository and a directory in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// URL of the remote `origin`, without credentials.
    pub url: Option<String>,
    /// Path of the directory in the repository, `/` between parts.
    pub path: String,
}

/// The repository around a directory that need not exist yet; `None` when there is none or no Git.
pub fn around(dir: &Path) -> Option<Place> {
    let absolute = std::path::absolute(dir).ok()?;
    let existing = absolute.ancestors().find(|dir| dir.is_dir())?.canonicalize().ok()?;
    let missing = absolute.strip_prefix(absolute.ancestors().find(|dir| dir.is_dir())?).ok()?;
    let root = PathBuf::from(git(&existing, &["rev-parse", "--show-toplevel"])?);
    let path = existing.strip_prefix(root.canonicalize().ok()?).ok()?.join(missing);
    let parts: Vec<String> = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let url = git(&existing, &["config", "--get", "remote.origin.url"]).map(|url| without_credentials(&url));
    Some(Place { url, path: parts.join("/") })
}

fn git(dir: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(dir).args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.trim();
    (output.status.success() && !line.is_empty()).then(|| line.to_owned())
}

/// A Git URL without its credentials: a password or token must not end up in a manifest. Over HTTP the
/// user may be the token, over SSH it is part of the address.
pub fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let Some((user_info, host)) = authority.rsplit_once('@') else { return url.to_owned() };
    let user = user_info.split(':').next().unwrap_or_default();
    let keeps_user = scheme.to_lowercase().ends_with("ssh") && !user.is_empty();
    let user = if keeps_user { format!("{user}@") } else { String::new() };
    format!("{scheme}://{user}{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_do_not_survive() {
        assert_eq!(without_credentials("https://me:token@git.example.com/a/b.git"), "https://git.example.com/a/b.git");
        assert_eq!(without_credentials("https://git.example.com/a.git"), "https://git.example.com/a.git");
        assert_eq!(without_credentials("HTTPS://token@git.example.com"), "HTTPS://git.example.com");
        assert_eq!(without_credentials("git@git.example.com:a/b.git"), "git@git.example.com:a/b.git");
        assert_eq!(without_credentials("ssh://git:p@ss@git.example.com/a"), "ssh://git@git.example.com/a");
    }

    #[test]
    fn a_directory_that_is_not_there_yet_has_a_place() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(around(&dir.path().join("x")), None);
        let run = |args: &[&str]| {
            let output = Command::new("git").arg("-C").arg(dir.path()).args(args).output().unwrap();
            assert!(output.status.success(), "{output:?}");
        };
        run(&["init", "-q"]);
        run(&["remote", "add", "origin", "https://git.example.com/a.git"]);
        let place = around(&dir.path().join("overlays/fin")).unwrap();
        assert_eq!(
            place,
            Place { url: Some("https://git.example.com/a.git".to_owned()), path: "overlays/fin".to_owned() }
        );
    }
}
