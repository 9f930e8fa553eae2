//! The tenant's Namespace.

use std::collections::BTreeMap;

use k8s_openapi::{api::core::v1::Namespace, apimachinery::pkg::apis::meta::v1::ObjectMeta};

use super::{tenant_label, typed};
use crate::{
    object::Object,
    pattern::{WIRING_LABEL, WIRING_RELAY},
    profile::{LabelKey, ResolvedTenant, Wiring},
};

/// `kubernetes.io/metadata.name` is left to the API server, which sets it on every namespace.
pub(super) fn build(resolved: &ResolvedTenant) -> Object {
    let tenant = &resolved.tenant;
    let text = |(key, value): (&LabelKey, &str)| (key.as_str().to_owned(), value.to_owned());
    let mut labels: BTreeMap<String, String> =
        tenant.labels.iter().map(|(key, value)| text((key, value.as_str()))).collect();
    labels.extend(tenant_label(resolved));
    // The guardrails for the alias leave such a namespace out.
    if tenant.wiring == Wiring::Relay {
        labels.insert(WIRING_LABEL.to_owned(), WIRING_RELAY.to_owned());
    }
    let annotations: BTreeMap<String, String> =
        tenant.annotations.iter().map(|(key, value)| text((key, value.as_str()))).collect();
    typed(&Namespace {
        metadata: ObjectMeta {
            name: Some(tenant.namespace.to_string()),
            labels: Some(labels),
            annotations: (!annotations.is_empty()).then_some(annotations),
            ..ObjectMeta::default()
        },
        ..Namespace::default()
    })
}
