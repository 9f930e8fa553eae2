//! Waiting until what was written is ready.

use std::{collections::BTreeMap, time::Duration};

use seldon_central_core::{
    object::{Object, ObjectId},
    reason::readiness::{Readiness, readiness},
    text::printable,
};
use tokio::time::{Instant, sleep_until};

use super::plan::Plan;
use crate::{cluster::Cluster, error::CliError, exit::Exit, interrupt::Interrupt, ui::Ui};

/// Between two looks at the same object. Conditions change in seconds, not in milliseconds.
const INTERVAL: Duration = Duration::from_secs(1);

/// Waits for every object of the plan that becomes ready, without a limit for ever, until somebody
/// asks for an end.
pub(super) async fn run(
    cluster: &Cluster,
    plan: &Plan,
    limit: Option<Duration>,
    interrupt: &mut Interrupt,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let mut said = BTreeMap::new();
    let interrupted = || CliError::findings("interrupted while waiting, after everything was written");
    if interrupt.has_come().await {
        return Err(interrupted());
    }
    let ready = tokio::select! {
        ready = until_ready(cluster, plan, limit, &mut said, ui) => Some(ready),
        () = interrupt.come() => None,
    };
    ready.unwrap_or_else(|| {
        let waiting = said.iter().filter(|(_, line)| *line != READY);
        let lines = waiting.map(|(id, line)| format!("{}: {line}", printable(&id.to_string())));
        Err(lines.fold(interrupted(), CliError::hint))
    })
}

/// What is said of an object that is ready.
const READY: &str = "ready";

async fn until_ready(
    cluster: &Cluster,
    plan: &Plan,
    limit: Option<Duration>,
    said: &mut BTreeMap<ObjectId, String>,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let begun = Instant::now();
    let deadline = limit.map(|limit| begun + limit);
    let mut awaited: Vec<&Object> = plan
        .steps
        .iter()
        .map(|step| &step.wanted)
        .filter(|object| readiness(object) != Readiness::NotApplicable)
        .collect();
    loop {
        let mut waiting = Vec::new();
        for object in awaited {
            let state = look(cluster, object).await?;
            let id = object.id();
            let line = match &state {
                Readiness::Waiting { condition, says } => spoken(condition, says),
                Readiness::Ready | Readiness::NotApplicable => READY.to_owned(),
            };
            if said.get(&id) != Some(&line) {
                ui.say(&format!("{:>4}s  {}: {line}", begun.elapsed().as_secs(), printable(&id.to_string())));
                said.insert(id, line);
            }
            if matches!(state, Readiness::Waiting { .. }) {
                waiting.push(object);
            }
        }
        if waiting.is_empty() {
            return Ok(Exit::Done);
        }
        let now = Instant::now();
        if let Some((limit, _)) = limit.zip(deadline).filter(|(_, deadline)| now >= *deadline) {
            return Err(given_up(&waiting, said, limit));
        }
        awaited = waiting;
        let next = now + INTERVAL;
        sleep_until(deadline.map_or(next, |deadline| next.min(deadline))).await;
    }
}

async fn look(cluster: &Cluster, object: &Object) -> Result<Readiness, CliError> {
    let Some(resource) = object.resource() else { return Ok(Readiness::NotApplicable) };
    Ok(match cluster.get(resource, object.namespace(), object.name()).await? {
        Some(live) => readiness(&live),
        None => Readiness::Waiting { condition: "Ready".to_owned(), says: "it does not exist any more".to_owned() },
    })
}

fn spoken(condition: &str, says: &str) -> String {
    match says {
        "" => format!("waiting for condition {}", printable(condition)),
        says => format!("waiting for condition {} ({})", printable(condition), printable(says)),
    }
}

fn given_up(waiting: &[&Object], said: &BTreeMap<ObjectId, String>, limit: Duration) -> CliError {
    let lines = waiting.iter().map(|object| {
        let id = object.id();
        let line = said.get(&id).map_or("", String::as_str);
        format!("{}: {line}", printable(&id.to_string()))
    });
    CliError::findings(format!(
        "not ready after {limit:?}, although everything was written:\n  {}",
        lines.collect::<Vec<_>>().join("\n  ")
    ))
    .hint("--timeout waits longer")
}
