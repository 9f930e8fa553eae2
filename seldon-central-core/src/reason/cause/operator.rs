//! Why the operator says nothing of an object.

use serde_json::Value;

use super::{Causes, beside, workload::Workload};
use crate::{
    object::{Object, ObjectId},
    pattern,
    reason::operator::{Operator, Watched},
    resource::DEPLOYMENT,
    rules::World,
};

/// Why the operator has not said anything in a namespace.
pub(super) fn silent(world: &World<'_>, namespace: &str) -> Causes {
    let own = world.control_plane.namespace.as_str();
    let id = ObjectId::of(&DEPLOYMENT, Some(own), pattern::OPERATOR_DEPLOYMENT);
    let log = format!("read the operator's log for {namespace}");
    if let Some(operator) = world.operator_of(namespace) {
        return watching(world, namespace, operator).or(|| down(world, &operator.observed.object)).or(|| {
            Causes::default()
                .possibly("an operator that has not come to it yet", "wait a moment")
                .possibly("an operator that fails on it", log)
        });
    }
    match world.snapshot.get(&DEPLOYMENT, own, pattern::OPERATOR_DEPLOYMENT) {
        Ok(_) => Causes::default()
            .possibly(
                format!("an operator that is not installed in {own}, which has no {id}"),
                format!("look for it in {own}"),
            )
            .possibly("one of another name that fails on it", log),
        Err(_) => Causes::default().possibly("an operator that does not run", format!("look at {id}")).possibly(
            format!("one that does not watch {namespace}"),
            format!("look at `CLUSTERWIDE` and `WATCH_NAMESPACES` of {id}"),
        ),
    }
}

/// Whether no operator watches a namespace. One of which nobody knows what it watches may be the one.
fn watching(world: &World<'_>, namespace: &str, operator: &Operator<'_>) -> Causes {
    let may_watch = |one: &Operator<'_>| one.watched.as_ref().map_or(true, |watched| watched.holds(namespace));
    match &operator.watched {
        Ok(watched) if !world.operators().iter().any(may_watch) => Causes::proof(
            format!("the operator does not watch {namespace}"),
            vec![beside(format!("{}: {watched}", operator.observed.object.id()))],
            match watched {
                Watched::Own(_) => "set `controller.clusterwide: true` in the setup chart's values".to_owned(),
                Watched::All | Watched::List { .. } => {
                    format!("add {namespace} to `controller.watchNamespaces` in the setup chart's values")
                }
            },
        ),
        _ => Causes::default(),
    }
}

/// Whether the operator runs. A Deployment that no controller has looked at says nothing of that.
fn down(world: &World<'_>, operator: &Object) -> Causes {
    let is_known = ["/status/observedGeneration", "/status/conditions"].iter().any(|at| operator.pointer(at).is_some());
    let ready = operator.pointer("/status/readyReplicas").and_then(Value::as_u64).unwrap_or(0);
    if !is_known || ready > 0 {
        return Causes::default();
    }
    let workload = Workload {
        snapshot: world.snapshot,
        namespace: operator.namespace().unwrap_or_default(),
        name: operator.name(),
        label: pattern::OPERATOR_POD_LABEL,
    };
    let shown = beside(format!("{} has no ready replica", operator.id()));
    match workload.causes().proved.into_iter().next() {
        Some(why) => Causes::proof(
            format!("the operator does not run: {}", why.message),
            std::iter::once(shown).chain(why.evidence).collect(),
            why.remedy,
        ),
        None => {
            Causes::proof("the operator does not run", vec![shown], format!("look at the pods of {}", operator.id()))
        }
    }
}
