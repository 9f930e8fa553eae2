//! Argo CD: the overlay with sync waves, and one Application for each tenant.

use serde_json::{Value, json};

use super::{
    FileTree, Group, Handed, RepoPath, RepoUrl, Revision, annotated, handle, handle_metadata, kustomize, repo_path,
};
use crate::{
    name::{Namespace, ObjectName},
    object::Object,
    resource::{MODEL, NAMESPACE, SELDON_RUNTIME, SERVER},
    yaml,
};

/// Annotation with the order of an object.
pub(super) const SYNC_WAVE: &str = "argocd.argoproj.io/sync-wave";
/// Annotation with how an object is synced.
pub(super) const SYNC_OPTIONS: &str = "argocd.argoproj.io/sync-options";

/// Where Argo CD finds the overlay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgoCd {
    /// Git URL of the repository.
    pub repo_url: RepoUrl,
    /// Directory of the overlay in the repository.
    pub path: RepoPath,
    /// Branch, tag or commit.
    pub revision: Revision,
    /// Namespace of Argo CD.
    pub namespace: Namespace,
    /// The `AppProject`. A tenant's own project often may not create Namespaces and
    /// `NetworkPolicies`; this is the platform's.
    pub project: ObjectName,
}

pub(super) fn render(groups: &[Group<'_>], settings: &ArgoCd) -> FileTree {
    let waved: Vec<Vec<Object>> =
        groups.iter().map(|group| group.objects.iter().map(|object| in_wave(object)).collect()).collect();
    let groups: Vec<Group<'_>> = groups
        .iter()
        .zip(&waved)
        .map(|(group, objects)| Group {
            namespace: group.namespace,
            dir: group.dir.clone(),
            objects: objects.iter().collect(),
            scalable: group.scalable,
        })
        .collect();
    let mut tree = kustomize::render(&groups);
    for group in &groups {
        let handed = Handed {
            name: &handle(group.namespace, "seldon"),
            tenant: Some(group.namespace),
            path: repo_path(settings.path.as_str(), &group.dir),
        };
        let text = application(&handed, settings, ignored(group));
        tree.insert(format!("argocd/application-{}.yaml", group.namespace), text);
    }
    tree
}

/// Custom resources of one wave are applied by name, Models before their runtime, so each step has a
/// wave of its own. The Namespace survives the Application.
pub(super) fn in_wave(object: &Object) -> Object {
    let wave = if object.is(&NAMESPACE) {
        "-3"
    } else if object.is(&SELDON_RUNTIME) {
        "-1"
    } else if object.is(&SERVER) {
        "0"
    } else if object.is(&MODEL) {
        "1"
    } else {
        "-2"
    };
    let object = annotated(object, SYNC_WAVE, wave);
    if object.is(&NAMESPACE) {
        return annotated(&object, SYNC_OPTIONS, "Prune=false,Delete=false");
    }
    object
}

/// Replicas that nobody asked for are the scaler's, or every sync would take them back.
fn ignored(group: &Group<'_>) -> Vec<Value> {
    let ignored = group.scalable.iter().map(|server| {
        json!({
            "group": SERVER.group,
            "kind": SERVER.kind,
            "namespace": group.namespace,
            "name": server,
            "jsonPointers": ["/spec/replicas"],
        })
    });
    ignored.collect()
}

pub(super) fn application(handed: &Handed<'_>, settings: &ArgoCd, ignored: Vec<Value>) -> String {
    let mut options = vec!["ServerSideApply=true", "SkipDryRunOnMissingResource=true", "PruneLast=true"];
    if !ignored.is_empty() {
        // Without it the difference is not shown, and is still written over by a sync for other reasons.
        options.push("RespectIgnoreDifferences=true");
    }
    let mut application = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": handle_metadata(handed, &settings.namespace),
        "spec": {
            "project": settings.project,
            "source": {
                "repoURL": settings.repo_url.as_str(),
                "targetRevision": settings.revision.as_str(),
                "path": handed.path,
            },
            "destination": {"server": "https://kubernetes.default.svc"},
            "syncPolicy": {
                "automated": {"prune": true, "selfHeal": true},
                "syncOptions": options,
                "retry": {"limit": 5, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "5m"}},
            },
        },
    });
    if let Some(spec) = application.get_mut("spec").and_then(Value::as_object_mut) {
        if let (Some(tenant), Some(destination)) =
            (handed.tenant, spec.get_mut("destination").and_then(Value::as_object_mut))
        {
            destination.insert("namespace".to_owned(), tenant.into());
        }
        if !ignored.is_empty() {
            spec.insert("ignoreDifferences".to_owned(), ignored.into());
        }
    }
    let body = yaml::write(&application);
    format!("# Apply this one, or list it in your app of apps; it syncs the overlay beside it.\n{body}")
}
