//! What may be changed: what was named, and nothing that a link leads to.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The files and directories that were named.
#[derive(Debug)]
pub(super) struct Bounds {
    named: Vec<PathBuf>,
    is_stdin: bool,
}

impl Bounds {
    pub(super) fn of(named: &[PathBuf]) -> Self {
        let is_stdin = named.iter().any(|path| path == Path::new("-"));
        Self { named: named.iter().filter_map(|path| path.canonicalize().ok()).collect(), is_stdin }
    }

    /// Whether a file may be changed or made.
    pub(super) fn hold(&self, path: &str) -> bool {
        if path == "-" {
            return self.is_stdin;
        }
        let path = Path::new(path);
        let is_file = fs::symlink_metadata(path).map_or(true, |meta| meta.is_file());
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let place = dir.canonicalize().ok().and_then(|dir| Some(dir.join(path.file_name()?)));
        is_file && place.is_some_and(|place| self.named.iter().any(|named| place.starts_with(named)))
    }
}

/// Whether there is anything at a path.
pub(super) fn exists(path: &str) -> bool {
    fs::symlink_metadata(path).is_ok()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_and_nothing_behind_a_link_is_changed() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        for made in ["in/sub", "out"] {
            fs::create_dir_all(path(made)).unwrap();
            fs::write(path(made).join("a.yaml"), "").unwrap();
        }
        std::os::unix::fs::symlink(path("out"), path("in/link")).unwrap();
        std::os::unix::fs::symlink(path("out/a.yaml"), path("in/a.yaml")).unwrap();
        let bounds = Bounds::of(&[path("in")]);
        let hold = |name: &str| bounds.hold(&path(name).display().to_string());
        for (name, may) in [
            ("in/sub/a.yaml", true),
            ("in/sub/new.yaml", true),
            ("in/nowhere/new.yaml", false),
            ("in/a.yaml", false),
            ("in/link/a.yaml", false),
            ("in/sub/../../out/a.yaml", false),
            ("out/a.yaml", false),
            ("in/sub", false),
        ] {
            assert_eq!(hold(name), may, "{name}");
        }
        let one = Bounds::of(&[path("in/sub/a.yaml")]);
        assert!(one.hold(&path("in/sub/a.yaml").display().to_string()));
        assert!(!one.hold(&path("in/sub/b.yaml").display().to_string()) && !one.hold("-"));
        assert!(Bounds::of(&["-".into()]).hold("-"));
    }
}
