//! What an object is made of, and which part of it gives a field its value.

use json_patch::{AddOperation, Patch, PatchOperation, jsonptr::PointerBuf};
use serde_json::{Map, Value, json};

use super::{Repository, Trouble, place};
use crate::{
    fix::find,
    kustomize::{Layer, aligned, operations, origin},
    object::Object,
    yaml::Position,
};

/// The resource and the patches of an object, as they are changed.
#[derive(Debug)]
pub(super) struct Layers {
    built: Value,
    /// The resource, then the patches in their order.
    layers: Vec<Layer>,
    wanted: Vec<Value>,
}

impl Layers {
    /// Those of an object.
    ///
    /// # Errors
    /// [`Trouble`], when its text is not known.
    pub(super) fn of(object: &Object, repository: &Repository<'_>) -> Result<Self, Trouble> {
        let id = object.id();
        let found = find(repository.snapshot, &id).and_then(|observed| place(&observed.origin));
        let Some((path, within)) = found else {
            return Err(Trouble::nowhere(format!("no file has {id}")));
        };
        let layers = match repository.snapshot.texts().trace(&id) {
            Some(trace) => trace.layers.clone(),
            None => vec![Layer { path: path.clone(), within, inline: None, value: object.to_value() }],
        };
        if layers.is_empty() {
            let why = format!("{id} is made by a generator, or comes from a base that is not here");
            return Err(Trouble::at(&path, within, why));
        }
        let wanted = layers.iter().map(|layer| layer.value.clone()).collect();
        Ok(Self { built: object.to_value(), layers, wanted })
    }

    /// The resource.
    pub(super) fn resource(&self) -> &Layer {
        // There is always one: see `of`.
        self.layers.first().unwrap_or(&NOTHING)
    }

    /// The layers that change, with what they become.
    pub(super) fn changed(&self) -> impl Iterator<Item = (&Layer, &Value)> {
        self.layers.iter().zip(&self.wanted).filter(|(layer, wanted)| layer.value != **wanted)
    }

    /// Makes each change where the value comes from.
    ///
    /// # Errors
    /// [`Trouble`], when something else than these files gives a value.
    pub(super) fn apply(&mut self, patch: &Patch) -> Result<(), Trouble> {
        for operation in &patch.0 {
            let pointer = operation.path().to_string();
            let is_done = match operation {
                PatchOperation::Test(_) => continue,
                PatchOperation::Add(AddOperation { value, .. }) => self.add(&pointer, value),
                PatchOperation::Replace(replace) => self.replace(&pointer, &replace.value),
                PatchOperation::Remove(_) => self.remove(&pointer),
                PatchOperation::Move(_) | PatchOperation::Copy(_) => false,
            };
            let is_applied = json_patch::patch(&mut self.built, &Patch(vec![operation.clone()])).is_ok();
            if !(is_done && is_applied) {
                return Err(self.elsewhere(&pointer));
            }
        }
        Ok(())
    }

    fn elsewhere(&self, pointer: &str) -> Trouble {
        let layer = self.resource();
        let why = format!(
            "{pointer} is put there by something else in the kustomization, such as a transformer, a replacement or a patch \
             in a form that is not edited"
        );
        Trouble::at(&layer.path, layer.within, why)
    }

    /// Where a layer says what a field of the built object is.
    fn source(&self, index: usize, pointer: &str) -> Option<String> {
        let (layer, built) = (self.wanted.get(index)?, self.built.pointer(pointer)?);
        let at =
            if layer.is_array() { origin(layer, pointer, &self.built)? } else { aligned(pointer, &self.built, layer) };
        (layer.pointer(&at)? == built).then_some(at)
    }

    /// The layers, the last first.
    fn backwards(&self) -> impl Iterator<Item = usize> + use<> {
        (0..self.wanted.len()).rev()
    }

    fn replace(&mut self, pointer: &str, value: &Value) -> bool {
        let found = self.backwards().find_map(|index| Some((index, self.source(index, pointer)?)));
        found.is_some_and(|(index, at)| self.set(index, &at, value))
    }

    fn set(&mut self, index: usize, at: &str, value: &Value) -> bool {
        let Some(field) = self.wanted.get_mut(index).and_then(|layer| layer.pointer_mut(at)) else { return false };
        *field = value.clone();
        true
    }

    /// Takes a field away wherever it is given, so that none is left to shine through. A list is the last
    /// one's alone.
    fn remove(&mut self, pointer: &str) -> bool {
        let mut is_done = false;
        for index in self.backwards() {
            let Some(at) = self.source(index, pointer) else { continue };
            let Some(layer) = self.wanted.get_mut(index) else { continue };
            is_done |= take(layer, &at);
            if is_done && is_in_list(pointer) {
                break;
            }
        }
        is_done
    }

    fn add(&mut self, pointer: &str, value: &Value) -> bool {
        let Some((parent, last)) = pointer.rsplit_once('/') else { return false };
        match self.built.pointer(parent) {
            Some(Value::Array(items)) => {
                let place = last.parse().ok().filter(|place| *place < items.len());
                self.insert(parent, place, value)
            }
            Some(Value::Object(_)) => self.put(parent, last, value),
            _ => false,
        }
    }

