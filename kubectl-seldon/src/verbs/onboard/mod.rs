//! `kubectl seldon onboard`: declare tenants, build their objects, prove them by the rules, and
//! hand them to a cluster or to files.

mod apply;
pub(in crate::verbs) mod emit;
mod judge;

use seldon_central_core::{
    desired::{self, Desired, Notice},
    finding::{Level, Outcome},
    name::Namespace,
    profile::{self, PolicySet, Profile, RcloneSecret, ResolvedProfile, Surroundings, Tenant},
    report::Record,
    rules::{self, RULES, Rule, World},
    snapshot::{Observed, Origin, Snapshot},
    suppress, text,
};

use super::block_on;
use crate::{
    cli::{
        kube::KubeFlags,
        onboard::{DryRun, OnboardArgs},
    },
    cluster::Cluster,
    error::CliError,
    exit::Exit,
    render::report::one,
    source,
    ui::Ui,
};

/// Runs the verb.
///
/// # Errors
/// Whatever keeps a tenant from being built, applied or emitted.
pub fn run(args: &OnboardArgs, kube: &KubeFlags, ui: &Ui) -> Result<Exit, CliError> {
    if args.profile_schema {
        ui.data(&format!("{:#}\n", profile::json_schema()))?;
        return Ok(Exit::Done);
    }
    if kube.all_namespaces {
        return Err(CliError::new(
            "onboard takes the namespaces it is given; --all-namespaces would onboard every one",
        ));
    }
    refuse_idle_flags(args, kube)?;
    let declared = declared(args, kube)?;
    match args.emit.emit {
        Some(form) if args.emit.check_live => {
            let (built, snapshot) = block_on(async {
                let cluster = Cluster::connect(kube).await?;
                apply::look(&cluster, declared).await
            })?;
            emit::run_checked(args, form, &built, &snapshot, ui)
        }
        Some(form) => {
            let built = build(&declared, &Surroundings::default())?;
            emit::tell_unseen(&built, ui);
            emit::run(args, form, &built, ui)
        }
        None => apply::run(args, declared, kube, ui),
    }
}

/// Refuses flags that would do nothing, as far as their values decide it.
fn refuse_idle_flags(args: &OnboardArgs, kube: &KubeFlags) -> Result<(), CliError> {
    let emits = args.emit.emit.is_some();
    if emits && args.apply.dry_run == Some(DryRun::Server) {
        return Err(CliError::new("--dry-run=server asks a cluster, and --emit writes files")
            .hint("--dry-run alone shows which files --emit would write"));
    }
    if let Some(form) = args.emit.emit
        && let Some(flag) = args.emit.idle_flag(form)
    {
        return Err(CliError::new(format!("{flag} changes nothing in this form of --emit"))
            .hint("leave it out, or name another form"));
    }
    let (flag, why, hint) = if emits && !args.emit.check_live {
        let flag = kube.cluster_flag().or_else(|| args.apply.cluster_flag());
        (flag, "--emit asks none", "add --check-live, or leave it out")
    } else if !emits && args.apply.dry_run == Some(DryRun::Client) {
        // As with kubectl, flags that choose a cluster may stand there: they say where it would be done.
        (args.apply.cluster_flag(), "--dry-run=client asks none", "use --dry-run=server, or leave it out")
    } else {
        return Ok(());
    };
    match flag {
        Some(flag) => Err(CliError::new(format!("{flag} is for a cluster, and {why}")).hint(hint)),
        None => Ok(()),
    }
}

/// What file and arguments declare. The tenants of a file that are not chosen are built by other runs,
/// and so that all runs agree on the names, each knows the whole profile.
struct Declared {
    profile: Profile,
    /// The tenants to onboard, all of them the profile's.
    chosen: Vec<Namespace>,
    /// What the file says does not count. Whether all of it is of use is for `verify` to say.
    suppressions: Option<suppress::Declared>,
    /// What `verify` has to be told of the control plane.
    verify_flags: Vec<String>,
}

fn declared(args: &OnboardArgs, kube: &KubeFlags) -> Result<Declared, CliError> {
    let by_flag: Option<Namespace> = kube.namespace.as_deref().map(Namespace::new).transpose()?;
    let named: Vec<Namespace> = match (args.namespaces.as_slice(), by_flag) {
        ([], by_flag) => by_flag.into_iter().collect(),
        (named, None) => named.to_vec(),
        ([one], Some(by_flag)) if *one == by_flag => vec![by_flag],
        (_, Some(_)) => return Err(CliError::new("name the namespaces as arguments or with --namespace, not both")),
    };
    let (mut profile, suppressions) = match &args.file {
        Some(file) => {
            let (profile, suppressions) = source::profile::read(file)?;
            declares(&profile, &named)?;
            (profile, Some(suppressions.for_a_part()))
        }
        None if named.is_empty() => {
            return Err(CliError::new("name a namespace to onboard, or a profile with --file").hint(
                "kubectl seldon onboard financial-inference --emit kustomize --out overlays/financial-inference",
            ));
        }
        None => (Profile { tenants: named.iter().cloned().map(Tenant::new).collect(), ..Profile::default() }, None),
    };
    let all = profile.tenants.iter().map(|tenant| tenant.namespace.clone());
    let chosen: Vec<Namespace> = all.filter(|one| named.is_empty() || named.contains(one)).collect();
    let declared = profile.control_plane.clone();
    args.build.apply_to(&mut profile, &chosen)?;
    let verify_flags = judge::flags(args.file.as_deref(), &declared, &profile.control_plane);
    let tenants = profile.tenants.iter().filter(|tenant| chosen.contains(&tenant.namespace));
    if let Some((flag, why)) = args.build.idle_flag(tenants) {
        return Err(CliError::new(format!("{flag} changes nothing, because {why}")).hint("leave it out"));
    }
    Ok(Declared { profile, chosen, suppressions, verify_flags })
}

