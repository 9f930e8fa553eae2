//! What an alias that stands does not prove yet, because the operator has not been there.

use std::fmt;

use super::{Rule, World, belonging::is_alias, status::is_deleting};
use crate::{
    object::ObjectId,
    reason::reconciled::{Reconciled, is_marked_since},
    resource::{SELDON_RUNTIME, SERVICE},
    snapshot::Observed,
};

/// The rules that say whether an alias stands.
const ABOUT_ALIASES: [&str; 5] = ["SCS0501", "SCS0502", "SCS0503", "SCS0504", "SCS0505"];

/// Why nobody knows yet whether the operator leaves an alias alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasDoubt {
    /// The runtime that it depends on.
    pub runtime: ObjectId,
    /// What is missing.
    pub why: Doubt,
}

/// What is missing to know whether the operator leaves an alias alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The operator has not seen the runtime.
    NotSeen,
    /// It has seen it, and not got past the Services.
    NotReconciled,
    /// It has reconciled the runtime, and nothing shows that it did so since the alias was written. A
    /// reconcile that changes no status shows nothing, so that may stay so.
    NotMarked,
}

impl Doubt {
    /// Whether it goes by itself once the operator has come by.
    pub const fn can_be_awaited(self) -> bool {
        matches!(self, Self::NotSeen | Self::NotReconciled)
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSeen => "the operator has not seen it, so that its alias stands proves nothing yet",
            Self::NotReconciled => "the operator has not come to its end, so that its alias stands proves nothing yet",
            Self::NotMarked => {
                "nothing shows that the operator reconciled it since its alias was written; whether it leaves the \
                 alias alone shows at the next reconcile, which an annotation on the runtime brings about"
            }
        })
    }
}

/// What is not known of the aliases of tenants; nothing when none of the rules is about them.
pub fn alias_doubts(world: &World<'_>, rules: &[&'static Rule]) -> Vec<AliasDoubt> {
    if !rules.iter().any(|rule| ABOUT_ALIASES.contains(&rule.id)) {
        return Vec::new();
    }
    let snapshot = world.snapshot;
    let of_tenant = |namespace: &str| {
        let alias = snapshot.known_in(&SERVICE, namespace).find(|service| is_alias(&service.object))?;
        Some((alias, snapshot.known_in(&SELDON_RUNTIME, namespace).collect::<Vec<_>>()))
    };
    let aliased = world.tenants.iter().filter_map(|tenant| of_tenant(&tenant.namespace));
    let doubts = aliased.flat_map(|(alias, runtimes)| {
        runtimes
            .into_iter()
            .filter_map(move |runtime| Some(AliasDoubt { runtime: runtime.object.id(), why: doubt(runtime, alias)? }))
    });
    doubts.collect()
}

fn doubt(runtime: &Observed, alias: &Observed) -> Option<Doubt> {
    if !runtime.is_live() || !alias.is_live() || is_deleting(&runtime.object) {
        return None;
    }
    match Reconciled::of(&runtime.object) {
        Reconciled::Never => Some(Doubt::NotSeen),
        Reconciled::Begun => Some(Doubt::NotReconciled),
        Reconciled::Once => (!is_marked_since(&runtime.object, &alias.object)).then_some(Doubt::NotMarked),
    }
}
