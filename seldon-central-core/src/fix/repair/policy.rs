//! Rules of `NetworkPolicies`.

use serde_json::{Value, json};

use super::{
    super::{Edit, find},
    Remedy,
};
use crate::{
    finding::{Evidence, Outcome},
    pattern,
    rules::{FixSafety, World},
};

/// Adds the rules that a finding says are missing. One that admits everybody changes who can reach
/// the pods.
pub(crate) fn admitted(world: &World<'_>, outcome: &Outcome, safety: FixSafety) -> Vec<Remedy> {
    let (Some(policy), Some(finding)) = (find(world.snapshot, &outcome.object), outcome.finding()) else {
        return Vec::new();
    };
    let missing: Vec<(&str, Value)> = finding.evidence.iter().filter_map(missing_rule).collect();
    let is_for_all = |(_, rule): &(&str, Value)| rule.get("from").is_none() && rule.get("to").is_none();
    let safety = if missing.iter().any(is_for_all) { FixSafety::Unsafe } else { safety };
    Remedy::one(safety, missing.into_iter().map(|(path, rule)| Edit::set(&policy.object, path, rule)))
}

/// A rule that is evidence by being absent.
fn missing_rule(evidence: &Evidence) -> Option<(&str, Value)> {
    let path = evidence.path.ends_with("/-").then_some(evidence.path.as_str())?;
    Some((path, serde_json::from_str(&evidence.value).ok()?))
}

/// Rules that lead out on the usual ports; which addresses those are is not known here.
pub(crate) fn outside(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let Some(policy) = find(world.snapshot, &outcome.object) else { return Vec::new() };
    let ports = |lists: &[&[u16]]| {
        let mut ports: Vec<u16> = lists.iter().flat_map(|list| list.iter().copied()).collect();
        ports.sort_unstable();
        ports.dedup();
        let ports: Vec<Value> = ports.into_iter().map(|port| json!({"port": port, "protocol": "TCP"})).collect();
        vec![Edit::set(&policy.object, "/spec/egress/-", json!({"ports": ports}))]
    };
    let usual: [&[u16]; 2] = [&pattern::API_SERVER_PORTS, &pattern::OBJECT_STORE_PORTS];
    Remedy::proposed([ports(&usual), ports(&[usual[0], usual[1], &pattern::KAFKA_PORTS])])
}
