//! Paths as texts, so that they can be reasoned about without a file system.

/// A path without `.`, and without `..` but at its beginning. Nothing is the directory one is in.
pub fn normal(path: &str) -> String {
    let root = if path.starts_with('/') { "/" } else { "" };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if !root.is_empty() => {}
            part => parts.push(part),
        }
    }
    format!("{root}{}", parts.join("/"))
}

/// A path as a file of a directory names it.
pub fn join(dir: &str, path: &str) -> String {
    if path.starts_with('/') || dir.is_empty() { normal(path) } else { normal(&format!("{dir}/{path}")) }
}

/// The directory of a file.
pub fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((dir, _)) => dir,
        None => "",
    }
}

/// The last part of a path.
pub fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_without_a_file_system() {
        for (dir, path, joined) in [
            ("", "a.yaml", "a.yaml"),
            ("a", "./b//c.yaml", "a/b/c.yaml"),
            ("a/b", "../../c", "c"),
            ("a", "../../c", "../c"),
            ("../a", "../../c", "../../c"),
            ("/a", "../../c", "/c"),
            ("a", "/c", "/c"),
            ("a", "..", ""),
        ] {
            assert_eq!(join(dir, path), joined, "{dir} {path}");
        }
        assert_eq!((parent("a/b"), parent("b"), parent("/b"), name("a/b"), name("b")), ("a", "", "/", "b", "b"));
    }
}
