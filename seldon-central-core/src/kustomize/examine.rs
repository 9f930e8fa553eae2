//! Everything put together: what was built, where it comes from, and what is wrong on the way.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{
    build::{Build, Built},
    carry::{Carried, Carry, Walk},
    path::{name, parent},
    selector::{Selectable, Selects, Target},
    stale::{Redundant, Stale},
    trace::{Layer, Trace},
    tree::{Node, Tree},
};
use crate::{
    object::{Object, ObjectId},
    pattern,
    resource::{NETWORK_POLICY, SECRET, SELDON_GROUP, SERVICE},
    snapshot::{Observed, Origin, Unknown},
    yaml::Position,
};

/// What is known of the kustomizations in the input.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Kustomizations {
    seen: Vec<Seen>,
    open: Open,
}

/// The namespaces of which there may be more than was seen.
#[derive(Debug, Clone, PartialEq)]
enum Open {
    Any,
    Only(BTreeSet<String>),
}

impl Default for Open {
    fn default() -> Self {
        Self::Only(BTreeSet::new())
    }
}

/// One kustomization.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The kustomization as an object whose name is its directory.
    pub observed: Observed,
    /// What came of building it; `None` when others use it and it is not built alone.
    pub result: Option<Result<(), Build>>,
    /// Its patches whose targets select nothing.
    pub unmatched: Vec<Unmatched>,
    /// The tests of its patches that do not hold.
    pub stale: Vec<Stale>,
    /// The files of this tool's that it adds although it does not build with them.
    pub redundant: Vec<Redundant>,
    /// Objects of the pattern in files beside it that no kustomization names.
    pub unlisted: Vec<Observed>,
    /// What building it gave; `None` when it was not built.
    pub given: Option<Given>,
}

/// What building an entry point gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Number of the [`Batch`] that holds it, from 0.
    pub batch: usize,
    /// The objects.
    pub objects: BTreeSet<ObjectId>,
}

impl Seen {
    /// Why what it amounts to is unknown, where it could not be read.
    pub(crate) fn unread(&self) -> Option<Unknown> {
        let Some(Err(Build::Unread(reason))) = &self.result else { return None };
        Some(Unknown::ReadFailed { what: self.observed.object.id().to_string(), reason: reason.clone() })
    }
}

/// A patch whose target selects nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// JSON pointer to the patch in the kustomization.
    pub pointer: String,
    /// The target, for people.
    pub target: String,
}

/// Objects that can be in one cluster, because no two of them have the same name and differ.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch {
    /// The objects.
    pub objects: Vec<Observed>,
    /// What those that were built were made of.
    pub traces: BTreeMap<ObjectId, Trace>,
}

impl Kustomizations {
    /// The kustomizations, by directory.
    pub fn seen(&self) -> &[Seen] {
        &self.seen
    }

    /// Whether a namespace may have more than was seen, because something was not built.
    pub fn opens(&self, namespace: &str) -> bool {
        match &self.open {
            Open::Any => true,
            Open::Only(open) => open.contains(namespace),
        }
    }

    /// The same for a view that is not to repeat what is said of the kustomizations themselves.
    #[must_use]
    pub fn without_facts(&self) -> Self {
        Self { seen: Vec::new(), open: self.open.clone() }
    }

    /// The entry points that could not be built, and why.
    pub fn unread(&self) -> impl Iterator<Item = Unknown> {
        self.seen.iter().filter_map(|seen| match &seen.result {
            Some(Err(Build::Unread(reason))) => {
                let what = seen.observed.object.id().to_string();
                Some(Unknown::ReadFailed { what, reason: reason.clone() })
            }
            _ => None,
        })
    }

    /// The entry points that do not build, and why.
    pub fn failed(&self) -> impl Iterator<Item = (&Observed, &str)> {
        self.seen.iter().filter_map(|seen| match &seen.result {
            Some(Err(Build::Failed(reason))) => Some((&seen.observed, reason.as_str())),
            _ => None,
        })
    }
}

