//! Writing the plan, step by step, and saying exactly how far it went.

use std::{pin::pin, time::Duration};

use seldon_central_core::{
    change::Change,
    object::Object,
    resource::{NAMESPACE, SERVICE},
};
use tokio::time::sleep;

use super::{
    plan::{Judged, Plan, Step},
    show,
};
use crate::{
    cli::onboard::ApplyArgs,
    cluster::{Cluster, WriteError},
    error::CliError,
    interrupt::Interrupt,
    ui::Ui,
};

/// Writes everything that changes: new namespaces first, then, when the API server accepts all the
/// rest, the rest. Whatever ends it in the middle is told with what was written and what was not.
pub(super) async fn run(
    cluster: &Cluster,
    args: &ApplyArgs,
    plan: &mut Plan,
    interrupt: &mut Interrupt,
    ui: &Ui,
) -> Result<(), CliError> {
    let is_new =
        |step: &Step| step.wanted.is(&NAMESPACE) && plan.new_namespaces.iter().any(|new| *new == *step.wanted.name());
    let namespaces = plan.positions(is_new);
    let rest = plan.positions(|step| !is_new(step));
    let mut writer = Writer { cluster, args, plan, interrupt, ui };
    let written = writer.all(&namespaces, &rest).await;
    written.map_err(|stop| stop.told(plan))?;
    match args.output {
        Some(output) => show::print_objects(plan, output, ui).map_err(|error| Stop::from(error).told(plan)),
        None => Ok(()),
    }
}

/// Why no more is written.
#[derive(Debug)]
struct Stop {
    error: CliError,
    /// Position of the step whose request was sent and not answered.
    unanswered: Option<usize>,
}

impl From<CliError> for Stop {
    fn from(error: CliError) -> Self {
        Self { error, unanswered: None }
    }
}

/// What became of the request to write one object.
enum Sent {
    Answered(Result<Object, WriteError>),
    /// Somebody asked for an end, and the answer did not come in time.
    Unanswered,
}

struct Writer<'a> {
    cluster: &'a Cluster,
    args: &'a ApplyArgs,
    plan: &'a mut Plan,
    interrupt: &'a mut Interrupt,
    ui: &'a Ui,
}

impl Writer<'_> {
    async fn all(&mut self, namespaces: &[usize], rest: &[usize]) -> Result<(), Stop> {
        self.steps(namespaces).await?;
        if self.interrupt.has_come().await {
            return Err(interrupted().into());
        }
        tokio::select! {
            judged = self.plan.judge_rest(self.cluster, self.args) => judged?,
            () = self.interrupt.come() => return Err(interrupted().into()),
        }
        self.steps(rest).await
    }

    async fn steps(&mut self, indices: &[usize]) -> Result<(), Stop> {
        for index in indices {
            if self.interrupt.has_come().await {
                return Err(interrupted().into());
            }
            let Some(step) = self.plan.steps.get_mut(*index) else { continue };
            let mut done = Change::Unchanged;
            if let Judged::Changes(change, _) = step.judged {
                done = change;
                match send(self.cluster, self.args, step, self.interrupt, self.ui).await {
                    Sent::Answered(Ok(object)) => step.judged = Judged::Written(change, object),
                    Sent::Answered(Err(error)) => {
                        let unanswered = error.is_unanswered().then_some(*index);
                        return Err(Stop { error: CliError::new(error.to_string()), unanswered });
                    }
                    Sent::Unanswered => return Err(Stop { error: interrupted(), unanswered: Some(*index) }),
                }
            }
            if self.args.output.is_none() {
                self.ui.data(&show::line(&step.wanted, show::word(done), ""))?;
            }
        }
        Ok(())
    }
}

fn interrupted() -> CliError {
    CliError::new("interrupted")
}

/// How long the answer to the last request is awaited once an end was asked for. API servers answer
/// in milliseconds; admission webhooks may take longer.
const GRACE: Duration = Duration::from_secs(5);

/// Writes one object. An end that is asked for meanwhile does not cut it short, because what became
/// of it could not be told then; asked for twice it does.
async fn send(cluster: &Cluster, args: &ApplyArgs, step: &mut Step, interrupt: &mut Interrupt, ui: &Ui) -> Sent {
    let mut written = pin!(write_step(cluster, args.force_conflicts, step));
    tokio::select! {
        biased;
        written = &mut written => return Sent::Answered(written),
        () = interrupt.come() => ui.notice("interrupted; the answer to what was sent last is awaited"),
    }
    tokio::select! {
        biased;
        written = written => Sent::Answered(written),
        () = interrupt.come() => Sent::Unanswered,
        () = sleep(GRACE) => Sent::Unanswered,
    }
}

/// How often an adoption is tried again, and how long apart.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(300);

/// Writes one object. The runtime that was written just before makes the operator reconcile its
/// Service, so an adoption that finds it changed looks again.
async fn write_step(cluster: &Cluster, force_conflicts: bool, step: &mut Step) -> Result<Object, WriteError> {
    let mut attempts = ATTEMPTS;
    loop {
        match step.write(cluster, false, force_conflicts).await {
            Err(WriteError::StaleVersion { .. }) if step.is_adoption() && attempts > 0 => {
                attempts -= 1;
                sleep(PAUSE).await;
                step.live = cluster.get(&SERVICE, step.wanted.namespace(), step.wanted.name()).await?;
            }
            other => return other,
        }
    }
}

