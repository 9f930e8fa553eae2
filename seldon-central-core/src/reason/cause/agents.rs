//! Why an agent exits, and why it is not registered with the scheduler.

use serde_json::Value;

use super::{
    Causes, beside,
    link::{Dialler, central, link},
    pod::Trouble,
};
use crate::{
    finding::Evidence,
    log::{Connection, NotTold, Registration},
    needs::rclone_secrets,
    object::{Object, ObjectId},
    pattern,
    reason::placement::ModelNeeds,
    resource::{SECRET, SELDON_CONFIG, SELDON_RUNTIME},
    rules::{Agent, World},
};

/// Why an agent exits. By far the most frequent reason is a Secret of rclone settings that it lists
/// and does not find, or does not understand (facts 2.5).
pub(super) fn exits(world: &World<'_>, server: &Object, trouble: &Trouble<'_>) -> Causes {
    let namespace = server.namespace().unwrap_or_default();
    let said = agents(world, server).into_iter().find_map(|agent| {
        let log = [agent.log.ok(), agent.earlier].into_iter().flatten().find_map(|log| log.fatal.as_deref())?;
        Some(beside(format!("the log of {}: {log}", agent.pod.object.id())))
    });
    let evidence =
        |shown: Evidence| trouble.why.evidence.iter().cloned().chain(said.clone()).chain([shown]).collect::<Vec<_>>();
    for name in secrets(world, namespace) {
        let id = ObjectId::of(&SECRET, Some(namespace), &name);
        match world.snapshot.get(&SECRET, namespace, &name) {
            Ok(None) => {
                return Causes::proof(
                    format!("the agent exits, because {id} with settings of rclone is missing"),
                    evidence(beside(format!("there is no {id}"))),
                    format!("create {id}: `kubectl seldon onboard {namespace}` does"),
                );
            }
            Ok(Some(secret)) => {
                let keys = secret.object.pointer("/data").and_then(Value::as_object).map_or(0, serde_json::Map::len);
                if keys != 1 {
                    return Causes::proof(
                        format!("the agent exits, because {id} has {keys} keys and it takes exactly one"),
                        evidence(beside(format!("{id} has {keys} keys"))),
                        "keep one key in the Secret, with one rclone remote",
                    );
                }
            }
            Err(_) => {}
        }
    }
    match said {
        Some(said) => Causes::proof(
            "the agent exits, and its log says why",
            trouble.why.evidence.iter().cloned().chain([said]).collect(),
            "do what the line in the evidence says",
        ),
        None => Causes::default(),
    }
}

/// The Secrets of rclone settings that agents of a namespace read.
fn secrets(world: &World<'_>, namespace: &str) -> Vec<String> {
    let home = world.config_home(namespace);
    let mut names = Vec::new();
    for runtime in world.snapshot.known_in(&SELDON_RUNTIME, namespace) {
        let wanted = runtime.object.text("/spec/seldonConfig");
        let configs = world.snapshot.known_in(&SELDON_CONFIG, home);
        let config = configs.filter(|config| Some(config.object.name()) == wanted);
        names.extend(config.chain([runtime]).flat_map(|one| rclone_secrets(&one.object)).map(str::to_owned));
    }
    names
}

/// An agent that runs and is not ready, as from 2.9.1 on until it has subscribed.
pub(super) fn unready(world: &World<'_>, server: &Object, trouble: &Trouble<'_>) -> Causes {
    let namespace = server.namespace().unwrap_or_default();
    let mut causes = agents(world, server)
        .into_iter()
        .fold(Causes::default(), |causes, agent| causes.or(|| unconnected(world, namespace, &agent)));
    if causes.proved.is_empty() {
        causes = central(world);
    }
    if let Some(first) = causes.proved.first_mut() {
        first.message = format!("the agent does not reach the scheduler: {}", first.message);
        first.evidence.extend(trouble.why.evidence.iter().cloned());
    }
    causes
}

fn agents<'a>(world: &World<'a>, server: &Object) -> Vec<Agent<'a>> {
    world.agents(server).unwrap_or_default()
}

/// What the log of an agent shows of a connection that it has not.
fn unconnected(world: &World<'_>, namespace: &str, agent: &Agent<'_>) -> Causes {
    let Ok(log) = agent.log else { return Causes::default() };
    if !agent.is_running || matches!(log.connection, None | Some(Connection::Subscribed)) {
        return Causes::default();
    }
    let Some(failure) = &log.failure else { return Causes::default() };
    let said = beside(format!("the log of {}: {}", agent.pod.object.id(), failure.text));
    let mut causes = link(world, namespace, Dialler::Agent, failure);
    let Some(first) = causes.proved.first_mut() else {
        let remains: Vec<&str> = causes.possible.iter().map(|one| one.cause.as_str()).collect();
        let remains = if remains.is_empty() { String::new() } else { format!("; possibly {}", remains.join("; or ")) };
        let tell = causes.possible.first().map_or("look at the agent's log", |one| one.tell.as_str());
        return Causes::proof(format!("{}{remains}", failure.kind.sentence()), vec![said], tell);
    };
    first.evidence.insert(0, said);
    causes
}

