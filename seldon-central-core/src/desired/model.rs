//! A Model of the tenant.

use super::{metadata, seldon};
use crate::{
    api::ModelSpec,
    object::Object,
    profile::{ResolvedModel, ResolvedTenant},
    resource::MODEL,
};

/// Always with `spec.server`: a Model without it may land on another tenant's Server.
pub(super) fn build(tenant: &ResolvedTenant, resolved: &ResolvedModel) -> Object {
    let model = &resolved.model;
    let spec = ModelSpec {
        storage_uri: model.storage_uri.as_str().to_owned(),
        requirements: model.requirements.iter().cloned().map(String::from).collect(),
        server: Some(resolved.server.to_string()),
        secret_name: model.secret_name.as_ref().map(ToString::to_string),
        memory: model.memory.clone().map(String::from),
        replicas: model.replicas,
        min_replicas: model.min_replicas,
        max_replicas: model.max_replicas,
    };
    seldon(&MODEL, &metadata(tenant, model.name.as_str()), &spec)
}
