//! Policies as the files of a repository, and as one stream.

use serde_json::json;

use super::Policy;
use crate::{overlay::FileTree, yaml};

/// The policies as one stream of YAML documents.
pub fn stream(policies: &[Policy]) -> String {
    policies.iter().map(document).collect::<Vec<_>>().join("---\n")
}

/// A file for each rule, and a kustomization that lists them.
pub fn files(policies: &[Policy]) -> FileTree {
    let mut tree = FileTree::default();
    let mut names = Vec::new();
    for policy in policies {
        let name = format!("{}-{}.yaml", policy.rule.id.to_lowercase(), policy.rule.name);
        tree.insert(name.clone(), document(policy));
        names.push(name);
    }
    let body = yaml::write(&json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": names,
    }));
    tree.insert("kustomization.yaml".to_owned(), format!("# Built by kubectl seldon policy.\n{body}"));
    tree
}

/// The objects of one rule under a comment that says what it is about.
fn document(policy: &Policy) -> String {
    let rule = policy.rule;
    let limits = policy.limits.map(|limits| format!("# An approximation. {limits}\n")).unwrap_or_default();
    let objects: Vec<String> = policy.objects.iter().map(|object| yaml::write(&object.to_value())).collect();
    format!("# {} {}: {}\n{limits}{}", rule.id, rule.name, rule.summary, objects.join("---\n"))
}
