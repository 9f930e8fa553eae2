//! Writing the plan, step by step, and saying exactly how far it went.

use std::time::Duration;

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
    ui::Ui,
};

/// Writes everything that changes: new namespaces first, then, when the API server accepts all the
/// rest, the rest.
pub(super) async fn run(cluster: &Cluster, args: &ApplyArgs, plan: &mut Plan, ui: &Ui) -> Result<(), CliError> {
    let is_new =
        |step: &Step| step.wanted.is(&NAMESPACE) && plan.new_namespaces.iter().any(|new| *new == *step.wanted.name());
    let namespaces = plan.positions(is_new);
    let rest = plan.positions(|step| !is_new(step));
    write(cluster, args, plan, &namespaces, ui).await?;
    let judged = plan.judge_rest(cluster, args).await;
    judged.map_err(|error| stopped(plan, error))?;
    write(cluster, args, plan, &rest, ui).await?;
    if let Some(output) = args.output {
        show::print_objects(plan, output, ui)?;
    }
    Ok(())
}

async fn write(
    cluster: &Cluster,
    args: &ApplyArgs,
    plan: &mut Plan,
    indices: &[usize],
    ui: &Ui,
) -> Result<(), CliError> {
    for index in indices {
        let Some(step) = plan.steps.get_mut(*index) else { continue };
        let mut done = Change::Unchanged;
        if let Judged::Changes(change, _) = step.judged {
            done = change;
            match write_step(cluster, args, step).await {
                Ok(object) => step.judged = Judged::Written(change, object),
                Err(error) => return Err(stopped(plan, CliError::new(error.to_string()))),
            }
        }
        if args.output.is_none() {
            ui.data(&show::line(&step.wanted, show::word(done), ""))?;
        }
    }
    Ok(())
}

/// How often an adoption is tried again, and how long apart.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(300);

/// Writes one object. The runtime that was written just before makes the operator reconcile its
/// Service, so an adoption that finds it changed looks again.
async fn write_step(cluster: &Cluster, args: &ApplyArgs, step: &mut Step) -> Result<Object, WriteError> {
    let mut attempts = ATTEMPTS;
    loop {
        match step.write(cluster, false, args.force_conflicts).await {
            Err(WriteError::StaleVersion { .. }) if step.is_adoption() && attempts > 0 => {
                attempts -= 1;
                sleep(PAUSE).await;
                step.live = cluster.get(&SERVICE, step.wanted.namespace(), step.wanted.name()).await?;
            }
            other => return other,
        }
    }
}

/// An error in the middle, with what was written and what was not.
fn stopped(plan: &Plan, error: CliError) -> CliError {
    let names = |written: bool| {
        let steps = plan.steps.iter().filter(|step| match step.judged {
            Judged::Written(..) => written,
            Judged::Same(_) => false,
            Judged::NotYet | Judged::Changes(..) | Judged::Conflicts(_) => !written,
        });
        steps.map(|step| step.wanted.id().to_string()).collect::<Vec<_>>()
    };
    let (done, open) = (names(true), names(false));
    if done.is_empty() {
        return error.hint("nothing was written");
    }
    error
        .hint(format!("written: {}", done.join(", ")))
        .hint(format!("not written: {}", open.join(", ")))
        .hint("the same command finishes it")
}
