//! Writing step by step, and saying exactly how far it went.

use std::{path::Path, pin::pin, time::Duration};

use seldon_central_core::object::Object;
use tokio::time::sleep;

use super::{
    show,
    steps::{State, Step},
};
use crate::{
    cluster::{Cluster, WriteError},
    error::CliError,
    interrupt::Interrupt,
    sink::files::shown,
    ui::Ui,
};

/// How long the answer to the last request is awaited once an end was asked for.
const GRACE: Duration = Duration::from_secs(5);

/// How often a Service that the operator is about to write is tried again, and how long apart.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(300);

/// Writes everything that changes. Whatever ends it in the middle is told with what was written and
/// what was not.
pub(super) async fn run(
    cluster: &Cluster,
    steps: &mut [Step],
    undo: Option<&Path>,
    interrupt: &mut Interrupt,
    ui: &Ui,
) -> Result<(), CliError> {
    for index in 0..steps.len() {
        if interrupt.has_come().await {
            return Err(told(CliError::new("interrupted"), steps, None, undo));
        }
        let Some(step) = steps.get_mut(index) else { continue };
        let word = step.word();
        if matches!(step.state, State::Judged(_)) {
            match send(cluster, step, interrupt, ui).await {
                Some(Ok(object)) => step.state = State::Written(object),
                Some(Err(error)) => {
                    let unanswered = error.is_unanswered().then_some(index);
                    return Err(told(CliError::new(error.to_string()), steps, unanswered, undo));
                }
                None => return Err(told(CliError::new("interrupted"), steps, Some(index), undo)),
            }
        }
        let Some(step) = steps.get(index) else { continue };
        ui.data(&show::line(&step.bound, word, "")).map_err(|error| told(error, steps, None, undo))?;
    }
    Ok(())
}

/// Writes one object; `None` when an end was asked for and the answer did not come in time.
async fn send(
    cluster: &Cluster,
    step: &mut Step,
    interrupt: &mut Interrupt,
    ui: &Ui,
) -> Option<Result<Option<Object>, WriteError>> {
    let mut written = pin!(write_step(cluster, step));
    tokio::select! {
        biased;
        written = &mut written => return Some(written),
        () = interrupt.come() => ui.notice("interrupted; the answer to what was sent last is awaited"),
    }
    tokio::select! {
        biased;
        written = written => Some(written),
        () = interrupt.come() => None,
        () = sleep(GRACE) => None,
    }
}

/// Writes one object. A runtime that was written just before makes the operator reconcile its objects,
/// so one that changed meanwhile is looked at again, and written if nothing of what is changed was.
async fn write_step(cluster: &Cluster, step: &mut Step) -> Result<Option<Object>, WriteError> {
    let mut attempts = ATTEMPTS;
    loop {
        match step.write(cluster, false).await {
            Err(error @ WriteError::StaleVersion { .. }) if attempts > 0 => {
                attempts -= 1;
                sleep(PAUSE).await;
                let Some(resource) = step.bound.resource() else { return Err(error) };
                let object = &step.bound.object;
                let now = cluster.get(resource, object.namespace.as_deref(), &object.name).await?;
                *step = now.and_then(|now| step.rebound(now)).ok_or(error)?;
            }
            other => return other,
        }
    }
}

/// The error, with what was written and what was not.
fn told(error: CliError, steps: &[Step], unanswered: Option<usize>, undo: Option<&Path>) -> CliError {
    let (mut written, mut open, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for (index, step) in steps.iter().enumerate() {
        let list = match step.state {
            _ if unanswered == Some(index) => &mut unknown,
            State::Written(_) => &mut written,
            State::Same => continue,
            State::Pending | State::Judged(_) => &mut open,
        };
        list.push(step.bound.object.to_string());
    }
    if written.is_empty() && unknown.is_empty() {
        return error.hint("nothing was written");
    }
    let lists = [("written", written), ("without an answer, so perhaps written", unknown), ("not written", open)];
    let is_whole = lists.iter().skip(1).all(|(_, list)| list.is_empty());
    let named = lists.into_iter().filter(|(_, list)| !list.is_empty());
    let error = named.fold(error, |error, (what, list)| error.hint(format!("{what}: {}", list.join(", "))));
    let error = error.hint(if is_whole { "that is everything" } else { "the same command finishes it" });
    match undo {
        Some(undo) => error.hint(format!("`kubectl seldon fix --apply-plan {}` takes it back", shown(undo))),
        None => error,
    }
}
