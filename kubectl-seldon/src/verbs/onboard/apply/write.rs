//! Writing the plan, step by step, and saying exactly how far it went.

use seldon_central_core::change::Change;

use super::{
    plan::{Judged, Plan},
    show,
};
use crate::{cli::onboard::ApplyArgs, cluster::Cluster, error::CliError, ui::Ui};

/// Writes everything that changes: new namespaces first, then, when the API server accepts all the
/// rest, the rest.
pub(super) async fn run(cluster: &Cluster, args: &ApplyArgs, plan: &mut Plan, ui: &Ui) -> Result<(), CliError> {
    let namespaces: Vec<usize> = positions(plan, |plan, index| {
        plan.steps.get(index).is_some_and(|step| {
            plan.new_namespaces.iter().any(|new| step.wanted.namespace().is_none() && new == step.wanted.name())
        })
    });
    let rest = positions(plan, |_, index| !namespaces.contains(&index));
    write(cluster, args, plan, &namespaces, ui).await?;
    let judged = plan.judge_rest(cluster, args).await;
    judged.map_err(|error| stopped(plan, error))?;
    write(cluster, args, plan, &rest, ui).await?;
    if let Some(output) = args.output {
        show::print_objects(plan, output, ui)?;
    }
    Ok(())
}

fn positions(plan: &Plan, keep: impl Fn(&Plan, usize) -> bool) -> Vec<usize> {
    (0..plan.steps.len()).filter(|index| keep(plan, *index)).collect()
}

async fn write(
    cluster: &Cluster,
    args: &ApplyArgs,
    plan: &mut Plan,
    indices: &[usize],
    ui: &Ui,
) -> Result<(), CliError> {
    for index in indices {
        let Some(step) = plan.steps.get(*index) else { continue };
        let written = match &step.judged {
            Judged::Changes(change, _) => {
                let change = *change;
                match step.write(cluster, false, args.force_conflicts).await {
                    Ok(object) => Some((change, object)),
                    Err(error) => return Err(stopped(plan, CliError::new(error.to_string()))),
                }
            }
            _ => None,
        };
        if args.output.is_none() {
            let change = written.as_ref().map_or(Change::Unchanged, |(change, _)| *change);
            ui.data(&show::line(&step.wanted, show::word(change), ""))?;
        }
        if let (Some((change, object)), Some(step)) = (written, plan.steps.get_mut(*index)) {
            step.judged = Judged::Written(change, object);
        }
    }
    Ok(())
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
