//! Where a GitOps controller finds files, valid by construction.

/// A text that names no place in a repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} `{}` is not valid: {problem}", .value.escape_debug())]
pub struct PlaceError {
    /// What the text is for.
    pub what: &'static str,
    /// The text as it was given.
    pub value: String,
    /// The rule it breaks.
    pub problem: &'static str,
}

fn problem_of_text(value: &str) -> Option<&'static str> {
    if value.is_empty() {
        Some("it is empty")
    } else if value.chars().any(char::is_control) {
        Some("it holds line breaks or control characters")
    } else if value.trim() != value {
        Some("it begins or ends with a space")
    } else {
        None
    }
}

/// A controller refuses a path that leads out of the repository, or follows it.
fn problem_of_path(value: &str) -> Option<&'static str> {
    problem_of_text(value).or_else(|| {
        if value.starts_with('/') || value.starts_with('~') || value.contains('\\') || value.contains(':') {
            Some("it has to be relative to the root of the repository, with `/` between its parts")
        } else if value.split('/').any(|part| part == "..") {
            Some("`..` leads out of the repository")
        } else {
            None
        }
    })
}

fn problem_of_url(value: &str) -> Option<&'static str> {
    problem_of_text(value).or_else(|| {
        if value.contains(char::is_whitespace) {
            Some("it holds spaces")
        } else if value.contains(':') && !value.starts_with([':', '-']) {
            None
        } else {
            Some("it is neither like `https://git.example.com/tenants.git` nor like `git@git.example.com:tenants.git`")
        }
    })
}

fn problem_of_revision(value: &str) -> Option<&'static str> {
    problem_of_text(value).or_else(|| value.starts_with('-').then_some("it begins with `-`"))
}

macro_rules! place_type {
    ($($(#[$doc:meta])* $name:ident, $what:literal, $problem:ident;)*) => {
        $($(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// Checks and wraps a text.
            ///
            /// # Errors
            /// [`PlaceError`] with the broken rule.
            pub fn new(value: impl Into<String>) -> Result<Self, PlaceError> {
                let value = value.into();
                match $problem(&value) {
                    None => Ok(Self(value)),
                    Some(problem) => Err(PlaceError { what: $what, value, problem }),
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = PlaceError;
            fn from_str(value: &str) -> Result<Self, PlaceError> {
                Self::new(value)
            }
        })*
    };
}

place_type! {
    /// URL of a Git repository: `https://…`, `ssh://…` or `user@host:path`.
    RepoUrl, "repository URL", problem_of_url;
    /// A directory in a repository, relative to its root.
    RepoPath, "repository path", problem_of_path;
    /// A branch, tag, commit or range of versions.
    Revision, "revision", problem_of_revision;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_in_the_repository() {
        for good in ["overlays/fin", "./a", ".", "a/", "..a/b.."] {
            assert!(RepoPath::new(good).is_ok(), "{good}");
        }
        for bad in ["", "/srv", "..", "../..", "a/../../b", "a\nb", " a", "C:\\a", "~/a"] {
            assert!(RepoPath::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(
            RepoPath::new("../..").unwrap_err().to_string(),
            "repository path `../..` is not valid: `..` leads out of the repository"
        );
    }

    #[test]
    fn urls_and_revisions_are_one_line() {
        for good in ["https://git.test/a.git", "ssh://git@git.test/a", "git@git.test:a/b.git"] {
            assert!(RepoUrl::new(good).is_ok(), "{good}");
        }
        for bad in
            ["", "https://git.test/a\nb", "https://git.test/a b", "/srv/git/a", "--upload-pack=x:y", "\u{1b}[1m:"]
        {
            assert!(RepoUrl::new(bad).is_err(), "{bad:?}");
        }
        for good in ["HEAD", "v1.2", "feature/a", ">=1.0 <2.0"] {
            assert!(Revision::new(good).is_ok(), "{good}");
        }
        for bad in ["", "a\nb", "a ", "-x", "\u{1b}[1m"] {
            let error = Revision::new(bad).unwrap_err().to_string();
            assert!(!error.contains(char::is_control), "{error:?}");
        }
    }
}
