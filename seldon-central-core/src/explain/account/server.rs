//! A Server: what it offers, and which Models it takes.

use super::{Standing, Story, count, list, model::fate, unknown};
use crate::{
    finding::Evidence,
    reason::{
        placement::ModelNeeds,
        quantity::readable,
        readiness::{Readiness, readiness},
    },
    resource::{MODEL, SERVER_CONFIG},
    rules::World,
    snapshot::Observed,
};

/// More Models than these are counted, not listed.
const LISTED: usize = 20;

pub(super) fn story(world: &World<'_>, observed: &Observed) -> Story {
    let server = &observed.object;
    let mut story = Story::default();
    config(&mut story, world, observed);
    let scheduler = world.scheduler();
    let namespace = server.namespace().unwrap_or_default();
    if let Some(view) = scheduler.named(server.name()).find(|view| view.namespace == namespace) {
        let declared = list(view.capabilities.declared.iter().map(String::as_str));
        let path =
            if server.pointer("/spec/capabilities").is_some() { "/spec/capabilities" } else { "/spec/serverConfig" };
        let from = Evidence::new(path, "where that comes from");
        story.proved(Standing::Fact, format!("Its agents declare {declared}"), vec![from]);
        if let Some(why) = &view.capabilities.open {
            unknown(&mut story, "There may be more capabilities", why);
        }
        let standing = if view.replicas == 0 { Standing::Bad } else { Standing::Fact };
        story.step(standing, format!("It has {}", count(view.replicas, "replica")));
        match &view.memory {
            Ok(bytes) => {
                story.step(Standing::Fact, format!("All models of a replica share {}", readable(*bytes)));
            }
            Err(why) => unknown(&mut story, "How much memory its models may share is not known", why),
        }
    } else {
        let central = world.control_plane.namespace.as_str();
        story
            .step(Standing::Bad, format!("{namespace} is no tenant of the scheduler in {central}, as far as is known"));
    }
    for twin in scheduler.named(server.name()).filter(|view| view.namespace != namespace) {
        let text = format!(
            "{} has the same name, and only one of the two registers with the scheduler",
            twin.observed.object.id()
        );
        story.step(Standing::Bad, text);
    }
    if let Readiness::Waiting { condition, says } = readiness(server)
        && observed.is_live()
    {
        let says = if says.is_empty() { "it is not there".to_owned() } else { says };
        story.step(Standing::Bad, format!("Its condition {condition} is not True: {says}"));
    }
    models(&mut story, world, observed);
    story
}

fn config(story: &mut Story, world: &World<'_>, observed: &Observed) {
    let central = world.control_plane.namespace.as_str();
    let name = observed.object.text("/spec/serverConfig").unwrap_or_default();
    match world.snapshot.get(&SERVER_CONFIG, central, name) {
        Ok(Some(_)) => {
            story.step(
                Standing::Good,
                format!("Its ServerConfig `{name}` is in {central}, where the operator looks for it"),
            );
        }
        Ok(None) => {
            let text = format!("Its ServerConfig `{name}` is not in {central}, where alone the operator looks for it");
            story.step(Standing::Bad, text);
        }
        Err(why) => unknown(story, &format!("Whether its ServerConfig `{name}` exists is not known"), &why),
    }
}

/// The Models that name it, or that it would take.
fn models(story: &mut Story, world: &World<'_>, observed: &Observed) {
    let server = &observed.object;
    let scheduler = world.scheduler();
    let shared = world.shared();
    let named = shared.objects(&MODEL).filter(|(namespace, model)| {
        Some(*namespace) == server.namespace() && model.object.text("/spec/server") == Some(server.name())
    });
    let named: Vec<_> = named.collect();
    let mut good = 0;
    for (index, (namespace, model)) in named.iter().enumerate() {
        let (standing, fate) = fate(&scheduler, &ModelNeeds::of(&model.object), namespace);
        good += usize::from(standing == Standing::Good);
        if index < LISTED {
            story.step(standing, format!("Of {}: {fate}", model.object.id()));
        }
    }
    if named.len() > LISTED {
        story.step(Standing::Fact, format!("and {} more Models", named.len() - LISTED));
    }
    story.headline = match (named.len(), good) {
        (0, _) => "no Model of its namespace names it".to_owned(),
        (1, 1) => "it takes the one Model that names it".to_owned(),
        (1, _) => "the one Model that names it is not known to fit".to_owned(),
        (all, good) if all == good => format!("it takes all {all} Models that name it"),
        (all, good) => format!("{good} of the {all} Models that name it are known to fit"),
    };
}
