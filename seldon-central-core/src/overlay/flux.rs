//! Flux: each tenant in two overlays, so that Servers and Models wait for the runtime, and one Flux
//! Kustomization for each overlay.

use serde_json::{Value, json};

use super::{FileTree, Group, Handed, RepoPath, annotated, handle, handle_metadata, kustomize, repo_path};
use crate::{
    name::{Namespace, ObjectName},
    object::Object,
    resource::{MODEL, NAMESPACE, Resource, SELDON_RUNTIME, SERVER},
    yaml,
};

/// Annotation that keeps an object when its file goes.
pub(super) const PRUNE: &str = "kustomize.toolkit.fluxcd.io/prune";

/// Where Flux finds the overlays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flux {
    /// Directory of the overlays in the source.
    pub path: RepoPath,
    /// Kind of the source.
    pub source_kind: SourceKind,
    /// Name of the source; `flux bootstrap` calls it `flux-system`.
    pub source: ObjectName,
    /// Namespace of the source and of the Kustomizations.
    pub namespace: Namespace,
}

/// Kind of a Flux source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// A Git repository.
    GitRepository,
    /// An OCI artifact.
    OciRepository,
    /// A bucket.
    Bucket,
}

impl SourceKind {
    /// As `sourceRef.kind` spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GitRepository => "GitRepository",
            Self::OciRepository => "OCIRepository",
            Self::Bucket => "Bucket",
        }
    }
}

/// One overlay of a tenant.
struct Part<'a> {
    name: &'static str,
    objects: Vec<Object>,
    /// The kinds whose readiness is asked for.
    awaited: &'static [&'static Resource],
    /// The part that has to be ready before.
    after: Option<&'a str>,
}

/// The kind the first overlay waits for.
static RUNTIME_KINDS: [&Resource; 1] = [&SELDON_RUNTIME];
/// The kinds the second overlay is made of.
static SERVING_KINDS: [&Resource; 2] = [&SERVER, &MODEL];

pub(super) fn render(groups: &[Group<'_>], settings: &Flux) -> FileTree {
    let mut tree = FileTree::default();
    for group in groups {
        for part in parts(group) {
            let dir = format!("{}{}/", group.dir, part.name);
            kustomize::directory(&mut tree, &dir, part.objects.iter());
            let name = handle(group.namespace, part.name);
            let handed =
                Handed { name: &name, tenant: Some(group.namespace), path: repo_path(settings.path.as_str(), &dir) };
            let after = part.after.map(|after| handle(group.namespace, after));
            let text = kustomization(&handed, dir.trim_end_matches('/'), part.awaited, after, settings);
            tree.insert(format!("flux/kustomization-{name}.yaml"), text);
        }
    }
    tree
}

fn parts<'a>(group: &Group<'_>) -> Vec<Part<'a>> {
    let protected = |object: &&Object| {
        if object.is(&NAMESPACE) { annotated(object, PRUNE, "disabled") } else { (*object).clone() }
    };
    let (serving, runtime): (Vec<&Object>, Vec<&Object>) =
        group.objects.iter().partition(|object| object.is(&SERVER) || object.is(&MODEL));
    let mut parts = vec![Part {
        name: "runtime",
        objects: runtime.iter().map(protected).collect(),
        awaited: &RUNTIME_KINDS,
        after: None,
    }];
    if !serving.is_empty() {
        parts.push(Part {
            name: "models",
            objects: serving.into_iter().cloned().collect(),
            awaited: &SERVING_KINDS,
            after: Some("runtime"),
        });
    }
    parts
}

/// True only when the condition is there: `all` over a filtered list would be true without it.
const READY: &str = "has(status.conditions) && status.conditions.exists(e, e.type == 'Ready' && e.status == 'True')";

/// `dir` is the overlay, for people.
pub(super) fn kustomization(
    handed: &Handed<'_>,
    dir: &str,
    awaited: &[&Resource],
    after: Option<String>,
    settings: &Flux,
) -> String {
    let mut spec = json!({
        "interval": "10m",
        "retryInterval": "1m",
        "timeout": "10m",
        "path": format!("./{}", handed.path),
        "prune": true,
        "wait": true,
        "sourceRef": {"kind": settings.source_kind.as_str(), "name": settings.source},
    });
    if let Some(map) = spec.as_object_mut() {
        if let Some(after) = after {
            map.insert("dependsOn".to_owned(), json!([{"name": after}]));
        }
        if !awaited.is_empty() {
            let expressions: Vec<Value> = awaited
                .iter()
                .map(|kind| json!({"apiVersion": kind.api_version(), "kind": kind.kind, "current": READY}))
                .collect();
            map.insert("healthCheckExprs".to_owned(), Value::Array(expressions));
        }
    }
    let body = yaml::write(&json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": handle_metadata(handed, &settings.namespace),
        "spec": spec,
    }));
    format!("# Put this one where Flux looks; it reconciles the overlay {dir}.\n{body}")
}
