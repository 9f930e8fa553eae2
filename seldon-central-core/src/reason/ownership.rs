//! Who owns a live object, by the marks that Argo CD, Flux, Helm and the operator leave on it.
//!
//! A change to an object that a GitOps controller owns does not last. An annotation that names
//! another object is a copy and means nothing; marks in `managedFields` outlive their maker and
//! still say whose fields they are.

use std::fmt;

use serde_json::Value;

use crate::{
    object::Object,
    pattern,
    resource::{NAMESPACE, NETWORK_POLICY, SELDON_RUNTIME, SERVER, SERVICE},
    snapshot::Snapshot,
};

/// The owner of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// An Argo CD Application, where the marks name one.
    ArgoCd {
        /// Name of the Application.
        application: Option<String>,
    },
    /// A Flux Kustomization, where the marks name one.
    FluxKustomization {
        /// `namespace/name`.
        name: Option<String>,
        /// Whether an annotation keeps Flux from changing the object back.
        suspended: bool,
    },
    /// A Flux `HelmRelease`.
    FluxHelmRelease {
        /// `namespace/name`.
        name: String,
    },
    /// A Helm release, where the marks name one.
    Helm {
        /// `namespace/name`.
        release: Option<String>,
    },
}

/// An owner and the mark that proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ownership {
    /// The owner.
    pub owner: Owner,
    /// The mark, for people: ``annotation `argocd.argoproj.io/tracking-id` ``.
    pub mark: String,
    /// JSON pointer to the mark.
    pub path: String,
}

impl Owner {
    /// Whether a change to the live object is undone without anybody asking for it: Flux can be told
    /// to leave an object alone.
    pub const fn reverts(&self) -> bool {
        !matches!(self, Self::FluxKustomization { suspended: true, .. })
    }

    /// Whether it looks at the live object only when the next release is rolled out.
    pub const fn is_helm(&self) -> bool {
        matches!(self, Self::Helm { .. } | Self::FluxHelmRelease { .. })
    }
}

fn annotation(key: &str) -> (String, String) {
    (format!("annotation `{key}`"), format!("/metadata/annotations/{}", escaped(key)))
}

fn label(key: &str) -> (String, String) {
    (format!("label `{key}`"), format!("/metadata/labels/{}", escaped(key)))
}

fn escaped(key: &str) -> String {
    key.replace('/', "~1")
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |f: &mut fmt::Formatter<'_>, what: &str, name: Option<&String>| match name {
            Some(name) => write!(f, "{what} `{name}`"),
            None => f.write_str(what),
        };
        match self {
            Self::ArgoCd { application } => named(f, "Argo CD application", application.as_ref()),
            Self::FluxKustomization { name, suspended } => {
                named(f, "Flux Kustomization", name.as_ref())?;
                f.write_str(if *suspended { " (not reconciled at present)" } else { "" })
            }
            Self::FluxHelmRelease { name } => named(f, "Flux HelmRelease", Some(name)),
            Self::Helm { release } => named(f, "Helm release", release.as_ref()),
        }
    }
}

/// The GitOps controller or Helm release that owns an object, if any does.
pub fn owner(object: &Object) -> Option<Ownership> {
    tracked_by_argo_cd(object)
        .or_else(|| labelled_by_flux(object))
        .or_else(|| released_by_helm(object))
        .or_else(|| managed(object))
}

/// The owner of an object among others. The operator wipes every mark from a Service that it takes over,
/// so the marks on what is around it speak for it.
pub fn owner_in(snapshot: &Snapshot, object: &Object) -> Option<Ownership> {
    owner(object).or_else(|| {
        let namespace = object.namespace().filter(|_| object.is(&SERVICE) && is_operator_made(object))?;
        let siblings = [&SELDON_RUNTIME, &SERVER, &NETWORK_POLICY].into_iter();
        let siblings = siblings.flat_map(|kind| snapshot.known_in(kind, namespace));
        let own = snapshot.known(&NAMESPACE).filter(|own| own.object.name() == namespace);
        siblings.chain(own).find_map(|sibling| owner(&sibling.object))
    })
}

/// The annotations that tell an owner.
pub(crate) const READ_ANNOTATIONS: [&str; 5] =
    [ARGO_TRACKING_ID, FLUX_SSA, FLUX_RECONCILE, HELM_RELEASE_NAME, HELM_RELEASE_NAMESPACE];

