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

/// A path as a file of a directory names it, which [`join`] makes the path again. Both are
/// [`normal`], and relative to the same directory or neither of them to one.
pub fn relative(dir: &str, path: &str) -> String {
    let parts = |path: &str| path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (dir, path) = (parts(dir), parts(path));
    let shared = dir.iter().zip(&path).take_while(|(one, other)| one == other).count();
    let up = dir.iter().skip(shared).map(|_| "..".to_owned());
    up.chain(path.into_iter().skip(shared)).collect::<Vec<_>>().join("/")
}

/// The last part of a path.
pub fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_leads_back() {
        for (dir, path, relative) in [
            ("", "a.yaml", "a.yaml"),
            ("a", "a/b/c.yaml", "b/c.yaml"),
            ("a/b", "a/c.yaml", "../c.yaml"),
            ("/r/a", "/r/b", "../b"),
            ("../a", "../b", "../b"),
        ] {
            assert_eq!(super::relative(dir, path), relative, "{dir} {path}");
            assert_eq!(join(dir, relative), path);
        }
    }

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
