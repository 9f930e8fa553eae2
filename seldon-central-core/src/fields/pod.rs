//! The parts that Seldon's kinds take over from Kubernetes, as each version was built with them.

use std::collections::BTreeMap;

use k8s_openapi::{
    api::core::v1::{Container, PersistentVolumeClaimSpec, PodSpec},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use serde::de::DeserializeOwned;

use super::{
    Tree,
    trace::{self, Traced},
};
use crate::version::SeldonVersion;

/// Fields of Kubernetes' types that the CRDs of 2.6 do not have and those of 2.9 do. Where between
/// them each came is not known, so 2.7 and 2.8 are given all.
const LATER_THAN_2_6: &[(&str, &[&str])] = &[
    ("Container", &["resizePolicy", "restartPolicy"]),
    ("EphemeralContainer", &["resizePolicy", "restartPolicy"]),
    ("Lifecycle", &["stopSignal"]),
    ("LifecycleHandler", &["sleep"]),
    ("PersistentVolumeClaimSpec", &["volumeAttributesClassName"]),
    ("PodAffinityTerm", &["matchLabelKeys", "mismatchLabelKeys"]),
    ("PodSecurityContext", &["appArmorProfile", "seLinuxChangePolicy", "supplementalGroupsPolicy"]),
    ("PodSpec", &["hostUsers", "resourceClaims", "resources", "schedulingGates"]),
    ("ResourceRequirements", &["claims"]),
    ("SecurityContext", &["appArmorProfile"]),
    ("TopologySpreadConstraint", &["matchLabelKeys", "nodeAffinityPolicy", "nodeTaintsPolicy"]),
    ("TypedObjectReference", &["namespace"]),
    ("Volume", &["image"]),
    ("VolumeMount", &["recursiveReadOnly"]),
    ("VolumeProjection", &["clusterTrustBundle"]),
];

/// Fields of a pod spec that Seldon's own type of it, which Servers and runtimes use, lacks.
const NOT_IN_SELDONS: &[&str] =
    &["ephemeralContainers", "hostUsers", "os", "resourceClaims", "resources", "schedulingGates", "serviceAccount"];

/// Kubernetes' own pod spec: of `SeldonConfigs` and `ServerConfigs`.
pub(super) fn spec(version: SeldonVersion) -> Tree {
    of::<PodSpec>(version)
}

/// Seldon's own pod spec: of Servers and of a runtime's overrides.
pub(super) fn seldons(version: SeldonVersion) -> Tree {
    let mut tree = spec(version);
    if let Tree::Fields(fields) = &mut tree {
        fields.retain(|name, _| !NOT_IN_SELDONS.contains(&name.as_str()));
    }
    tree
}

/// A container.
pub(super) fn container(version: SeldonVersion) -> Tree {
    of::<Container>(version)
}

/// What a volume claim asks for.
pub(super) fn claim(version: SeldonVersion) -> Tree {
    of::<PersistentVolumeClaimSpec>(version)
}

/// The metadata of any object.
pub(super) fn object_meta() -> Tree {
    of::<ObjectMeta>(SeldonVersion::default())
}

fn of<T: DeserializeOwned>(version: SeldonVersion) -> Tree {
    tree(trace::fields::<T>(), version)
}

fn tree(traced: Traced, version: SeldonVersion) -> Tree {
    let Traced::Struct { name, fields } = traced else { return Tree::Leaf };
    let kept = fields.into_iter().filter(|(field, _)| version != SeldonVersion::V2_6 || !is_later(name, field));
    let below = |field: &str, traced| match (name, field) {
        // A CRD keeps no metadata but the object's own.
        ("PersistentVolumeClaimTemplate", "metadata") => Tree::Fields(BTreeMap::new()),
        _ => tree(traced, version),
    };
    Tree::Fields(kept.map(|(field, traced)| (field.to_owned(), below(field, traced))).collect())
}

fn is_later(name: &str, field: &str) -> bool {
    LATER_THAN_2_6.iter().any(|(later, fields)| *later == name && fields.contains(&field))
}
