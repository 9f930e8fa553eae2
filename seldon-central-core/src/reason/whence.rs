//! Where the owner of an object reads it: what an Argo CD Application or a Flux Kustomization says of
//! its repository.

use serde_json::Value;

use super::ownership::Owner;
use crate::{object::Object, resource::Resource};

/// `Application` of Argo CD.
pub static APPLICATION: Resource = Resource {
    group: "argoproj.io",
    version: "v1alpha1",
    kind: "Application",
    plural: "applications",
    namespaced: true,
};

/// `Kustomization` of Flux, which is not the file of that kind.
pub static FLUX_KUSTOMIZATION: Resource = Resource {
    group: "kustomize.toolkit.fluxcd.io",
    version: "v1",
    kind: "Kustomization",
    plural: "kustomizations",
    namespaced: true,
};

/// The object that makes an owner own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Maker {
    /// Its kind.
    pub kind: &'static Resource,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Where it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whence {
    /// Directory in the repository, without `./`.
    pub path: String,
    /// The repository's URL, or the kind and name of a Flux source.
    pub repository: Option<String>,
}

/// The object behind an owner, where the marks name one. Argo CD's own namespace is not among its marks;
/// Applications of other namespaces are called `NAMESPACE_NAME` in them.
pub fn maker(owner: &Owner, argocd_namespace: &str) -> Option<Maker> {
    let made = |kind, namespace: &str, name: &str| Maker { kind, namespace: namespace.into(), name: name.into() };
    match owner {
        Owner::ArgoCd { application: Some(application) } => {
            let (namespace, name) = application.split_once('_').unwrap_or((argocd_namespace, application));
            Some(made(&APPLICATION, namespace, name))
        }
        Owner::FluxKustomization { name: Some(name), .. } => {
            let (namespace, name) = name.split_once('/')?;
            Some(made(&FLUX_KUSTOMIZATION, namespace, name))
        }
        Owner::ArgoCd { .. } | Owner::FluxKustomization { .. } | Owner::FluxHelmRelease { .. } | Owner::Helm { .. } => {
            None
        }
    }
}

/// Where a maker reads; `None` when it does not say, reads charts, or reads from several places.
pub fn whence(maker: &Object) -> Option<Whence> {
    let source = |source: &Value| {
        let text = |field: &str| source.get(field).and_then(Value::as_str);
        let path = text("path").filter(|_| source.get("chart").is_none())?;
        Some(Whence { path: plain(path), repository: text("repoURL").map(str::to_owned) })
    };
    if maker.is(&APPLICATION) {
        let several = maker.pointer("/spec/sources").and_then(Value::as_array).into_iter().flatten();
        let mut found = maker.pointer("/spec/source").into_iter().chain(several).filter_map(source);
        return found.next().filter(|_| found.next().is_none());
    }
    let kind = maker.text("/spec/sourceRef/kind");
    let name = maker.text("/spec/sourceRef/name");
    let repository = kind.zip(name).map(|(kind, name)| format!("{kind} {name}"));
    let path = maker.text("/spec/path").unwrap_or_default();
    maker.is(&FLUX_KUSTOMIZATION).then(|| Whence { path: plain(path), repository })
}

/// A path without `./`; the root of the repository is `.`.
fn plain(path: &str) -> String {
    match crate::kustomize::normal(path) {
        path if path.is_empty() || path == "/" => ".".to_owned(),
        path => path,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(kind: &Resource, spec: &Value) -> Option<(String, Option<String>)> {
        let object = json!({
            "apiVersion": kind.api_version(), "kind": kind.kind,
            "metadata": {"name": "a", "namespace": "n"}, "spec": spec,
        });
        whence(&Object::new(object).unwrap()).map(|found| (found.path, found.repository))
    }

    #[test]
    fn the_makers_are_named_by_the_marks() {
        let at = |owner: &Owner| maker(owner, "argocd").map(|maker| (maker.kind.kind, maker.namespace, maker.name));
        let argo = |name: &str| Owner::ArgoCd { application: Some(name.to_owned()) };
        assert_eq!(at(&argo("team")), Some(("Application", "argocd".to_owned(), "team".to_owned())));
        assert_eq!(at(&argo("apps_team")), Some(("Application", "apps".to_owned(), "team".to_owned())));
        let flux = Owner::FluxKustomization { name: Some("flux-system/fin".to_owned()), suspended: false };
        assert_eq!(at(&flux), Some(("Kustomization", "flux-system".to_owned(), "fin".to_owned())));
        assert_eq!(at(&Owner::ArgoCd { application: None }), None);
        assert_eq!(at(&Owner::Helm { release: Some("a/b".to_owned()) }), None);
    }

    #[test]
    fn they_say_where_they_read() {
        let url = "https://git.example.com/a.git";
        let source = json!({"repoURL": url, "path": "./clusters/prod/"});
        let found = Some(("clusters/prod".to_owned(), Some(url.to_owned())));
        assert_eq!(of(&APPLICATION, &json!({"source": source})), found);
        assert_eq!(of(&APPLICATION, &json!({"sources": [source, {"repoURL": url, "chart": "c"}]})), found);
        assert_eq!(of(&APPLICATION, &json!({"sources": [source, source]})), None);
        assert_eq!(of(&APPLICATION, &json!({"source": {"chart": "c"}})), None);
        let reference = json!({"kind": "GitRepository", "name": "flux-system"});
        let spec = json!({"path": "./apps/fin", "sourceRef": reference});
        let named = Some("GitRepository flux-system".to_owned());
        assert_eq!(of(&FLUX_KUSTOMIZATION, &spec), Some(("apps/fin".to_owned(), named.clone())));
        assert_eq!(of(&FLUX_KUSTOMIZATION, &json!({"sourceRef": reference})), Some((".".to_owned(), named)));
    }
}
