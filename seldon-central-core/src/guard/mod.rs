//! Guardrails: what of a rule an API server can check by itself, before it stores an object.
//!
//! A rule that can be judged from one object alone says so in CEL ([`Guard`]), beside its check, and
//! [`policies`] makes a `ValidatingAdmissionPolicy` of it. What the expression cannot see of what the
//! rule does is said in [`Guard::limits`], and wherever the policy goes.

pub mod cel;
mod files;
mod page;
mod policy;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::{
    name::Namespace,
    profile::{ControlPlane, Profile, Wiring},
    resource::Resource,
    rules::{RULES, Rule},
};

pub use self::{
    files::{files, stream},
    page::page,
    policy::{Policy, policies},
};

/// What of a rule an API server can check, as an expression in CEL.
#[derive(Debug, Clone, Copy)]
pub struct Guard {
    /// The kinds of objects that it is about.
    pub kinds: &'static [&'static Resource],
    /// The only name that it is about; any when there is none.
    pub name: Option<&'static str>,
    /// Where these objects are.
    pub scope: Scope,
    /// What it takes from the profile and from the catalogue; the expression calls each `variables.NAME`.
    pub variables: fn(&ControlPlane) -> Vec<Variable>,
    /// True for an object, called `self`, on which the rule does not fire.
    pub holds: &'static str,
    /// What the rule sees and the expression does not, in sentences; `None` where they agree.
    pub limits: Option<&'static str>,
}

/// The namespaces that a guard is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The tenants.
    Tenants,
    /// The tenants that reach the scheduler by the alias and not by a relay.
    Aliased,
    /// The tenants and the control plane: all that share the scheduler.
    Scheduler,
}

/// A value that an expression uses by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Its value, in CEL.
    pub cel: String,
}

impl Guard {
    /// For guards that need no variables.
    pub const fn no_variables(_: &ControlPlane) -> Vec<Variable> {
        Vec::new()
    }
}

/// What happens to a request that a policy does not hold for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is refused.
    Deny,
    /// It is admitted, and whoever sent it is warned.
    Warn,
    /// It is admitted, and the audit log says so.
    Audit,
}

impl Action {
    /// As the Kubernetes API spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deny => "Deny",
            Self::Warn => "Warn",
            Self::Audit => "Audit",
        }
    }
}

/// Which namespaces are tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tenants {
    /// Those with the label that `onboard` gives them, whenever they get it.
    Labelled,
    /// These.
    Named {
        /// All of them.
        all: BTreeSet<Namespace>,
        /// Those among them that are wired by a relay.
        relayed: BTreeSet<Namespace>,
    },
}

impl Tenants {
    /// Those of a profile.
    pub fn of(profile: &Profile) -> Self {
        let namespaces = |is_meant: fn(Wiring) -> bool| {
            profile
                .tenants
                .iter()
                .filter(|tenant| is_meant(tenant.wiring))
                .map(|tenant| tenant.namespace.clone())
                .collect()
        };
        Self::Named { all: namespaces(|_| true), relayed: namespaces(|wiring| wiring == Wiring::Relay) }
    }
}

/// What policies are made for.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The control plane.
    pub control_plane: ControlPlane,
    /// Where the operator runs; what runs there is never refused anything.
    pub operator_namespace: Namespace,
    /// The tenants.
    pub tenants: Tenants,
    /// What is done about a request that a policy does not hold for. The API server takes `Deny` and
    /// `Warn` not together.
    pub actions: BTreeSet<Action>,
}

/// The rules that an API server can check.
pub fn guarded() -> impl Iterator<Item = (&'static Rule, &'static Guard)> {
    RULES.iter().filter_map(|rule| Some((*rule, rule.guard.as_ref()?)))
}
