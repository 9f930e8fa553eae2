//! Waiting until what was written is ready.

use std::{collections::BTreeMap, time::Duration};

use seldon_central_core::{
    object::Object,
    reason::readiness::{Readiness, readiness},
};
use tokio::time::{Instant, sleep_until};

use super::plan::Plan;
use crate::{cluster::Cluster, error::CliError, exit::Exit, interrupt::Interrupt, progress::Progress, ui::Ui};

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
    let progress = Progress::begin(ui, "");
    let interrupted = || CliError::findings("interrupted while waiting, after everything was written");
    if interrupt.has_come().await {
        return Err(interrupted());
    }
    let ready = tokio::select! {
        ready = progress.during(until_ready(cluster, plan, limit, &progress)) => Some(ready),
        () = interrupt.come() => None,
    };
    ready.unwrap_or_else(|| Err(progress.awaited().into_iter().fold(interrupted(), CliError::hint)))
}

async fn until_ready(
    cluster: &Cluster,
    plan: &Plan,
    limit: Option<Duration>,
    progress: &Progress<'_>,
) -> Result<Exit, CliError> {
    let deadline = limit.map(|limit| progress.begun() + limit);
    let mut awaited: Vec<&Object> = plan
        .steps
        .iter()
        .map(|step| &step.wanted)
        .filter(|object| readiness(object) != Readiness::NotApplicable)
        .collect();
    loop {
        let mut waiting = BTreeMap::new();
        let mut left = Vec::new();
        for object in awaited {
            match look(cluster, object).await? {
                Readiness::Waiting { condition, says } => {
                    waiting.insert(object.id().to_string(), spoken(&condition, &says));
                    left.push(object);
                }
                Readiness::Ready | Readiness::NotApplicable => progress.tell(&format!("{}: ready", object.id())),
            }
        }
        progress.awaits("", waiting);
        if left.is_empty() {
            return Ok(Exit::Done);
        }
        let now = Instant::now();
        if let Some((limit, _)) = limit.zip(deadline).filter(|(_, deadline)| now >= *deadline) {
            return Err(given_up(&progress.awaited(), limit));
        }
        awaited = left;
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
        "" => format!("waiting for condition {condition}"),
        says => format!("waiting for condition {condition} ({says})"),
    }
}

fn given_up(waiting: &[String], limit: Duration) -> CliError {
    CliError::findings(format!(
        "not ready after {limit:?}, although everything was written:\n  {}",
        waiting.join("\n  ")
    ))
    .hint("--timeout waits longer")
}
