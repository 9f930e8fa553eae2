//! Names that are global to a scheduler: who uses which, and which are free.

use std::collections::{BTreeMap, BTreeSet};

use super::{ResolveError, Surroundings};
use crate::{
    name::{ModelName, ServerName},
    profile::{Profile, Tenant},
};

/// Who uses which name on the scheduler, in the cluster and earlier in the profile.
pub(super) struct Names {
    pub(super) used: BTreeMap<(&'static str, String), BTreeSet<String>>,
    /// The names that were given out already.
    claimed: BTreeSet<(&'static str, String)>,
}

impl Names {
    pub(super) fn new(around: &Surroundings, profile: &Profile) -> Self {
        let mut used: BTreeMap<(&'static str, String), BTreeSet<String>> = BTreeMap::new();
        for (kind, names) in [("Server", &around.servers), ("Model", &around.models)] {
            for (name, namespaces) in names {
                used.entry((kind, name.clone())).or_default().extend(namespaces.iter().cloned());
            }
        }
        // Names that the profile spells out are taken before defaults are chosen.
        for tenant in &profile.tenants {
            for name in tenant.servers.iter().filter_map(|server| server.name.as_ref()?.fill(&tenant.namespace).ok()) {
                used.entry(("Server", name.to_string())).or_default().insert(tenant.namespace.to_string());
            }
        }
        Self { used, claimed: BTreeSet::new() }
    }

    pub(super) fn claim(&mut self, kind: &'static str, name: &str, tenant: &Tenant) -> Result<(), ResolveError> {
        let users = self.used.entry((kind, name.to_owned())).or_default();
        let other = users.iter().find(|user| user.as_str() != tenant.namespace.as_str()).cloned();
        if let Some(used_by) = other {
            return Err(ResolveError::NameTaken {
                kind,
                name: name.to_owned(),
                tenant: tenant.namespace.clone(),
                used_by,
                proposal: self.free(kind, name, tenant),
            });
        }
        users.insert(tenant.namespace.to_string());
        if self.claimed.insert((kind, name.to_owned())) {
            return Ok(());
        }
        Err(ResolveError::DuplicateName { tenant: tenant.namespace.clone(), kind, name: name.to_owned() })
    }

    /// `{namespace}-{name}`, or the same with a number, short enough to be a name.
    pub(super) fn free(&self, kind: &'static str, name: &str, tenant: &Tenant) -> String {
        let stems = [format!("{}-{name}", tenant.namespace), name.to_owned()];
        let numbered =
            stems.iter().flat_map(|stem| (1..1000).map(move |number| (stem, (number > 1).then_some(number))));
        numbered
            .filter_map(|(stem, number)| distinct(kind, stem, number))
            .find(|candidate| self.used.get(&(kind, candidate.clone())).is_none_or(BTreeSet::is_empty))
            .unwrap_or_else(|| format!("{}-x", name.chars().take(SHORT).collect::<String>()))
    }
}

/// Bytes of a name that leave room for a number or a letter after it.
const SHORT: usize = 40;

/// The stem with a number, cut before it where the whole is too long to be a name.
fn distinct(kind: &str, stem: &str, number: Option<u16>) -> Option<String> {
    let is_name = |candidate: &str| match kind {
        "Server" => ServerName::new(candidate).is_ok(),
        _ => ModelName::new(candidate).is_ok(),
    };
    let Some(number) = number else { return is_name(stem).then(|| stem.to_owned()) };
    let short: String = stem.chars().take(SHORT).collect();
    [stem, short.trim_end_matches('-')].into_iter().map(|stem| format!("{stem}-{number}")).find(|name| is_name(name))
}
