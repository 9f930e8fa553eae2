//! Names that are global to a scheduler: who uses which, and which are free.

use std::collections::{BTreeMap, BTreeSet};

use super::{ResolveError, Surroundings};
use crate::{
    name::{ModelName, ServerName},
    profile::{Profile, ServerNameTemplate, Tenant},
};

/// Who uses which name on the scheduler, in the cluster and earlier in the profile.
pub(super) struct Names<'a> {
    profile: &'a Profile,
    around: &'a Surroundings,
    pub(super) used: BTreeMap<(&'static str, String), BTreeSet<String>>,
    /// The names that were given out already.
    claimed: BTreeSet<(&'static str, String)>,
}

impl<'a> Names<'a> {
    pub(super) fn new(around: &'a Surroundings, profile: &'a Profile) -> Self {
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
        Self { profile, around, used, claimed: BTreeSet::new() }
    }

    /// Claims a name that the profile spells out. That another tenant of the profile is given it as well is
    /// no use of it yet.
    pub(super) fn claim_given(&mut self, kind: &'static str, name: &str, tenant: &Tenant) -> Result<(), ResolveError> {
        let claimed = self.claim(kind, name, tenant);
        let Err(ResolveError::NameTaken { kind, name, tenant, used_by: other, proposal }) = claimed else {
            return claimed;
        };
        if let Some(used_by) = self.live_user(kind, &name, tenant.as_str()) {
            return Err(ResolveError::NameTaken { kind, used_by, name, tenant, proposal });
        }
        let remedy = match self.template(kind, &name) {
            Some(template) => format!("`{template}` gives each its own"),
            None => format!("`{proposal}` is free"),
        };
        Err(ResolveError::GivenTwice { kind, name, tenant, other, remedy })
    }

    /// Who in the cluster uses a name in another namespace than this.
    fn live_user(&self, kind: &str, name: &str, tenant: &str) -> Option<String> {
        let live = if kind == "Server" { &self.around.servers } else { &self.around.models };
        live.get(name)?.iter().find(|user| *user != tenant).cloned()
    }

    /// The template that gives each tenant that is given a Server's name a free name of its own.
    fn template(&self, kind: &'static str, name: &str) -> Option<String> {
        let template = ServerNameTemplate::new(format!("{{namespace}}-{name}")).ok().filter(|_| kind == "Server")?;
        let given = |tenant: &&Tenant| {
            let names = tenant.servers.iter().filter_map(|server| server.name.as_ref()?.fill(&tenant.namespace).ok());
            names.into_iter().any(|given| given.as_str() == name)
        };
        let is_free = |tenant: &Tenant| {
            template.fill(&tenant.namespace).is_ok_and(|own| !self.used.contains_key(&(kind, own.to_string())))
        };
        self.profile.tenants.iter().filter(given).all(is_free).then(|| template.to_string())
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
