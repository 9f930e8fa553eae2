//! The objects of a kustomization as they reach its patches.
//!
//! kustomize drops a patch without a word when its target selects nothing, and it names neither the
//! patch nor the object when a `test` does not hold. So the way of every object is followed here:
//! which files it comes from, what it is called on the way, and which patches meet it.

use std::collections::{BTreeMap, BTreeSet};

use json_patch::PatchOperation;
use serde_json::{Value, json};

use super::{
    model::{Entry, Generated, Kustomization, Patch, Source},
    path::join,
    remote::is_remote,
    selector::{Selectable, Selects, Target},
    stale::{Redundant, Stale, is_done},
    trace::Layer,
    tree::{Node, Tree},
};
use crate::{
    object::Object,
    overlay::marked,
    snapshot::Observed,
    yaml::{self, Position},
};

/// An object on its way.
#[derive(Debug, Clone)]
pub(super) struct Carried<'a> {
    /// Where it comes from; `None` when a generator makes it.
    pub(super) source: Option<&'a Observed>,
    /// Everything that it was called.
    pub(super) selectable: Selectable,
    /// The patches that met it.
    pub(super) layers: Vec<Layer>,
    name: String,
    /// What it has become, as long as that is known.
    value: Option<Value>,
}

/// The objects, and whether there may be others.
#[derive(Debug, Clone, Default)]
pub(super) struct Carry<'a> {
    pub(super) objects: Vec<Carried<'a>>,
    pub(super) is_partial: bool,
}

/// A patch of a kustomization: the directory and the pointer.
pub(super) type PatchId = (String, String);

/// Follows the objects of one tree.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    tree: &'a Tree,
    open: Vec<String>,
    /// The best that each target did, over all kustomizations that its patch is part of.
    pub(super) targets: BTreeMap<PatchId, (Selects, Target)>,
    /// The tests that do not hold.
    pub(super) stale: BTreeSet<Stale>,
    /// The files of this tool's that are not needed any more.
    pub(super) redundant: BTreeSet<Redundant>,
}

impl<'a> Walk<'a> {
    pub(super) const fn new(tree: &'a Tree) -> Self {
        Self { tree, open: Vec::new(), targets: BTreeMap::new(), stale: BTreeSet::new(), redundant: BTreeSet::new() }
    }

