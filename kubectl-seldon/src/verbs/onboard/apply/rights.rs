//! Whether the user may do what the plan needs, asked before anything is written.

use seldon_central_core::{change, snapshot::Snapshot, surroundings::unsettled_names};

use super::{
    Built,
    plan::{Plan, Step},
};
use crate::{
    cli::onboard::ApplyArgs,
    cluster::{Cluster, Need, Reviews},
    error::CliError,
    source::cluster,
};

/// Fails with the list of rights that are missing: of all, so that whoever is given them has enough.
/// Without those that only look, which alone make the preflight incomplete, nobody is refused here.
pub(super) async fn check(
    cluster: &Cluster,
    args: &ApplyArgs,
    (built, snapshot): (&Built, &Snapshot),
    plan: &Plan,
) -> Result<(), CliError> {
    let needed: Vec<Need> = plan.steps.iter().flat_map(|step| needs(step, true)).collect();
    let mut reviews = Reviews::of(cluster);
    if reviews.missing(&needed).await?.is_empty() {
        return match plan.unreadable.first() {
            None => Ok(()),
            Some(object) => Err(CliError::new(format!("{}, because {} may not be read", args.refused(), object.id()))),
        };
    }
    // A right to a name that another run would not choose is of no use.
    let unsettled = unsettled_names(snapshot, &built.profile);
    let is_settled = |step: &Step| !unsettled.contains(&step.wanted.id());
    let mut needed: Vec<Need> = plan.steps.iter().flat_map(|step| needs(step, is_settled(step))).collect();
    let tenants: Vec<_> = built.desired.tenants.iter().map(|tenant| tenant.namespace.clone()).collect();
    needed.extend(cluster::needs(&built.profile.control_plane.namespace, &tenants));
    let missing = reviews.missing(&needed).await?;
    let lines: Vec<String> = missing.iter().map(spoken).collect();
    Err(CliError::new(format!("{}, because these rights are missing:\n  {}", args.refused(), lines.join("\n  ")))
        .hint("ask for them, or use other credentials with --context, --user or --as"))
}

/// The rights that a step takes, to this object or, when its name is not settled, to all of its kind in the
/// namespace.
fn needs(step: &Step, is_settled: bool) -> Vec<Need> {
    let Some(resource) = step.wanted.resource() else { return Vec::new() };
    let need = |verb, name: Option<&str>| Need {
        verb,
        resource,
        namespace: step.wanted.namespace().map(str::to_owned),
        name: name.map(str::to_owned),
    };
    let name = Some(step.wanted.name()).filter(|_| is_settled);
    let mut needs = vec![need("get", name)];
    if step.is_left_alone() {
        return needs;
    }
    // Applying what does not exist needs both rights.
    needs.push(need("patch", name));
    match &step.live {
        Some(live) if change::needs_adoption(live, &step.wanted) => needs.push(need("update", name)),
        Some(_) => {}
        None => needs.push(need("create", None)),
    }
    needs
}

fn spoken(need: &Need) -> String {
    let name = need.name.as_ref().map(|name| format!("/{name}")).unwrap_or_default();
    let place = match &need.namespace {
        Some(namespace) => format!(" in namespace {namespace}"),
        None if need.resource.namespaced => " in all namespaces".to_owned(),
        None => String::new(),
    };
    format!("{} {}{name}{place}", need.verb, need.resource)
}
