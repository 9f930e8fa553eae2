//! A kustomize overlay.

use serde_json::json;

use super::{FileTree, Group, document, file_name};
use crate::{object::Object, yaml};

/// One directory with everything, or one for each namespace under a kustomization that lists them.
pub(super) fn render(groups: &[Group<'_>]) -> FileTree {
    let mut tree = FileTree::default();
    for group in groups {
        directory(&mut tree, &group.dir, group.objects.iter().copied());
    }
    if groups.iter().any(|group| !group.dir.is_empty()) {
        let directories: Vec<String> = groups.iter().map(|group| group.dir.trim_end_matches('/').to_owned()).collect();
        tree.insert("kustomization.yaml".to_owned(), kustomization(&directories));
    }
    tree
}

/// The objects of a directory and the kustomization that lists them.
pub(super) fn directory<'a>(tree: &mut FileTree, dir: &str, objects: impl Iterator<Item = &'a Object>) {
    let mut files = Vec::new();
    for object in objects {
        let file = file_name(object);
        tree.insert(format!("{dir}{file}"), document(object));
        files.push(file);
    }
    tree.insert(format!("{dir}kustomization.yaml"), kustomization(&files));
}

/// Without `sortOptions`, of which `kubectl apply -k` warns: kustomize's own order has the alias, as a Service, before
/// the runtime too.
fn kustomization(resources: &[String]) -> String {
    let body = yaml::write(&json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
    }));
    format!(
        "# Built by kubectl seldon onboard. The order is kustomize's own: the alias precedes the SeldonRuntime.\n{body}"
    )
}
