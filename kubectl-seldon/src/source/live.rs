//! From a live cluster into a snapshot, for judging what is there.
//!
//! Requests grow with kinds and not with objects: one paged LIST a kind, in flight together, and one
//! more for the operator's pods, which no selector finds together with the others. Where only rights
//! in namespaces are given, the refused LISTs are repeated in the namespaces that are named. Of events
//! only warnings are asked for, and no more than a fixed number of them. Secrets
//! are asked for by name, and of their answers only the names of keys are kept; those of Helm by label, and
//! of these what [`seldon_central_core::helm`] keeps.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use seldon_central_core::{
    log::Process,
    name::Namespace,
    needs,
    object::Object,
    pattern,
    profile::ControlPlane,
    reason::operator::Operator,
    resource::{EVENT, NAMESPACE, POD, RELEASE, Resource, SECRET, SELDON_CONFIG, SERVICE},
    rules::World,
    snapshot::{Read, Scope, Snapshot},
};

use super::{
    list::{Listed, Selector, Wanted, is_total, list_all},
    logs,
};
use crate::cluster::{Cluster, IN_FLIGHT, ReadError};

/// Namespaces with DNS, whose labels policies may ask for.
const DNS: [&str; 2] = [pattern::DNS_NAMESPACE, "openshift-dns"];

/// What is to be looked at.
#[derive(Debug, Clone)]
pub struct Look<'a> {
    /// Kinds to read, as [`needs::kinds`] gives them.
    pub kinds: &'a BTreeSet<&'static Resource>,
    /// Whether all namespaces are asked about.
    pub everywhere: bool,
    /// Namespaces that are asked about by name.
    pub named: &'a [Namespace],
    /// The control plane.
    pub control_plane: &'a ControlPlane,
    /// Processes whose logs are read, as [`needs::processes`] gives them; none to read no logs.
    pub processes: &'a BTreeSet<Process>,
    /// How many logs are read at once, at most.
    pub log_requests: usize,
}

/// Reads what was asked for. What the cluster refuses to show is recorded in the snapshot.
///
/// # Errors
/// When nothing could be read, because the cluster cannot be reached or does not accept the
/// credentials.
pub async fn observe(cluster: &Cluster, look: &Look<'_>) -> Result<Snapshot, ReadError> {
    let mut snapshot = Snapshot::live();
    let mut listed = list_all(cluster, look.first()).await;
    if listed.iter().all(|one| one.result.as_ref().is_err_and(is_total))
        && let Some(Listed { result: Err(error), .. }) = listed.pop()
    {
        return Err(error);
    }
    let again: Vec<Wanted> = listed.iter().filter(|one| one.is_forbidden()).flat_map(|one| look.closer(one)).collect();
    let is_refused = |kind| listed.iter().any(|one| one.wanted.kind == kind && one.is_forbidden());
    let (namespaces_refused, services_refused) = (is_refused(&NAMESPACE), is_refused(&SERVICE));
    listed.extend(list_all(cluster, again).await);
    for one in listed {
        one.keep(&mut snapshot);
    }
    if namespaces_refused {
        look.own_namespaces(cluster, &mut snapshot).await;
    }
    if look.kinds.contains(&SERVICE) && (services_refused || !look.is_wide()) {
        look.aliases(cluster, &mut snapshot).await;
    }
    if look.kinds.contains(&SELDON_CONFIG) {
        let elsewhere = list_all(cluster, look.configs(&snapshot)).await;
        for one in elsewhere {
            one.keep(&mut snapshot);
        }
    }
    if look.kinds.contains(&SECRET) {
        look.secrets(cluster, &mut snapshot).await;
    }
    if !look.processes.is_empty() {
        let wanted = look.logs(&snapshot);
        logs::read(cluster, wanted, look.log_requests, &mut snapshot).await;
    }
    Ok(snapshot)
}

