//! Onboarding on a cluster: look, judge, show, ask, write, wait.

mod left_over;
mod overlay;
mod plan;
mod rights;
mod secret;
mod show;
mod wait;
mod write;

use seldon_central_core::{
    object::Object,
    preflight::{Preflight, being_deleted, preflight},
    profile::{GrpcPrefix, Surroundings},
    resource::NAMESPACE,
    snapshot::Snapshot,
    surroundings::{grpc_service_prefix, surroundings},
};

use self::{
    overlay::Overlay,
    plan::{Judged, Plan},
};
use super::{Built, Declared, block_on, build, judge, notices, prove, report};
use crate::{
    cli::{
        kube::KubeFlags,
        onboard::{ApplyArgs, DryRun, OnboardArgs},
    },
    cluster::{Cluster, ClusterError, ReadError},
    error::CliError,
    exit::Exit,
    interrupt::Interrupt,
    source,
    ui::Ui,
};

impl From<ClusterError> for CliError {
    fn from(error: ClusterError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<ReadError> for CliError {
    fn from(error: ReadError) -> Self {
        Self::new(error.to_string())
    }
}

/// Onboards on a cluster.
pub(super) fn run(args: &OnboardArgs, declared: Declared, kube: &KubeFlags, ui: &Ui) -> Result<Exit, CliError> {
    if args.apply.dry_run == Some(DryRun::Client) {
        return client_dry_run(args, &declared, ui);
    }
    block_on(async {
        let cluster = Cluster::connect(kube).await?;
        let (built, snapshot) = look(&cluster, declared).await?;
        act(&cluster, (args, kube), &built, &snapshot, ui).await
    })
}

fn client_dry_run(args: &OnboardArgs, declared: &Declared, ui: &Ui) -> Result<Exit, CliError> {
    let built = build(declared, &Surroundings::default())?;
    prove(&built, args.apply.refused(), ui)?;
    notices(&built.desired, ui);
    let objects: Vec<&Object> = built.desired.objects().collect();
    let text = match args.apply.output {
        Some(output) => show::objects(&objects, output),
        None => objects.iter().map(|object| show::line(object, "built", " (client dry run)")).collect(),
    };
    ui.data(&text)?;
    Ok(Exit::Done)
}

/// Reads the cluster and builds what the profile asks for in it.
pub(super) async fn look(cluster: &Cluster, mut declared: Declared) -> Result<(Built, Snapshot), CliError> {
    let Declared { profile, chosen, .. } = &mut declared;
    let own = profile.control_plane.namespace.as_str();
    if let Ok(None) = cluster.get(&NAMESPACE, None, own).await {
        return Err(CliError::new(format!("the cluster has no namespace `{own}`, so there is no control plane in it"))
            .hint(
                "name the namespace of the scheduler with --control-plane-namespace, or the cluster with --context",
            ));
    }
    let snapshot = source::cluster::observe(cluster, &profile.control_plane.namespace, chosen).await?;
    if profile.control_plane.grpc_service_prefix == GrpcPrefix::default()
        && let Some(prefix) = grpc_service_prefix(&snapshot, &profile.control_plane)
        && let Ok(prefix) = GrpcPrefix::new(prefix)
    {
        profile.control_plane.grpc_service_prefix = prefix;
    }
    let around = surroundings(&snapshot, profile);
    let built = build(&declared, &around)?;
    Ok((built, snapshot))
}

/// Stops when a namespace is on its way out, which the API server would say of every object.
fn stays(built: &Built, snapshot: &Snapshot, args: &ApplyArgs) -> Result<(), CliError> {
    let leaving = being_deleted(snapshot, &built.profile);
    let names: Vec<&str> = leaving.into_iter().map(seldon_central_core::name::Namespace::as_str).collect();
    match names.as_slice() {
        [] => Ok(()),
        [one] => Err(CliError::new(format!("{}, because namespace {one} is being deleted", args.refused()))),
        many => Err(CliError::new(format!(
            "{}, because the namespaces {} are being deleted",
            args.refused(),
            many.join(", ")
        ))),
    }
    .map_err(|error| error.hint("try again when it is gone; `kubectl describe namespace` says what keeps it"))
}

/// Stops when the preflight found an error.
fn clear(preflight: &Preflight, args: &ApplyArgs, ui: &Ui) -> Result<(), CliError> {
    let findings: Vec<_> = preflight.blocking.iter().chain(&preflight.warnings).cloned().collect();
    let found = served(preflight, args.refused()).and_then(|()| report(&findings, args.refused(), ui));
    // With --diff the status of findings means that something would change.
    found.map_err(|error| if args.diff { CliError { exit: Exit::Error, ..error } } else { error })
}

/// Stops when kinds are missing, in one sentence for all of them.
pub(super) fn served(preflight: &Preflight, refused: &str) -> Result<(), CliError> {
    let missing = preflight.missing_kinds();
    if missing.is_empty() {
        return Ok(());
    }
    Err(CliError::findings(format!("{refused}, because the cluster does not serve {}", missing.join(", "))).hint(
        "install the chart `seldon-core-v2-crds` in the version of the operator, or choose another cluster with \
         --context; `kubectl seldon explain SCS0101` says more",
    ))
}

/// Stops when the preflight could not look, unless that is allowed.
pub(super) fn complete(preflight: &Preflight, args: &ApplyArgs, ui: &Ui) -> Result<(), CliError> {
    for unknown in &preflight.incomplete {
        ui.notice(&unknown.to_string());
    }
    if preflight.incomplete.is_empty() || args.allow_incomplete {
        return Ok(());
    }
    Err(CliError::incomplete(format!(
        "{}, because what it depends on could not be read, for the reasons above",
        args.refused()
    ))
    .hint("--allow-incomplete goes on without"))
}

async fn act(
    cluster: &Cluster,
    (words, kube): (&OnboardArgs, &KubeFlags),
    built: &Built,
    snapshot: &Snapshot,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let args = &words.apply;
    stays(built, snapshot, args)?;
    let preflight = preflight(snapshot, &built.profile, &built.desired, built.suppressions.as_ref());
    clear(&preflight, args, ui)?;
    cuts_off_nobody(built, snapshot)?;
    let mut plan = Plan::read(cluster, built, snapshot, Overlay::new(words, built)).await?;
    rights::check(cluster, args, (built, snapshot), &plan).await?;
    complete(&preflight, args, ui)?;
    plan.judge(cluster, args).await?;
    plan.refuse(args, args.refused())?;
    for notice in secret::doubts(&plan).into_iter().chain(touched_pods(built, snapshot)) {
        ui.notice(&notice);
    }
    if args.diff {
        let text = show::diff(&plan);
        ui.data(&text)?;
        left_over::tell(cluster, kube, built, snapshot, ui).await;
        return Ok(if text.is_empty() { Exit::Done } else { Exit::Findings });
    }
    if args.dry_run.is_some() {
        notices(&built.desired, ui);
        for namespace in &plan.new_namespaces {
            ui.notice(&format!("{namespace} does not exist yet, so the API server judged nothing in it"));
        }
        show::result(&plan, args.output, " (server dry run)", ui)?;
        left_over::tell(cluster, kube, built, snapshot, ui).await;
        return Ok(Exit::Done);
    }
    if !plan.is_nothing() {
        notices(&built.desired, ui);
        let names: Vec<&str> = built.desired.tenants.iter().map(|tenant| tenant.namespace.as_str()).collect();
        judge::tell(&built.verify_flags, &names.join(" "), ui);
        if !agreed(&plan, args, ui) {
            return Err(CliError::new("nothing was written, as you wished"));
        }
    }
    // Not before: while it asks, Ctrl-C is an answer.
    let mut interrupt = Interrupt::listen()?;
    if plan.is_nothing() {
        show::result(&plan, args.output, "", ui)?;
    } else {
        write::run(cluster, args, &mut plan, &mut interrupt, ui).await?;
    }
    left_over::tell(cluster, kube, built, snapshot, ui).await;
    if args.wait { wait::run(cluster, &plan, args.timeout.limit(), &mut interrupt, ui).await } else { Ok(Exit::Done) }
}

/// Shows the plan, and asks when there is somebody to ask. Who said yes beforehand on a terminal sees
/// what was done, a line each; a log also holds what was planned.
fn agreed(plan: &Plan, args: &ApplyArgs, ui: &Ui) -> bool {
    if !ui.is_interactive() {
        ui.talk(&show::plan(plan));
        return true;
    }
    if args.yes {
        return true;
    }
    ui.talk(&show::plan(plan));
    ui.confirm("Go on?")
}

/// The first policy on the scheduler's pods isolates it from every tenant that has none.
fn cuts_off_nobody(built: &Built, snapshot: &Snapshot) -> Result<(), CliError> {
    let others = seldon_central_core::preflight::cut_off(snapshot, &built.profile, &built.desired);
    if others.is_empty() {
        return Ok(());
    }
    Err(CliError::new(format!(
        "--control-plane-ingress would cut the scheduler off from {}, which no policy admits to it yet",
        others.join(", ")
    ))
    .hint("onboard them in the same run, from a profile or by naming them too"))
}

/// Pods that are not Seldon's and that the egress policy would select too.
fn touched_pods(built: &Built, snapshot: &Snapshot) -> Vec<String> {
    let touched = seldon_central_core::preflight::touched_pods(snapshot, &built.desired);
    touched
        .into_iter()
        .map(|(namespace, pods)| {
            let shown = pods.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
            let more = if pods.len() > 5 { format!(" and {} more", pods.len() - 5) } else { String::new() };
            format!("{namespace}: the policies also select pods that are not Seldon's: {shown}{more}")
        })
        .collect()
}

impl Plan {
    fn is_nothing(&self) -> bool {
        self.steps.iter().all(|step| matches!(&step.judged, Judged::Same(_)))
    }
}
