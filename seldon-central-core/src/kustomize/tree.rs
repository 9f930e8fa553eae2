//! The kustomizations of a repository, and what they have to do with each other.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    model::{Entry, Kustomization},
    path::{join, parent},
    remote::is_remote,
};
use crate::{
    manifest,
    snapshot::Observed,
    yaml::{self, Places, Position},
};

/// Kustomizations by directory, and the other files that they name, by path. Paths are
/// [normal](super::normal).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tree {
    pub(super) nodes: BTreeMap<String, Node>,
    pub(super) files: BTreeMap<String, File>,
}

/// A directory with a kustomization.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// The kustomization's file.
    pub(super) file: String,
    /// Its text.
    pub(super) text: String,
    /// Where the kustomization begins.
    pub(super) at: Position,
    /// What it says.
    pub(super) kustomization: Kustomization,
    /// Whether it was named by whoever asks, and not by another kustomization alone.
    pub(super) is_given: bool,
}

/// Another file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct File {
    pub(super) text: String,
    pub(super) objects: Vec<Observed>,
}

/// What keeps a kustomization from being built here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// Something would be fetched from a network.
    #[error("{file} names {}, which would have to be fetched", crate::text::printable(address))]
    Remote {
        /// The kustomization's file.
        file: String,
        /// What it names.
        address: String,
    },
    /// A Helm chart would be inflated.
    #[error("{file} inflates Helm charts, which `kubectl kustomize` does only with --enable-helm")]
    Helm {
        /// The kustomization's file.
        file: String,
    },
}

impl Tree {
    /// Adds the kustomization in a file. `is_given` says that it was named by whoever asks.
    pub fn add_kustomization(&mut self, file: &str, text: &str, is_given: bool) {
        let kustomization = match yaml::read(text) {
            Ok(value) => Kustomization::of(&value),
            Err(_) => Kustomization { has_more: true, ..Kustomization::default() },
        };
        let at = Places::of(text).objects().first().copied().unwrap_or(Position { line: 1, column: 1 });
        let node = Node { file: file.to_owned(), text: text.to_owned(), at, kustomization, is_given };
        self.nodes.entry(parent(file).to_owned()).or_insert(node);
    }

    /// Adds another file that a kustomization names.
    pub fn add_file(&mut self, path: &str, text: &str) {
        let objects = manifest::read(path, text).unwrap_or_default().objects;
        self.files.insert(path.to_owned(), File { text: text.to_owned(), objects });
    }

    /// Whether there is no kustomization.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Whether a directory or a file was added.
    pub fn holds(&self, path: &str) -> bool {
        self.nodes.contains_key(path) || self.files.contains_key(path)
    }

    /// The file of a directory's kustomization.
    pub fn file_of(&self, dir: &str) -> Option<&str> {
        self.nodes.get(dir).map(|node| node.file.as_str())
    }

    /// The file of the kustomization that is nearest to a file: of its directory, or of the first one
    /// around it that has one. Kustomize reads no file from outside of its directory.
    pub fn nearest(&self, path: &str) -> Option<&str> {
        let mut dir = parent(path);
        loop {
            match self.file_of(dir) {
                Some(file) => return Some(file),
                None if dir.is_empty() || dir == "/" => return None,
                None => dir = parent(dir),
            }
        }
    }

    /// The files of the kustomizations that name a file or directory.
    pub fn users(&self, path: &str) -> Vec<&str> {
        let users = self.nodes.iter().filter(|(dir, _)| self.references(dir).iter().any(|named| named == path));
        users.map(|(_, node)| node.file.as_str()).collect()
    }

    /// The paths that the kustomization of a directory names and that are no addresses.
    pub fn references(&self, dir: &str) -> Vec<String> {
        let named = self.nodes.get(dir).into_iter().flat_map(|node| node.kustomization.references());
        named.filter(|entry| !is_remote(&entry.value)).map(|entry| join(dir, &entry.value)).collect()
    }

    /// Everything that is part of a kustomization, the files of kustomizations included.
    pub fn parts(&self) -> BTreeSet<String> {
        let files = self.nodes.values().map(|node| node.file.clone());
        files.chain(self.nodes.keys().flat_map(|dir| self.references(dir))).collect()
    }

    /// The directories that are meant to be built: those of given kustomizations that no other one
    /// names. A component is never built alone. Of kustomizations that name each other in a circle
    /// the first is one.
    pub fn entry_points(&self) -> Vec<&str> {
        let named: BTreeSet<String> = self.nodes.keys().flat_map(|dir| self.references(dir)).collect();
        let buildable = || {
            let given = self.nodes.iter().filter(|(_, node)| node.is_given && !node.kustomization.is_component);
            given.map(|(dir, _)| dir.as_str())
        };
        let mut entries: Vec<&str> = buildable().filter(|dir| !named.contains(*dir)).collect();
        let mut reached: BTreeSet<&str> = entries.iter().flat_map(|dir| self.reach(dir)).collect();
        for dir in buildable() {
            if !reached.contains(dir) {
                entries.push(dir);
                reached.extend(self.reach(dir));
            }
        }
        entries.sort_unstable();
        entries
    }

    /// The directories with kustomizations that building one reads, itself included.
    pub fn reach(&self, dir: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut waiting = vec![dir.to_owned()];
        while let Some(next) = waiting.pop() {
            if let Some((dir, _)) = self.nodes.get_key_value(&next)
                && reached.insert(dir.as_str())
            {
                waiting.extend(self.references(dir));
            }
        }
        reached
    }