/// The tenants of a profile that the arguments name.
pub(super) fn chosen(mut profile: Profile, named: &[Namespace]) -> Result<Profile, CliError> {
    declares(&profile, named)?;
    profile.tenants.retain(|tenant| named.contains(&tenant.namespace));
    Ok(profile)
}

/// Refuses a name that no tenant of the profile has.
fn declares(profile: &Profile, named: &[Namespace]) -> Result<(), CliError> {
    let known = |name: &str| profile.tenants.iter().any(|tenant| tenant.namespace == *name);
    let Some(stranger) = named.iter().find(|name| !known(name.as_str())) else { return Ok(()) };
    let declared = profile.tenants.iter().map(|tenant| tenant.namespace.as_str());
    let error = CliError::new(format!("the profile declares no tenant `{stranger}`"));
    Err(match text::nearest(stranger.as_str(), declared) {
        Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
        None => error,
    })
}

/// What a profile asks for, with everything it was built from.
struct Built {
    profile: ResolvedProfile,
    desired: Desired,
    suppressions: Option<suppress::Declared>,
    verify_flags: Vec<String>,
}

fn build(declared: &Declared, around: &Surroundings) -> Result<Built, CliError> {
    let profile = profile::resolve_chosen(&declared.profile, around, &declared.chosen)?;
    let desired = desired::build(&profile);
    let (suppressions, verify_flags) = (declared.suppressions.clone(), declared.verify_flags.clone());
    Ok(Built { profile, desired, suppressions, verify_flags })
}

/// Judges what was built as if it stood in manifests.
///
/// # Errors
/// When a rule finds an error in it, which happens when the profile asks for one.
fn prove(built: &Built, refused: &str, ui: &Ui) -> Result<(), CliError> {
    let control_plane = &built.profile.control_plane;
    let objects = built.desired.objects().map(|object| Observed { object: object.clone(), origin: Origin::Desired });
    let snapshot = Snapshot::from_manifests(objects.collect(), &control_plane.namespace);
    let mut world = World::new(&snapshot, control_plane, &[]);
    if let Some(declared) = &built.suppressions {
        world = world.with_declared(declared);
    }
    let outcomes = rules::run(RULES.iter().filter(|rule| counts(rule, &built.profile)), &world);
    report(&world.suppressions().apply(outcomes), refused, ui)
}

/// A set of policies that is meant to be joined by others cannot be judged alone, nor a tenant whose
/// Secret comes from elsewhere.
fn counts(rule: &Rule, profile: &ResolvedProfile) -> bool {
    let partial = |tenant: &profile::ResolvedTenant| tenant.tenant.network_policy.set == PolicySet::Scheduler;
    let external = |tenant: &profile::ResolvedTenant| tenant.tenant.rclone_secret == RcloneSecret::External;
    !(rule.id.starts_with("SCS06") && profile.tenants.iter().any(partial)
        || rule.id == "SCS0310" && profile.tenants.iter().any(external))
}

/// Prints findings above Info and fails on errors, saying what was refused.
fn report(outcomes: &[Outcome], refused: &str, ui: &Ui) -> Result<(), CliError> {
    let findings: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| Some((outcome, outcome.finding()?)))
        .filter(|(_, finding)| finding.level > Level::Info)
        .collect();
    for (outcome, _) in &findings {
        ui.talk(&one(&Record::new(outcome)));
    }
    let errors = findings.iter().filter(|(_, finding)| finding.level == Level::Error).count();
    match errors {
        0 => Ok(()),
        1 => Err(CliError::findings(format!("{refused}, because of the error above"))),
        many => Err(CliError::findings(format!("{refused}, because of the {many} errors above"))),
    }
}

/// Tells what no object says.
fn notices(desired: &Desired, ui: &Ui) {
    for Notice { tenants, text } in desired.notices() {
        ui.notice(&format!("{}: {text}", some(&tenants)));
    }
}

/// Names the tenants a notice holds for; many only by their number.
fn some(tenants: &[&Namespace]) -> String {
    match tenants {
        [] => String::new(),
        [one] => one.to_string(),
        [one, other] => format!("{one} and {other}"),
        [first, rest @ ..] => format!("{first} and {} other tenants", rest.len()),
    }
}
