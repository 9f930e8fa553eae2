//! A Server of the tenant.

use super::{metadata, seldon};
use crate::{
    api::ServerSpec,
    object::Object,
    profile::{ResolvedServer, ResolvedTenant},
    resource::SERVER,
};

pub(super) fn build(tenant: &ResolvedTenant, server: &ResolvedServer) -> Object {
    let spec = ServerSpec {
        server_config: server.server_config.to_string(),
        capabilities: server.capabilities.clone(),
        replicas: server.replicas,
        min_replicas: server.min_replicas,
        max_replicas: server.max_replicas,
    };
    seldon(&SERVER, &metadata(tenant, server.name.as_str()), &spec)
}