    /// What keeps an entry point from being built here, if anything does.
    pub fn obstacle(&self, dir: &str, allow_remote: bool) -> Option<Obstacle> {
        let nodes = || self.reach(dir).into_iter().filter_map(|dir| self.nodes.get(dir));
        let fetched = |node: &Node| {
            let Entry { value, .. } = node.kustomization.remote()?;
            Some(Obstacle::Remote { file: node.file.clone(), address: value.clone() })
        };
        let inflated =
            |node: &Node| node.kustomization.helm.as_ref().map(|_| Obstacle::Helm { file: node.file.clone() });
        nodes().find_map(|node| if allow_remote { None } else { fetched(node) }).or_else(|| nodes().find_map(inflated))
    }

    /// The objects that an entry point lists, as they stand, when nothing in it would change them but
    /// for names and labels.
    pub(super) fn plain(&self, dir: &str) -> Option<BTreeMap<&str, &File>> {
        let nodes: Vec<(&str, &Node)> =
            self.reach(dir).into_iter().filter_map(|dir| Some((dir, self.nodes.get(dir)?))).collect();
        let changes = |node: &Node| {
            let kustomization = &node.kustomization;
            !kustomization.patches.is_empty()
                || !kustomization.components.is_empty()
                || !kustomization.plugins.is_empty()
                || kustomization.has_more
        };
        if nodes.iter().any(|(_, node)| changes(node)) {
            return None;
        }
        let listed = nodes.iter().flat_map(|(dir, node)| {
            let entries = node.kustomization.resources.iter();
            entries.filter_map(|entry| self.files.get_key_value(&join(dir, &entry.value)))
        });
        Some(listed.map(|(path, file)| (path.as_str(), file)).collect())
    }

    /// The namespaces of what building an entry point may give; `None` when it may be any.
    pub fn namespaces(&self, dir: &str) -> Option<BTreeSet<&str>> {
        let mut namespaces = BTreeSet::new();
        for node in self.reach(dir).into_iter().filter_map(|dir| self.nodes.get(dir)) {
            let kustomization = &node.kustomization;
            let is_open = kustomization.has_more || kustomization.helm.is_some() || !kustomization.plugins.is_empty();
            if is_open || kustomization.remote().is_some() {
                return None;
            }
            namespaces.extend(kustomization.namespace.as_deref());
            for entry in &kustomization.resources {
                let path = join(parent(&node.file), &entry.value);
                let objects = self.files.get(&path).into_iter().flat_map(|file| &file.objects);
                namespaces.extend(objects.filter_map(|observed| observed.object.namespace()));
            }
        }
        Some(namespaces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (path, text) in files {
            if path.ends_with("kustomization.yaml") {
                tree.add_kustomization(path, text, !path.starts_with("../"));
            } else {
                tree.add_file(path, text);
            }
        }
        tree
    }

    const SERVER: &str = "apiVersion: mlops.seldon.io/v1alpha1\nkind: Server\nmetadata: {name: s, namespace: fin}\n";

    #[test]
    fn only_what_no_other_names_is_built() {
        let tree = tree(&[
            ("base/kustomization.yaml", "resources: [a.yaml]"),
            ("base/a.yaml", SERVER),
            ("comp/kustomization.yaml", "kind: Component"),
            ("alone/kustomization.yaml", "kind: Component"),
            ("over/dev/kustomization.yaml", "resources: [../../base]\ncomponents: [../../comp]\nnamespace: dev"),
            ("over/prod/kustomization.yaml", "resources: [../../base, ../../../outer]"),
            ("../outer/kustomization.yaml", "resources: []"),
            ("round/a/kustomization.yaml", "resources: [../b]"),
            ("round/b/kustomization.yaml", "resources: [../a]"),
        ]);
        assert_eq!(tree.entry_points(), ["over/dev", "over/prod", "round/a"]);
        assert_eq!(tree.reach("over/prod"), BTreeSet::from(["../outer", "base", "over/prod"]));
        assert_eq!(tree.namespaces("over/dev"), Some(BTreeSet::from(["dev", "fin"])));
        assert!(tree.parts().contains("base/a.yaml") && tree.parts().contains("comp/kustomization.yaml"));
    }

    #[test]
    fn the_nearest_kustomization_is_beside_a_file_or_around_it() {
        let tree = tree(&[("a/kustomization.yaml", "resources: []"), ("a/b/c/kustomization.yaml", "resources: []")]);
        for (path, nearest) in [
            ("a/b/c/x.yaml", Some("a/b/c/kustomization.yaml")),
            ("a/b/x.yaml", Some("a/kustomization.yaml")),
            ("x.yaml", None),
            ("/x.yaml", None),
        ] {
            assert_eq!(tree.nearest(path), nearest, "{path}");
        }
    }

    #[test]
    fn what_would_be_fetched_is_seen_behind_a_base() {
        let tree = tree(&[
            ("base/kustomization.yaml", "resources: ['https://example.com/a?ref=v1']"),
            ("over/kustomization.yaml", "resources: [../base]"),
            ("helm/kustomization.yaml", "helmCharts: [{name: a}]"),
        ]);
        let said = |dir: &str, allow| tree.obstacle(dir, allow).map(|obstacle| obstacle.to_string());
        assert_eq!(
            said("over", false).as_deref(),
            Some("base/kustomization.yaml names https://example.com/a?ref=v1, which would have to be fetched")
        );
        assert_eq!(said("over", true), None);
        assert!(said("helm", true).is_some_and(|text| text.contains("--enable-helm")));
        assert_eq!(tree.namespaces("over"), None);
    }
}
