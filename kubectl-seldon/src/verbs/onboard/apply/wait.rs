//! Waiting until what was written is ready.

use std::{collections::BTreeMap, time::Duration};

use seldon_central_core::{
    object::Object,
    reason::readiness::{Readiness, readiness},
};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::plan::Plan;
use crate::{
    cluster::{Cluster, ReadError},
    error::CliError,
    exit::Exit,
    interrupt::Interrupt,
    progress::Progress,
    ui::Ui,
};

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
    let wanted = plan.steps.iter().map(|step| &step.wanted).collect();
    let ready = tokio::select! {
        ready = progress.during(until_ready(cluster, wanted, limit, &progress)) => Some(ready),
        () = interrupt.come() => None,
    };
    ready.unwrap_or_else(|| Err(progress.awaited().into_iter().fold(interrupted(), CliError::hint)))
}

async fn until_ready(
    cluster: &Cluster,
    mut awaited: Vec<&Object>,
    limit: Option<Duration>,
    progress: &Progress<'_>,
) -> Result<Exit, CliError> {
    let deadline = limit.map(|limit| progress.begun() + limit);
    awaited.retain(|object| readiness(object) != Readiness::NotApplicable);
    loop {
        let mut waiting = BTreeMap::new();
        let mut left = Vec::new();
        for object in awaited {
            match look_until(deadline, cluster, object).await? {
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

/// A look that has no answer at the deadline leaves its object waiting; the last one has a moment more.
async fn look_until(deadline: Option<Instant>, cluster: &Cluster, object: &Object) -> Result<Readiness, CliError> {
    match deadline {
        None => look(cluster, object).await,
        Some(deadline) => match timeout_at(deadline.max(Instant::now() + INTERVAL), look(cluster, object)).await {
            Ok(seen) => seen,
            Err(_) => Ok(unseen("the API server does not answer")),
        },
    }
}

/// What may pass, such as a connection that is lost, is waited for.
async fn look(cluster: &Cluster, object: &Object) -> Result<Readiness, CliError> {
    let Some(resource) = object.resource() else { return Ok(Readiness::NotApplicable) };
    match cluster.get(resource, object.namespace(), object.name()).await {
        Ok(Some(live)) => Ok(readiness(&live)),
        Ok(None) => Ok(unseen("it does not exist any more")),
        Err(
            error @ (ReadError::Forbidden { .. } | ReadError::Unauthorized { .. } | ReadError::KindNotServed { .. }),
        ) => Err(CliError::from(error).hint("everything was written; only the waiting ends here")),
        Err(error) => Ok(unseen(&error.to_string())),
    }
}

fn unseen(why: &str) -> Readiness {
    Readiness::Waiting { condition: "Ready".to_owned(), says: why.to_owned() }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::testing::{Api, Reply};

    async fn wait(api: &Api, limit: Duration) -> Result<Exit, CliError> {
        let model = json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Model",
            "metadata": {"name": "m", "namespace": "fin"}});
        let model = Object::new(model).unwrap();
        let ui = Ui::new(anstream::ColorChoice::Never);
        until_ready(&api.cluster(), vec![&model], Some(limit), &Progress::begin(&ui, "")).await
    }

    fn ready() -> Reply {
        Reply::json(
            200,
            &json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Model",
            "metadata": {"name": "m", "namespace": "fin"},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]}}),
        )
    }

    #[tokio::test]
    async fn what_may_pass_is_waited_for_and_a_refusal_is_not() {
        let failing = |seen: usize| if seen == 0 { Reply::text(500, "no") } else { ready() };
        let api = Api::new(move |seen| failing(seen.number));
        assert_eq!(wait(&api, Duration::from_secs(60)).await.unwrap(), Exit::Done);
        let api = Api::new(|_| Reply::text(500, "no"));
        let error = wait(&api, Duration::from_millis(10)).await.unwrap_err();
        assert!(error.message.contains("not ready after") && error.message.contains("500"), "{error:?}");
        let api = Api::new(|_| Reply::status(403, "Forbidden", "no"));
        let error = wait(&api, Duration::from_secs(60)).await.unwrap_err();
        assert!(format!("{error:?}").contains("everything was written"), "{error:?}");
    }
}