/// Why the scheduler does not know a Server whose pods are ready and whose specification takes the
/// Model: by both ends' logs, as far as they were read.
pub(super) fn unregistered(world: &World<'_>, needs: &ModelNeeds<'_>, server: &Object) -> Causes {
    let namespace = server.namespace().unwrap_or_default();
    let agents = agents(world, server);
    let connection = agents.iter().fold(Causes::default(), |causes, agent| {
        causes.or(|| {
            let mut why = unconnected(world, namespace, agent);
            if let Some(first) = why.proved.first_mut() {
                first.message = format!("its agent does not reach the scheduler: {}", first.message);
            }
            why
        })
    });
    connection
        .or(|| undeclared(needs, &agents))
        .or(|| central(world))
        .or(|| unheard(world, server, &agents))
        .or(|| untold(server))
}

/// An agent that declares less than the specification does now.
fn undeclared(needs: &ModelNeeds<'_>, agents: &[Agent<'_>]) -> Causes {
    for agent in agents.iter().filter(|agent| agent.is_running) {
        let Some(declared) = agent.log.as_ref().ok().and_then(|log| log.capabilities.as_ref()) else { continue };
        let lacks = |label: &str| !declared.iter().any(|known| known == label);
        let Some(missing) = needs.requirements.iter().find(|requirement| lacks(requirement.label)) else { continue };
        let pod = agent.pod.object.id();
        return Causes::proof(
            format!("its agent declares no `{}`, which the Server does by now", missing.label),
            vec![
                Evidence::new(&missing.path, format!("`{}`", missing.label)),
                beside(format!("the log of {pod} declares {}", declared.join(", "))),
            ],
            format!("restart the pods of the Server: the operator did not roll {pod}"),
        );
    }
    Causes::default()
}

/// What the scheduler says of the Server's replicas.
fn unheard(world: &World<'_>, server: &Object, agents: &[Agent<'_>]) -> Causes {
    let Ok(Some(log)) = world.scheduler_log() else { return Causes::default() };
    let name = server.name();
    if log.notified.get(name) == Some(&0) {
        return Causes::proof(
            format!("the scheduler was last told that `{name}` has no replicas"),
            vec![beside(format!("the scheduler's log: `{name}` is expected with 0 replicas"))],
            "change the Server, so that the operator announces it anew",
        );
    }
    let replicas: Vec<_> = agents.iter().filter_map(|agent| agent.replica.clone()).collect();
    let of_all = if replicas.is_empty() { log.of_all(name, agents.len()) } else { Err(NotTold) };
    let is_known = |registration| {
        of_all == Ok(Some(registration))
            || replicas.iter().any(|replica| log.agents.get(replica) == Some(&registration))
    };
    if is_known(Registration::Subscribed) {
        return Causes::proof(
            "its agent is registered by now, and the scheduler tries a failed Model again only when an agent subscribes",
            vec![beside(format!("the scheduler's log has a subscription of `{name}`"))],
            "change the Model's specification, or restart a pod of the Server",
        );
    }
    let restart = "restart the pods of the Server, and read the log of its agents";
    if is_known(Registration::Disconnected) {
        let shown = beside(format!("the scheduler's log: an agent of `{name}` has disconnected"));
        return Causes::proof("its agent has disconnected from the scheduler", vec![shown], restart);
    }
    if log.from_the_start && !agents.is_empty() && (!replicas.is_empty() || of_all == Ok(None)) {
        let shown = beside(format!("the scheduler's log, from its start, has no subscription of `{name}`"));
        return Causes::proof("none of its agents has subscribed to the scheduler", vec![shown], restart);
    }
    Causes::default()
}

fn untold(server: &Object) -> Causes {
    let id = server.id();
    Causes::default()
        .possibly(
            "its agents are not connected to the scheduler",
            format!("look for `Subscribed to scheduler` in the log of container {} of {id}", pattern::AGENT_CONTAINER),
        )
        .possibly(
            "they declare something else than its specification",
            format!("hold `{}` of its pods against it", pattern::CAPABILITIES_ENV),
        )
        .possibly("they connected after the scheduler gave up on the Model", "change the Model's specification")
}
