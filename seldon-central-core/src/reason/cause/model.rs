//! Why a Model is not ready.

use super::{
    Causes, agents,
    link::{Dialler, link},
    operator::silent,
    server::pods,
    told,
    workload::Workload,
};
use crate::{
    finding::Evidence,
    log::{Failure, FailureKind},
    object::Object,
    reason::{
        model_status::{Cause, ModelStatus},
        placement::{Explanation, ModelNeeds, Outcome, Scheduler},
    },
    rules::World,
};

/// Why a Model is not ready, by the condition that says so; without one, why there is none.
pub fn why_model(
    world: &World<'_>,
    scheduler: &Scheduler<'_>,
    namespace: &str,
    model: &Object,
    status: Option<&ModelStatus<'_>>,
) -> Explanation {
    let Some(status) = status else {
        let causes = told::stopped(world, model).or(|| silent(world, namespace));
        return causes.of("the operator has not said anything about it");
    };
    let needs = ModelNeeds::of(model);
    match Cause::of(status.sentence) {
        Some(cause) if is_call(status.sentence) => called(world, namespace, status.sentence, cause),
        Some(Cause::Known { meaning, remedy }) => plain(meaning, remedy),
        Some(Cause::NoServer) => unscheduled(world, scheduler, &needs, namespace),
        Some(Cause::NoReplicas) => match scheduler.place(&needs) {
            Outcome::NoReplicas => scheduler.why_no_replicas(&needs),
            Outcome::Crowded(crowd) => crowd.why(&needs),
            _ => Causes::default()
                .possibly(
                    "other Models that take the memory",
                    "hold `kubectl get models -A` against the memory of the Server",
                )
                .possibly("replicas that are draining", "look for pods of the Server that are about to go")
                .possibly("fewer replicas that are connected than it has", "look at the pods of the Server")
                .of("no suitable Server has enough replicas with free memory that are not draining"),
        },
        None => match status.state {
            Some("ModelProgressing" | "ModelCreate") => {
                plain("it is still being loaded", "wait, and if it stays look at the log of the Server's agent")
            }
            Some("ModelScaledDown") => plain("it is scaled down to nothing", "give it replicas to serve it again"),
            Some("ScheduleFailed") => unscheduled(world, scheduler, &needs, namespace),
            _ => plain("it failed to load", "look at the logs of the Server's `agent` and `rclone` containers"),
        },
    }
}

/// Whether a sentence is the error of a call that the operator made.
pub(super) fn is_call(sentence: &str) -> bool {
    let folded = sentence.to_ascii_lowercase();
    folded.contains("rpc error")
        && ["unavailable", "canceled", "deadlineexceeded"].iter().any(|code| folded.contains(code))
}

/// The operator's call about the Model failed.
pub(super) fn called(world: &World<'_>, namespace: &str, sentence: &str, cause: Cause) -> Explanation {
    let failure = Failure::new(sentence);
    let causes = link(world, namespace, Dialler::Operator, &failure);
    let symptom = match (cause, failure.kind) {
        (_, FailureKind::Abandoned) => "the operator cannot pass it on",
        (Cause::Known { meaning, .. }, _) => meaning,
        _ => "the operator's call to the scheduler failed",
    };
    let found_nothing = causes.proved.is_empty() && causes.possible.is_empty();
    match cause {
        Cause::Known { meaning, remedy } if found_nothing => plain(meaning, remedy),
        _ => causes.of(symptom),
    }
}

/// The scheduler found no Server; says why, from what is declared and then from what runs.
fn unscheduled(world: &World<'_>, scheduler: &Scheduler<'_>, needs: &ModelNeeds<'_>, namespace: &str) -> Explanation {
    let ambiguous = scheduler.accepted(needs).into_iter().any(|server| scheduler.is_ambiguous(server));
    match scheduler.has_server(needs) {
        Err(_) if ambiguous => not_registered(world, scheduler, needs, namespace),
        Ok(false) => scheduler.why_no_server(needs, namespace),
        Ok(true) => not_registered(world, scheduler, needs, namespace),
        Err(reason) => Explanation {
            message: "the scheduler found no Server for it, and what is known does not tell why".to_owned(),
            evidence: vec![Evidence::new("/spec/requirements", reason.to_string())],
            remedy: "hold its requirements against `SELDON_SERVER_CAPABILITIES` of the Server's pods".to_owned(),
        },
    }
}

/// By its spec a Server takes the Model, so the scheduler does not know that Server as it is.
fn not_registered(
    world: &World<'_>,
    scheduler: &Scheduler<'_>,
    needs: &ModelNeeds<'_>,
    namespace: &str,
) -> Explanation {
    let accepted = scheduler.accepted(needs);
    let Some(server) = accepted.iter().find(|server| server.namespace == namespace).or(accepted.first()) else {
        return plain("the scheduler found no Server for it", "look at the Servers of the namespace");
    };
    let object = &server.observed.object;
    let id = object.id();
    let twin = scheduler.named(server.name()).find(|other| other.namespace != server.namespace);
    if let Some(twin) = twin {
        return Explanation {
            message: format!(
                "{id} would take it, but {} has the same name, and only one of the two registers",
                twin.namespace
            ),
            evidence: vec![Evidence::new(
                "/spec/server",
                format!("{} has the same name as {id}", twin.observed.object.id()),
            )],
            remedy: format!(
                "rename one of the two Servers, this one to `{}-{}` for example",
                server.namespace,
                server.name()
            ),
        };
    }
    let workload = Workload::server(world.snapshot, object);
    let ready = workload.ready();
    let is_down = ready == Some(0) || workload.is_absent();
    let mut why = if is_down {
        pods(world, object).of(&format!("{id} would take it, but none of its pods is ready"))
    } else {
        agents::unregistered(world, needs, object)
            .of(&format!("{id} would take it by its spec, but the scheduler does not know it so"))
    };
    why.evidence.extend(ready.map(|ready| Evidence::new("/spec/server", format!("{id} has {ready} ready pods"))));
    why
}

fn plain(message: &str, remedy: &str) -> Explanation {
    Explanation { message: message.to_owned(), evidence: Vec::new(), remedy: remedy.to_owned() }
}
