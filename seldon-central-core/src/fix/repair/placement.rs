//! What may give a Model a place: every way to make one Server of its namespace take it.

use serde_json::{Value, json};

use super::{
    super::{Edit, find},
    Remedy,
};
use crate::{
    finding::Outcome,
    object::Object,
    pattern::EXPLAINER_CAPABILITY,
    reason::{
        capability::meant,
        placement::{MemoryNeed, ModelNeeds, Requirement, ServerView},
    },
    rules::World,
    text,
};

/// Servers that are tried, the one that the Model names first.
const TRIED: usize = 4;

/// The ways, those with the fewest changes first.
pub(crate) fn places(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let model = find(world.snapshot, &outcome.object);
    model.map_or_else(Vec::new, |model| Remedy::proposed(ways(world, &model.object)))
}

fn ways(world: &World<'_>, model: &Object) -> Vec<Vec<Edit>> {
    let needs = ModelNeeds::of(model);
    let scheduler = world.scheduler();
    let own = scheduler.servers().iter().filter(|server| Some(server.namespace) == model.namespace());
    let mut own: Vec<&ServerView<'_>> = own.collect();
    own.sort_by_key(|server| needs.server != Some(server.name()));
    let roomier = scheduler.crowd(&needs).map(|crowd| {
        let server = own.iter().find(|server| server.observed.object.id() == crowd.server);
        server.map_or_else(Vec::new, |server| more_replicas(server, crowd.others.len()))
    });
    let ways = own.into_iter().take(TRIED).flat_map(|server| {
        let others = scheduler.asked_by_others(&needs, server);
        onto(model, &needs, server, others)
    });
    let mut ways: Vec<Vec<Edit>> = ways.filter(|way| !way.is_empty()).collect();
    ways.sort_by_key(Vec::len);
    roomier.unwrap_or_default().into_iter().chain(ways).collect()
}

/// One replica more, two more, and so on until each of the others could have one.
fn more_replicas(server: &ServerView<'_>, others: usize) -> Vec<Vec<Edit>> {
    let most = server.replicas.saturating_add(others as u64);
    (server.replicas.saturating_add(1)..=most).map(|replicas| grown(&server.observed.object, replicas)).collect()
}

/// A Server with this many replicas.
fn grown(server: &Object, replicas: u64) -> Vec<Edit> {
    let mut edits = vec![Edit::set(server, "/spec/replicas", replicas)];
    let limit = server.pointer("/spec/maxReplicas").and_then(Value::as_u64);
    if limit.is_some_and(|limit| limit > 0 && limit < replicas) {
        edits.push(Edit::set(server, "/spec/maxReplicas", replicas));
    }
    edits
}

/// The ways to one Server.
fn onto(model: &Object, needs: &ModelNeeds<'_>, server: &ServerView<'_>, others: u64) -> Vec<Vec<Edit>> {
    let mut start = Vec::new();
    if needs.server != Some(server.name()) {
        start.push(Edit::set(model, "/spec/server", server.name()));
    }
    let mut ways = vec![start];
    for choice in [labels(model, needs, server), replicas(model, needs, server), memory(model, needs, server, others)] {
        ways = ways.iter().flat_map(|way| choice.iter().map(|more| [way.clone(), more.clone()].concat())).collect();
    }
    ways
}

/// Certain misspellings are put right in the Model. What else the Server does not declare is taken
/// for a misspelling too, or declared.
fn labels(model: &Object, needs: &ModelNeeds<'_>, server: &ServerView<'_>) -> Vec<Vec<Edit>> {
    let has = |label: &str| server.capabilities.has(label);
    let missing: Vec<&Requirement<'_>> = needs.requirements.iter().filter(|one| !has(one.label)).collect();
    let (mut certain, mut respelled, mut declared) = (Vec::new(), Vec::new(), Vec::new());
    for requirement in missing {
        let swap = |label: &str| Edit::set(model, requirement.path.clone(), label);
        let offered = server.capabilities.declared.iter().map(String::as_str);
        if let Some(right) = meant(requirement.label) {
            certain.push(swap(right));
            declared.extend((!has(right)).then_some(right));
            respelled.push((!has(right)).then(|| text::nearest(right, offered)).flatten().map(swap));
        } else {
            declared.push(requirement.label);
            respelled.push(Some(text::nearest(requirement.label, offered).map(swap)).flatten());
        }
    }
    if needs.is_explainer && !has(EXPLAINER_CAPABILITY) {
        declared.push(EXPLAINER_CAPABILITY);
    }
    declared.sort_unstable();
    declared.dedup();
    if declared.is_empty() {
        return vec![certain];
    }
    let swaps: Vec<Edit> = respelled.into_iter().flatten().collect();
    let mut ways = vec![[certain.clone(), declare(&server.observed.object, server, &declared)].concat()];
    if swaps.len() == declared.len() {
        ways.insert(0, [certain, swaps].concat());
    }
    ways
}

/// A list on the Server replaces its `ServerConfig`'s, so the first entry brings the others along.
fn declare(object: &Object, server: &ServerView<'_>, labels: &[&str]) -> Vec<Edit> {
    let has_own = object.pointer("/spec/capabilities").and_then(Value::as_array).is_some_and(|own| !own.is_empty());
    if has_own {
        return labels.iter().map(|label| Edit::set(object, "/spec/capabilities/-", *label)).collect();
    }
    let known = server.capabilities.declared.iter().map(String::as_str);
    let all: Vec<&str> = known.chain(labels.iter().copied()).collect();
    vec![Edit::set(object, "/spec/capabilities", json!(all))]
}

/// Fewer in the Model, where there is at least one to be had, or more on the Server.
fn replicas(model: &Object, needs: &ModelNeeds<'_>, server: &ServerView<'_>) -> Vec<Vec<Edit>> {
    if server.replicas > 0 && needs.replicas <= server.replicas {
        return vec![Vec::new()];
    }
    let mut ways = Vec::new();
    if server.replicas > 0 {
        ways.push(vec![Edit::set(model, needs.replicas_path, server.replicas)]);
    }
    ways.push(grown(&server.observed.object, needs.replicas.max(1)));
    ways
}

/// As much as there is on an empty replica, or what others that name the Server leave of it.
fn memory(model: &Object, needs: &ModelNeeds<'_>, server: &ServerView<'_>, others: u64) -> Vec<Vec<Edit>> {
    let (MemoryNeed::Bytes(needed), Ok(has)) = (&needs.memory, &server.memory) else {
        return vec![Vec::new()];
    };
    let left = has.saturating_sub(others);
    let whole = if needed > has { vec![Edit::set(model, "/spec/memory", amount(*has))] } else { Vec::new() };
    let rest =
        (left > 0 && left < *has && *needed > left).then(|| vec![Edit::set(model, "/spec/memory", amount(left))]);
    std::iter::once(whole).chain(rest).collect()
}

/// Bytes as a quantity that is no more than they are.
fn amount(bytes: u64) -> String {
    let units = [(30, "Gi"), (20, "Mi"), (10, "Ki")];
    match units.into_iter().find(|(shift, _)| bytes >> shift >= 64 || (bytes > 0 && bytes.trailing_zeros() >= *shift)) {
        Some((shift, unit)) => format!("{}{unit}", bytes >> shift),
        None => bytes.to_string(),
    }
}
