//! A `SeldonRuntime`: what it runs, and what the operator makes of the alias beside it.

use super::{Standing, Story, count, unknown};
use crate::{
    finding::Evidence,
    object::Object,
    pattern::{self, Component},
    profile::Wiring,
    reason::{
        alias::{Difference, Prediction, Wanted, predict, reconciles},
        readiness::{Readiness, readiness},
        runtime::{override_of, replicas, running, service_type},
    },
    resource::{SELDON_CONFIG, SERVICE},
    rules::World,
    snapshot::Observed,
};

pub(super) fn story(world: &World<'_>, observed: &Observed) -> Story {
    let runtime = &observed.object;
    let central = world.control_plane.namespace.as_str();
    let is_central = runtime.namespace() == Some(central);
    let mut story = Story::default();
    let config = config(&mut story, world, runtime);
    for component in Component::ALL {
        component_step(&mut story, runtime, config, component, is_central);
    }
    if !is_central {
        alias(&mut story, world, runtime, config);
    }
    if let Readiness::Waiting { condition, says } = readiness(runtime)
        && observed.is_live()
    {
        let says = if says.is_empty() { "it is not there".to_owned() } else { says };
        story.step(Standing::Bad, format!("Its condition {condition} is not True: {says}"));
    }
    let runs: Vec<&str> = running(runtime).into_iter().map(Component::name).collect();
    let runs = if runs.is_empty() { "nothing".to_owned() } else { runs.join(", ") };
    let bad = story.steps.iter().filter(|step| step.standing == Standing::Bad).count();
    let trouble = match bad {
        0 => String::new(),
        1 => ", and one thing stands in its way".to_owned(),
        some => format!(", and {some} things stand in its way"),
    };
    story.headline = format!("it runs {runs}{trouble}");
    story
}

fn config<'a>(story: &mut Story, world: &World<'a>, runtime: &Object) -> Option<&'a Object> {
    let central = world.config_home(runtime.namespace().unwrap_or_default());
    let name = runtime.text("/spec/seldonConfig").unwrap_or_default();
    match world.snapshot.get(&SELDON_CONFIG, central, name) {
        Ok(Some(config)) => {
            story.step(
                Standing::Good,
                format!("Its SeldonConfig `{name}` is in {central}, where the operator looks for it"),
            );
            return Some(&config.object);
        }
        Ok(None) => {
            let text = format!("Its SeldonConfig `{name}` is not in {central}, where alone the operator looks for it");
            story.step(Standing::Bad, text);
        }
        Err(why) => unknown(story, &format!("Whether its SeldonConfig `{name}` exists is not known"), &why),
    }
    None
}

fn component_step(
    story: &mut Story,
    runtime: &Object,
    config: Option<&Object>,
    component: Component,
    is_central: bool,
) {
    let replicas = replicas(runtime, component);
    let is_scheduler = component == Component::Scheduler;
    let standing = match (is_scheduler, is_central, replicas) {
        (true, true, 1) | (true, false, 0) => Standing::Good,
        (true, ..) => Standing::Bad,
        (false, ..) => Standing::Fact,
    };
    let name = component.name();
    let runs = match replicas {
        0 => format!("{name} is off"),
        some => format!("{name} runs, in {}", count(some, "replica")),
    };
    let mesh = match service_type(runtime, config, component).filter(|_| component == Component::Envoy) {
        Some("") => "; its Service `seldon-mesh` is a ClusterIP, because the override names no type".to_owned(),
        Some(kind) => format!("; its Service `seldon-mesh` is a {kind}"),
        None => String::new(),
    };
    let kafka = if component.needs_kafka() && replicas > 0 { ", and needs Kafka" } else { "" };
    let text = format!("{runs}{mesh}{kafka}");
    let path = override_of(runtime, component).map(|(index, _)| format!("/spec/overrides/{index}"));
    let evidence = match path {
        Some(path) => Evidence::new(path, "its override"),
        None => Evidence::new("/spec/overrides", "none for it, so it runs once"),
    };
    story.proved(standing, text, vec![evidence]);
}

/// What the operator does with the Service that leads to the scheduler.
fn alias(story: &mut Story, world: &World<'_>, runtime: &Object, config: Option<&Object>) {
    let namespace = runtime.namespace().unwrap_or_default();
    if world.tenant(namespace).is_some_and(|tenant| tenant.wiring == Wiring::Relay) {
        story.step(Standing::Fact, "The tenant reaches the scheduler through a relay");
        return;
    }
    let alias = match world.snapshot.get(&SERVICE, namespace, pattern::SCHEDULER_SERVICE) {
        Ok(Some(alias)) => &alias.object,
        Ok(None) => {
            let text = "There is no Service `seldon-scheduler`, so the operator makes one that leads nowhere";
            story.step(Standing::Bad, text);
            return;
        }
        Err(why) => return unknown(story, "Whether there is an alias is not known", &why),
    };
    let target = alias.text("/spec/externalName").unwrap_or("no ExternalName");
    let leads = Evidence::new("/spec/externalName", target);
    match predict(alias, &Wanted::by(runtime, config, world.control_plane)) {
        Prediction::Stable => {
            story.proved(Standing::Good, "The operator leaves the alias `seldon-scheduler` as it is", vec![leads]);
        }
        Prediction::CannotTell(what) => {
            let text = format!(
                "What the operator does with the alias `seldon-scheduler` is not known: {what} is not in the input"
            );
            story.step(Standing::Unknown, text);
        }
        Prediction::Replaced(differences) | Prediction::FailsReconcile { differences, .. } => {
            let when = reconciles([runtime], world.versions().operator.range);
            let text = format!(
                "The operator replaces the alias `seldon-scheduler` at its next reconcile, or fails on it: {when}"
            );
            let difference =
                |d: &Difference| Evidence::new(&d.field, format!("{}; the operator's: {}", d.found, d.wanted));
            story.proved(Standing::Bad, text, differences.iter().map(difference).collect());
        }
    }
}