const ARGO_TRACKING_ID: &str = "argocd.argoproj.io/tracking-id";
const FLUX_SSA: &str = "kustomize.toolkit.fluxcd.io/ssa";
const FLUX_RECONCILE: &str = "kustomize.toolkit.fluxcd.io/reconcile";
const HELM_RELEASE_NAME: &str = "meta.helm.sh/release-name";
const HELM_RELEASE_NAMESPACE: &str = "meta.helm.sh/release-namespace";
const INSTANCE_LABEL: &str = "app.kubernetes.io/instance";
const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";

fn tracked_by_argo_cd(object: &Object) -> Option<Ownership> {
    let application = object
        .annotation(ARGO_TRACKING_ID)
        .and_then(|id| id.split_once(':'))
        .filter(|(_, tracked)| is_of(tracked, object))
        .map(|(application, _)| application.to_owned());
    let by_label = || {
        let application = object.label(INSTANCE_LABEL)?;
        manager(object, "argocd-controller").then(|| application.to_owned())
    };
    let (application, (mark, path)) = match application {
        Some(application) => (application, annotation(ARGO_TRACKING_ID)),
        None => (by_label()?, label(INSTANCE_LABEL)),
    };
    Some(Ownership { owner: Owner::ArgoCd { application: Some(application) }, mark, path })
}

/// Whether a tracking id's `group/Kind:namespace/name` is an object, with an empty group for the core one.
/// Of an object without a namespace the id holds the one that the Application deploys to.
fn is_of(tracked: &str, object: &Object) -> bool {
    let group = object.api_version().split_once('/').map_or("", |(group, _)| group);
    let kind = format!("{group}/{}", object.kind());
    let place = tracked.split_once(':').filter(|(tracked, _)| *tracked == kind);
    place
        .and_then(|(_, place)| place.split_once('/'))
        .is_some_and(|(namespace, name)| name == object.name() && object.namespace().is_none_or(|own| own == namespace))
}

fn labelled_by_flux(object: &Object) -> Option<Ownership> {
    let named = |prefix: &str| {
        let name = object.label(&format!("{prefix}/name"))?;
        let namespace = object.label(&format!("{prefix}/namespace"))?;
        Some((format!("{namespace}/{name}"), format!("labels `{prefix}/*`"), label(&format!("{prefix}/name")).1))
    };
    if let Some((name, mark, path)) = named("helm.toolkit.fluxcd.io") {
        return Some(Ownership { owner: Owner::FluxHelmRelease { name }, mark, path });
    }
    let (name, mark, path) = named("kustomize.toolkit.fluxcd.io")?;
    let says = |annotation: &str, value: &str| {
        object.annotation(annotation).is_some_and(|found| found.eq_ignore_ascii_case(value))
    };
    let suspended = says(FLUX_SSA, "Ignore") || says(FLUX_RECONCILE, "disabled");
    Some(Ownership { owner: Owner::FluxKustomization { name: Some(name), suspended }, mark, path })
}

fn released_by_helm(object: &Object) -> Option<Ownership> {
    let release = object.annotation(HELM_RELEASE_NAME).map(|name| {
        let namespace = object.annotation(HELM_RELEASE_NAMESPACE).unwrap_or_default();
        format!("{namespace}/{name}")
    });
    let labelled = object.label(MANAGED_BY_LABEL) == Some("Helm");
    (labelled || release.is_some()).then(|| {
        let (mark, path) = match release {
            Some(_) => annotation(HELM_RELEASE_NAME),
            None => (format!("label `{MANAGED_BY_LABEL}: Helm`"), label(MANAGED_BY_LABEL).1),
        };
        Ownership { owner: Owner::Helm { release }, mark, path }
    })
}

/// What only `managedFields` tell: the operator's rewrite of a Service wipes every other mark.
fn managed(object: &Object) -> Option<Ownership> {
    let known = [
        ("argocd-controller", Owner::ArgoCd { application: None }),
        ("kustomize-controller", Owner::FluxKustomization { name: None, suspended: false }),
        ("helm", Owner::Helm { release: None }),
        ("Helm", Owner::Helm { release: None }),
        ("helm-controller", Owner::Helm { release: None }),
    ];
    let found = known.into_iter().find_map(|(name, owner)| Some((name, owner, managed_at(object, name)?)));
    let (name, owner, place) = found?;
    let path = format!("/metadata/managedFields/{place}/manager");
    Some(Ownership { owner, mark: format!("field manager `{name}`"), path })
}

fn manager(object: &Object, name: &str) -> bool {
    managed_at(object, name).is_some()
}

fn managed_at(object: &Object, name: &str) -> Option<usize> {
    let entries = object.pointer("/metadata/managedFields").and_then(Value::as_array)?;
    entries.iter().position(|entry| entry.get("manager").and_then(Value::as_str) == Some(name))
}

