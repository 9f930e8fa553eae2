//! Deleting kind by kind, waiting for each, and saying exactly how far it went.

use std::{collections::BTreeMap, time::Duration};

use seldon_central_core::{
    object::Object,
    offboard::{self, STAGES, finalizers},
    text::printable,
};
use tokio::time::{Instant, sleep, sleep_until};

use super::show;
use crate::{
    cluster::{Cluster, WriteError},
    error::CliError,
    interrupt::Interrupt,
    progress::Progress,
    ui::Ui,
};

/// Between two looks at what is on its way out.
const INTERVAL: Duration = Duration::from_millis(500);
/// How often an object is tried again that changes while it is deleted, as a status does, and how long apart.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(200);

/// One object on its way.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) object: Object,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Pending,
    Leaving,
    Gone,
}

impl Step {
    pub(super) fn all(steps: Vec<offboard::Step>) -> Vec<Self> {
        let state = |step: &offboard::Step| if step.is_leaving() { State::Leaving } else { State::Pending };
        steps.into_iter().map(|step| Self { state: state(&step), object: step.object }).collect()
    }

    /// Deletes it, unless it is another than the one that was planned. One whose status changed meanwhile is
    /// still the same.
    async fn delete(&mut self, cluster: &Cluster, dry_run: bool) -> Result<(), WriteError> {
        let mut attempts = ATTEMPTS;
        loop {
            match cluster.delete(&self.object, dry_run).await {
                Err(error @ WriteError::StaleVersion { .. }) if attempts > 0 => {
                    attempts -= 1;
                    sleep(PAUSE).await;
                    let Some(now) = look(cluster, &self.object).await? else { return Ok(()) };
                    // Whoever takes its label off it, or puts it under a controller, wants it to stay.
                    if now.labels() != self.object.labels() || generation(&now) != generation(&self.object) {
                        return Err(error);
                    }
                    self.object = now;
                }
                Err(WriteError::Gone { .. }) => return Ok(()),
                other => return other,
            }
        }
    }
}

fn generation(object: &Object) -> Option<&serde_json::Value> {
    object.pointer("/metadata/generation")
}

/// The object as it is, if it is still there.
async fn look(cluster: &Cluster, planned: &Object) -> Result<Option<Object>, WriteError> {
    let Some(resource) = planned.resource() else { return Ok(None) };
    let now = cluster.get(resource, planned.namespace(), planned.name()).await?;
    Ok(now.filter(|now| now.text("/metadata/uid") == planned.text("/metadata/uid")))
}

/// Lets the API server judge every deletion before the first.
pub(super) async fn judge(cluster: &Cluster, steps: &mut [Step], refused: &str) -> Result<(), CliError> {
    let mut faults = Vec::new();
    for step in steps.iter_mut().filter(|step| step.state == State::Pending) {
        if let Err(error) = step.delete(cluster, true).await {
            faults.push(error.to_string());
        }
    }
    match faults.as_slice() {
        [] => Ok(()),
        faults => Err(CliError::new(format!("{refused}:\n  {}", faults.join("\n  ")))),
    }
}

/// Deletes everything, each kind once all before it are gone.
pub(super) async fn run(
    cluster: &Cluster,
    steps: &mut [Step],
    limit: Option<Duration>,
    interrupt: &mut Interrupt,
    ui: &Ui,
) -> Result<(), CliError> {
    let progress = Progress::begin(ui, "waiting for ");
    let deadline = limit.map(|limit| progress.begun() + limit);
    for kind in STAGES {
        for index in 0..steps.len() {
            let Some(step) = steps.get_mut(index) else { continue };
            if !step.object.is(kind) || step.state != State::Pending {
                continue;
            }
            if interrupt.has_come().await {
                return Err(told(CliError::new("interrupted"), steps));
            }
            match step.delete(cluster, false).await {
                Ok(()) => step.state = State::Leaving,
                Err(error) => return Err(told(CliError::new(error.to_string()), steps)),
            }
        }
        let waited = tokio::select! {
            waited = progress.during(until_gone(cluster, steps, kind, deadline, &progress, ui)) => Some(waited),
            () = interrupt.come() => None,
        };
        match waited {
            Some(Ok(())) => {}
            Some(Err(error)) => return Err(told(error, steps)),
            None => return Err(told(CliError::new("interrupted while waiting"), steps)),
        }
    }
    Ok(())
}

async fn until_gone(
    cluster: &Cluster,
    steps: &mut [Step],
    kind: &seldon_central_core::resource::Resource,
    deadline: Option<Instant>,
    progress: &Progress<'_>,
    ui: &Ui,
) -> Result<(), CliError> {
    loop {
        let mut waiting = BTreeMap::new();
        for step in steps.iter_mut().filter(|step| step.object.is(kind) && step.state == State::Leaving) {
            match look(cluster, &step.object).await {
                Ok(None) => {
                    step.state = State::Gone;
                    ui.data(&show::line(&step.object, ""))?;
                }
                Ok(Some(now)) => drop(waiting.insert(now.id().to_string(), held_by(&now))),
                Err(error) => return Err(CliError::new(error.to_string())),
            }
        }
        if waiting.is_empty() {
            progress.awaits("", waiting);
            return Ok(());
        }
        let now = Instant::now();
        if deadline.is_some_and(|deadline| now >= deadline) {
            let lines: Vec<String> = waiting.iter().map(|(what, why)| format!("{what}: {why}")).collect();
            return Err(CliError::findings(format!("not gone in time:\n  {}", lines.join("\n  "))).hint(
                "--timeout waits longer; `kubectl seldon verify` says why operator and scheduler do not answer",
            ));
        }
        progress.awaits("", waiting);
        let next = now + INTERVAL;
        sleep_until(deadline.map_or(next, |deadline| next.min(deadline))).await;
    }
}

/// What keeps an object.
fn held_by(object: &Object) -> String {
    let finalizers = finalizers(object);
    let text = match finalizers.as_slice() {
        [] => "its deletion".to_owned(),
        [one] => format!("finalizer {one}"),
        several => format!("finalizers {}", several.join(", ")),
    };
    printable(&text).into_owned()
}

/// The error, with what is gone and what is not.
fn told(error: CliError, steps: &[Step]) -> CliError {
    let named = |state| {
        let names: Vec<String> =
            steps.iter().filter(|step| step.state == state).map(|step| step.object.id().to_string()).collect();
        names.join(", ")
    };
    let lists = [("gone", State::Gone), ("deleted and still there", State::Leaving), ("not deleted", State::Pending)];
    let lists = lists.into_iter().map(|(what, state)| (what, named(state))).filter(|(_, names)| !names.is_empty());
    let error = lists.fold(error, |error, (what, names)| error.hint(format!("{what}: {names}")));
    error.hint("the same command finishes it")
}