    /// The objects that a kustomization gives.
    pub(super) fn follow(&mut self, dir: &str) -> Carry<'a> {
        let mut carry = Carry::default();
        self.visit(dir, &mut carry);
        carry
    }

    /// Adds what a kustomization has to the objects, and lets it do to them what it does. A
    /// kustomization begins with none, a component with those of whoever names it.
    fn visit(&mut self, dir: &str, carry: &mut Carry<'a>) {
        let tree = self.tree;
        let Some(node) = tree.nodes.get(dir).filter(|_| !self.open.iter().any(|open| open == dir)) else {
            carry.is_partial = true;
            return;
        };
        self.open.push(dir.to_owned());
        self.gather(dir, node, carry);
        self.redundant.extend(redundant(tree, dir, node, carry));
        for component in &node.kustomization.components {
            self.visit(&join(dir, &component.value), carry);
        }
        self.patch(dir, node, false, carry);
        rename(&node.kustomization, carry);
        self.patch(dir, node, true, carry);
        self.open.pop();
    }

    fn gather(&mut self, dir: &str, node: &'a Node, carry: &mut Carry<'a>) {
        let kustomization = &node.kustomization;
        carry.is_partial |= kustomization.has_more || kustomization.helm.is_some() || !kustomization.plugins.is_empty();
        for entry in &kustomization.resources {
            let path = join(dir, &entry.value);
            if is_remote(&entry.value) {
                carry.is_partial = true;
            } else if self.tree.nodes.contains_key(&path) {
                let base = self.follow(&path);
                carry.is_partial |= base.is_partial;
                carry.objects.extend(base.objects);
            } else if let Some(file) = self.tree.files.get(&path) {
                carry.objects.extend(file.objects.iter().map(Carried::of));
            } else {
                carry.is_partial = true;
            }
        }
        carry.objects.extend(kustomization.generated.iter().filter_map(Carried::made));
    }

    fn patch(&mut self, dir: &str, node: &Node, late: bool, carry: &mut Carry<'a>) {
        for patch in node.kustomization.patches.iter().filter(|patch| patch.is_late == late) {
            let documents = self.documents(dir, node, patch);
            let mut best = Selects::No;
            for object in &mut carry.objects {
                for Document { layer, rules } in &documents {
                    let selects = match &patch.target {
                        Some(target) => target.selects(&object.selectable),
                        None => names(layer, &object.selectable),
                    };
                    best = best.max(selects);
                    if selects == Selects::Yes {
                        let stale = object.stale(dir, patch, layer);
                        self.stale.extend(stale.map(|stale| Stale { rules: rules.clone(), ..stale }));
                        object.change(layer);
                    }
                }
            }
            if let Some(target) = &patch.target {
                let unseen = carry.is_partial || documents.is_empty();
                let best = if unseen { best.max(Selects::Perhaps) } else { best };
                let id = (dir.to_owned(), patch.pointer.clone());
                let known = self.targets.entry(id).or_insert_with(|| (best, target.clone()));
                known.0 = known.0.max(best);
            }
        }
    }

    /// The documents of a patch, with where they are.
    fn documents(&self, dir: &str, node: &Node, patch: &Patch) -> Vec<Document> {
        let (text, file, inline) = match &patch.source {
            Source::Inline(entry) => (entry.value.clone(), node.file.clone(), Some((entry.pointer.clone(), node.at))),
            Source::File(entry) => {
                let named = join(dir, &entry.value);
                let Some(file) = self.tree.files.get(&named) else { return Vec::new() };
                (file.text.clone(), named, None)
            }
        };
        let rules = marked(&text).map(|rules| rules.into_iter().map(str::to_owned).collect::<Vec<_>>());
        let read = |document: &yaml::Document<'_>| {
            let value = yaml::read(document.text).ok()?;
            let (pointer, within) = match &inline {
                Some((pointer, at)) => (Some(pointer.clone()), *at),
                None => (None, yaml::Places::of_document(document).objects().first().copied().unwrap_or(START)),
            };
            Some(Document { layer: Layer { path: file.clone(), within, inline: pointer, value }, rules: rules.clone() })
        };
        yaml::documents(&text).iter().filter_map(read).collect()
    }
}

/// The files of this tool's that a kustomization lists although what they add is there already.
fn redundant(tree: &Tree, dir: &str, node: &Node, carry: &Carry<'_>) -> Vec<Redundant> {
    let listed = |entry: &Entry| {
        let file = join(dir, &entry.value);
        let added = tree.files.get(&file)?;
        let rules = marked(&added.text)?.into_iter().map(str::to_owned).collect();
        let object = added.objects.first()?.object.id();
        let is_there = |own: &Observed| carry.objects.iter().any(|other| other.takes_the_name_of(own));
        let pointer = entry.pointer.clone();
        added.objects.iter().all(is_there).then(|| Redundant { dir: dir.to_owned(), pointer, file, object, rules })
    };
    node.kustomization.resources.iter().filter_map(listed).collect()
}

/// A document of a patch, and the rules that the patch is for.
struct Document {
    layer: Layer,
    rules: Option<Vec<String>>,
}

const START: Position = Position { line: 1, column: 1 };

/// Whether a patch without a target is for an object.
fn names(layer: &Layer, object: &Selectable) -> Selects {
    let Ok(patch) = Object::new(layer.value.clone()) else { return Selects::No };
    let wanted = Selectable::of(&patch);
    let same = wanted.group == object.group
        && wanted.kind == object.kind
        && wanted.names.is_subset(&object.names)
        && wanted.namespaces.is_subset(&object.namespaces);
    if same { Selects::Yes } else { Selects::No }
}

/// What becomes of names, namespaces, labels and annotations.
fn rename(kustomization: &Kustomization, carry: &mut Carry<'_>) {
    for object in &mut carry.objects {
        if !kustomization.name_prefix.is_empty() || !kustomization.name_suffix.is_empty() {
            object.name = format!("{}{}{}", kustomization.name_prefix, object.name, kustomization.name_suffix);
            object.selectable.names.insert(object.name.clone());
        }
        object.selectable.namespaces.extend(kustomization.namespace.clone());
        for (added, pairs) in [
            (&kustomization.labels, &mut object.selectable.labels),
            (&kustomization.annotations, &mut object.selectable.annotations),
        ] {
            for (key, value) in added {
                pairs.entry(key.clone()).or_default().insert(value.clone());
            }
        }
    }
}