/// Whether the operator made this Service, or took it over: it is owned by a `SeldonRuntime`, or
/// carries what the operator last applied.
pub fn is_operator_made(object: &Object) -> bool {
    object.annotation(pattern::OPERATOR_LAST_APPLIED).is_some() || runtime_reference(object).is_some()
}

/// Index of the owner reference to a `SeldonRuntime`.
pub(crate) fn runtime_reference(object: &Object) -> Option<usize> {
    let references = object.pointer("/metadata/ownerReferences")?.as_array()?;
    references.iter().position(|reference| reference.get("kind").and_then(Value::as_str) == Some("SeldonRuntime"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn service(metadata: Value) -> Object {
        let mut value = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "seldon-scheduler", "namespace": "fin"}});
        let target = value["metadata"].as_object_mut().unwrap();
        let Value::Object(fields) = metadata else { panic!("no mapping") };
        target.extend(fields);
        Object::new(value).unwrap()
    }

    fn spoken(metadata: Value) -> Option<String> {
        let object = service(metadata);
        let found = owner(&object)?;
        assert!(object.pointer(&found.path).is_some(), "{found:?}");
        Some(format!("{} by {}", found.owner, found.mark))
    }

    #[test]
    fn each_mark_names_its_owner() {
        let managed = |name: &str| json!({"managedFields": [{"manager": name, "operation": "Apply"}]});
        for (metadata, wanted) in [
            (
                json!({"annotations": {ARGO_TRACKING_ID: "team-a:/Service:fin/seldon-scheduler"}}),
                "Argo CD application `team-a` by annotation `argocd.argoproj.io/tracking-id`",
            ),
            (
                json!({"labels": {INSTANCE_LABEL: "team-a"}, "managedFields": [{"manager": "argocd-controller"}]}),
                "Argo CD application `team-a` by label `app.kubernetes.io/instance`",
            ),
            (
                json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "t", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}),
                "Flux Kustomization `flux-system/t` by labels `kustomize.toolkit.fluxcd.io/*`",
            ),
            (
                json!({"labels": {"helm.toolkit.fluxcd.io/name": "r", "helm.toolkit.fluxcd.io/namespace": "fs", MANAGED_BY_LABEL: "Helm"}}),
                "Flux HelmRelease `fs/r` by labels `helm.toolkit.fluxcd.io/*`",
            ),
            (
                json!({"labels": {MANAGED_BY_LABEL: "Helm"}, "annotations": {"meta.helm.sh/release-name": "r", "meta.helm.sh/release-namespace": "n"}}),
                "Helm release `n/r` by annotation `meta.helm.sh/release-name`",
            ),
            (managed("argocd-controller"), "Argo CD application by field manager `argocd-controller`"),
            (managed("kustomize-controller"), "Flux Kustomization by field manager `kustomize-controller`"),
            (managed("helm"), "Helm release by field manager `helm`"),
            (managed("Helm"), "Helm release by field manager `Helm`"),
            (managed("helm-controller"), "Helm release by field manager `helm-controller`"),
        ] {
            assert_eq!(spoken(metadata).as_deref(), Some(wanted));
        }
    }

    #[test]
    fn a_copied_tracking_id_and_people_own_nothing() {
        assert_eq!(spoken(json!({"annotations": {ARGO_TRACKING_ID: "team-a:/Service:other/seldon-scheduler"}})), None);
        assert_eq!(spoken(json!({"managedFields": [{"manager": "kubectl-client-side-apply"}]})), None);
        assert_eq!(spoken(json!({"labels": {INSTANCE_LABEL: "release"}})), None);
    }

    #[test]
    fn a_tracking_id_of_what_has_no_namespace_holds_that_of_the_destination() {
        let tracked = |id: &str| {
            let metadata = json!({"name": "fin", "annotations": {ARGO_TRACKING_ID: id}});
            let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata});
            owner(&Object::new(namespace).unwrap()).map(|found| found.owner.to_string())
        };
        let named = Some("Argo CD application `team-a`".to_owned());
        assert_eq!(tracked("team-a:/Namespace:argocd/fin"), named);
        assert_eq!(tracked("team-a:/Namespace:/fin"), named);
        assert_eq!(tracked("team-a:/Namespace:fin/risk"), None);
    }

    #[test]
    fn the_operators_marks_are_seen() {
        assert!(is_operator_made(&service(json!({"annotations": {"seldon.io/last-applied": "UEs="}}))));
        assert!(is_operator_made(&service(json!({"ownerReferences": [{"kind": "SeldonRuntime", "name": "r"}]}))));
        assert!(!is_operator_made(&service(json!({}))));
    }
}