impl Look<'_> {
    /// Whether all kinds are listed in the whole cluster, if that is allowed.
    const fn is_wide(&self) -> bool {
        self.everywhere || self.named.len() > 1
    }

    /// The namespaces that are asked about by name, and the control plane's.
    fn namespaces(&self) -> BTreeSet<&str> {
        self.named.iter().chain([&self.control_plane.namespace]).map(Namespace::as_str).collect()
    }

    fn first(&self) -> Vec<Wanted> {
        let listed = self.kinds.iter().filter(|kind| ***kind != SECRET);
        let own = self.control_plane.namespace.as_str();
        let wanted = listed.flat_map(|kind| {
            if **kind == RELEASE {
                vec![Wanted::releases(own)]
            } else if needs::is_optional(kind) {
                vec![Wanted::all(kind, Some(own))]
            } else if self.is_wide() || needs::is_global(kind) {
                vec![Wanted::all(kind, None)]
            } else {
                self.in_namespaces(kind)
            }
        });
        let own = self.control_plane.namespace.as_str();
        let operator = self
            .kinds
            .contains(&POD)
            .then_some(Selector::Labels(pattern::OPERATOR_PODS_SELECTOR))
            .map(|selector| Wanted { selector: Some(selector), ..Wanted::all(&POD, Some(own)) });
        wanted.map(narrowed).chain(operator).collect()
    }

    /// The same as a refused LIST of the whole cluster, namespace by namespace.
    fn closer(&self, refused: &Listed) -> Vec<Wanted> {
        let kind = refused.wanted.kind;
        let has_closer = kind.namespaced && refused.wanted.namespace.is_none();
        if has_closer { self.in_namespaces(kind).into_iter().map(narrowed).collect() } else { Vec::new() }
    }

    fn in_namespaces(&self, kind: &'static Resource) -> Vec<Wanted> {
        let own = self.control_plane.namespace.as_str();
        let namespaces = self.namespaces().into_iter().filter(|namespace| needs::is_local(kind, *namespace == own));
        namespaces.map(|namespace| Wanted::all(kind, Some(namespace))).collect()
    }

    /// Whoever may not list namespaces may still look at some.
    async fn own_namespaces(&self, cluster: &Cluster, snapshot: &mut Snapshot) {
        let get = async |namespace: &str| cluster.get(&NAMESPACE, None, namespace).await;
        let names = self.namespaces().into_iter().chain(DNS).collect::<BTreeSet<_>>();
        let found: Vec<_> = stream::iter(names).map(get).buffered(IN_FLIGHT).collect().await;
        found.into_iter().flatten().flatten().for_each(|namespace| snapshot.add_found(namespace));
    }

    /// Where the aliases of other namespaces lead tells whose tenants they are.
    async fn aliases(&self, cluster: &Cluster, snapshot: &mut Snapshot) {
        let aliases = cluster.list_named(&SERVICE, pattern::SCHEDULER_SERVICE).await;
        let (read, aliases) = match aliases {
            Ok(aliases) => (Read::Complete, aliases),
            Err(error) => (Read::Failed(error.to_string()), Vec::new()),
        };
        let own = self.namespaces();
        let elsewhere: BTreeSet<&str> = aliases.iter().filter_map(Object::namespace).collect();
        let others: BTreeSet<String> = snapshot
            .namespaces()
            .into_iter()
            .chain(elsewhere)
            .filter(|other| !own.contains(other))
            .map(str::to_owned)
            .collect();
        for namespace in others {
            let alias = aliases.iter().find(|alias| alias.namespace() == Some(&namespace)).cloned();
            let scope = Scope::Object { namespace, name: pattern::SCHEDULER_SERVICE.to_owned() };
            snapshot.add_read(&SERVICE, scope, read.clone(), alias.into_iter().collect());
        }
    }

    /// The `SeldonConfigs` of operators that turn out to run in namespaces other than the control plane's.
    fn configs(&self, snapshot: &Snapshot) -> Vec<Wanted> {
        let own = self.control_plane.namespace.as_str();
        let operators = Operator::all(snapshot);
        let homes: BTreeSet<&str> = operators.iter().filter_map(|one| one.home.as_deref().ok()).collect();
        let unread = homes.into_iter().filter(|home| *home != own && snapshot.all_in(&SELDON_CONFIG, home).is_err());
        unread.map(|home| Wanted::all(&SELDON_CONFIG, Some(home))).collect()
    }

    fn logs(&self, snapshot: &Snapshot) -> BTreeSet<needs::LogNeed> {
        let asked_about = self.namespaces();
        let is_asked = |namespace: &str| self.everywhere || asked_about.contains(namespace);
        needs::logs(self.processes, &World::new(snapshot, self.control_plane, self.named), is_asked)
    }

    async fn secrets(&self, cluster: &Cluster, snapshot: &mut Snapshot) {
        let mut namespaces: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let asked_about = self.namespaces();
        for (namespace, name) in needs::secrets(&World::new(snapshot, self.control_plane, self.named)) {
            if self.everywhere || asked_about.contains(namespace.as_str()) {
                namespaces.entry(name).or_default().insert(namespace);
            }
        }
        let read = async |(name, namespaces): (String, BTreeSet<String>)| secret(cluster, &name, &namespaces).await;
        let found: Vec<_> = stream::iter(namespaces).map(read).buffered(IN_FLIGHT).collect().await;
        for (scope, read, secret) in found.into_iter().flatten() {
            snapshot.add_read(&SECRET, scope, read, secret.into_iter().collect());
        }
    }
}

fn narrowed(mut wanted: Wanted) -> Wanted {
    if *wanted.kind == POD {
        wanted.selector = Some(Selector::Labels(pattern::PODS_SELECTOR));
    } else if *wanted.kind == EVENT {
        wanted.selector = Some(Selector::Fields(needs::EVENTS_SELECTOR, needs::MOST_EVENTS));
    }
    wanted
}

type Asked = (Scope, Read, Option<Object>);

/// The Secrets of one name: by one request for several namespaces where that is allowed, which takes
/// `list` for that name and no other.
async fn secret(cluster: &Cluster, name: &str, namespaces: &BTreeSet<String>) -> Vec<Asked> {
    let scope = |namespace: &str| Scope::Object { namespace: namespace.to_owned(), name: name.to_owned() };
    if namespaces.len() > 1
        && let Ok(found) = cluster.list_named(&SECRET, name).await
    {
        let found: BTreeMap<_, _> = found.iter().map(|secret| (secret.namespace(), secret)).collect();
        let in_namespace = |namespace: &str| found.get(&Some(namespace)).copied();
        let answer =
            |namespace: &String| (scope(namespace), Read::Complete, in_namespace(namespace).map(needs::keys_only));
        return namespaces.iter().map(answer).collect();
    }
    let get = async |namespace: &String| match cluster.get(&SECRET, Some(namespace), name).await {
        Ok(found) => (scope(namespace), Read::Complete, found.as_ref().map(needs::keys_only)),
        Err(error) => (scope(namespace), Read::Failed(error.to_string()), None),
    };
    stream::iter(namespaces).map(get).buffered(IN_FLIGHT).collect().await
}

#[cfg(test)]
mod tests;
