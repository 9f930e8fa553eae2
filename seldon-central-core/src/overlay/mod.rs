//! Desired objects as the files of a repository: a kustomize overlay, with what Argo CD or Flux
//! need beside it, or plain YAML. Nothing is written here; [`render`] gives paths and texts.
//!
//! One file per object, explicit namespaces and no `namespace:` transformer (it would rename the
//! Namespace and leave `externalName` alone), a stable order, stable bytes.

mod argocd;
mod fix;
mod flux;
mod kustomize;
mod mark;
mod place;

use std::collections::BTreeMap;

use crate::{
    desired::Desired,
    name::{Namespace, ServerName},
    object::Object,
    pattern,
    profile::ResolvedProfile,
    resource::{CONFIG_MAP, DEPLOYMENT, MODEL, NAMESPACE, NETWORK_POLICY, SECRET, SELDON_RUNTIME, SERVER, SERVICE},
    yaml,
};

pub use self::{
    argocd::ArgoCd,
    fix::{Base, FixForm, Handle, Laid, Rebased, lay, rebased, sorted},
    flux::{Flux, SourceKind},
    mark::{mark, marked},
    place::{PlaceError, RepoPath, RepoUrl, Revision},
};

/// In which form objects are emitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// A kustomize overlay.
    Kustomize,
    /// A kustomize overlay with sync waves, and an Application for each tenant.
    ArgoCd(ArgoCd),
    /// Two kustomize overlays for each tenant, and a Flux Kustomization for each.
    Flux(Flux),
    /// The files of the overlay without a kustomization, for other tools; nothing says their order.
    Yaml,
}

/// Files by path. Paths are relative, with `/` between parts, none of which is `..`, so no path leads
/// out of the directory it is put in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileTree(BTreeMap<String, String>);

impl FileTree {
    /// Paths and texts, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The text of one file.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Adds another tree's files in a directory; an empty one is where this tree's own are.
    pub fn nest(&mut self, dir: &str, tree: Self) {
        let path = |path: String| if dir.is_empty() { path } else { format!("{dir}/{path}") };
        self.0.extend(tree.0.into_iter().map(|(file, text)| (path(file), text)));
    }

    pub(crate) fn insert(&mut self, path: String, text: String) {
        self.0.insert(path, text);
    }
}

/// The files for what a profile asks for.
pub fn render(desired: &Desired, form: &Form) -> FileTree {
    let groups = groups(desired);
    match form {
        Form::Kustomize => kustomize::render(&groups),
        Form::ArgoCd(settings) => argocd::render(&groups, settings),
        Form::Flux(settings) => flux::render(&groups, settings),
        Form::Yaml => yaml_files(&groups),
    }
}

impl Form {
    /// The annotations that the files put on a Namespace, which a profile must not ask for as well.
    pub const fn annotations(&self) -> &'static [&'static str] {
        match self {
            Self::Kustomize | Self::Yaml => &[],
            Self::ArgoCd(_) => &[argocd::SYNC_WAVE, argocd::SYNC_OPTIONS],
            Self::Flux(_) => &[flux::PRUNE],
        }
    }
}

/// The objects of one tenant's worth of files.
struct Group<'a> {
    namespace: &'a str,
    /// Directory, with a `/` at its end; empty when there is only this group.
    dir: String,
    objects: Vec<&'a Object>,
    /// Servers whose replicas are left to whoever scales them.
    scalable: &'a [ServerName],
}

/// A tenant's objects in the control plane's namespace go with the tenant: emitted on its own it brings
/// them along, and removed it takes them along.
fn groups(desired: &Desired) -> Vec<Group<'_>> {
    let flat = desired.tenants.len() == 1;
    let groups = desired.tenants.iter().map(|tenant| {
        let namespace = tenant.namespace.as_str();
        let is_its = |object: &&Object| object.label(pattern::TENANT_LABEL) == Some(namespace);
        let dir = if flat { String::new() } else { format!("{namespace}/") };
        let objects = tenant.objects.iter().chain(desired.control_plane.iter().filter(is_its)).collect();
        Group { namespace, dir, objects, scalable: &tenant.scalable }
    });
    groups.collect()
}

fn yaml_files(groups: &[Group<'_>]) -> FileTree {
    let mut tree = FileTree::default();
    for group in groups {
        for object in &group.objects {
            tree.insert(format!("{}{}", group.dir, file_name(object)), document(object));
        }
    }
    tree
}

/// The objects as one stream of YAML documents, in the order in which they are applied.
pub fn stream<'a>(objects: impl IntoIterator<Item = &'a Object>) -> String {
    objects.into_iter().map(document).collect::<Vec<_>>().join("---\n")
}

/// The file of an object: `server-mlserver.yaml`.
pub(crate) fn file_name(object: &Object) -> String {
    format!("{}-{}.yaml", object.kind().to_lowercase(), object.name())
}

