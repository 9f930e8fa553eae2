//! Everything that is judged, from wherever it comes, as one value.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use seldon_central_core::{
    finding::Outcome,
    kustomize::Tree,
    log::Process,
    name::Namespace,
    needs,
    object::{Object, ObjectId},
    profile::{ControlPlane, GrpcPrefix},
    resource::NAMESPACE,
    rules::{Rule, tell_of_builds},
    snapshot::{Observed, Saved, Snapshot},
    surroundings::grpc_service_prefix,
    text,
};

use serde_json::Value;

use super::ask::{Ask, Base};
use crate::{
    cli::verify::{LiveArgs, SourceArgs},
    cluster::Cluster,
    error::CliError,
    sink::{files::shown, private},
    source::{
        live::{self, Look},
        manifests::{self, Builds, Found},
        profile::read_text,
        unwritten::Unwritten,
    },
};

/// What is judged.
#[derive(Debug)]
pub(in crate::verbs) struct Input {
    /// The objects, and what is known to be absent.
    pub snapshot: Snapshot,
    /// The control plane as the flags, the profile or the cluster describe it.
    pub control_plane: ControlPlane,
    /// Namespaces that are tenants whatever they hold.
    pub tenants: Vec<Namespace>,
    /// How many documents are no Kubernetes objects.
    pub skipped: usize,
    /// The namespaces that were asked about, the control plane's among them; `None` for every one.
    pub namespaces: Option<BTreeSet<String>>,
    /// What files hold for other clusters: the same names, and other objects.
    pub elsewhere: Vec<Snapshot>,
    /// The manifests that were laid over a cluster, where this is what it would be with them.
    pub files: Option<Snapshot>,
    /// The kustomizations of the files.
    pub tree: Tree,
    /// The cluster that was read, as the kubeconfig calls it, or else its address.
    pub cluster: Option<String>,
}

impl Input {
    /// Whether a verdict is about something that was asked about. On a cluster others are read too,
    /// because names are global to a scheduler.
    pub(in crate::verbs) fn concerns(&self, outcome: &Outcome) -> bool {
        self.concerns_object(&outcome.object)
    }

    /// Whether an object is one that was asked about.
    pub(super) fn concerns_object(&self, object: &ObjectId) -> bool {
        let home = object.home();
        self.namespaces.as_ref().is_none_or(|asked| home.is_none_or(|home| asked.contains(home)))
    }
}

/// Reads the files alone.
///
/// # Errors
/// When something cannot be read, is no YAML, or there is no object in it.
pub(in crate::verbs) fn from_files(ask: &Ask) -> Result<Input, CliError> {
    from_unwritten(ask, &Unwritten::default(), &mut Builds::default())
}

/// The same as the files would be with changes that are not written yet.
///
/// # Errors
/// As for [`from_files`].
pub(in crate::verbs) fn from_unwritten(
    ask: &Ask,
    unwritten: &Unwritten,
    builds: &mut Builds,
) -> Result<Input, CliError> {
    let manifests = manifests::read_as(&ask.files, ask.allow_remote_bases, ask.except.as_deref(), unwritten, builds)?;
    if manifests.objects.is_empty() && manifests.kustomizations.seen().is_empty() {
        return Err(nothing_in(manifests.skipped, "nothing was judged"));
    }
    let Found { objects, elsewhere, texts, kustomizations, tree, .. } = manifests;
    let snapshot = |objects, texts, kustomizations| {
        Snapshot::from_manifests(objects, &ask.control_plane.namespace)
            .with_texts(texts)
            .with_kustomizations(kustomizations)
    };
    let elsewhere = elsewhere
        .into_iter()
        .map(|batch| snapshot(batch.objects, texts.with_traces(batch.traces), kustomizations.without_facts()));
    Ok(Input {
        elsewhere: elsewhere.collect(),
        snapshot: snapshot(objects, texts, kustomizations),
        control_plane: ask.control_plane.clone(),
        tenants: ask.tenants.clone(),
        skipped: manifests.skipped,
        files: None,
        namespaces: named(ask),
        tree,
        cluster: None,
    })
}

