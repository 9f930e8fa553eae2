//! Whether the operator can let go of what is deleted.

use super::{Plan, finalizers};
use crate::{
    pattern::OPERATOR_DEPLOYMENT,
    resource::DEPLOYMENT,
    rules::{self, RULES, Rule, World},
};

/// The rules of which a finding says that operator and scheduler do not find each other for a tenant.
const LINK: [&str; 7] = ["SCS0102", "SCS0103", "SCS0108", "SCS0501", "SCS0502", "SCS0601", "SCS0603"];

/// Why finalizers would stay: what keeps the operator from the scheduler. Empty where nothing is known to,
/// or no object of the plan has a finalizer of Seldon's.
pub fn unreachable(world: &World<'_>, namespace: &str, plan: &Plan) -> Vec<String> {
    let waits = |object| finalizers(object).iter().any(|finalizer| finalizer.starts_with("seldon."));
    if !plan.steps.iter().any(|step| waits(&step.object)) {
        return Vec::new();
    }
    let own = world.control_plane.namespace.as_str();
    let link: Vec<&'static Rule> = RULES.iter().copied().filter(|rule| LINK.contains(&rule.id)).collect();
    let concerns = |place: &str| place == namespace || place == own;
    let found = rules::run(&link, world).into_iter().filter_map(|outcome| {
        let finding = outcome.finding()?;
        let place = outcome.object.home().unwrap_or(&outcome.object.name);
        concerns(place).then(|| format!("{} {}: {}", outcome.rule, outcome.object, finding.message))
    });
    found.chain(operator(world, own)).collect()
}

/// What is wrong with the operator itself.
fn operator(world: &World<'_>, own: &str) -> Option<String> {
    match world.snapshot.get(&DEPLOYMENT, own, OPERATOR_DEPLOYMENT) {
        Ok(None) if world.operators().is_empty() => Some(format!("there is no operator in {own}")),
        Ok(Some(seen)) => {
            let available = seen.object.pointer("/status/availableReplicas").and_then(serde_json::Value::as_u64);
            (available.unwrap_or(0) == 0)
                .then(|| format!("{}: no replica of the operator is available", seen.object.id()))
        }
        Ok(None) | Err(_) => None,
    }
}