/// A tenant's Server that was called otherwise when it was emitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// The tenant.
    pub tenant: Namespace,
    /// What it was called.
    pub before: String,
    /// What it is called now.
    pub now: ServerName,
}

/// Whether a file, by its name, holds the Server of a tenant from when the tenant was emitted beside
/// others and its Server had the name that it gets then.
pub fn renamed(profile: &ResolvedProfile, file: &str) -> Option<Renamed> {
    let name = file.strip_prefix("server-")?.strip_suffix(".yaml")?;
    profile.tenants.iter().find_map(|tenant| {
        let unnamed = tenant.tenant.servers.iter().zip(&tenant.servers).filter(|(declared, _)| declared.name.is_none());
        let mut now = unnamed.map(|(_, server)| &server.name);
        let now = now.find(|now| format!("{}-{now}", tenant.tenant.namespace) == name)?;
        Some(Renamed { tenant: tenant.tenant.namespace.clone(), before: name.to_owned(), now: now.clone() })
    })
}

/// An object as a YAML document under a comment that says what it is for.
pub(crate) fn document(object: &Object) -> String {
    let comment: String = purpose(object).lines().map(|line| format!("# {line}\n")).collect();
    format!("{comment}{}", yaml::write(&object.to_value()))
}

fn purpose(object: &Object) -> &'static str {
    if object.is(&NAMESPACE) {
        "The tenant's namespace."
    } else if object.is(&SECRET) {
        "Anonymous access to public Google Cloud Storage buckets. It holds no credentials, and Seldon's\n\
         agents exit when it is missing."
    } else if object.is(&SERVICE) && object.text("/spec/type") == Some("ExternalName") {
        "Leads the tenant to the central scheduler. The operator compares selector and ports with its own,\n\
         names and order included; when one differs it replaces the whole Service."
    } else if object.is(&SERVICE) {
        "What the operator itself would write; it selects the relay's pods."
    } else if object.is(&NETWORK_POLICY) {
        "Annotation kubectl-seldon/flow.N says which flows the Nth rule serves, counted from 0."
    } else if object.is(&SELDON_RUNTIME) {
        "Turns the local scheduler off. Its override has no serviceType on purpose: with one the operator\n\
         takes the Service seldon-scheduler back."
    } else if object.is(&SERVER) {
        "Its name is unique on the whole scheduler, not only here. Its capabilities replace those of the\n\
         ServerConfig, so these are repeated."
    } else if object.is(&MODEL) {
        "Pinned to its Server: without `server` it may land on another tenant's."
    } else if object.is(&DEPLOYMENT) || object.is(&CONFIG_MAP) {
        "The relay: passes TCP on to the central scheduler."
    } else {
        ""
    }
}

/// A copy of an object with one more annotation.
fn annotated(object: &Object, key: &str, value: &str) -> Object {
    object.clone().with_annotation(key, value)
}

/// Longest name of an object that hands a tenant over: Flux, and Argo CD where it tracks by label, put
/// it into a label's value.
const HANDLE_MAX: usize = 63;

/// Name of the object that hands a tenant to a GitOps controller. Of a namespace that is too long for
/// it the end gives way to a number that differs from one namespace to the next.
fn handle(namespace: &str, suffix: &str) -> String {
    let name = format!("{namespace}-{suffix}");
    if name.len() <= HANDLE_MAX {
        return name;
    }
    let end = format!("-{:08x}-{suffix}", fingerprint(namespace));
    let start: String = namespace.chars().take(HANDLE_MAX.saturating_sub(end.len())).collect();
    format!("{}{end}", start.trim_end_matches('-'))
}

/// FNV-1a, 32 bits: the same on every machine and in every version.
fn fingerprint(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The path of a group within the repository.
fn repo_path(base: &str, dir: &str) -> String {
    let base = base.trim_matches('/');
    let dir = dir.trim_end_matches('/');
    let joined = [base, dir].into_iter().filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/");
    if joined.is_empty() { ".".to_owned() } else { joined }
}

/// What is handed to a GitOps controller.
struct Handed<'a> {
    /// Name of the object that does it.
    name: &'a str,
    /// The tenant, where it is about one.
    tenant: Option<&'a str>,
    /// Directory in the repository.
    path: String,
}

/// Metadata of an object for a GitOps controller.
fn handle_metadata(handed: &Handed<'_>, namespace: &Namespace) -> serde_json::Value {
    match handed.tenant {
        Some(tenant) => serde_json::json!({
            "name": handed.name, "namespace": namespace, "labels": {pattern::TENANT_LABEL: tenant},
        }),
        None => serde_json::json!({"name": handed.name, "namespace": namespace}),
    }
}

#[cfg(test)]
mod tests;
