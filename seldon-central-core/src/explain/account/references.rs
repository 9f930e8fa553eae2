//! Pipelines and Experiments: the Models they name, and what becomes of each.

use std::collections::BTreeSet;

use super::{Standing, Story, model::fate, unknown};
use crate::{
    finding::Evidence,
    fix::every_name,
    object::Object,
    reason::placement::ModelNeeds,
    resource::{EXPERIMENT, MODEL, PIPELINE},
    rules::World,
    snapshot::Observed,
};

pub(super) fn story(world: &World<'_>, observed: &Observed) -> Story {
    let object = &observed.object;
    let namespace = object.namespace().unwrap_or_default();
    let of_pipelines = object.is(&EXPERIMENT) && object.text("/spec/resourceType") == Some("pipeline");
    let kind = if of_pipelines { &PIPELINE } else { &MODEL };
    let scheduler = world.scheduler();
    let names = names(object);
    let mut story = Story::default();
    let mut good = 0;
    for (path, name) in &names {
        match world.snapshot.get(kind, namespace, name) {
            Ok(Some(found)) if !of_pipelines => {
                let (standing, fate) = fate(&scheduler, &ModelNeeds::of(&found.object), namespace);
                good += usize::from(standing == Standing::Good);
                story.proved(standing, format!("{}: {fate}", found.object.id()), vec![Evidence::new(path, name)]);
            }
            Ok(Some(found)) => {
                good += 1;
                story.proved(
                    Standing::Good,
                    format!("{} is there", found.object.id()),
                    vec![Evidence::new(path, name)],
                );
            }
            Ok(None) => {
                let text = format!("{namespace} has no {} `{name}`", kind.kind);
                story.proved(Standing::Bad, text, vec![Evidence::new(path, name)]);
            }
            Err(why) => unknown(&mut story, &format!("Whether {} `{name}` exists is not known", kind.kind), &why),
        }
    }
    if object.is(&PIPELINE) {
        let text = "Pipelines need Kafka, gateways and the dataflow engine; across namespaces of one scheduler their topics \
                    do not agree";
        story.step(Standing::Fact, text);
    }
    story.headline = match (names.len(), good) {
        (0, _) => "it names nothing".to_owned(),
        (all, good) if all == good => format!("each of the {all} {}s it names is there and has a place", kind.kind),
        (all, good) => {
            let are = if good == 1 { "is" } else { "are" };
            format!("{good} of the {all} {}s it names {are} known to be there and to have a place", kind.kind)
        }
    };
    story
}

/// The names in an Experiment or a Pipeline, each once, with where it stands first.
pub(super) fn names(object: &Object) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    every_name(object).into_iter().filter(|(_, name)| seen.insert(name.clone())).collect()
}
