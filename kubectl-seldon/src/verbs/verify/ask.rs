//! What the flags ask for, before anything is read.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use seldon_central_core::{
    name::Namespace,
    profile::{ControlPlane, Profile},
    suppress::Declared,
};

use crate::{
    cli::{kube::KubeFlags, verify::SourceArgs},
    error::CliError,
    source,
    verbs::onboard::chosen,
};

/// What is judged.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::verbs) struct Ask {
    /// Namespaces that are asked about, when the base does not say.
    pub(in crate::verbs) named: Vec<Namespace>,
    /// Where the objects come from.
    pub(in crate::verbs) base: Base,
    /// Namespaces that are tenants whatever they hold.
    pub(in crate::verbs) tenants: Vec<Namespace>,
    /// The control plane as flags and profile describe it.
    pub(in crate::verbs) control_plane: ControlPlane,
    /// Manifests.
    pub(in crate::verbs) files: Vec<PathBuf>,
    /// Whether what kustomizations name on a network is fetched.
    pub(in crate::verbs) allow_remote_bases: bool,
    /// A directory whose overlay of this tool is not looked at, because it is about to be written anew.
    pub(in crate::verbs) except: Option<PathBuf>,
    /// What the profile says does not count.
    pub(in crate::verbs) declared: Option<Declared>,
}

/// Where the objects come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::verbs) enum Base {
    /// The files alone.
    Files,
    /// A cluster: every namespace.
    Everywhere,
    /// A cluster: the namespaces that are named, which have to exist.
    Named,
    /// A cluster: the namespaces that the profile declares.
    Declared,
    /// What was saved of a cluster.
    Saved,
}

impl Ask {
    /// Reads flags and profile.
    ///
    /// # Errors
    /// When they ask for nothing, or contradict each other.
    pub(in crate::verbs) fn new(args: &SourceArgs, kube: &KubeFlags) -> Result<Self, CliError> {
        let named = named(args, kube)?;
        let (mut profile, declared) = match &args.profile {
            Some(file) => read(file, named.is_empty()).map(|(profile, declared)| (profile, Some(declared)))?,
            None => (Profile::default(), None),
        };
        let base = match (kube.all_namespaces, named.is_empty(), args.files.is_empty()) {
            _ if args.snapshot.is_some() => Base::Saved,
            (true, _, _) => Base::Everywhere,
            (false, false, _) => Base::Named,
            (false, true, false) => Base::Files,
            (false, true, true) if args.profile.is_some() => Base::Declared,
            (false, true, true) => return Err(nothing()),
        };
        if args.profile.is_some() && base == Base::Named {
            profile = chosen(profile, &named)?;
        }
        let Profile { control_plane, tenants, .. } = profile;
        let control_plane = args.control_plane(control_plane);
        let own = tenants.into_iter().map(|tenant| tenant.namespace);
        let tenants: BTreeSet<Namespace> = own.chain(named.clone()).chain(args.tenants.iter().cloned()).collect();
        if let Some(own) = tenants.iter().find(|tenant| **tenant == control_plane.namespace)
            && base == Base::Declared
        {
            return Err(CliError::new(format!(
                "the profile declares its control plane's namespace `{own}` as a tenant"
            )));
        }
        Ok(Self {
            base,
            named,
            tenants: tenants.into_iter().collect(),
            declared,
            control_plane,
            files: args.files.clone(),
            allow_remote_bases: args.allow_remote_bases,
            except: None,
        })
    }
}

impl Ask {
    /// Reads flags and profile where nothing but files is looked at: namespaces that are named are
    /// tenants in them.
    ///
    /// # Errors
    /// When they contradict each other.
    pub(in crate::verbs) fn of_files(args: &SourceArgs, kube: &KubeFlags) -> Result<Self, CliError> {
        let named = named(args, kube)?;
        let (profile, declared) = match &args.profile {
            Some(file) => read(file, named.is_empty()).map(|(profile, declared)| (profile, Some(declared)))?,
            None => (Profile::default(), None),
        };
        let own = profile.tenants.into_iter().map(|tenant| tenant.namespace);
        let tenants: BTreeSet<Namespace> = own.chain(named.clone()).chain(args.tenants.iter().cloned()).collect();
        Ok(Self {
            base: Base::Files,
            named,
            tenants: tenants.into_iter().collect(),
            declared,
            control_plane: args.control_plane(profile.control_plane),
            files: args.files.clone(),
            allow_remote_bases: args.allow_remote_bases,
            except: None,
        })
    }
}

/// A profile, and what it says does not count today.
fn read(file: &Path, whole: bool) -> Result<(Profile, Declared), CliError> {
    let (profile, declared) = source::profile::read(file)?;
    Ok((profile, if whole { declared } else { declared.for_a_part() }))
}

fn named(args: &SourceArgs, kube: &KubeFlags) -> Result<Vec<Namespace>, CliError> {
    // As with kubectl, --all-namespaces goes before --namespace.
    let by_flag = kube.namespace.as_deref().filter(|_| !kube.all_namespaces).map(Namespace::new).transpose()?;
    match (args.namespaces.as_slice(), by_flag) {
        ([], by_flag) => Ok(by_flag.into_iter().collect()),
        (named, None) => Ok(named.to_vec()),
        ([one], Some(by_flag)) if *one == by_flag => Ok(vec![by_flag]),
        (_, Some(_)) => Err(CliError::new("name the namespaces as arguments or with --namespace, not both")),
    }
}

fn nothing() -> CliError {
    CliError::new("name what to judge: namespaces, --all-namespaces, a --profile, or files with --file")
        .hint("`kubectl seldon verify financial-inference` judges a namespace of the cluster, and `kubectl seldon verify -f DIR` a repository")
}
