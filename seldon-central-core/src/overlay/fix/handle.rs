//! What hands an overlay to Argo CD or Flux.

use super::{ArgoCd, Flux, Namespace, ObjectName, argocd, flux};
use crate::{
    overlay::{self, Handed},
    resource::{MODEL, Resource, SELDON_RUNTIME, SERVER},
};

/// The object that hands an overlay over. One that hands the base over already has to give way to it,
/// so it has its name where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handle {
    /// Its name.
    pub name: ObjectName,
    /// The tenant, where the overlay is about one.
    pub tenant: Option<Namespace>,
}

/// The kinds whose readiness is asked for.
static AWAITED: [&Resource; 3] = [&SELDON_RUNTIME, &SERVER, &MODEL];

impl Handle {
    /// The handle of a tenant, with the name that onboarding gives to it.
    #[expect(clippy::missing_panics_doc, reason = "it never panics")]
    #[expect(clippy::unwrap_used, reason = "a namespace with a suffix that is cut to fit is a name")]
    pub fn of(tenant: &Namespace) -> Self {
        let name = ObjectName::new(overlay::handle(tenant.as_str(), "seldon")).unwrap();
        Self { name, tenant: Some(tenant.clone()) }
    }

    fn handed(&self, path: String) -> Handed<'_> {
        Handed { name: self.name.as_str(), tenant: self.tenant.as_ref().map(Namespace::as_str), path }
    }

    pub(super) fn application(&self, settings: &ArgoCd) -> String {
        argocd::application(&self.handed(overlay::repo_path(settings.path.as_str(), "")), settings, Vec::new())
    }

    pub(super) fn reconciled(&self, settings: &Flux) -> String {
        let path = overlay::repo_path(settings.path.as_str(), "");
        flux::kustomization(&self.handed(path.clone()), &path, &AWAITED, None, settings)
    }
}