/// The namespaces that files are asked about; every one, where none is named.
fn named(ask: &Ask) -> Option<BTreeSet<String>> {
    let named = ask.named.iter().chain([&ask.control_plane.namespace]);
    (!ask.named.is_empty()).then(|| named.map(ToString::to_string).collect())
}

/// Which logs are read of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::verbs) struct Logs {
    processes: BTreeSet<Process>,
    at_once: usize,
}

impl Logs {
    /// Those that these rules want, as far as the flags allow it.
    pub(super) fn wanted(live: &LiveArgs, rules: &[&'static Rule]) -> Self {
        Self { processes: live.processes(rules), at_once: live.log_requests.into() }
    }
}

/// Reads a cluster, as far as these rules look at it.
///
/// # Errors
/// When it cannot be reached, or has no such namespace.
pub(in crate::verbs) async fn from_cluster(
    ask: &Ask,
    rules: &[&'static Rule],
    logs: &Logs,
    cluster: &Cluster,
) -> Result<Input, CliError> {
    let kinds = needs::kinds(read_for(rules, &ask.files));
    let everywhere = ask.base == Base::Everywhere;
    let look = Look {
        kinds: &kinds,
        everywhere,
        named: &ask.tenants,
        control_plane: &ask.control_plane,
        processes: &logs.processes,
        log_requests: logs.at_once,
    };
    let snapshot = live::observe(cluster, &look).await?;
    if ask.files.is_empty() {
        exist(ask, &snapshot)?;
    }
    let mut control_plane = ask.control_plane.clone();
    if control_plane.grpc_service_prefix == GrpcPrefix::default()
        && let Some(prefix) = grpc_service_prefix(&snapshot, &control_plane)
        && let Ok(prefix) = GrpcPrefix::new(prefix)
    {
        control_plane.grpc_service_prefix = prefix;
    }
    let asked = ask.tenants.iter().chain([&control_plane.namespace]).map(ToString::to_string);
    let namespaces = (!everywhere).then(|| asked.collect());
    Ok(Input {
        snapshot,
        control_plane,
        tenants: ask.tenants.clone(),
        skipped: 0,
        namespaces,
        elsewhere: Vec::new(),
        files: None,
        tree: Tree::default(),
        cluster: Some(cluster.context().unwrap_or(cluster.server()).to_owned()),
    })
}

/// The rules for which a cluster is read: those for manifests only where there are any.
pub(super) fn read_for<'r>(
    rules: &'r [&'static Rule],
    files: &[PathBuf],
) -> impl Iterator<Item = &'r &'static Rule> + use<'r> {
    let over = !files.is_empty();
    rules.iter().filter(move |rule| rule.judged.applies(true, over))
}

/// That there is nothing to judge, with what was passed over.
fn nothing_in(skipped: usize, so: &str) -> CliError {
    let skipped = match skipped {
        0 => String::new(),
        1 => " (1 document that is none was skipped)".to_owned(),
        many => format!(" ({many} documents that are none were skipped)"),
    };
    CliError::new(format!("there is no Kubernetes object in what was named{skipped}, so {so}"))
}