impl Stop {
    /// The error, with what was written and what was not.
    fn told(self, plan: &Plan) -> CliError {
        let (mut written, mut open, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
        for (index, step) in plan.steps.iter().enumerate() {
            let list = match step.judged {
                _ if self.unanswered == Some(index) => &mut unknown,
                Judged::Written(..) => &mut written,
                Judged::Same(_) => continue,
                Judged::NotYet | Judged::Changes(..) | Judged::Conflicts(_) => &mut open,
            };
            list.push(step.wanted.id().to_string());
        }
        if written.is_empty() && unknown.is_empty() {
            return self.error.hint("nothing was written");
        }
        let lists = [("written", written), ("without an answer, so perhaps written", unknown), ("not written", open)];
        let is_whole = lists.iter().skip(1).all(|(_, list)| list.is_empty());
        let named = lists.into_iter().filter(|(_, list)| !list.is_empty());
        let error = named.fold(self.error, |error, (what, list)| error.hint(format!("{what}: {}", list.join(", "))));
        error.hint(if is_whole { "that is everything" } else { "the same command finishes it" })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::cluster::testing::{Api, Reply};

    fn service(metadata: &Value, spec: &Value) -> Object {
        let mut value = json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec});
        value["metadata"]["name"] = json!("seldon-scheduler");
        value["metadata"]["namespace"] = json!("fin");
        Object::new(value).unwrap()
    }

    /// The Service as the operator leaves it.
    fn operator_made(version: usize) -> Object {
        let metadata = json!({
            "resourceVersion": version.to_string(),
            "ownerReferences": [{"kind": "SeldonRuntime", "name": "r"}],
        });
        service(&metadata, &json!({"type": "LoadBalancer"}))
    }

    /// An adoption by a server on which the operator writes the Service so often in between.
    async fn adoption(changes: usize) -> (Result<Object, WriteError>, Vec<String>) {
        let api = Api::new(move |seen| match seen.method.as_str() {
            "GET" => Reply::json(200, &operator_made(seen.number).into_value()),
            "PUT" if seen.number < 2 * changes => Reply::status(409, "Conflict", "the object has been modified"),
            _ => Reply::json(200, &seen.body),
        });
        let wanted = service(&json!({}), &json!({"type": "ExternalName", "externalName": "a.b"}));
        let mut step = Step { wanted, live: Some(operator_made(0)), judged: Judged::NotYet };
        let written = write_step(&api.cluster(), false, &mut step).await;
        (written, api.seen().into_iter().map(|seen| seen.method).collect())
    }

    #[tokio::test(start_paused = true)]
    async fn an_adoption_looks_again_when_the_operator_came_in_between() {
        let (written, methods) = adoption(1).await;
        assert_eq!(methods, ["PUT", "GET", "PUT"]);
        let written = written.unwrap();
        assert_eq!(written.resource_version(), Some("1"), "the version that was read last guards it");
        assert_eq!(written.text("/spec/type"), Some("ExternalName"));
    }

    #[tokio::test(start_paused = true)]
    async fn an_adoption_that_never_gets_through_ends() {
        let (written, methods) = adoption(usize::MAX / 2).await;
        assert!(matches!(written, Err(WriteError::StaleVersion { .. })), "{written:?}");
        assert_eq!(methods.iter().filter(|method| *method == "PUT").count(), 11);
    }

    /// A plan of which so much is done.
    fn plan(steps: &[(&str, bool)]) -> Plan {
        let object = |name: &str| {
            let metadata = json!({"name": name, "namespace": "fin"});
            Object::new(json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})).unwrap()
        };
        let step = |(name, written): &(&str, bool)| {
            let change = Change::Create;
            let judged =
                if *written { Judged::Written(change, object(name)) } else { Judged::Changes(change, object(name)) };
            Step { wanted: object(name), live: None, judged }
        };
        let steps = steps.iter().map(step).collect();
        Plan {
            steps,
            new_namespaces: Vec::new(),
            unreadable: Vec::new(),
            overlay: super::super::overlay::Overlay::default(),
        }
    }

    #[test]
    fn what_was_written_is_told_apart_from_what_may_have_been() {
        let plan = plan(&[("a", true), ("b", false), ("c", false)]);
        let told = |unanswered| Stop { error: CliError::new("no"), unanswered }.told(&plan).hints;
        assert_eq!(
            told(Some(1)),
            [
                "written: Secret fin/a",
                "without an answer, so perhaps written: Secret fin/b",
                "not written: Secret fin/c",
                "the same command finishes it",
            ]
        );
        assert_eq!(
            told(None),
            ["written: Secret fin/a", "not written: Secret fin/b, Secret fin/c", "the same command finishes it"]
        );
    }

    #[test]
    fn nothing_and_everything_are_said_as_such() {
        let told = |plan: Plan| Stop::from(CliError::new("no")).told(&plan).hints;
        assert_eq!(told(plan(&[("a", false)])), ["nothing was written"]);
        assert_eq!(told(plan(&[("a", true)])), ["written: Secret fin/a", "that is everything"]);
    }
}