/// Looks at the kustomizations of a tree, with what came of building its entry points, beside objects
/// in files that are part of none. The first batch holds those as they are. Entry points that give
/// different objects of one name, such as the overlays of two clusters, are in different batches. What
/// does not build is there as it stands, unless patches would change it.
pub fn examine(tree: &Tree, builds: &BTreeMap<String, Build>, mut raw: Vec<Observed>) -> (Kustomizations, Vec<Batch>) {
    let mut walk = Walk::new(tree);
    let mut batches = vec![Batch::default()];
    let (mut open, mut standing, mut given) = (Open::default(), BTreeMap::new(), BTreeMap::new());
    for dir in tree.entry_points() {
        let carry = walk.follow(dir);
        if let Some(Build::Built(built)) = builds.get(dir) {
            let batch = add(&mut batches, built.iter().map(|built| place(tree, dir, &carry, built)).collect());
            let objects = built.iter().map(|built| built.object.id()).collect();
            given.insert(dir, Given { batch, objects });
            continue;
        }
        if matches!(builds.get(dir), Some(Build::Failed(_))) {
            standing.extend(tree.plain(dir).unwrap_or_default());
        }
        match (&mut open, tree.namespaces(dir)) {
            (Open::Only(open), Some(namespaces)) => open.extend(namespaces.into_iter().map(str::to_owned)),
            _ => open = Open::Any,
        }
    }
    let seen = tree.nodes.iter().filter(|(_, node)| node.is_given);
    let seen = seen
        .map(|(dir, node)| Seen { given: given.remove(dir.as_str()), ..look(tree, dir, node, &walk, builds, &raw) });
    let seen = seen.collect();
    let built = tree.entry_points().into_iter().filter(|dir| matches!(builds.get(*dir), Some(Build::Built(_))));
    let judged: BTreeSet<String> = built.flat_map(|dir| tree.reach(dir)).flat_map(|dir| tree.references(dir)).collect();
    standing.retain(|path, _| !judged.contains(*path));
    raw.extend(standing.into_values().flat_map(|file| file.objects.iter().cloned()));
    for batch in batches.iter_mut().skip(1) {
        let beside: Vec<Observed> = raw.iter().filter(|one| !batch.holds(&one.object.id())).cloned().collect();
        batch.objects.extend(beside);
    }
    if let Some(first) = batches.first_mut() {
        first.objects.extend(raw);
    }
    (Kustomizations { seen, open }, batches)
}

impl Batch {
    fn holds(&self, id: &ObjectId) -> bool {
        self.traces.contains_key(id)
    }

    /// Whether an object is another one than that of its name here.
    fn refuses(&self, (observed, _): &(Observed, Trace)) -> bool {
        let id = observed.object.id();
        self.traces.get(&id).is_some_and(|trace| trace.built != observed.object.to_value())
    }
}

/// Adds the objects of an entry point to the first batch that takes all of them, and gives its number.
fn add(batches: &mut Vec<Batch>, placed: Vec<(Observed, Trace)>) -> usize {
    let free = batches.iter().position(|batch| !placed.iter().any(|one| batch.refuses(one)));
    if free.is_none() {
        batches.push(Batch::default());
    }
    let number = free.unwrap_or(batches.len().saturating_sub(1));
    let Some(batch) = batches.get_mut(number) else { return number };
    for (observed, trace) in placed {
        let id = observed.object.id();
        if batch.traces.insert(id, trace).is_none() {
            batch.objects.push(observed);
        }
    }
    number
}

/// A built object with its place and with what it was made of.
fn place(tree: &Tree, entry: &str, carry: &Carry<'_>, built: &Built) -> (Observed, Trace) {
    let file = built.file.as_deref();
    let made_of = file.and_then(|file| source(carry, file, &built.object));
    let known = made_of.and_then(|carried| Some((carried, carried.source?)));
    let (origin, layers) = match known {
        Some((carried, source)) => {
            let mut layers: Vec<Layer> = resource(source).into_iter().collect();
            layers.extend(carried.layers.iter().cloned());
            (source.origin.clone(), layers)
        }
        None => (tree.origin(file, entry), Vec::new()),
    };
    let trace = Trace { built: built.object.to_value(), layers };
    (Observed { object: built.object.clone(), origin }, trace)
}

fn resource(source: &Observed) -> Option<Layer> {
    let Origin::File { path, line, column } = &source.origin else { return None };
    let within = Position { line: *line, column: *column };
    Some(Layer { path: path.clone(), within, inline: None, value: source.object.to_value() })
}

