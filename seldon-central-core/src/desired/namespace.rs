//! The tenant's Namespace.

use k8s_openapi::{api::core::v1::Namespace, apimachinery::pkg::apis::meta::v1::ObjectMeta};

use super::{tenant_label, typed};
use crate::{object::Object, profile::ResolvedTenant};

/// `kubernetes.io/metadata.name` is left to the API server, which sets it on every namespace.
pub(super) fn build(resolved: &ResolvedTenant) -> Object {
    let tenant = &resolved.tenant;
    let mut labels = tenant.labels.clone();
    labels.extend(tenant_label(resolved));
    typed(&Namespace {
        metadata: ObjectMeta {
            name: Some(tenant.namespace.to_string()),
            labels: Some(labels),
            annotations: (!tenant.annotations.is_empty()).then(|| tenant.annotations.clone()),
            ..ObjectMeta::default()
        },
        ..Namespace::default()
    })
}
