//! Names of Models and Pipelines in Experiments and Pipelines.

use serde_json::{Value, json};

use super::{
    super::{Edit, find},
    Remedy,
};
use crate::{
    finding::Outcome,
    object::Object,
    resource::{EXPERIMENT, MODEL, PIPELINE, SERVER},
    rules::World,
    text,
};

/// Every name of nothing is put right or, where none is like it, given to a new Model.
pub(crate) fn references(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let Some(found) = find(world.snapshot, &outcome.object) else { return Vec::new() };
    let object = &found.object;
    let namespace = object.namespace().unwrap_or_default();
    let of_pipelines = object.is(&EXPERIMENT) && object.text("/spec/resourceType") == Some("pipeline");
    let kind = if of_pipelines { &PIPELINE } else { &MODEL };
    let known: Vec<&str> = world.snapshot.known_in(kind, namespace).map(|observed| observed.object.name()).collect();
    let mut edits: Vec<Edit> = Vec::new();
    for (path, name) in every_name(object) {
        if known.contains(&name.as_str()) {
            continue;
        }
        let edit = match text::nearest(&name, known.iter().copied()) {
            Some(meant) => Some(Edit::set(object, path, meant)),
            None if of_pipelines => None,
            None => draft(world, namespace, &name),
        };
        edits.extend(edit.filter(|edit| !edits.contains(edit)));
    }
    Remedy::proposed([edits])
}

/// A Model on the namespace's first Server, whose artifact its owner has to name.
fn draft(world: &World<'_>, namespace: &str, name: &str) -> Option<Edit> {
    let server = world.snapshot.known_in(&SERVER, namespace).next();
    let mut spec = json!({"storageUri": "s3://bucket/path"});
    if let (Some(server), Some(spec)) = (server, spec.as_object_mut()) {
        spec.insert("server".to_owned(), json!(server.object.name()));
    }
    let model = json!({
        "apiVersion": MODEL.api_version(), "kind": MODEL.kind,
        "metadata": {"name": name, "namespace": namespace}, "spec": spec,
    });
    Object::new(model).ok().map(Edit::put)
}

/// The names in an Experiment or a Pipeline, with where each stands.
pub(crate) fn every_name(object: &Object) -> Vec<(String, String)> {
    let lists = ["/spec/candidates", "/spec/steps"].into_iter().flat_map(|list| {
        let entries = object.pointer(list).and_then(Value::as_array).into_iter().flatten().enumerate();
        entries.filter_map(move |(index, entry)| Some((format!("{list}/{index}/name"), entry.get("name")?.as_str()?)))
    });
    let fixed = ["/spec/default", "/spec/mirror/name"].into_iter();
    let fixed = fixed.filter_map(|path| Some((path.to_owned(), object.text(path)?)));
    lists.chain(fixed).map(|(path, name)| (path, name.to_owned())).collect()
}
