//! Why a Server is not ready.

use super::{
    Causes, agents, beside,
    link::{Dialler, link},
    operator::silent,
    pod::Kind,
    told::{self, told},
    workload::Workload,
};
use crate::{
    finding::Evidence,
    log::{Failure, FailureKind},
    object::{Object, ObjectId},
    pattern,
    reason::{placement::Explanation, version::Versions},
    resource::SERVER_CONFIG,
    rules::World,
    text,
    version::Exact,
};

/// Why the operator has written no condition of a Server.
pub fn why_no_condition(world: &World<'_>, server: &Object) -> Explanation {
    let causes = told::stopped(world, server).or(|| silent(world, server.namespace().unwrap_or_default()));
    causes.of("the operator has written no condition of this Server")
}

/// Why a Server is not ready, by the reasons of its conditions, into which the operator writes
/// errors.
pub fn why_server(world: &World<'_>, server: &Object, reasons: &[&str]) -> Explanation {
    let mut why = by_reason(world, server, reasons);
    why.evidence.extend(told(world, server));
    why
}

fn by_reason(world: &World<'_>, server: &Object, reasons: &[&str]) -> Explanation {
    let says = |parts: &[&str]| reasons.iter().find(|reason| parts.iter().all(|part| reason.contains(part))).copied();
    if says(&["ServerConfig", "not found"]).is_some() {
        return config(world, server);
    }
    if says(&["ServerType not specified"]).is_some() {
        return plain("the Server names no ServerConfig", "set `spec.serverConfig`");
    }
    let call = says(&["get connection"]).or_else(|| says(&["server notify failed"])).or_else(|| says(&["rpc error"]));
    if let Some(error) = call {
        return unreached(world, server, error);
    }
    if says(&["replicas does not match"]).is_some() {
        let mut why = pods(world, server).of("pods of the Server are not up");
        why.remedy.push_str(late(world.versions()));
        return why;
    }
    plain("the Server is not Ready", "look at the reason in the evidence and at the operator's log")
}

fn plain(message: &str, remedy: &str) -> Explanation {
    Explanation { message: message.to_owned(), evidence: Vec::new(), remedy: remedy.to_owned() }
}

fn config(world: &World<'_>, server: &Object) -> Explanation {
    let own = world.config_home(server.namespace().unwrap_or_default());
    let name = server.text("/spec/serverConfig").unwrap_or_default();
    let symptom = format!("the operator does not find ServerConfig `{name}` in its own namespace");
    let there: Vec<&str> = world.snapshot.known_in(&SERVER_CONFIG, own).map(|one| one.object.name()).collect();
    let elsewhere = world.snapshot.known(&SERVER_CONFIG).map(|one| one.object.id());
    let elsewhere: Vec<ObjectId> = elsewhere.filter(|id| id.name == name && id.home() != Some(own)).collect();
    let mut evidence = vec![Evidence::new("/spec/serverConfig", format!("`{name}`"))];
    let listed = text::enumerate(there.iter().copied());
    evidence.extend((!there.is_empty()).then(|| beside(format!("{own} has {listed}"))));
    evidence.extend(elsewhere.iter().map(|id| beside(format!("{id} is where the operator does not look"))));
    if there.contains(&name) {
        return Explanation {
            message: format!("{symptom}, and by now it is there"),
            evidence,
            remedy: "wait for the operator to try again, or change the Server".to_owned(),
        };
    }
    let remedy = match text::nearest(name, there.iter().copied()).or(there.first().copied()) {
        Some(nearest) => format!("name a ServerConfig of {own}, such as `{nearest}`"),
        None => format!("create it in {own}"),
    };
    Explanation { message: symptom, evidence, remedy }
}

/// The operator's call about a Server failed.
fn unreached(world: &World<'_>, server: &Object, error: &str) -> Explanation {
    let namespace = server.namespace().unwrap_or_default();
    let failure = Failure::new(error);
    let symptom = "the operator does not reach the scheduler by the name in this namespace";
    let causes = link(world, namespace, Dialler::Operator, &failure);
    let symptom = if failure.kind == FailureKind::Other || !causes.proved.is_empty() {
        symptom.to_owned()
    } else {
        format!("{symptom}: {}", failure.kind.sentence())
    };
    let mut why = causes.of(&symptom);
    if Workload::server(world.snapshot, server).is_absent() {
        why.evidence.push(beside("there is no StatefulSet of it"));
    }
    why.message.push_str(no_pods(world.versions()));
    if why.remedy.is_empty() {
        why.remedy = format!("see where the Service `{}` of the namespace leads", pattern::SCHEDULER_SERVICE);
    }
    why
}

/// An operator before 2.10.1 asks the scheduler first and makes the pods afterwards
/// (`server_controller.go`, v2.10.0:109 and v2.10.1:149).
fn no_pods(versions: &Versions) -> &'static str {
    match versions.operator.range.is_from(Exact::V2_10_1) {
        Some(true) => "",
        Some(false) => "; before 2.10.1 the operator makes no pods of the Server until it reaches the scheduler",
        None => "; an operator before 2.10.1 makes no pods of the Server until it reaches the scheduler",
    }
}

/// An agent from 2.9.1 on is not ready before it has subscribed (`agent_svc_manager.go:230-238`).
fn late(versions: &Versions) -> &'static str {
    match versions.agents.range.is_from(Exact::V2_9_1) {
        Some(true) => "; an agent is not ready before it has subscribed to the scheduler",
        Some(false) => "",
        None => "; from 2.9.1 on an agent is not ready before it has subscribed to the scheduler",
    }
}

/// Why no pod, or too few, of a Server are ready.
pub(super) fn pods(world: &World<'_>, server: &Object) -> Causes {
    let workload = Workload::server(world.snapshot, server);
    for trouble in workload.troubles() {
        let is_agent = trouble.container == Some(pattern::AGENT_CONTAINER);
        let known = match trouble.kind {
            Kind::Exits if is_agent => agents::exits(world, server, &trouble),
            Kind::Unready if is_agent => agents::unready(world, server, &trouble),
            _ => Causes::default(),
        };
        if !known.proved.is_empty() {
            return known;
        }
    }
    workload.causes()
}
