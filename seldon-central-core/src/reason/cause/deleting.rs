//! Why an object that is being deleted stays.

use serde_json::Value;

use super::{Causes, beside, link::astray, operator::silent, told};
use crate::{
    finding::Evidence,
    object::Object,
    pattern,
    reason::placement::Explanation,
    resource::{EXPERIMENT, PIPELINE, SERVER},
    rules::World,
    text,
};

/// Why an object that is being deleted stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleting {
    /// What holds it.
    pub why: Explanation,
    /// Whether it stays for ever unless something is done, and does not only take its time.
    pub is_stuck: bool,
}

/// Why a SeldonRuntime stays: the operator lets it go when its namespace has no Server any more
/// (`seldonruntime_controller.go:64-93`).
pub fn why_runtime_stays(world: &World<'_>, runtime: &Object) -> Deleting {
    const SYMPTOM: &str = "it is being deleted, and the operator has not let it go";
    if let Some(foreign) = foreign(runtime, pattern::RUNTIME_FINALIZER) {
        return foreign;
    }
    let namespace = runtime.namespace().unwrap_or_default();
    let servers: Vec<&Object> = world.snapshot.known_in(&SERVER, namespace).map(|seen| &seen.object).collect();
    if !servers.is_empty() {
        return held_by(world, runtime, &servers);
    }
    proved(held(world, runtime, namespace), SYMPTOM)
}

/// Servers hold the runtime of their namespace.
fn held_by(world: &World<'_>, runtime: &Object, servers: &[&Object]) -> Deleting {
    let namespace = runtime.namespace().unwrap_or_default();
    let stay: Vec<&str> = servers.iter().filter(|one| !is_deleting(one)).map(|one| one.name()).collect();
    let shown = servers.iter().map(|one| beside(format!("{} is still there", one.id())));
    let evidence = finalizers(runtime).into_iter().chain(shown).chain(told::told(world, runtime)).collect();
    let (message, remedy) = if stay.is_empty() {
        (
            "it is being deleted, and waits for the Servers of its namespace to be gone".to_owned(),
            "wait until the pods of the Servers have ended".to_owned(),
        )
    } else {
        (
            format!("it is being deleted, and the operator keeps it while {namespace} has Servers"),
            format!(
                "delete the Servers first: `kubectl delete servers.mlops.seldon.io {} -n {namespace}`",
                stay.join(" ")
            ),
        )
    };
    Deleting { why: Explanation { message, evidence, remedy }, is_stuck: !stay.is_empty() }
}

/// Why a Model, a Pipeline or an Experiment stays: the scheduler has to say that it unloaded it
/// (`operator/scheduler/model.go:327-335`).
pub fn why_model_stays(world: &World<'_>, model: &Object) -> Deleting {
    let (own, gone, left) = if model.is(&PIPELINE) {
        (pattern::PIPELINE_FINALIZER, "stop", "running")
    } else if model.is(&EXPERIMENT) {
        (pattern::EXPERIMENT_FINALIZER, "stop", "running")
    } else {
        (pattern::MODEL_FINALIZER, "unload", "loaded")
    };
    if let Some(foreign) = foreign(model, own) {
        return foreign;
    }
    let namespace = model.namespace().unwrap_or_default();
    let causes = silent_proved(world, namespace).or(|| astray(world, namespace)).or(|| told::stopped(world, model));
    let mut stays = proved(causes, &format!("it is being deleted and waits for the scheduler to {gone} it"));
    if !stays.is_stuck {
        "wait, and if it stays look whether `seldon-scheduler` of the namespace leads to the central scheduler"
            .clone_into(&mut stays.why.remedy);
    }
    let kind = model.kind().to_ascii_lowercase();
    stays.why.remedy = format!("{}; removing the finalizer by hand leaves the {kind} {left}", stays.why.remedy);
    stays.why.evidence.splice(0..0, finalizers(model));
    stays
}

/// Why a Server stays. The operator puts no finalizer on it, so `None` is one that is about to go.
pub fn why_server_stays(server: &Object) -> Option<Deleting> {
    finalizers(server)?;
    foreign(server, "")
}

/// What keeps the operator from letting a runtime go.
fn held(world: &World<'_>, runtime: &Object, namespace: &str) -> Causes {
    silent_proved(world, namespace).or(|| told::stopped(world, runtime)).possibly(
        "an operator that has not come to it yet",
        format!("wait a moment, and read the operator's log for `{}`", runtime.name()),
    )
}

/// What is proved of an operator that says nothing.
fn silent_proved(world: &World<'_>, namespace: &str) -> Causes {
    let causes = silent(world, namespace);
    if causes.proved.is_empty() { Causes::default() } else { causes }
}

fn proved(causes: Causes, symptom: &str) -> Deleting {
    let is_stuck = !causes.proved.is_empty();
    Deleting { why: causes.of(symptom), is_stuck }
}

/// Another's finalizer is all that holds it.
fn foreign(object: &Object, own: &str) -> Option<Deleting> {
    let held: Vec<&str> = names(object).collect();
    if held.contains(&own) {
        return None;
    }
    let list = text::enumerate(held.iter().copied());
    Some(Deleting {
        why: Explanation {
            message: format!("it is being deleted, and waits for {list}, which is not the operator's"),
            evidence: finalizers(object).into_iter().collect(),
            remedy: "wait, and if it stays look at whoever put the finalizer there".to_owned(),
        },
        is_stuck: false,
    })
}

fn finalizers(object: &Object) -> Option<Evidence> {
    let held = text::enumerate(names(object));
    (!held.is_empty()).then(|| Evidence::new("/metadata/finalizers", held))
}

fn names(object: &Object) -> impl Iterator<Item = &str> {
    let list = object.pointer("/metadata/finalizers").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

fn is_deleting(object: &Object) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some()
}