/// The cluster as it would be with the files applied. An object that names no namespace goes to the
/// one that was asked about, as with kubectl.
///
/// # Errors
/// As for [`from_files`]; and when a kustomization does not build, unless there is a rule to say so.
pub(in crate::verbs) fn applied(ask: &Ask, rules: &[&'static Rule], live: &Input) -> Result<Input, CliError> {
    let manifests = manifests::read(&ask.files, ask.allow_remote_bases, ask.except.as_deref())?;
    if let Some((kustomization, reason)) = manifests.kustomizations.failed().next().filter(|_| !tell_of_builds(rules)) {
        let name = shown(Path::new(kustomization.object.name()));
        return Err(CliError::new(format!("{name} does not build, so it cannot be applied: {reason}")));
    }
    if manifests.objects.is_empty() && manifests.kustomizations.seen().is_empty() {
        return Err(nothing_in(manifests.skipped, "nothing would be applied"));
    }
    if !manifests.elsewhere.is_empty() {
        return Err(CliError::new("what was named gives different objects of one name, so it is not for one cluster")
            .hint("name the directory that is applied to this cluster"));
    }
    let home = if let [only] = ask.named.as_slice() { Some(only) } else { None };
    let placed = |mut observed: Observed| {
        let homeless = observed.object.namespace().is_none();
        if homeless && observed.object.resource().is_some_and(|kind| kind.namespaced) {
            let mut value = observed.object.to_value();
            if let (Some(home), Some(metadata)) = (home, value.get_mut("metadata").and_then(Value::as_object_mut)) {
                metadata.insert("namespace".to_owned(), home.as_str().into());
            }
            observed.object = Object::new(value).unwrap_or(observed.object);
        }
        observed
    };
    let objects: Vec<Observed> = manifests.objects.into_iter().map(placed).collect();
    Ok(Input {
        files: Some(Snapshot::from_manifests(objects.clone(), &live.control_plane.namespace)),
        elsewhere: Vec::new(),
        snapshot: live
            .snapshot
            .with_applied(objects)
            .with_texts(manifests.texts)
            .with_kustomizations(manifests.kustomizations),
        control_plane: live.control_plane.clone(),
        tenants: live.tenants.clone(),
        skipped: manifests.skipped,
        namespaces: live.namespaces.clone(),
        tree: manifests.tree,
        cluster: live.cluster.clone(),
    })
}

/// Reads what was saved of a cluster.
///
/// # Errors
/// When it cannot be read, is no such file, or does not hold a namespace that is named.
pub(in crate::verbs) fn from_saved(ask: &Ask, args: &SourceArgs, file: &Path) -> Result<Input, CliError> {
    let saved =
        Saved::from_json(&read_text(file)?).map_err(|error| CliError::new(format!("{}: {error}", shown(file))))?;
    let holds = |name: &str| saved.namespaces.as_ref().is_none_or(|held| held.contains(name));
    if let Some(absent) = ask.named.iter().find(|named| !holds(named.as_str())) {
        return Err(CliError::new(format!("{} does not hold namespace `{absent}`", shown(file))));
    }
    let control_plane =
        if args.profile.is_some() { ask.control_plane.clone() } else { args.control_plane(saved.control_plane) };
    let named: BTreeSet<String> = ask.named.iter().chain([&control_plane.namespace]).map(ToString::to_string).collect();
    let namespaces = if ask.named.is_empty() { saved.namespaces } else { Some(named) };
    let tenants: BTreeSet<Namespace> = saved.tenants.into_iter().chain(ask.tenants.iter().cloned()).collect();
    Ok(Input {
        snapshot: saved.snapshot,
        control_plane,
        tenants: tenants.into_iter().collect(),
        skipped: 0,
        namespaces,
        elsewhere: Vec::new(),
        files: None,
        tree: Tree::default(),
        cluster: None,
    })
}

impl Input {
    /// The same as a file, for [`from_saved`].
    pub(in crate::verbs) fn save(&self, file: &Path) -> Result<(), CliError> {
        let saved = Saved {
            snapshot: self.snapshot.clone(),
            control_plane: self.control_plane.clone(),
            tenants: self.tenants.clone(),
            namespaces: self.namespaces.clone(),
        };
        private::write(file, &saved.to_json())
    }
}

/// A namespace that is misspelled lacks everything, which is not worth a finding each.
fn exist(ask: &Ask, snapshot: &Snapshot) -> Result<(), CliError> {
    let Ok(known) = snapshot.all(&NAMESPACE) else { return Ok(()) };
    let known: BTreeSet<&str> = known.iter().map(|namespace| namespace.object.name()).collect();
    let own = ask.control_plane.namespace.as_str();
    if !known.contains(own) {
        return Err(CliError::new(format!("the cluster has no namespace `{own}`, so there is no control plane in it"))
            .hint(
                "name the namespace of the scheduler with --control-plane-namespace, or the cluster with --context",
            ));
    }
    let named = if ask.base == Base::Named { ask.tenants.as_slice() } else { &[] };
    let Some(absent) = named.iter().find(|named| !known.contains(named.as_str())) else { return Ok(()) };
    let error = CliError::new(format!("the cluster has no namespace `{absent}`"));
    Err(match text::nearest(absent.as_str(), known) {
        Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
        None => error,
    })
}