/// The object of a file that became this one: the one that was called so, else the only one of its
/// kind.
fn source<'a, 'b>(carry: &'b Carry<'a>, file: &str, object: &Object) -> Option<&'b Carried<'a>> {
    let wanted = Selectable::of(object);
    let is_of_file = |carried: &&Carried<'_>| {
        carried.source.is_some_and(|source| matches!(&source.origin, Origin::File { path, .. } if path == file))
    };
    let same_kind =
        |carried: &&Carried<'_>| carried.selectable.kind == wanted.kind && carried.selectable.group == wanted.group;
    let of_kind: Vec<&Carried<'_>> = carry.objects.iter().filter(is_of_file).filter(same_kind).collect();
    let named = |carried: &&&Carried<'_>| wanted.names.is_subset(&carried.selectable.names);
    let at_home = |carried: &&&Carried<'_>| wanted.namespaces.is_subset(&carried.selectable.namespaces);
    let exact = of_kind.iter().find(|carried| named(carried) && at_home(carried));
    match (exact.or_else(|| of_kind.iter().find(named)), of_kind.as_slice()) {
        (Some(found), _) => Some(found),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

/// One kustomization with everything that is to be said of it.
fn look(
    tree: &Tree,
    dir: &str,
    node: &Node,
    walk: &Walk<'_>,
    builds: &BTreeMap<String, Build>,
    raw: &[Observed],
) -> Seen {
    let result = builds.get(dir).map(|build| match build {
        Build::Built(_) => Ok(()),
        other => Err(other.clone()),
    });
    let is_lost = |target: &Target| {
        let users = builds.iter().filter(|(entry, _)| tree.reach(entry).contains(dir));
        let built = users.filter_map(|(_, build)| if let Build::Built(built) = build { Some(built) } else { None });
        built.flatten().all(|built| target.selects(&Selectable::of(&built.object)) == Selects::No)
    };
    let own = walk.targets.iter().filter(|((of, _), _)| of == dir);
    let unmatched = own
        .filter(|(_, (best, target))| *best == Selects::No && is_lost(target))
        .map(|((_, pointer), (_, target))| Unmatched { pointer: pointer.clone(), target: target.to_string() });
    let beside = |observed: &&Observed| {
        let Origin::File { path, .. } = &observed.origin else { return false };
        // A file that a comment names was left out on purpose.
        parent(path) == dir && !node.text.contains(name(path)) && is_of_pattern(&observed.object)
    };
    let is_broken = || {
        let failed = |build: &Build| matches!(build, Build::Failed(_));
        builds.iter().any(|(entry, build)| failed(build) && tree.reach(entry).contains(dir))
    };
    Seen {
        observed: node.observed(dir),
        result,
        unmatched: unmatched.collect(),
        redundant: walk.redundant.iter().filter(|one| one.dir == dir && is_broken()).cloned().collect(),
        stale: walk.stale.iter().filter(|stale| stale.dir == dir).cloned().collect(),
        unlisted: raw.iter().filter(beside).cloned().collect(),
        given: None,
    }
}

/// Whether an object is one that the pattern is made of.
fn is_of_pattern(object: &Object) -> bool {
    let is_seldon = object.resource().is_some_and(|kind| kind.group == SELDON_GROUP);
    let is_named = |name: &str| object.name() == name;
    is_seldon
        || object.is(&NETWORK_POLICY)
        || (object.is(&SERVICE) && is_named(pattern::SCHEDULER_SERVICE))
        || (object.is(&SECRET) && is_named(pattern::RCLONE_SECRET))
}

impl Node {
    /// The kustomization as an object.
    #[expect(clippy::unwrap_used, reason = "it has everything that an object needs")]
    fn observed(&self, dir: &str) -> Observed {
        let (version, kind) =
            if self.kustomization.is_component { ("v1alpha1", "Component") } else { ("v1beta1", "Kustomization") };
        let name = if dir.is_empty() { "." } else { dir };
        let value = json!({
            "apiVersion": format!("kustomize.config.k8s.io/{version}"), "kind": kind, "metadata": {"name": name},
        });
        let origin = Origin::File { path: self.file.clone(), line: self.at.line, column: self.at.column };
        Observed { object: Object::new(value).unwrap(), origin }
    }
}

impl Tree {
    /// Where an object stands whose text is not known: at the beginning of its file, or of the
    /// kustomization of its entry point.
    fn origin(&self, file: Option<&str>, entry: &str) -> Origin {
        let of_entry = || self.nodes.get(entry).map(|node| node.file.as_str());
        let path = file.or_else(of_entry).unwrap_or(entry).to_owned();
        let at = self.nodes.values().find(|node| node.file == path).map(|node| node.at);
        let Position { line, column } = at.unwrap_or(Position { line: 1, column: 1 });
        Origin::File { path, line, column }
    }
}