impl<'a> Carried<'a> {
    fn of(observed: &'a Observed) -> Self {
        let object = &observed.object;
        Self {
            source: Some(observed),
            selectable: Selectable::of(object),
            layers: Vec::new(),
            name: object.name().to_owned(),
            value: Some(object.to_value()),
        }
    }

    /// Whether it is another object that is called so by now.
    fn takes_the_name_of(&self, own: &Observed) -> bool {
        let wanted = Selectable::of(&own.object);
        !self.source.is_some_and(|source| std::ptr::eq(source, own))
            && self.name == own.object.name()
            && (&wanted.group, &wanted.kind) == (&self.selectable.group, &self.selectable.kind)
            && wanted.namespaces.is_subset(&self.selectable.namespaces)
    }

    fn made(generated: &Generated) -> Option<Self> {
        let metadata = match &generated.namespace {
            Some(namespace) => json!({"name": generated.name, "namespace": namespace}),
            None => json!({"name": generated.name}),
        };
        let object = Object::new(json!({"apiVersion": "v1", "kind": generated.kind, "metadata": metadata})).ok()?;
        let selectable = Selectable::of(&object);
        Some(Self { source: None, selectable, layers: Vec::new(), name: generated.name.clone(), value: None })
    }

    fn change(&mut self, layer: &Layer) {
        if is_identity(&layer.value) {
            return;
        }
        self.layers.push(layer.clone());
        let operations = layer.operations();
        self.value = self.value.take().filter(|_| !operations.is_empty()).and_then(|mut value| {
            json_patch::patch(&mut value, &json_patch::Patch(operations)).ok()?;
            Some(value)
        });
        // What a patch puts there, a later one may select by.
        if let Some(object) = self.value.clone().and_then(|value| Object::new(value).ok()) {
            let now = Selectable::of(&object);
            self.selectable.names.extend(now.names);
            self.selectable.namespaces.extend(now.namespaces);
            for (key, values) in now.labels {
                self.selectable.labels.entry(key).or_default().extend(values);
            }
            for (key, values) in now.annotations {
                self.selectable.annotations.entry(key).or_default().extend(values);
            }
        }
    }

    /// The first `test` of a patch that does not hold. What kustomize keeps in the metadata during
    /// a build is not known here, so nothing is said of tests there.
    fn stale(&self, dir: &str, patch: &Patch, layer: &Layer) -> Option<Stale> {
        let (mut value, source) = (self.value.clone()?, self.source?);
        let operations = layer.operations();
        for (index, operation) in operations.iter().enumerate() {
            let PatchOperation::Test(test) = operation else {
                json_patch::patch(&mut value, &json_patch::Patch(vec![operation.clone()])).ok()?;
                continue;
            };
            let tested = test.path.to_string();
            let found = value.pointer(&tested);
            if tested.starts_with("/metadata") || holds(found, &test.value) {
                continue;
            }
            let found = found.map(ToString::to_string);
            return Some(Stale {
                dir: dir.to_owned(),
                pointer: patch.pointer.clone(),
                file: layer.inline.is_none().then(|| layer.path.clone()),
                object: source.object.id(),
                path: tested,
                expected: test.value.to_string(),
                found,
                is_done: is_done(&value, operations.get(index..).unwrap_or_default()),
                rules: None,
            });
        }
        None
    }
}

/// Whether a merge patch says no more than which object it is for. It makes the build fail when there is
/// none, and changes nothing.
fn is_identity(patch: &Value) -> bool {
    let only = |value: Option<&Value>, known: &[&str]| {
        value.and_then(Value::as_object).is_some_and(|map| map.keys().all(|key| known.contains(&key.as_str())))
    };
    only(Some(patch), &["apiVersion", "kind", "metadata"]) && only(patch.get("metadata"), &["name", "namespace"])
}

/// Whether a `test` holds, as kustomize compares: what is missing equals null, 1 equals 1.0.
fn holds(found: Option<&Value>, expected: &Value) -> bool {
    match (found, expected) {
        (None, Value::Null) => true,
        (Some(Value::Number(a)), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Some(found), expected) => found == expected,
        (None, _) => false,
    }
}
