//! Why a Pipeline or an Experiment, which are composed of Models, is not ready.

use serde_json::Value;

use super::{
    Causes, beside,
    model::{called, is_call},
    operator::silent,
    told,
};
use crate::{
    finding::Evidence,
    object::Object,
    reason::{
        model_status::{Cause, ModelStatus},
        placement::Explanation,
    },
    resource::{MODEL, PIPELINE},
    rules::World,
};

/// Why a Pipeline or an Experiment is not ready; `None` when nothing says that it is not.
pub fn why_composed(world: &World<'_>, object: &Object) -> Option<Explanation> {
    let namespace = object.namespace().unwrap_or_default();
    let conditions = conditions(object);
    if conditions.is_empty() {
        let causes = told::stopped(world, object).or(|| silent(world, namespace));
        let mut why = causes.of("the operator has not said anything about it");
        why.evidence.insert(0, Evidence::new("/status/conditions", "none"));
        return Some(why);
    }
    let failed: Vec<&Condition<'_>> = conditions.iter().filter(|one| one.status == "False").collect();
    let first = failed.first()?;
    let names: Vec<&str> = failed.iter().map(|one| one.kind).filter(|kind| *kind != "Ready").collect();
    let symptom = match names.as_slice() {
        [] => "it is not ready".to_owned(),
        [one] => format!("{one} is False"),
        many => format!("{} are False", crate::text::enumerate(many.iter().copied())),
    };
    let call = failed.iter().flat_map(|one| one.texts).find(|text| is_call(text));
    let mut why = match call.and_then(|text| Some((text, Cause::of(text)?))) {
        Some((text, cause)) => called(world, namespace, text, cause),
        None => parts(world, object, first).of(&symptom),
    };
    let shown = failed.iter().map(|one| Evidence::new(&one.path, format!("{} False: {}", one.kind, one.said())));
    why.evidence.splice(0..0, shown);
    Some(why)
}

/// Whatever it is made of that is not ready itself.
fn parts(world: &World<'_>, object: &Object, first: &Condition<'_>) -> Causes {
    let namespace = object.namespace().unwrap_or_default();
    let (lists, kind) = match object.text("/spec/resourceType") {
        Some("pipeline") => (["/spec/candidates", "/spec/mirror"], &PIPELINE),
        _ if object.is(&PIPELINE) => (["/spec/steps", ""], &MODEL),
        _ => (["/spec/candidates", "/spec/mirror"], &MODEL),
    };
    let is_down = |part: &Object| match ModelStatus::of(part) {
        Some(status) if part.is(&MODEL) => !status.is_ready(),
        _ => conditions(part).iter().any(|one| one.status == "False"),
    };
    let known = world.snapshot.known_in(kind, namespace).map(|seen| &seen.object);
    let down: Vec<&Object> =
        known.filter(|part| names(object, lists).contains(&part.name()) && is_down(part)).collect();
    if down.is_empty() {
        let tell = match first.said() {
            said if said.is_empty() => "read the scheduler's log for its name".to_owned(),
            _ => "do what its status says, in the evidence".to_owned(),
        };
        return Causes::default().possibly("what its status says", tell);
    }
    let ids: Vec<String> = down.iter().map(|part| part.id().to_string()).collect();
    let shown = ids.iter().map(|id| beside(format!("{id} is not ready"))).collect();
    let remedy = format!("mend {} first", ids.join(", "));
    Causes::proof(format!("{} {} not ready", ids.join(", "), if ids.len() == 1 { "is" } else { "are" }), shown, remedy)
}

/// The names of the entries of lists, or of one object in the place of a list.
fn names<'a>(object: &'a Object, lists: [&str; 2]) -> Vec<&'a str> {
    let found = lists.into_iter().filter_map(|list| object.pointer(list));
    let entries = found.flat_map(|list| list.as_array().map_or(std::slice::from_ref(list), Vec::as_slice));
    entries.filter_map(|entry| entry.get("name")?.as_str()).collect()
}

/// A condition of a status.
struct Condition<'a> {
    path: String,
    kind: &'a str,
    status: &'a str,
    texts: [&'a str; 2],
}

impl Condition<'_> {
    fn said(&self) -> String {
        let texts: Vec<&str> = self.texts.into_iter().filter(|text| !text.is_empty()).collect();
        texts.join(", ")
    }
}

fn conditions(object: &Object) -> Vec<Condition<'_>> {
    let list = object.pointer("/status/conditions").and_then(Value::as_array);
    list.into_iter().flatten().enumerate().map(condition).collect()
}

fn condition((index, entry): (usize, &Value)) -> Condition<'_> {
    let text = |field: &str| entry.get(field).and_then(Value::as_str).unwrap_or_default();
    Condition {
        path: format!("/status/conditions/{index}"),
        kind: text("type"),
        status: text("status"),
        texts: [text("message"), text("reason")],
    }
}
