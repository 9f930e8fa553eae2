//! What kustomize would fetch from a network.

/// Whether an entry of `resources`, `components` and the like is fetched, as a repository or as a
/// file, rather than read from the tree. In doubt it is.
///
/// kustomize takes an entry for a repository before it looks for a directory of that name, so a
/// directory `github.com/…` is one too.
pub fn is_remote(entry: &str) -> bool {
    let entry = entry.trim().to_lowercase();
    let is_at_host = || {
        let (user, rest) = entry.split_once('@')?;
        (!user.contains('/') && rest.contains([':', '/'])).then_some(())
    };
    let starts = ["git::", "github.com/", "github.com:", "www.github.com/", "gh:"];
    entry.contains("://") || starts.iter().any(|start| entry.starts_with(start)) || is_at_host().is_some()
}

/// Whether the name of a file is an address that it is fetched from.
pub(super) fn is_url(file: &str) -> bool {
    let file = file.trim().to_lowercase();
    file.starts_with("http://") || file.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fetched_is_told_from_what_is_read() {
        for remote in [
            "https://github.com/argoproj/argo-cd//manifests?ref=v3.0.0",
            "HTTPS://raw.githubusercontent.com/a/b/main/c.yaml",
            "github.com/kubernetes-sigs/kustomize/examples/multibases?ref=v1.0.6",
            "git::https://git.example.com/a/b.git//base",
            "git@github.com:a/b.git//base?ref=main",
            "ssh://git@git.example.com/a/b",
            "file:///srv/repo.git//base",
            "user@host.example.com/path",
            "gh:a/b",
        ] {
            assert!(is_remote(remote), "{remote}");
        }
        for local in
            ["base", "../base", "./a.yaml", "/srv/base", "a/b@c:d.yaml", "github.community/base", "at@home.yaml"]
        {
            assert!(!is_remote(local), "{local}");
        }
        assert!(is_url("https://x/y.yaml") && !is_url("patch.yaml"));
    }
}