    /// Adds an entry to a list where the last one gives the list.
    fn insert(&mut self, list: &str, place: Option<usize>, value: &Value) -> bool {
        let at = |index: usize| {
            let at = self.place_of(index, list)?;
            let items = self.wanted.get(index)?.pointer(&at)?.as_array()?;
            let before = place.and_then(|place| {
                let entry = aligned(&format!("{list}/{place}"), &self.built, self.wanted.get(index)?);
                entry.rsplit('/').next()?.parse::<usize>().ok()
            });
            Some((index, at, before.unwrap_or(items.len()).min(items.len())))
        };
        let Some((index, at, before)) = self.backwards().find_map(at) else { return false };
        let items = self.wanted.get_mut(index).and_then(|layer| layer.pointer_mut(&at)).and_then(Value::as_array_mut);
        items.is_some_and(|items| {
            items.insert(before, value.clone());
            true
        })
    }

    /// Adds a key to a mapping: to the resource, unless the mapping is an entry of a list that a patch
    /// gives.
    fn put(&mut self, parent: &str, key: &str, value: &Value) -> bool {
        let holds = |index: &usize| {
            let at = self.place_of(*index, parent)?;
            self.wanted.get(*index)?.pointer(&at)?.is_object().then_some((*index, at))
        };
        let found = if is_in_list(parent) {
            self.backwards().find_map(|index| holds(&index))
        } else {
            // A patch that takes the field away says so with a null.
            let is_null = |index: &usize| {
                let (_, at) = holds(index)?;
                self.wanted.get(*index)?.pointer(&format!("{at}/{key}"))?.is_null().then_some((*index, at))
            };
            let nulls = self.backwards().find_map(|index| is_null(&index));
            nulls.or_else(|| (0..self.wanted.len()).find_map(|index| holds(&index)))
        };
        let key = key.replace("~1", "/").replace("~0", "~");
        match found {
            Some((index, at)) => {
                let mapping = self.wanted.get_mut(index).and_then(|layer| layer.pointer_mut(&at));
                let mapping = mapping.and_then(Value::as_object_mut);
                mapping.is_some_and(|mapping| {
                    mapping.insert(key, value.clone());
                    true
                })
            }
            None => !is_in_list(parent) && self.wanted.first_mut().is_some_and(|layer| grow(layer, parent, key, value)),
        }
    }

    /// Where a mapping or a list of the built object is in a layer, perhaps with other content.
    fn place_of(&self, index: usize, pointer: &str) -> Option<String> {
        let layer = self.wanted.get(index)?;
        if layer.is_array() { origin(layer, pointer, &self.built) } else { Some(aligned(pointer, &self.built, layer)) }
    }
}

fn is_in_list(pointer: &str) -> bool {
    pointer.split('/').any(|token| token.parse::<usize>().is_ok())
}

static NOTHING: Layer =
    Layer { path: String::new(), within: Position { line: 1, column: 1 }, inline: None, value: Value::Null };

/// Makes mappings on the way to one, and puts a key into it.
fn grow(layer: &mut Value, parent: &str, key: String, value: &Value) -> bool {
    let mut at = layer;
    for token in parent.split('/').skip(1) {
        let Value::Object(fields) = at else { return false };
        at = fields.entry(token.replace("~1", "/").replace("~0", "~")).or_insert_with(|| json!({}));
    }
    if at.is_null() {
        *at = Value::Object(Map::new());
    }
    let Value::Object(fields) = at else { return false };
    fields.insert(key, value.clone());
    true
}

/// Takes a value out of a layer; of a patch of operations, an operation that does nothing else goes with
/// the tests before it.
fn take(layer: &mut Value, at: &str) -> bool {
    let Some(index) = at.strip_suffix("/value").and_then(|at| at.strip_prefix('/')).filter(|_| layer.is_array()) else {
        return remove_at(layer, at);
    };
    let Ok(index) = index.parse::<usize>() else { return remove_at(layer, at) };
    let all = operations(layer);
    let Some(path) = all.get(index).map(|operation| operation.path().to_string()) else { return false };
    let before = all.get(..index).unwrap_or_default();
    let is_its = |operation: &&PatchOperation| {
        matches!(operation, PatchOperation::Test(_)) && operation.path().to_string() == path
    };
    let begin = index - before.iter().rev().take_while(is_its).count();
    let Some(items) = layer.as_array_mut() else { return false };
    // A patch without an operation is no patch.
    if items.len() <= index + 1 - begin {
        return false;
    }
    items.drain(begin..=index);
    true
}

fn remove_at(value: &mut Value, at: &str) -> bool {
    let path = PointerBuf::parse(at).ok();
    let patch = path.map(|path| Patch(vec![PatchOperation::Remove(json_patch::RemoveOperation { path })]));
    patch.is_some_and(|patch| json_patch::patch(value, &patch).is_ok())
}
