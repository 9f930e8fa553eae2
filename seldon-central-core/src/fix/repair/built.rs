//! Objects that are missing, as onboarding builds them.

use crate::{
    desired,
    name::{Namespace, ObjectName, ServerName},
    object::Object,
    profile::{Profile, Relay, Tenant, TenantServer, Wiring, resolve},
    resource::{Resource, SERVER},
    rules::World,
    surroundings::surroundings,
};

/// Which object of a tenant is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted<'a> {
    /// The one of this kind.
    Kind(&'static Resource),
    /// A Server with this name, or with the name that is free.
    Server(Option<&'a str>),
}

/// The object as the pattern has it for a tenant; `None` when it has none, or none that may be built.
pub(crate) fn built(world: &World<'_>, namespace: &str, wanted: Wanted<'_>) -> Option<Object> {
    let mut tenant = Tenant::new(Namespace::new(namespace).ok()?);
    if world.tenant(namespace).is_some_and(|view| view.wiring == Wiring::Relay) {
        tenant.wiring = Wiring::Relay;
        // The relay is there; no image of it is built.
        tenant.relay = Relay { image: Some("relay".to_owned()), ..Relay::default() };
    }
    let kind = match wanted {
        Wanted::Kind(kind) => kind,
        Wanted::Server(name) => {
            let name = name.map(ServerName::new).transpose().ok()?;
            tenant.servers = vec![TenantServer { name: name.as_ref().map(Into::into), ..TenantServer::default() }];
            &SERVER
        }
    };
    let mut control_plane = world.control_plane.clone();
    control_plane.seldon_config = ObjectName::new(world.central_seldon_config()).ok()?;
    let profile = Profile { control_plane, tenants: vec![tenant], suppressions: Vec::new() };
    let resolved = resolve(&profile, &surroundings(world.snapshot, &profile)).ok()?;
    desired::build(&resolved).objects().find(|object| object.is(kind)).cloned()
}
