//! The tenant's `SeldonRuntime`.

use super::{metadata, seldon};
use crate::{
    api::{Override, SeldonRuntimeSpec},
    object::Object,
    pattern::Component,
    profile::{ControlPlane, ResolvedTenant, Runtime},
    resource::SELDON_RUNTIME,
};

/// The specification's overrides. `mlserver` is not among them, because it is no component and an
/// override of that name does nothing; the Server's own `replicas` count.
pub(super) fn build(control_plane: &ControlPlane, tenant: &ResolvedTenant) -> Object {
    let overrides = Component::ALL.into_iter().map(|component| component_override(&tenant.tenant.runtime, component));
    let spec =
        SeldonRuntimeSpec { overrides: overrides.collect(), seldon_config: control_plane.seldon_config.to_string() };
    seldon(&SELDON_RUNTIME, &metadata(tenant, tenant.runtime_name.as_str()), &spec)
}

fn component_override(runtime: &Runtime, component: Component) -> Override {
    // Any type on the scheduler's override makes the operator take the alias back or fail on it;
    // none on Envoy's would silently make `seldon-mesh` a ClusterIP.
    let service_type = match component {
        Component::Envoy => Some(runtime.settings(component).service_type.unwrap_or_default().as_str().to_owned()),
        _ => None,
    };
    Override {
        name: component.name().to_owned(),
        disable: None,
        replicas: Some(runtime.replicas(component)),
        service_type,
    }
}
